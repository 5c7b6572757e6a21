"""A small button over a piece, that is seen while the pointer is over the piece or the focus is on the button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.paint import draw_box

SIZE = 24


class OverButton(IconButton):
    """Is there for the keyboard and for readers of the screen all the time; only its picture comes and goes."""

    def __init__(self, theme: Theme, icon: str, name: str, piece: QWidget) -> None:
        super().__init__(theme, icon, name, size=SIZE, parent=piece)
        piece.installEventFilter(self)
        self._piece = piece

    def stand(self, right: int, top: int) -> None:
        """Take a place, by its upper right corner."""
        self.move(QPoint(right - SIZE, top))
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the pointer."""
        if event.type() in {QEvent.Type.Enter, QEvent.Type.Leave}:
            self.update()
        return super().eventFilter(watched, event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not (self._piece.underMouse() or self.underMouse() or self.hasFocus()):
            return
        painter = QPainter(self)
        theme = self._theme
        ground, line = theme.color("bg.raised"), theme.color("border.default")
        draw_box(painter, QRectF(self.rect()), self.ring_radius(), ground, line)
        painter.end()
        super().paintEvent(event)
