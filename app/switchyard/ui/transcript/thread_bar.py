"""The scroll bar beside the thread: looks like every other, but paints all it covers, since it moves with each tick."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QCursor, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QStyle, QStyleOptionSlider, QWidget

from switchyard.ui.theme.theme import Theme

_MARGIN = 2
_RADIUS = 3


class ThreadBar(QScrollBar):
    """The style says where the handle is; the style's own painting costs more than that of the text beside it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def _handle(self) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        part = self.style().subControlRect(
            QStyle.ComplexControl.CC_ScrollBar, option, QStyle.SubControl.SC_ScrollBarSlider, self
        )
        return part.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("bg.surface"))
        handle = self._handle()
        pointed = self.isSliderDown() or (self.underMouse() and handle.contains(self.mapFromGlobal(QCursor.pos())))
        colour = self._theme.color("border.control" if pointed else "border.strong")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        # Round at both ends only: a long round shape is drawn line by line.
        for end in (handle.top(), handle.bottom() + 1 - 2 * _RADIUS):
            painter.drawRoundedRect(handle.left(), end, handle.width(), 2 * _RADIUS, _RADIUS, _RADIUS)
        painter.fillRect(handle.adjusted(0, _RADIUS, 0, -_RADIUS), colour)
        painter.end()
