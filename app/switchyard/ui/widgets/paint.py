"""Drawing that every control shares: crisp boxes, soft shadows, rows of lists."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from switchyard.ui.theme.theme import Theme


def hairline(painter: QPainter, width: float = 1.0) -> float:
    """Return a line width that covers whole device pixels, so that a border is sharp at every scale."""
    ratio = painter.device().devicePixelRatio()
    return max(1.0, round(width * ratio)) / ratio


def draw_box(
    painter: QPainter, rect: QRectF, radius: float, fill: QColor | None, line: QColor | None = None, width: float = 1.0
) -> None:
    """Draw a box with round corners; the border lies inside the rectangle."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    if line is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        pen = hairline(painter, width)
        painter.setPen(QPen(line, pen))
        rect = rect.adjusted(pen / 2, pen / 2, -pen / 2, -pen / 2)
        radius -= pen / 2
    painter.drawRoundedRect(rect, radius, radius)


def draw_shadow(painter: QPainter, rect: QRectF, radius: float, blur: int, y: int, colour: QColor) -> None:
    """Draw the shadow of a box as thin layers; it reaches half of `blur` beyond the box."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    layers = max(1, blur // 2)
    layer = QColor(colour)
    layer.setAlphaF(1 - (1 - colour.alphaF()) ** (1.6 / layers))
    painter.setBrush(layer)
    for step in range(layers):
        spread = blur / 2 - step * blur / layers
        box = rect.translated(0, y / 2).adjusted(-spread, -spread, spread, spread)
        corner = max(0.0, radius + spread)
        painter.drawRoundedRect(box, corner, corner)


def draw_icon(painter: QPainter, theme: Theme, name: str, token: str, size: int, centre: QPointF) -> None:
    """Draw an icon around a point, on whole device pixels."""
    ratio = painter.device().devicePixelRatio()
    pixmap = theme.pixmap(name, token, size, ratio)
    x = round((centre.x() - size / 2) * ratio) / ratio
    y = round((centre.y() - size / 2) * ratio) / ratio
    painter.drawPixmap(QPointF(x, y), pixmap)


def draw_row(painter: QPainter, rect: QRectF, theme: Theme, *, hovered: bool, selected: bool, focused: bool) -> None:
    """Draw the ground of a row in a list: its state as a fill, keyboard focus as a ring inside."""
    radius = theme.radius("row")
    if selected or hovered:
        draw_box(painter, rect, radius, theme.color("bg.active" if selected else "bg.hover"))
    if focused:
        draw_box(painter, rect, radius, None, theme.color("focus.ring"), 2)


def faded(colour: QColor, share: float) -> QColor:
    """Return the colour with a share of its opacity."""
    result = QColor(colour)
    result.setAlphaF(colour.alphaF() * share)
    return result
