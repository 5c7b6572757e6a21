"""Arranges every scene of the chat page, and prints what in it a reader of the screen could not name.

`names.py [PATTERN...]`: the exit code is 1 where there is anything; the number of things that have names comes last.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QLocale
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication, QWidget
from tests.fakes.http_server import HttpServer
from tests.shots.draw import open_profile, wanted
from tests.shots.profiles import PROFILES, play_ollama
from tests.shots.rig import Rig
from tests.shots.scenes import SCENES

from switchyard.ui.asyncui import make_application, new_loop
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.theme.theme import Theme

SIZES = ((1440, 900), (960, 640))
Role = QAccessible.Role
CONTROLS = frozenset(
    {
        Role.Button,
        Role.ButtonMenu,
        Role.CheckBox,
        Role.ComboBox,
        Role.EditableText,
        Role.Link,
        Role.ListItem,
        Role.MenuItem,
        Role.PageTab,
        Role.RadioButton,
        Role.Slider,
        Role.SpinBox,
        Role.TreeItem,
    }
)


def named(widget: QWidget) -> Iterator[tuple[str, str, str]]:
    """Return the role, the name and the class of every control below a widget, from the outside in."""
    root = QAccessible.queryAccessibleInterface(widget)
    if root is not None:
        yield from _walk(root)


def _walk(element: QAccessibleInterface) -> Iterator[tuple[str, str, str]]:
    state, role = element.state(), element.role()
    if state.invisible:
        return
    if role in CONTROLS or state.focusable:
        yield role.name, element.text(QAccessible.Text.Name).strip(), type(element.object()).__name__
    for child in filter(None, [element.child(number) for number in range(element.childCount())]):
        if child.isValid():
            yield from _walk(child)


async def sweep(theme: Theme, words: Sequence[str]) -> tuple[list[str], int]:
    """Return what has no name, with its scene, and how much was looked at."""
    nameless: list[str] = []
    count = 0
    async with HttpServer.running() as server:
        play_ollama(server)
        for profile in PROFILES.values():
            scenes = [scene for scene in SCENES if scene.profile == profile.name and wanted(scene, words)]
            if not scenes:
                continue
            async with open_profile(theme, profile, server) as rig:
                for scene in scenes:
                    rig.window.resize(*SIZES[0])
                    await scene.arrange(rig)
                    if isinstance(rig.window.workbench.page, ChatPage):
                        for size in SIZES:
                            rig.window.resize(*size)
                            await rig.settle()
                            if scene.last is not None:
                                rig.close_menus()
                                await scene.last(rig)
                            found = list(look(rig))
                            count += len(found)
                            nameless += [f"{scene.profile}-{scene.name}: {each}" for each in found if not each[1]]
                    if scene.leave is not None:
                        await scene.leave(rig)
    return nameless, count


def look(rig: Rig) -> Iterator[tuple[str, str, str]]:
    """Return the controls of the window and of whatever stands on it."""
    yield from named(rig.window)
    for each in QApplication.topLevelWidgets():
        if each.isVisible() and each is not rig.window:
            yield from named(each)


def main(words: Sequence[str]) -> int:
    """Run on the window's own loop."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    app: QApplication = make_application(sys.argv[:1])
    QAccessible.setActive(True)
    theme = Theme(reduced_motion=True)
    theme.apply(app)
    with asyncio.Runner(loop_factory=lambda: new_loop(app)) as runner:
        nameless, count = runner.run(sweep(theme, words))
    for each in sorted(set(nameless)):
        print(each)
    print(count)
    return 1 if nameless else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
