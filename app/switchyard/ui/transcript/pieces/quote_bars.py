"""The bars of quotes beside a piece that is no text: code, a table or an image that somebody quotes."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.typesetter import DEEPEST_QUOTE, GAP, QUOTE_BAR, QUOTE_INDENT


class QuoteBars(QWidget):
    """As high as the piece and the room above it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def stand_beside(self, piece: QRect, left: int, count: int) -> None:
        """Take the place beside a piece, for as many quotes as it lies in."""
        self._count = min(count, DEEPEST_QUOTE)
        self.setGeometry(left, piece.top() - GAP, self._count * QUOTE_INDENT, piece.height() + GAP)
        self.setVisible(count > 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for at in range(self._count):
            painter.fillRect(at * QUOTE_INDENT, 0, QUOTE_BAR, self.height(), self._theme.color("border.strong"))
        painter.end()
