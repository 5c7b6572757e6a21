"""The check box: one thing on or off."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box, draw_icon

_BOX_PX = 15
_GAP_PX = 8
_HIT_PX = 24


class CheckBox(KeyboardRing, QCheckBox):
    """A box with a tick and its words; the whole line can be pressed."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setFont(theme.font("ui"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of box and words."""
        words = _GAP_PX + self.fontMetrics().horizontalAdvance(self.text()) if self.text() else 0
        return QSize(_BOX_PX + words + 1, _HIT_PX)

    def minimumSizeHint(self) -> QSize:
        """The words are never cut."""
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        """Press anywhere on the line."""
        return QRect(QPoint(0, 0), self.size()).contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, tick and words."""
        theme, painter = self._theme, QPainter(self)
        box = QRectF(0, (self.height() - _BOX_PX) // 2, _BOX_PX, _BOX_PX)
        on = self.isChecked()
        if on:
            fill = "accent.fill" if self.isEnabled() else "text.disabled"
            draw_box(painter, box, theme.radius("mark"), theme.color(fill))
            draw_icon(painter, theme, "check", "accent.onFill", 11, box.center())
        else:
            line = "border.control" if self.isEnabled() else "text.disabled"
            draw_box(painter, box, theme.radius("mark"), None, theme.color(line), 1.5)
        painter.setPen(theme.color("text.primary" if self.isEnabled() else "text.disabled"))
        painter.setFont(self.font())
        words = QRectF(self.rect()).adjusted(_BOX_PX + _GAP_PX, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
