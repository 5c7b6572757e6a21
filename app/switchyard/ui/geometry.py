"""Remembers where the window stood and how its panes were divided, screen by screen."""

from __future__ import annotations

import logging

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from switchyard.ui.home import State

_log = logging.getLogger(__name__)

FIRST_SIZE = (1440, 900)
SMALLEST_SIZE = (960, 640)


def restore_window(window: QMainWindow, state: State) -> None:
    """Put the window where it last stood on the screen it was last on; without a usable memory, in the middle."""
    screens = {screen_key(screen): screen for screen in QGuiApplication.screens()}
    last = state.get("screen")
    screen = screens.get(last) if isinstance(last, str) else None
    screen = screen or QGuiApplication.primaryScreen()
    room = screen.availableGeometry()
    kept = _section(_section(state, "windows"), screen_key(screen))
    place = _rectangle(kept.get("place"), room) or _centred(room)
    window.setGeometry(place)
    if kept.get("maximised") is True:
        window.showMaximized()


def keep_window(window: QMainWindow, state: State) -> State:
    """Return the state with the window's place in it."""
    place, screen = window.normalGeometry(), screen_key(window.screen())
    kept = {"place": [place.x(), place.y(), place.width(), place.height()], "maximised": window.isMaximized()}
    return {**state, "screen": screen, "windows": {**_section(state, "windows"), screen: kept}}


def restore_splitters(page: QWidget, name: str, screen: QScreen, state: State) -> None:
    """Divide a page's panes as they were on this screen."""
    kept = _section(_section(state, "splitters"), screen_key(screen))
    for key, splitter in _splitters(page, name):
        sizes = _numbers(kept.get(key), splitter.count())
        if sizes is not None and all(size > 0 for size in sizes):
            splitter.setSizes(sizes)
        elif key in kept:
            _log.warning("The kept division of %s is not usable and was skipped.", key)


def keep_splitters(page: QWidget, name: str, screen: QScreen, state: State) -> State:
    """Return the state with the page's division in it; a pane that is hidden now keeps what it had."""
    everywhere = _section(state, "splitters")
    here = dict(_section(everywhere, screen_key(screen)))
    for key, splitter in _splitters(page, name):
        if all(splitter.sizes()):
            here[key] = splitter.sizes()
    return {**state, "splitters": {**everywhere, screen_key(screen): here}}


def screen_key(screen: QScreen) -> str:
    """Return what tells one screen from another, also after it was unplugged."""
    size = screen.size()
    return f"{screen.name()} {size.width()}x{size.height()}"


def _splitters(page: QWidget, name: str) -> list[tuple[str, QSplitter]]:
    found = page.findChildren(QSplitter)
    return [(splitter.objectName() or f"{name}.{at}", splitter) for at, splitter in enumerate(found)]


def _section(state: State, name: str) -> State:
    """Return a table inside the state; anything else in its place counts as an empty one."""
    section = state.get(name, {})
    if isinstance(section, dict):
        return section
    _log.warning("The kept %s are not usable and were skipped.", name)
    return {}


def _rectangle(value: object, room: QRect) -> QRect | None:
    """Return a place that a person can see and grab."""
    if value is None:
        return None
    numbers = _numbers(value, 4)
    if numbers is not None:
        x, y, width, height = numbers
        width, height = _fitting((width, height), room)
        title_bar = QRect(x, y, width, 32).intersected(room)
        if title_bar.width() >= 100 and title_bar.height() >= 16:
            return QRect(x, y, width, height)
    _log.warning("The kept place of the window is not usable and was skipped.")
    return None


def _centred(room: QRect) -> QRect:
    place = QRect(0, 0, *_fitting(FIRST_SIZE, room))
    place.moveCenter(room.center())
    return place


def _fitting(size: tuple[int, int], room: QRect) -> tuple[int, int]:
    """Return what of a size the screen has room for; a screen too small for any window says nothing."""
    width, height = max(size[0], SMALLEST_SIZE[0]), max(size[1], SMALLEST_SIZE[1])
    if room.width() < SMALLEST_SIZE[0] or room.height() < SMALLEST_SIZE[1]:
        return width, height
    return min(width, room.width()), min(height, room.height())


def _numbers(value: object, count: int) -> list[int] | None:
    """Return a list of so many whole numbers of a size that Qt can take; None for anything else."""
    if not isinstance(value, list) or len(value) != count:
        return None
    return value if all(type(number) is int and abs(number) < 1_000_000 for number in value) else None
