"""What becomes of files on their way to a dialect."""

from __future__ import annotations

import pytest

from switchyard.core.content import Attachment
from switchyard.core.events import CallFailed
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.attachments import fenced, part_files

IMAGE = Attachment("image/png", "aW1n", "a.png")
PDF = Attachment("application/pdf", "JVBERi0=", "b.pdf", text="What it says")
NOTES = Attachment("text/plain", "bm90ZXM=", "notes.txt", text="notes\n")


def message(*attachments: Attachment, text: str = "Read.") -> ChatMessage:
    return ChatMessage(Role.USER, text, attachments)


def test_what_is_taken_goes_as_it_is_and_the_rest_as_text() -> None:
    parted = part_files(message(IMAGE, NOTES, PDF), frozenset(), pdf=True)
    assert parted.files == (IMAGE, PDF)
    assert parted.words == "notes.txt\n```\nnotes\n```\n\nRead."


@pytest.mark.parametrize(("refuses", "pdf"), [(frozenset({"files"}), True), (frozenset(), False)])
def test_pdf_that_is_not_taken_is_told(refuses: frozenset[str], pdf: bool) -> None:
    parted = part_files(message(PDF, text=""), refuses, pdf=pdf)
    assert parted.files == ()
    assert parted.words == "b.pdf\n```\nWhat it says\n```"


@pytest.mark.parametrize(
    ("attachment", "refuses"),
    [
        (Attachment("audio/mpeg", "YXVkaW8=", "c.mp3"), frozenset()),
        (Attachment("application/pdf", "JVBERi0=", "scan.pdf"), frozenset({"files"})),
        (Attachment("image/tiff", "aW1n", "d.tiff"), frozenset()),
        (IMAGE, frozenset({"vision"})),
    ],
)
def test_what_can_be_told_in_no_way_is_refused(attachment: Attachment, refuses: frozenset[str]) -> None:
    with pytest.raises(CallFailed) as caught:
        part_files(message(attachment), refuses, pdf=True)
    assert caught.value.failure.kind is FailureKind.BAD_REQUEST
    assert attachment.name in caught.value.failure.message


def test_fence_is_longer_than_any_inside() -> None:
    assert fenced("x.md", "````\ncode\n````") == "x.md\n`````\n````\ncode\n````\n`````"
    assert fenced("", "words") == "```\nwords\n```"
