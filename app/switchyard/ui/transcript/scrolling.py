"""Scrolls a view as little as needed: to show a part of it, or towards a pointer beyond its edge."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractScrollArea

EDGE = 8
_LONGEST_SCROLL = 240


def reveal_span(area: QAbstractScrollArea, top: int, bottom: int) -> None:
    """Scroll to show what is between two heights of the view as it stands now."""
    bar, page = area.verticalScrollBar(), area.viewport().height()
    if top < EDGE:
        bar.setValue(bar.value() + top - EDGE)
    elif bottom > page - EDGE:
        bar.setValue(bar.value() + bottom - page + EDGE)


def scroll_towards(area: QAbstractScrollArea, y: int) -> None:
    """Scroll towards a pointer beyond the upper or lower edge, the quicker the further it is."""
    beyond = min(y, 0) + max(y - area.viewport().height(), 0)
    if beyond:
        step = max(min(beyond // 2, _LONGEST_SCROLL), -_LONGEST_SCROLL)
        area.verticalScrollBar().setValue(area.verticalScrollBar().value() + step)
