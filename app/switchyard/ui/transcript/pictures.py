"""Images of a thread: fetched when they come near, decoded in a thread, and never larger than they are shown."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QLocale, QObject, QSize, Signal
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from switchyard.core.content import GeneratedImage, StoredFile
from switchyard.core.media import IMAGES, media_type_of
from switchyard.ui.transcript.background import Background

Source = GeneratedImage | StoredFile

_KEPT = 24


@dataclass(frozen=True, slots=True)
class Sight:
    """An image as large as it was wanted, and what the file is that it was read from."""

    image: QImage
    pixels: QSize = QSize()  # noqa: RUF009  # nobody changes it
    size_bytes: int = 0

    @property
    def readable(self) -> bool:
        """Whether there is anything to be seen."""
        return not self.image.isNull()

    @property
    def measures(self) -> str:
        """How large the file is, in pixels and in bytes; nothing where it cannot be read."""
        if not self.readable:
            return ""
        return f"{self.pixels.width()} × {self.pixels.height()} · {bytes_words(self.size_bytes)}"


NOTHING = Sight(QImage())

Then = Callable[[Sight], None]
Loaded = Callable[[Sight, str], None]


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
        self._loaded: OrderedDict[str, Sight] = OrderedDict()

    def size_of(self, source: Source) -> QSize | None:
        """Return how large an image is that was drawn before; None for one that was not."""
        return self._sizes.get(source.sha256) if isinstance(source, StoredFile) else None

    def draw(self, source: Source, largest: QSize, then: Then) -> None:
        """Hand over an image, made smaller where it is larger than this; an empty one where there is none to be read.

        It comes later, in the window's thread.
        """
        if isinstance(source, GeneratedImage):
            self._background.compute(lambda: _read(_decode(source.base64), largest), then)
            return

        def keep(sight: Sight) -> None:
            if sight.readable:
                self._sizes[source.sha256] = sight.pixels
            then(sight)

        waiting = self._waiting.setdefault(source.sha256, [])
        waiting.append((largest, keep))
        if len(waiting) == 1:
            self.wanted.emit(source)

    def take(self, sha256: str, content: bytes | None) -> None:
        """Take in a file that was asked for; None where it is gone."""
        for largest, then in self._waiting.pop(sha256, ()):
            self._background.compute(partial(_read, content or b"", largest), then)

    # --- images on the web ---

    def loaded(self, address: str) -> Sight | None:
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
                then(NOTHING, trouble)
            else:
                self._background.compute(partial(_read, content, largest), partial(self._keep, address, then))

    def _keep(self, address: str, then: Loaded, sight: Sight) -> None:
        if sight.readable:
            self._loaded[address] = sight
            if len(self._loaded) > _KEPT:
                self._loaded.popitem(last=False)
        then(sight, "")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def _read(content: bytes, largest: QSize) -> Sight:
    """Read an image, upright and not larger than wanted.

    Of the kinds that hold pixels alone: an SVG may name files of this computer, and Qt would read them.
    """
    if media_type_of(content) not in IMAGES:
        return NOTHING
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and (size.width() > largest.width() or size.height() > largest.height()):
        reader.setScaledSize(within(size, largest))
    image = reader.read()
    if image.isNull():
        return NOTHING
    turned = bool(reader.transformation() & QImageIOHandler.Transformation.TransformationRotate90)
    return Sight(image, (size.transposed() if turned else size) if size.isValid() else image.size(), len(content))


def bytes_words(size_bytes: int) -> str:
    """Return how large a file is, as people read it."""
    return QLocale().formattedDataSize(size_bytes, 0, QLocale.DataSizeFormat.DataSizeSIFormat)


def within(size: QSize, largest: QSize) -> QSize:
    """Return a size that is as large as possible and not larger than it was."""
    if size.width() <= largest.width() and size.height() <= largest.height():
        return size
    scale = min(largest.width() / max(size.width(), 1), largest.height() / max(size.height(), 1))
    return QSize(max(round(size.width() * scale), 1), max(round(size.height() * scale), 1))
