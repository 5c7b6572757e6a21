"""Parts a message's files into those that a dialect takes as they are, and those that it is told as text."""

from __future__ import annotations

import re
from typing import NamedTuple

from switchyard.core.content import Attachment, Capability
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.media import IMAGES, PDF
from switchyard.core.message import ChatMessage

_FENCE = re.compile("`{3,}")


class Parted(NamedTuple):
    """The files to be sent as they are, and the words with the text of the others before them."""

    files: tuple[Attachment, ...]
    words: str


def part_files(message: ChatMessage, refuses: frozenset[str], *, pdf: bool) -> Parted:
    """Part the files of a message; `pdf` tells whether the dialect takes PDF.

    Raises `CallFailed` (BAD_REQUEST) for a file that it can be told of in neither way.
    """
    files: list[Attachment] = []
    told: list[str] = []
    for attachment in message.attachments:
        if _is_taken(attachment, refuses, pdf=pdf):
            files.append(attachment)
        elif attachment.text is not None:
            told.append(fenced(attachment.name, attachment.text))
        else:
            name = attachment.name or attachment.media_type
            raise CallFailed(Failure(FailureKind.BAD_REQUEST, f"This model cannot be sent the file {name}."))
    return Parted(tuple(files), "\n\n".join([*told, message.text] if message.text.strip() else told))


def fenced(name: str, text: str) -> str:
    """Return a file's text under its name, in a fence longer than any that stands in it."""
    longest = max(map(len, _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{name}\n{fence}\n{text}{end}{fence}" if name else f"{fence}\n{text}{end}{fence}"


def _is_taken(attachment: Attachment, refuses: frozenset[str], *, pdf: bool) -> bool:
    if attachment.is_image:
        return attachment.media_type in IMAGES and Capability.VISION not in refuses
    return attachment.media_type == PDF and pdf and Capability.FILES not in refuses
