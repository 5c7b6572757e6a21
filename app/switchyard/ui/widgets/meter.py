"""A thin bar that fills up, for a share of something that has an end."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box

_BAR_PX = 4
_BAR_RADIUS = 2


class Meter(QWidget):
    """Its figures are written beside it; a screen reader hears them of it."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self._token = "accent.fill"
        self.setAccessibleName(name)
        self.setFixedHeight(_BAR_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_share(self, share: float | None, token: str, words: str) -> None:
        """Fill it up to a share, 1.0 being all of it; None leaves it empty."""
        self._share = min(max(share or 0.0, 0.0), 1.0)
        self._token = token
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track, and what is filled of it."""
        painter, theme = QPainter(self), self._theme
        draw_box(painter, QRectF(self.rect()), _BAR_RADIUS, theme.color("bg.active"))
        if self._share:
            width = max(self.width() * self._share, _BAR_PX)
            draw_box(painter, QRectF(0, 0, width, _BAR_PX), _BAR_RADIUS, theme.color(self._token))
