"""Check box and switch: one thing on or off."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box, draw_icon

_BOX_PX = 15
_GAP_PX = 8
_HIT_PX = 24
_SWITCH = QSize(30, 18)
_KNOB_PX = 10
_FAST_MS = 120


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


class Switch(KeyboardRing, QCheckBox):
    """A switch, named for who cannot see what it stands beside."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._slide = QVariantAnimation(self, startValue=0.0, endValue=1.0)
        self._slide.valueChanged.connect(self._on_slid)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(_SWITCH)
        self.toggled.connect(self._on_toggled)
        theme.changed.connect(self.update)

    def ring_radius(self) -> float:
        """Return the radius of the round ends."""
        return _SWITCH.height() / 2

    def sizeHint(self) -> QSize:
        """Return the size of the switch."""
        return _SWITCH

    def hitButton(self, pos: QPoint) -> bool:
        """Press anywhere on the switch."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track and knob."""
        theme, painter = self._theme, QPainter(self)
        control = theme.color("border.control" if self.isEnabled() else "text.disabled")
        on = self.isChecked()
        rect = QRectF(self.rect())
        if on:
            draw_box(painter, rect, self.ring_radius(), theme.color("accent.fill") if self.isEnabled() else control)
        else:
            draw_box(painter, rect, self.ring_radius(), None, control, 1.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent.onFill") if on else control)
        edge = self.height() / 2
        x = edge + (self.width() - 2 * edge) * self._share()
        painter.drawEllipse(QPointF(x, edge), _KNOB_PX / 2, _KNOB_PX / 2)

    def _share(self) -> float:
        """Return how far the knob is on its way to the right."""
        if self._slide.state() != QVariantAnimation.State.Running:
            return 1.0 if self.isChecked() else 0.0
        share = float(self._slide.currentValue())
        return share if self.isChecked() else 1 - share

    def _on_toggled(self) -> None:
        if self.isVisible() and self._theme.duration(_FAST_MS):
            self._slide.setDuration(_FAST_MS)
            self._slide.start()

    def _on_slid(self) -> None:
        self.update()
