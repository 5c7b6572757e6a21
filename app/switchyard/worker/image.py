"""Scale an image down: `switchyard --worker image PIXELS BYTES GIF`, the image on standard input.

Standard output gets the smaller image, a PNG where it has transparency and else a JPEG; nothing where it was small
enough. With `0` for GIF, one of that form becomes another too. Exit code 3: it cannot be read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageReader

UNREADABLE_EXIT = 3
_QUALITIES = (90, 80, 65, 50)
_SMALLEST_PX = 256


def main(arguments: Sequence[str], /) -> int:
    """Run once; return the exit code."""
    pixels, size_bytes, gif = (int(each) for each in arguments)
    content = sys.stdin.buffer.read()
    image = read(content)
    if image is None:
        return UNREADABLE_EXIT
    unwanted = content.startswith(b"GIF8") and not gif
    if unwanted or max(image.width(), image.height()) > pixels or len(content) > size_bytes:
        sys.stdout.buffer.write(shrink(image, pixels, size_bytes))
    return 0


def read(content: bytes) -> QImage | None:
    """Return the image upright; None where it cannot be read."""
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    image = reader.read()
    return None if image.isNull() else image


def shrink(image: QImage, pixels: int, size_bytes: int) -> bytes:
    """Return the image within its limits: fewer pixels first, then a lower quality, then fewer pixels again."""
    while True:
        if max(image.width(), image.height()) > pixels:
            image = image.scaled(
                pixels, pixels, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        if image.hasAlphaChannel() and len(content := _encode(image, "PNG", -1)) <= size_bytes:
            return content
        for quality in _QUALITIES:
            content = _encode(image, "JPEG", quality)
            if len(content) <= size_bytes or pixels <= _SMALLEST_PX:
                return content
        pixels //= 2


def _encode(image: QImage, form: str, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, form, quality)  # type: ignore[call-overload]
    return bytes(buffer.data().data())
