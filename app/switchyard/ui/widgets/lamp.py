"""A signal lamp: state by shape and colour, never by colour alone."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme

LampState = Literal["ok", "warn", "bad", "unknown"]

_TOKENS = {"ok": "ok.signal", "warn": "warn.signal", "bad": "bad.signal", "unknown": "text.tertiary"}
_SIZE_PX = 10


def paint_lamp(painter: QPainter, centre: QPointF, theme: Theme, state: LampState) -> None:
    """Draw a disc (ok), a half disc (warn), a barred ring (bad) or a ring (unknown)."""
    colour = theme.color(_TOKENS[state])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state == "ok":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(centre, 3.5, 3.5)
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.4))
    painter.drawEllipse(centre, 3.3, 3.3)
    if state == "bad":
        painter.drawLine(centre + QPointF(-2.2, 2.2), centre + QPointF(2.2, -2.2))
    elif state == "warn":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPie(QRectF(centre.x() - 3.3, centre.y() - 3.3, 6.6, 6.6), -90 * 16, 180 * 16)


class Lamp(QWidget):
    """A lamp as a widget; `meaning` says in words what it shows."""

    def __init__(self, theme: Theme, state: LampState, meaning: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = state
        self.setFixedSize(_SIZE_PX, _SIZE_PX)
        self.setAccessibleName(meaning)
        theme.changed.connect(self.update)

    def set_state(self, state: LampState, meaning: str) -> None:
        """Show another state."""
        self._state = state
        self.setAccessibleName(meaning)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lamp."""
        paint_lamp(QPainter(self), QPointF(_SIZE_PX / 2, _SIZE_PX / 2), self._theme, self._state)
