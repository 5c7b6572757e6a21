"""Sideways scrolling of what is wider than the column: a bar, made when it is first needed, and edges that fade out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QLinearGradient, QPainter, QWheelEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import faded

BAR_HEIGHT = 10

_FADE = 32
_STEP = 40
_ROOM_BESIDE = 2 * _FADE
_RADIUS = 4.0


class SidewaysBar(KeyboardRing, QScrollBar):
    """A stop of the keyboard: arrows to the sides move it, those up and down are for the thread."""

    def __init__(self, theme: Theme, owner: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, owner)
        self._theme = theme
        self.setSingleStep(_STEP)
        self.setInvertedControls(False)  # as Qt has it, the left arrow goes to the right
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Scroll sideways"))

    def ring_radius(self) -> float:
        return _RADIUS

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Sideways:
    """Knows how far a piece is scrolled from its beginning, which may be at the right."""

    def __init__(self, theme: Theme, owner: QWidget, on_moved: Callable[[int], None]) -> None:
        self._theme = theme
        self._owner = owner
        self._on_moved = on_moved
        self._bar: SidewaysBar | None = None
        self._room = 0
        self._from_right = False

    @property
    def offset(self) -> int:
        """How many pixels of the left are out of view."""
        value = self._bar.value() if self._bar is not None else 0
        return self._room - value if self._from_right else value

    @property
    def possible(self) -> bool:
        """Whether there is anything out of view."""
        return self._room > 0

    def set_room(self, content: int, view: int, *, from_right: bool = False) -> None:
        """Say how wide the content is, how much of it is seen, and where it begins."""
        self._room = max(0, content - view)
        self._from_right = from_right
        if self._bar is not None:
            self._fit(self._bar)

    def _fit(self, bar: QScrollBar) -> None:
        bar.setLayoutDirection(Qt.LayoutDirection.RightToLeft if self._from_right else Qt.LayoutDirection.LeftToRight)
        bar.setRange(0, self._room)

    def present(self, place: QRect, *, shown: bool) -> None:
        """Show the bar at its place, or not at all."""
        if self._bar is None:
            if not self._room:
                return
            self._bar = SidewaysBar(self._theme, self._owner)
            self._fit(self._bar)
            self._bar.valueChanged.connect(self._on_moved)
        self._bar.setPageStep(max(place.width(), 1))
        self._bar.setGeometry(place)
        self._bar.setVisible(shown and self._room > 0)

    def scroll_to(self, value: int) -> None:
        """Scroll to so many pixels from the beginning."""
        if self._bar is not None:
            self._bar.setValue(value)

    def reveal(self, part: QRectF, view: int) -> None:
        """Scroll as little as needed to see a part of the content."""
        offset = self.offset
        offset = min(max(offset, int(part.right()) + _ROOM_BESIDE - view), max(int(part.left()) - _ROOM_BESIDE, 0))
        self._scroll_left_to(offset)

    def turn(self, event: QWheelEvent) -> None:
        """Move by a wheel that is turned sideways; any other turn is for the thread."""
        delta = event.angleDelta()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = delta.x() if abs(delta.x()) > abs(delta.y()) else delta.y() if shifted else 0
        if step and self.possible:
            self._scroll_left_to(self.offset - step // 2)
        else:
            event.ignore()

    def _scroll_left_to(self, offset: int) -> None:
        self.scroll_to(self._room - offset if self._from_right else offset)

    def paint_fades(self, painter: QPainter, window: QRectF, ground: QColor) -> None:
        """Let what goes on beyond an edge fade out there: a bar may be far below."""
        hidden = ((window.left(), 1, self.offset), (window.right(), -1, self._room - self.offset))
        for edge, inwards, pixels in hidden if self.possible else ():
            if pixels:
                fade = QLinearGradient(edge, 0, edge + inwards * _FADE, 0)
                fade.setColorAt(0, ground)
                fade.setColorAt(1, faded(ground, 0))
                left = min(edge, edge + inwards * _FADE)
                painter.fillRect(QRectF(left, window.top(), _FADE, window.height()), fade)
