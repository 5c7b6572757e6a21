"""The marks of the track language: rings, crosses, ticks and the stretches between them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from switchyard.ui.theme.theme import Theme

LINE = 2.5
_RING = 5.0
_NODE = 8.0
_CROSS = 2.8
_DOT = 3.0
_SWITCH = 6.0


def draw_stretch(painter: QPainter, start: QPointF, end: QPointF, colour: QColor) -> None:
    """Draw a part of the track that was travelled."""
    painter.setPen(QPen(colour, LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(start, end)


def draw_unreached(painter: QPainter, start: QPointF, end: QPointF, theme: Theme) -> None:
    """Draw a part of the track that was not travelled: dots, 2 long and 5 apart."""
    pen = QPen(theme.color("track.line"), LINE, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([2 / LINE, 5 / LINE])
    painter.setPen(pen)
    painter.drawLine(start, end)


def draw_ring(painter: QPainter, at: QPointF, colour: QColor, ground: QColor) -> None:
    """Draw where a route begins or ends."""
    painter.setPen(QPen(colour, 2))
    painter.setBrush(ground)
    painter.drawEllipse(at, _RING, _RING)


def draw_failed(painter: QPainter, at: QPointF, theme: Theme, ground: QColor) -> None:
    """Draw an attempt that failed."""
    red = theme.color("bad.signal")
    painter.setPen(QPen(red, 2))
    painter.setBrush(ground)
    painter.drawEllipse(at, _NODE, _NODE)
    painter.setPen(QPen(red, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(at + QPointF(-_CROSS, -_CROSS), at + QPointF(_CROSS, _CROSS))
    painter.drawLine(at + QPointF(_CROSS, -_CROSS), at + QPointF(-_CROSS, _CROSS))


def draw_answered(painter: QPainter, at: QPointF, colour: QColor, ground: QColor) -> None:
    """Draw the attempt that answered: a disc with a tick."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(at, _NODE, _NODE)
    tick = QPen(ground, 1.9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(tick)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline([at + QPointF(-3.2, 0.2), at + QPointF(-1.0, 2.6), at + QPointF(3.4, -2.4)])


def draw_stopped(painter: QPainter, at: QPointF, colour: QColor, ground: QColor) -> None:
    """Draw an attempt that the person stopped: a ring with a square."""
    painter.setPen(QPen(colour, 2))
    painter.setBrush(ground)
    painter.drawEllipse(at, _NODE, _NODE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRect(int(at.x()) - 2, int(at.y()) - 2, 5, 5)


def draw_skipped(painter: QPainter, at: QPointF, theme: Theme, ground: QColor) -> None:
    """Draw a deployment that was passed over: a dashed ring."""
    pen = QPen(theme.color("text.tertiary"), 1.6)
    pen.setDashPattern([1.6, 1.4])
    painter.setPen(pen)
    painter.setBrush(ground)
    painter.drawEllipse(at, _NODE - 2, _NODE - 2)


def draw_switch(painter: QPainter, at: QPointF, theme: Theme, ground: QColor) -> None:
    """Draw where a track was taken: a diamond."""
    painter.setPen(QPen(theme.color("accent.text"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.setBrush(ground)
    across, down = QPointF(_SWITCH, 0), QPointF(0, _SWITCH)
    painter.drawPolygon([at - across, at - down, at + across, at + down])


def draw_first_token(painter: QPainter, at: QPointF, colour: QColor) -> None:
    """Draw where the first token came."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(at, _DOT, _DOT)
