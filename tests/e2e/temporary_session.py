"""A temporary chat in the real window, in a process of its own that is killed while the reply still comes.

Words are written, and a long text is attached, before the chat is made temporary. Then it has a system text, a question
is sent, searched for, and followed by words that would wait. What the reply has said by then is printed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from switchyard.__main__ import find_home
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.services.app import Services
from switchyard.ui.app import Program
from switchyard.ui.asyncui import make_application
from switchyard.ui.home import WindowOptions
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.chat.system_panel import SystemPanel
from switchyard.ui.pages.page import PageName
from switchyard.ui.selftest import SelfTest
from switchyard.ui.single_instance import SingleInstance
from switchyard.ui.widgets.menu import Menu
from switchyard.ui.window import MainWindow

WORD = "zanzibarium"
SAID_ENOUGH = 120
LIMIT_S, PACE_S = 45.0, 0.02


class Session(SelfTest):
    """Does what a person does, once the window is interactive."""

    def __init__(self) -> None:
        super().__init__(Path("unused"), None)

    async def run(self, services: Services, window: QWidget) -> None:
        assert isinstance(window, MainWindow)
        slow = plain_chain("Slow", (step_to(DeploymentName("sim", "sim-slow")),))
        await services.chains.save(slow)
        await services.chains.set_default("Slow")
        await services.settings.change(onboarded=True, title_model="sim/sim-steady")
        window.open_page(PageName.CHAT)
        page = window.workbench.pages[PageName.CHAT]
        assert isinstance(page, ChatPage)
        await until(lambda: page.column.composer.target.text() == "Slow")
        await self._write(page)
        self._choose(page, "Make it temporary")
        self._choose(page, "System text…")
        panel = next(each for each in window.children() if isinstance(each, SystemPanel))
        panel.box.insertPlainText(f"{WORD} system")
        panel.set.click()
        await self._converse(page)
        await asyncio.Event().wait()  # somebody kills it

    async def _write(self, page: ChatPage) -> None:
        """Leave words and a file on the disk, as a draft."""
        composer = page.column.composer
        composer.box.setPlainText(f"{WORD} question")
        QGuiApplication.clipboard().setText(f"{WORD} pasted " * 3_000)
        composer.box.paste()
        await until(lambda: bool(composer.files))
        await page.put_away()
        tell("written")

    async def _converse(self, page: ChatPage) -> None:
        composer = page.column.composer
        composer.send.click()
        assert page.presenter is not None
        shown = page.presenter.acting._sessions.shown
        await until(lambda: shown._coming is not None and len(shown._coming.text) >= SAID_ENOUGH)
        composer.box.setPlainText(f"{WORD} that would wait")
        QTest.keyClick(composer.box, Qt.Key.Key_Return)
        page.list.search.field.edit.setText(WORD)
        await asyncio.sleep(2.0)  # longer than drafts and replies that are kept wait before they are written
        assert shown._coming is not None
        tell(json.dumps(shown._coming.text))

    def _choose(self, page: ChatPage, words: str) -> None:
        page.column.header.more.click()
        menu = next(each for each in page.column.header.findChildren(Menu) if each.isVisible())
        next(action for action in menu.actions() if action.text() == words).trigger()
        menu.close()


async def until(check: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(round(LIMIT_S / PACE_S)):
        if check():
            return
        await asyncio.sleep(PACE_S)
    raise TimeoutError("it never was so")


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the window; return its exit code."""
    home = find_home(WindowOptions(log_level="debug"))
    instance = SingleInstance(home.data_dir, home.lock_file)
    assert instance.claim()
    try:
        return Program(make_application(["switchyard"]), Session()).run(home, instance)
    finally:
        instance.close()


if __name__ == "__main__":
    sys.exit(main())
