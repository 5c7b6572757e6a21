"""What kind of file an attachment is, told from its content, and what providers take of it."""

from __future__ import annotations

from typing import NamedTuple

PDF = "application/pdf"
TEXT = "text/plain"
IMAGES = ("image/png", "image/jpeg", "image/webp", "image/gif")
LARGEST_FILE_BYTES = 32 * 1024 * 1024  # the largest request that Anthropic takes; others take less or as much


class ImageLimits(NamedTuple):
    """The longest side in pixels and the size in bytes that an image is scaled to; `gif`: whether GIF is taken."""

    pixels: int
    size_bytes: int
    gif: bool = True


# OpenAI scales to 2048 pixels itself; larger ones cost time and nothing else.
_LIMITS = ImageLimits(2048, 3_700_000)
_OWN_LIMITS = {
    "anthropic": ImageLimits(1568, 3_700_000),  # larger ones are scaled there; 5 MB of base64 at most
    "groq": ImageLimits(2048, 2_900_000),  # 4 MB of base64 at most
    "gemini": _LIMITS._replace(gif=False),  # PNG, JPEG, WebP, HEIC and HEIF, by Google's list
}


def image_limits(providers: frozenset[str]) -> ImageLimits:
    """Return what all of these providers take."""
    limits = [_OWN_LIMITS.get(provider, _LIMITS) for provider in providers] or [_LIMITS]
    return ImageLimits(
        min(one.pixels for one in limits), min(one.size_bytes for one in limits), all(one.gif for one in limits)
    )


def media_type_of(content: bytes) -> str | None:
    """Return the type of a file that can be attached, by its first bytes; None for one that cannot.

    Text is what decodes as UTF-8 and holds no NUL.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if b"%PDF-" in content[:1024]:
        return PDF
    return None if text_of(content) is None else TEXT


def text_of(content: bytes) -> str | None:
    """Return the text of a text file; None where it is none."""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
