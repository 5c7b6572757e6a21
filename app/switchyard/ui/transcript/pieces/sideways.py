"""Tells a wheel that is turned sideways from one that scrolls the thread."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent


def turned_sideways(event: QWheelEvent) -> int:
    """Return how many pixels to move sideways: none for an ordinary turn."""
    delta = event.angleDelta()
    if abs(delta.x()) > abs(delta.y()):
        return delta.x() // 2
    return delta.y() // 2 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0
