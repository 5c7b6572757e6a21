"""The switch: something that is on or off, with what it means beside it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box

_TRACK = QSize(30, 18)
_KNOB_PX = 10
_GAP_PX = 10
_HEIGHT_PX = 30


class Switch(KeyboardRing, QCheckBox):
    """A track with a knob, and its words; the whole line can be pressed."""

    def __init__(self, theme: Theme, name: str, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setFont(theme.font("ui"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(_HEIGHT_PX)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of track and words."""
        words = _GAP_PX + self.fontMetrics().horizontalAdvance(self.text()) if self.text() else 0
        return QSize(_TRACK.width() + words + 2, _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """The words give way where there is no room."""
        return QSize(_TRACK.width(), _HEIGHT_PX)

    def hitButton(self, pos: QPoint) -> bool:
        """Press anywhere on the line."""
        return QRect(QPoint(0, 0), self.size()).contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track, knob and words."""
        theme, painter = self._theme, QPainter(self)
        on, enabled = self.isChecked(), self.isEnabled()
        track = QRectF(0, (self.height() - _TRACK.height()) / 2, _TRACK.width(), _TRACK.height())
        radius = track.height() / 2
        if on:
            draw_box(painter, track, radius, theme.color("accent.fill" if enabled else "text.disabled"))
        else:
            draw_box(painter, track, radius, None, theme.color("border.control" if enabled else "text.disabled"), 1.5)
        centre = QPointF(track.right() - radius if on else track.left() + radius, track.center().y())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent.onFill" if on else "border.control"))
        painter.drawEllipse(centre, _KNOB_PX / 2, _KNOB_PX / 2)
        words = QRectF(self.rect()).adjusted(_TRACK.width() + _GAP_PX, 0, 0, 0)
        painter.setFont(self.font())
        painter.setPen(theme.color("text.secondary" if enabled else "text.disabled"))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
