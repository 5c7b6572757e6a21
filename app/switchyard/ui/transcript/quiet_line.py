"""A line of the transcript that can be pressed: an icon, words that give way, and where it opens something, how."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_icon

HEIGHT = 24
_ICON = 14
_GAP = 6
_CHEVRON = 12


class QuietLine(KeyboardRing, QPushButton):
    """As wide as its words, or as there is room."""

    def __init__(
        self, theme: Theme, parent: QWidget, *, icon: str, folds: bool = False, token: str = "text.tertiary"
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._folds = folds
        self._token = token
        self._unfolded = False
        self.setFont(theme.font("secondary"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def ring_radius(self) -> float:
        return 4.0

    def say(self, text: str) -> None:
        """Show other words."""
        self.setText(text)
        self.setAccessibleName(text)
        self.resize(self.sizeHint())

    def set_unfolded(self, unfolded: bool) -> None:
        """Turn the chevron."""
        self._unfolded = unfolded
        self.update()

    def fit(self, width: int) -> None:
        """Take no more room than this."""
        self.resize(min(self.sizeHint().width(), width), HEIGHT)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(_ICON + _GAP + words + (_GAP + _ICON if self._folds else 1), HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        token = "text.primary" if self.underMouse() and self.isEnabled() else self._token
        middle = self.height() / 2
        draw_icon(painter, self._theme, self._icon, "text.tertiary", _ICON, QPointF(_ICON / 2, middle))
        painter.setFont(self.font())
        painter.setPen(self._theme.color(token))
        right = self.width() - (_GAP + _ICON if self._folds else 0)
        words = QRectF(_ICON + _GAP, 0, right - _ICON - _GAP, self.height())
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(words.width()) + 1)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        if self._folds:
            chevron = "chevron-up" if self._unfolded else "chevron-down"
            draw_icon(painter, self._theme, chevron, token, _CHEVRON, QPointF(self.width() - _ICON / 2, middle))
        painter.end()
