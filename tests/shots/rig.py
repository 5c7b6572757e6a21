"""The window that the pictures are taken of, on real services and a data directory of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from tests.fakes.http_server import HttpServer

from switchyard.bootstrap import open_services
from switchyard.core.settings import ThemeMode
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.look import show_look
from switchyard.ui.pages.page import PageName
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.drawings import Drawings
from switchyard.ui.window import MainWindow

PATIENCE_S = 20.0


@dataclass
class Rig:
    """What a scene works with."""

    theme: Theme
    window: MainWindow
    services: Services
    server: HttpServer
    scope: TaskScope

    async def until(self, check: Callable[[], object]) -> None:
        """Wait until something is so."""
        end_s = time.monotonic() + PATIENCE_S
        while not check():
            if time.monotonic() > end_s:
                raise TimeoutError("a scene waits for what does not come")
            await asyncio.sleep(0.01)

    async def settle(self) -> None:
        """Wait until the window is quiet: layouts, threads, drawings and the 33 ms of a stream have had their turn."""
        for _ in range(6):
            await asyncio.sleep(0.05)
        if drawings := [each for each in self.window.findChildren(QObject) if isinstance(each, Drawings)]:
            await self.until(lambda: not any(each.busy for each in drawings))
            await asyncio.sleep(0.05)

    async def show(self, name: PageName, detail: str | None = None) -> None:
        """Open a page."""
        self.window.open_page(name, detail)
        await self.settle()

    async def ask(self, text: str) -> None:
        """Type a message and send it."""
        page = self.window.workbench.page
        composer = page.column.composer  # type: ignore[union-attr]
        composer.set_text(text)
        QTest.keyClick(composer.box, Qt.Key.Key_Return)
        await self.until(lambda: not composer.text())
        await self.settle()

    def close_menus(self) -> None:
        """Close the menus that are open: each picture shows its own."""
        for each in QApplication.topLevelWidgets():
            if isinstance(each, QMenu):
                each.close()

    def picture(self) -> QPixmap:
        """Return the window with whatever stands on it."""
        picture = self.window.grab()
        painter = QPainter(picture)
        for each in QApplication.topLevelWidgets():
            if each.isVisible() and isinstance(each, QDialog | QMenu):
                place = each.mapToGlobal(QPoint(0, 0)) - self.window.mapToGlobal(QPoint(0, 0))
                if isinstance(each, QDialog):
                    place = QPoint(
                        (self.window.width() - each.width()) // 2, (self.window.height() - each.height()) // 2
                    )
                painter.drawPixmap(place, each.grab())
        painter.end()
        return picture


Arrange = Callable[[Rig], Awaitable[None]]


@asynccontextmanager
async def window_on(
    theme: Theme, data_dir: Path, server: HttpServer, *, onboarded: bool, environment: Mapping[str, str]
) -> AsyncIterator[Rig]:
    """Open the window on a data directory, and end it in the program's order."""

    def complain(error: BaseException) -> None:
        raise error

    async with open_services(data_dir=str(data_dir), environment=environment) as services:
        await services.settings.change(onboarded=onboarded, theme=ThemeMode.DARK)
        show_look(theme, services.settings.value)
        scope = TaskScope("shots", on_user_error=complain, on_bug=complain)
        window = MainWindow(theme, scope, {}, onboarded=onboarded)
        window.show()
        window.activateWindow()
        await window.begin(onboarded=onboarded)
        await window.attach(services)
        rig = Rig(theme, window, services, server, scope)
        await rig.settle()
        try:
            yield rig
        finally:
            await window.put_away()
            await scope.close()
            window.hide()
            window.deleteLater()
