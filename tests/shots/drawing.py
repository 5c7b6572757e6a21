"""The files and the images of the pictures: drawn here, so that none is kept."""

from __future__ import annotations

import base64

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QLinearGradient, QPainter, QPainterPath, QPen

_WORDS = "Notes on the way along the Rhine: start early, the ferry at Wesseling runs every half hour.\n" * 40


def drawing(width: int = 1_200, height: int = 420) -> str:
    """Return the image that the model made, as base64."""
    return base64.b64encode(_png(width, height)).decode()


def files() -> tuple[tuple[str, bytes], ...]:
    """Return what the person attached: names and contents."""
    return ("the river near Rodenkirchen.png", _png(640, 400)), ("notes.txt", _WORDS.encode())


def histogram() -> bytes:
    """Return how long first tokens took: one hump, and a second one behind it."""
    image = QImage(1_280, 720, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    for number, share in enumerate(
        (0.06, 0.2, 0.44, 0.78, 0.95, 0.7, 0.46, 0.3, 0.18, 0.12, 0.08, 0.3, 0.52, 0.36, 0.14)
    ):
        colour = "#5b7fbf" if number < 11 else "#c05a2b"
        high = round(600 * share)
        painter.fillRect(70 + number * 78, 660 - high, 60, high, QColor(colour))
    painter.end()
    return _encoded(image)


def _png(width: int, height: int) -> bytes:
    """Return a river between hills."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sky = QLinearGradient(0, 0, 0, height)
    sky.setColorAt(0, QColor("#f4d9b0"))
    sky.setColorAt(0.5, QColor("#9cc3c9"))
    sky.setColorAt(1, QColor("#4f7f6b"))
    painter.fillRect(image.rect(), sky)
    for share, colour in ((0.45, "#6d9a86"), (0.6, "#4c7a66")):
        hill = QPainterPath(QPointF(0, height * share))
        hill.cubicTo(width * 0.3, height * (share - 0.2), width * 0.6, height * (share + 0.15), width, height * share)
        hill.lineTo(width, height)
        hill.lineTo(0, height)
        painter.fillPath(hill, QColor(colour))
    river = QPainterPath(QPointF(width * 0.1, height))
    river.cubicTo(width * 0.7, height * 0.9, width * 0.3, height * 0.7, width * 0.8, height * 0.55)
    painter.setPen(QPen(QColor("#dbe9ea"), height / 14, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPath(river)
    painter.end()
    return _encoded(image)


def _encoded(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
