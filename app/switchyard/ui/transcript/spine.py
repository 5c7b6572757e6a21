"""Draws the spine beside the thread: one line through all messages, and on it what each of them is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript import track
from switchyard.ui.transcript.message_view import Node
from switchyard.ui.widgets.mark import NORMAL, paint_mark

_WIDTH = 2
_PATCH = 4
_RING = 5
_FAILED_RING = 7.5
_CROSS = 2.6


def paint_line(painter: QPainter, x: int, top: int, bottom: int, theme: Theme) -> None:
    """Draw the spine between two heights."""
    painter.fillRect(QRectF(x - _WIDTH / 2, top, _WIDTH, bottom - top), theme.color("border.strong"))


def paint_node(painter: QPainter, centre: QPointF, node: Node, provider: str, theme: Theme) -> None:
    """Draw what a message is, on a patch that parts the line."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = theme.color("bg.surface")
    if node is Node.REPLY:
        mark = QRectF(0, 0, NORMAL.width(), NORMAL.height())
        mark.moveCenter(centre)
        painter.fillRect(mark.adjusted(-_PATCH, -_PATCH, _PATCH, _PATCH), ground)
        if provider:
            paint_mark(painter, mark, theme, provider)
        return
    radius = _RING if node in {Node.USER, Node.QUEUED} else _FAILED_RING
    patch = QRectF(0, 0, 2 * (radius + _PATCH), 2 * (radius + _PATCH))
    patch.moveCenter(centre)
    painter.fillRect(patch, ground)
    painter.setBrush(ground)
    if node is Node.ASKED:
        track.draw_switch(painter, centre, theme, ground)
        return
    if node is Node.FAILED:
        _paint_failed(painter, centre, theme)
        return
    pen = QPen(theme.color("text.tertiary"), 2)
    if node is Node.QUEUED:
        pen.setDashPattern([1.4, 1.2])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # a square cap would fill the gaps
    painter.setPen(pen)
    painter.drawEllipse(centre, _RING - 1, _RING - 1)


def _paint_failed(painter: QPainter, centre: QPointF, theme: Theme) -> None:
    red = theme.color("bad.signal")
    painter.setPen(QPen(red, 2))
    painter.drawEllipse(centre, _FAILED_RING, _FAILED_RING)
    painter.setPen(QPen(red, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(centre + QPointF(-_CROSS, -_CROSS), centre + QPointF(_CROSS, _CROSS))
    painter.drawLine(centre + QPointF(_CROSS, -_CROSS), centre + QPointF(-_CROSS, _CROSS))
