"""Images of a thread: fetched when they come near, decoded in a thread, and never larger than they are shown."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QSize, Signal
from PySide6.QtGui import QImage, QImageReader

from switchyard.core.content import GeneratedImage, StoredFile
from switchyard.ui.transcript.background import Background

Source = GeneratedImage | StoredFile
Then = Callable[[QImage], None]


class Pictures(QObject):
    """`wanted` asks for the content of a file, which comes back by `take`."""

    wanted = Signal(object)

    def __init__(self, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._waiting: dict[str, list[tuple[QSize, Then]]] = {}
        self._sizes: dict[str, QSize] = {}

    def size_of(self, source: Source) -> QSize | None:
        """Return the size in which an image was drawn before; None for one that was not."""
        return self._sizes.get(source.sha256) if isinstance(source, StoredFile) else None

    def draw(self, source: Source, largest: QSize, then: Then) -> None:
        """Hand over an image, made smaller where it is larger than this; an empty one where there is none to be read.

        It comes later, in the window's thread.
        """
        if isinstance(source, GeneratedImage):
            self._background.compute(lambda: _read(_decode(source.base64), largest), then)
            return

        def keep(image: QImage) -> None:
            self._sizes[source.sha256] = image.size()
            then(image)

        waiting = self._waiting.setdefault(source.sha256, [])
        waiting.append((largest, keep))
        if len(waiting) == 1:
            self.wanted.emit(source)

    def take(self, sha256: str, content: bytes | None) -> None:
        """Take in a file that was asked for; None where it is gone."""
        for largest, then in self._waiting.pop(sha256, ()):
            self._background.compute(partial(_read, content or b"", largest), then)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def _read(content: bytes, largest: QSize) -> QImage:
    """Read an image, upright and not larger than wanted."""
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and (size.width() > largest.width() or size.height() > largest.height()):
        reader.setScaledSize(within(size, largest))
    return reader.read() if content else QImage()


def within(size: QSize, largest: QSize) -> QSize:
    """Return a size that is as large as possible and not larger than it was."""
    if size.width() <= largest.width() and size.height() <= largest.height():
        return size
    scale = min(largest.width() / max(size.width(), 1), largest.height() / max(size.height(), 1))
    return QSize(max(round(size.width() * scale), 1), max(round(size.height() * scale), 1))
