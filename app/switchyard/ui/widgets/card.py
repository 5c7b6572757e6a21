"""A raised box that holds other widgets."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box


class Card(QWidget):
    """Add widgets to `body`; a chosen card has an accent border, one that reports a failure a red one."""

    def __init__(self, theme: Theme, padding: int = 10, radius: str = "card", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._radius = radius
        self._line_token: str | None = None
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(8)
        theme.changed.connect(self.update)

    def set_line(self, token: str | None) -> None:
        """Draw the border in a colour of its own, two pixels wide where it is the accent."""
        self._line_token = token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box."""
        theme = self._theme
        line = self._line_token or ("border.subtle" if theme.name == "dark" else "border.default")
        width = 2 if line == "focus.ring" else 1
        painter = QPainter(self)
        box = QRectF(self.rect())
        draw_box(painter, box, theme.radius(self._radius), theme.color("bg.raised"), theme.color(line), width)
