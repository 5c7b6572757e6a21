"""The title of the list, which says what is listed and opens what else can be."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box, draw_icon

_HEIGHT_PX = 28
_PADDING_PX = 8
_CHEVRON_PX = 13
_GAP_PX = 4


class ViewButton(KeyboardRing, QPushButton):
    """A long name gives way at its end."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFont(theme.font("title"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def ring_radius(self) -> float:
        """Return the corner radius."""
        return float(self._theme.radius("control"))

    def sizeHint(self) -> QSize:
        """Return the size of the words and the chevron."""
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(words + 2 * _PADDING_PX + _GAP_PX + _CHEVRON_PX, _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """Leave room for a few letters."""
        return QSize(min(80, self.sizeHint().width()), _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words and the chevron behind them."""
        theme, painter = self._theme, QPainter(self)
        if self.isDown() or self.underMouse():
            ground = theme.color("bg.active" if self.isDown() else "bg.hover")
            draw_box(painter, QRectF(self.rect()), self.ring_radius(), ground)
        words = QRectF(self.rect()).adjusted(_PADDING_PX, 0, -_PADDING_PX - _GAP_PX - _CHEVRON_PX, 0)
        painter.setFont(self.font())
        painter.setPen(theme.color("text.primary"))
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(words.width()) + 1)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        centre = QPointF(self.width() - _PADDING_PX - _CHEVRON_PX / 2, self.height() / 2)
        draw_icon(painter, theme, "chevron-down", "text.tertiary", _CHEVRON_PX, centre)
