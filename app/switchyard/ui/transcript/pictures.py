"""Images of a thread: fetched when they come near, decoded in a thread, and never larger than they are shown."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QSize, Signal
from PySide6.QtGui import QImage, QImageReader

from switchyard.core.content import GeneratedImage, StoredFile
from switchyard.ui.transcript.background import Background

Source = GeneratedImage | StoredFile
Then = Callable[[QImage], None]
Loaded = Callable[[QImage, str], None]

_KEPT = 24


class Pictures(QObject):
    """`wanted` asks for the content of a file, which comes back by `take`."""

    wanted = Signal(object)
    asked_for = Signal(str)  # the address of an image on the web, which the person pressed a button for

    def __init__(self, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._waiting: dict[str, list[tuple[QSize, Then]]] = {}
        self._sizes: dict[str, QSize] = {}
        self._coming: dict[str, list[tuple[QSize, Loaded]]] = {}
        self._loaded: OrderedDict[str, QImage] = OrderedDict()

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

    # --- images on the web ---

    def loaded(self, address: str) -> QImage | None:
        """Return an image that was fetched before; None for one that was not."""
        return self._loaded.get(address)

    def load(self, address: str, largest: QSize, then: Loaded) -> None:
        """Have an image fetched; `then` gets it later, or why there is none."""
        coming = self._coming.setdefault(address, [])
        coming.append((largest, then))
        if len(coming) == 1:
            self.asked_for.emit(address)

    def take_loaded(self, address: str, content: bytes, trouble: str) -> None:
        """Take in what was fetched, or why it was not."""
        for largest, then in self._coming.pop(address, ()):
            if trouble:
                then(QImage(), trouble)
            else:
                self._background.compute(partial(_read, content, largest), partial(self._keep, address, then))

    def _keep(self, address: str, then: Loaded, image: QImage) -> None:
        if not image.isNull():
            self._loaded[address] = image
            if len(self._loaded) > _KEPT:
                self._loaded.popitem(last=False)
        then(image, "")


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
