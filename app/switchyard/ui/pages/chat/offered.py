"""What is pasted or dropped that is not simply typed text: files, a picture, a text too long to be read where it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData
from PySide6.QtGui import QImage

LONG_TEXT_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Offered:
    """Files by their paths, or else a picture, or else a long text."""

    paths: tuple[Path, ...] = ()
    image: QImage | None = None
    text: str = ""


def may_offer(source: QMimeData) -> bool:
    """Whether something may be pasted or dropped; looks at nothing that takes time."""
    return source.hasUrls() or source.hasImage() or source.hasText()


def read_offered(source: QMimeData) -> Offered | None:
    """Return what is to be attached; None for words, which are typed.

    What an office program copies has words beside a picture of them: the words are meant.
    """
    paths = tuple(Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile())
    if paths:
        return Offered(paths)
    if source.hasText():
        text = plain(source.text())
        return Offered(text=text) if len(text) > LONG_TEXT_CHARACTERS else None
    if source.hasImage():
        image = source.imageData()
        return Offered(image=image) if isinstance(image, QImage) and not image.isNull() else None
    return None


def plain(text: str) -> str:
    """Return a text with line ends as they are everywhere."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def encoded(image: QImage) -> bytes:
    """Return a picture as a PNG file; takes its time, and belongs in a thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
