"""What a message needs of a model, and what kind of file an attachment is."""

from __future__ import annotations

import pytest

from switchyard.core.content import Attachment, Capability, Effort, Parameters, Tool
from switchyard.core.media import ImageLimits, image_limits, media_type_of
from switchyard.core.message import ChatMessage, Role
from switchyard.core.needs import demand_of, estimate_message, lacking, unable
from switchyard.core.route import SkipReason

C = Capability
PICTURE = Attachment("image/png", "aGk=")
READ_PDF = Attachment("application/pdf", "aGk=", "a.pdf", "words")
SCANNED_PDF = Attachment("application/pdf", "aGk=", "b.pdf")


@pytest.mark.parametrize(
    ("attachments", "parameters", "needs"),
    [
        ((), Parameters(temperature=1, effort=Effort.LOW, web_search=True), set()),
        ((PICTURE, READ_PDF), Parameters(), {C.VISION}),
        ((SCANNED_PDF,), Parameters(), {C.FILES}),
        ((), Parameters(tools=(Tool("a"),)), {C.TOOLS}),
        ((), Parameters(schema={}), {C.JSON}),
        ((), Parameters(schema={"type": "object"}), {C.SCHEMA}),
    ],
)
def test_needs(attachments: tuple[Attachment, ...], parameters: Parameters, needs: set[Capability]) -> None:
    earlier = ChatMessage(Role.USER, "look", attachments)
    demand = demand_of([earlier, ChatMessage(Role.USER, "and?")], parameters)
    assert (demand.needs, demand.attached) == (needs, bool(attachments))


def test_only_what_is_known_to_be_missing_bars() -> None:
    assert lacking({C.VISION}, {}) is None
    assert lacking({C.VISION}, {C.VISION: True, C.TOOLS: False}) is None
    assert lacking({C.VISION, C.TOOLS}, {C.TOOLS: False}) is SkipReason.NO_TOOLS
    assert lacking({C.SCHEMA}, {C.SCHEMA: False}) is SkipReason.NO_SCHEMA


def test_what_is_sent_in_another_form() -> None:
    assert unable({}) == frozenset()
    assert unable({C.FILES: False, C.REASONING: False, C.WEB_SEARCH: False, C.TOOLS: False}) == {
        "files", "effort", "web_search",
    }  # fmt: skip


def test_attachments_count_as_tokens() -> None:
    bare = estimate_message(ChatMessage(Role.USER, "hi"))
    assert estimate_message(ChatMessage(Role.USER, "hi", (PICTURE,))) > bare + 500
    assert bare < estimate_message(ChatMessage(Role.USER, "hi", (READ_PDF,))) < bare + 10


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"junk\n%PDF-1.7", "application/pdf"),
        ("naïve – 文".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a mark", "text/plain"),
        (b"a\0b", None),
        (b"\xff\xfea\0", None),
        (b"RIFF\0\0\0\0WAVE", None),
    ],
)
def test_media_types(content: bytes, media_type: str | None) -> None:
    assert media_type_of(content) == media_type


def test_the_strictest_limit_of_a_chain_counts() -> None:
    assert image_limits(frozenset()) == image_limits(frozenset({"openai"}))
    both = image_limits(frozenset({"anthropic", "groq"}))
    assert both == ImageLimits(1568, 2_900_000)
    assert not image_limits(frozenset({"openai", "gemini"})).gif
