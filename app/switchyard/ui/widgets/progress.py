"""A bar that fills, or a piece of it that moves while the length is unknown."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QVariantAnimation
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box

_HEIGHT_PX = 4
_CROSSING_MS = 1200
_PIECE = 0.3


class Progress(QProgressBar):
    """Set a value from 0 to 100, or `set_unknown` while there is none."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._move = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=_CROSSING_MS)
        self._move.setLoopCount(-1)
        self._move.valueChanged.connect(self._on_moved)
        self.setRange(0, 100)
        self.setValue(0)
        self.setTextVisible(False)
        self.setFixedHeight(_HEIGHT_PX)
        self.setAccessibleName(name)
        theme.changed.connect(self.update)

    def set_unknown(self) -> None:
        """Show that something goes on without an end in sight."""
        self.setRange(0, 0)
        self._follow()

    def set_share(self, share: float) -> None:
        """Show how much is done, from 0 to 1."""
        self.setRange(0, 100)
        self.setValue(round(share * 100))
        self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Move only while somebody sees it."""
        super().showEvent(event)
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop moving."""
        super().hideEvent(event)
        self._move.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track and what is done of it."""
        theme, painter, radius = self._theme, QPainter(self), _HEIGHT_PX / 2
        track = QRectF(self.rect())
        draw_box(painter, track, radius, theme.color("border.default"))
        if self.maximum() == 0:
            moved = float(self._move.currentValue() or 0.0)
            width = track.width() * _PIECE
            painter.setClipRect(track)
            done = QRectF((track.width() + width) * moved - width, 0, width, track.height())
            if not self._theme.duration(_CROSSING_MS):
                done.moveLeft((track.width() - width) / 2)
        else:
            done = QRectF(0, 0, track.width() * self.value() / self.maximum(), track.height())
        if done.width() > 0:
            draw_box(painter, done, radius, theme.color("accent.text"))

    def _follow(self) -> None:
        if self.maximum() == 0 and self.isVisible() and self._theme.duration(_CROSSING_MS):
            self._move.start()
        else:
            self._move.stop()

    def _on_moved(self) -> None:
        self.update()
