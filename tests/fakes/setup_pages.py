"""What the tests of the welcome, the providers and the chains stand on: a page with real services, and servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from tests.fakes import new_database
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services
from switchyard.core.errors import UserError
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions, Page, PageName
from switchyard.ui.theme.theme import Theme

AnyPage = TypeVar("AnyPage", bound=Page)
JSON = {"content-type": "application/json"}
WINDOW = (1376, 900)


@dataclass
class Wishes:
    """Stands for the window: remembers what the page asked of it."""

    opened: list[tuple[PageName, str | None]] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    act: Callable[[], None] | None = None

    def open_page(self, name: PageName, detail: str | None = None) -> None:
        self.opened.append((name, detail))

    def toast(
        self,
        text: str,
        *,
        level: str = "info",
        id: str | None = None,
        action_text: str | None = None,
        on_action: Callable[[], None] | None = None,
    ) -> None:
        self.toasts.append(text)
        self.act = on_action

    def show_welcome(self) -> None:
        raise AssertionError("nobody asks for that here")


@dataclass
class Rig(Generic[AnyPage]):
    """A page as a person sees it, and the use cases behind it."""

    page: AnyPage
    services: Services
    wishes: Wishes
    told: list[UserError]

    def press(self, key: Qt.Key) -> None:
        """Press a key wherever the focus is."""
        QTest.keyClick(self.focused, key)

    def type(self, text: str) -> None:
        """Type a text wherever the focus is."""
        QTest.keyClicks(self.focused, text)

    def tab_to(self, wanted: QWidget) -> None:
        """Go there by Tab alone."""
        passed = []
        for _ in range(60):
            if self.focused is wanted or wanted.focusProxy() is self.focused:
                return
            passed.append(spoken(self.focused))
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab never comes to {wanted.accessibleName() or wanted}, only to {passed}")

    def tab_round(self) -> list[str]:
        """Press Tab until it comes back to where it began, and name what it stopped at."""
        began, passed = self.focused, [spoken(self.focused)]
        self.press(Qt.Key.Key_Tab)
        while self.focused is not began:
            passed.append(spoken(self.focused))
            assert len(passed) < 100, passed
            self.press(Qt.Key.Key_Tab)
        return passed

    @property
    def focused(self) -> QWidget:
        focused = QApplication.focusWidget()
        assert focused is not None
        return focused


@asynccontextmanager
async def opened(
    make: Callable[[Theme, TaskScope, Actions], AnyPage],
    theme: Theme,
    data_dir: Path,
    environment: Mapping[str, str] | None = None,
    *,
    size: tuple[int, int] = WINDOW,
) -> AsyncIterator[Rig[AnyPage]]:
    """Open a page on a data directory, as the window does."""
    bugs: list[BaseException] = []
    told: list[UserError] = []
    wishes = Wishes()
    new_database.lay(data_dir)
    async with open_services(data_dir=str(data_dir), environment=environment or {}) as services:
        scope = TaskScope("test", on_user_error=told.append, on_bug=bugs.append)
        page = make(theme, scope, wishes)
        page.resize(*size)
        page.show()
        page.activateWindow()
        await eventually(page.isActiveWindow)
        await page.attach(services)
        page.entered()
        try:
            yield Rig(page, services, wishes, told)
        finally:
            page.left()
            await scope.close()
            page.hide()
            page.deleteLater()
    assert not bugs


async def eventually(check: Callable[[], object]) -> None:
    """Wait until something is so; the limit is the loop's, which fails the test."""
    while not check():  # noqa: ASYNC110 - widgets have no events to wait for
        await asyncio.sleep(0.005)


def listed(*names: str) -> Script:
    """Return a list of models in the OpenAI dialect."""
    return Script(json.dumps({"data": [{"id": name, "context_length": 128_000} for name in names]}), headers=JSON)


def rejected() -> Script:
    """Return what a provider says to a wrong key."""
    body = {"error": {"message": "Incorrect key provided", "code": "invalid_api_key"}}
    return Script(json.dumps(body), 401, JSON, chunked=False)


def web_page() -> Script:
    """Return what a proxy says in place of an answer."""
    return Script("<html><body>Sign in to the network</body></html>", headers={"content-type": "text/html"})


def play_ollama(server: HttpServer, *names: str) -> None:
    """Let a server be an Ollama with these models; those named after embedding are for that alone."""
    models = [{"name": name, "model": name, "size": 5_200_000_000, "details": {}} for name in names]
    server.play("/api/tags", Script(json.dumps({"models": models}), headers=JSON))
    server.play("/api/show", Script(json.dumps({"model_info": {}}), headers=JSON))


def words(widget: QWidget) -> str:
    """Return every visible text of a widget and what it holds."""
    texts = []
    for each in [widget, *widget.findChildren(QWidget)]:
        text = getattr(each, "text", None)
        if each.isVisible() and callable(text):
            texts.append(str(text()))
    return "\n".join(texts)


def spoken(widget: QWidget) -> str:
    """Return what a screen reader calls a control."""
    text = getattr(widget, "text", None)
    return widget.accessibleName() or (str(text()) if callable(text) else "")


def unnamed(widget: QWidget) -> list[QWidget]:
    """Return the visible controls that a screen reader could not name."""
    found = []
    for each in widget.findChildren(QWidget):
        if each.isVisible() and each.focusPolicy() & Qt.FocusPolicy.TabFocus and not spoken(each):
            found.append(each)
    return found
