"""A value between two ends, set by dragging a knob or by arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box

_HEIGHT_PX = 24
_TRACK_PX = 3
_KNOB_PX = 14


class Slider(KeyboardRing, QSlider):
    """A track of 3 pixels with a ring on it; one that is `unset` stands where it would begin, without colour."""

    def __init__(self, theme: Theme, name: str, steps: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._is_unset = False
        self.setRange(0, steps)
        self.setPageStep(max(1, steps // 10))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_value(self, value: int, *, unset: bool = False) -> None:
        """Stand somewhere without telling."""
        before = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(before)
        self._is_unset = unset
        self.update()

    def ring_radius(self) -> float:
        """Return the corner radius."""
        return 6.0

    def sizeHint(self) -> QSize:
        """Return the size of a short track."""
        return QSize(100, _HEIGHT_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to where the pointer is, and follow it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._follow(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._follow(event.position().x())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track, what of it is filled, and the ring."""
        theme, painter = self._theme, QPainter(self)
        middle, x = self.height() / 2, self._knob_x()
        track = QRectF(0, middle - _TRACK_PX / 2, self.width(), _TRACK_PX)
        draw_box(painter, track, _TRACK_PX / 2, theme.color("border.strong"))
        if not self._is_unset:
            draw_box(painter, QRectF(track.topLeft(), QSize(round(x), _TRACK_PX)), 1.5, theme.color("accent.fill"))
        painter.setPen(QPen(theme.color("border.control" if self._is_unset else "accent.fill"), 2))
        painter.setBrush(theme.color("bg.raised"))
        painter.drawEllipse(QPointF(x, middle), _KNOB_PX / 2 - 1, _KNOB_PX / 2 - 1)

    def _knob_x(self) -> float:
        share = self.value() / max(1, self.maximum())
        return _KNOB_PX / 2 + share * (self.width() - _KNOB_PX)

    def _follow(self, x: float) -> None:
        share = (x - _KNOB_PX / 2) / max(1, self.width() - _KNOB_PX)
        value = round(max(0.0, min(1.0, share)) * self.maximum())
        if value == self.value() and self._is_unset:
            self.valueChanged.emit(value)  # what it stands at is chosen now
        self.setValue(value)
