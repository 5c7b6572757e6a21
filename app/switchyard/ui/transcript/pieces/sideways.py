"""Sideways scrolling of what is wider than the column; the bar is made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QScrollBar, QWidget

BAR_HEIGHT = 10


class Sideways:
    """Knows how far a piece is scrolled; one that is not too wide is at its beginning."""

    def __init__(self, owner: QWidget, on_moved: Callable[[int], None]) -> None:
        self._owner = owner
        self._on_moved = on_moved
        self._bar: QScrollBar | None = None
        self._room = 0

    @property
    def offset(self) -> int:
        """How many pixels of the left are out of view."""
        return self._bar.value() if self._bar is not None else 0

    @property
    def possible(self) -> bool:
        """Whether there is anything out of view."""
        return self._room > 0

    def set_room(self, content: int, view: int) -> None:
        """Say how wide the content is and how much of it is seen."""
        self._room = max(0, content - view)
        if self._bar is not None:
            self._bar.setRange(0, self._room)

    def present(self, place: QRect, *, shown: bool) -> None:
        """Show the bar at its place, or not at all."""
        if self._bar is None:
            if not self._room:
                return
            self._bar = QScrollBar(Qt.Orientation.Horizontal, self._owner)
            self._bar.setRange(0, self._room)
            self._bar.valueChanged.connect(self._on_moved)
        self._bar.setPageStep(max(place.width(), 1))
        self._bar.setGeometry(place)
        self._bar.setVisible(shown and self._room > 0)

    def scroll_to(self, offset: int) -> None:
        """Scroll to a place."""
        if self._bar is not None:
            self._bar.setValue(offset)

    def turn(self, event: QWheelEvent) -> None:
        """Move by a wheel that is turned sideways; any other turn is for the thread."""
        delta = event.angleDelta()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = delta.x() if abs(delta.x()) > abs(delta.y()) else delta.y() if shifted else 0
        if step and self.possible:
            self.scroll_to(self.offset - step // 2)
        else:
            event.ignore()
