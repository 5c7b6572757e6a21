"""The main flows by keyboard alone: what is pressed, and where the focus is after it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.message import MessageState
from switchyard.core.settings import ThemeMode
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.page import PageName
from switchyard.ui.pages.settings.page import SettingsPage
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.message_view import MessageView
from switchyard.ui.transcript.route_timeline import RouteTimeline
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.window import MainWindow

QRun = Callable[[Any], Any]

ANSWER = "Read [the page](https://example.org/page) first.\n\n```python\nprint('signal')\n```\n\nThen **go**."


class Walk:
    """A person without a mouse: presses keys, and looks where the focus is."""

    def __init__(self, window: MainWindow, services: Services) -> None:
        self.window = window
        self.services = services

    async def press(self, *keys: str) -> str:
        """Press keys one after the other, each where the focus is then; return where it is in the end."""
        for key in keys:
            combination = QKeySequence(key)[0]  # type: ignore[index] # the stubs do not know that it is a sequence
            target = QApplication.activePopupWidget() or QApplication.focusWidget() or self.window
            QTest.keyClick(target, combination.key(), combination.keyboardModifiers())
            await asyncio.sleep(0)
        return self.focus

    async def type(self, text: str) -> None:
        """Type where the focus is."""
        QTest.keyClicks(QApplication.focusWidget() or self.window, text)
        await asyncio.sleep(0)

    @property
    def focus(self) -> str:
        """Say where the focus is: by the name that a reader of the screen says."""
        widget = QApplication.focusWidget()
        assert isinstance(widget, QWidget), "the focus is nowhere"
        assert widget.isVisible()
        named: QWidget | None = widget
        while named is not None and not named.accessibleName():
            named = named.parentWidget()
        return named.accessibleName() if named is not None else type(widget).__name__

    @property
    def page(self) -> PageName:
        pages = self.window.workbench.pages
        return next(name for name, page in pages.items() if page is self.window.workbench.page)

    @property
    def chat(self) -> ChatPage:
        page = self.window.workbench.pages[PageName.CHAT]
        assert isinstance(page, ChatPage)
        return page

    @property
    def thread(self) -> ThreadView:
        view = self.chat.column.threads.currentWidget()
        assert isinstance(view, ThreadView)
        return view

    @property
    def messages(self) -> list[MessageView]:
        return [item.view for _, item in self.thread._stage.shown() if item.view is not None]

    def describe(self, raised: Sequence[BaseException]) -> str:
        """Return how things stand: a walk that waits for what never comes says nothing of why."""
        said = (
            f"page: {self.page}, focus: {QApplication.focusWidget()!r}",
            *(f"shown: {each.message.role}, {each.message.state}" for each in self.messages),
            *("".join(traceback.format_exception(error)) for error in raised),
        )
        return "\n".join(said)

    async def until(self, check: Callable[[], object]) -> None:
        """Wait until something is so; the limit is `qrun`'s, which fails the test."""
        while not check():  # noqa: ASYNC110 - widgets have no events to wait for
            await asyncio.sleep(0.005)

    async def answered(self, count: int) -> None:
        """Wait until the last of so many messages is complete."""
        await self.until(
            lambda: (
                len(self.messages) == count
                and self.messages[-1].message.state is MessageState.COMPLETE
                and not self.chat.column.composer.send.stops
            )
        )


@asynccontextmanager
async def walking(theme: Theme, data_dir: Path) -> AsyncIterator[Walk]:
    """Open the window with one account, whose model always says the same."""
    raised: list[BaseException] = []
    said = sse({"choices": [{"delta": {"content": ANSWER}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]})
    async with HttpServer.running() as server:
        server.play("/v1/chat/completions", *[Script(said, headers={"content-type": "text/event-stream"})] * 4)
        async with open_services(data_dir=str(data_dir), environment={}) as services:
            await services.accounts.add("openai-compatible", "own", base_url=server.url("/v1"))
            for name, model in (("Everyday", "plain"), ("Careful", "deep")):
                await services.chains.save(plain_chain(name, (step_to(DeploymentName("own", model)),)))
            await services.chains.set_default("Everyday")
            await services.settings.change(onboarded=True, theme=ThemeMode(theme.name))
            scope = TaskScope("walk", on_user_error=raised.append, on_bug=raised.append)
            window = MainWindow(theme, scope, {}, onboarded=True)
            window.resize(1440, 900)
            window.show()
            window.activateWindow()
            await window.begin(onboarded=True)
            await window.attach(services)
            walk = Walk(window, services)
            try:
                yield walk
            except BaseException as failed:
                failed.add_note(walk.describe(raised))
                raise
            finally:
                await window.put_away()
                await scope.close()
                window.hide()
                window.deleteLater()
    assert not raised


def test_a_person_asks_reads_copies_finds_and_goes_elsewhere_without_a_mouse(
    qrun: QRun, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with walking(dark, data_dir) as walk:
            await walk.until(lambda: walk.chat.presenter is not None and walk.chat.presenter.choosing.ready)
            assert walk.focus == "Message"

            # Ask.
            await walk.type("How do signals work?")
            assert await walk.press("Return") == "Message"
            await walk.answered(2)

            # Read: messages are stops, Enter goes in, Esc comes out.
            assert (await walk.press("Alt+Up")).endswith("Message 2 of 2")
            assert (await walk.press("Alt+Up")).endswith("Message 1 of 2")
            reply = await walk.press("Tab")
            assert reply.startswith("plain, ")
            assert await walk.press("Return") == "Link to https://example.org/page"
            assert walk.thread._floats.link.text() == "https://example.org/page"
            inside = [await walk.press("Tab") for _ in range(5)]
            assert {"Copy code", "Show the route", "Copy reply"} <= set(inside)
            assert await walk.press("Escape") == reply

            # Copy: a selection, and the whole of it.
            await walk.press("Shift+End", "Ctrl+C")
            assert QGuiApplication.clipboard().text() == "Read the page first."
            await walk.press("Ctrl+A", "Ctrl+C")
            assert QGuiApplication.clipboard().text() == "Read the page first.\nprint('signal')\nThen go."

            # Find, and come back to where one was.
            assert await walk.press("Ctrl+F") == "Find in this chat"
            await walk.type("signal")
            await walk.until(lambda: walk.thread.find_bar.count.text() == "1 of 2")
            await walk.press("Return")
            assert walk.thread.find_bar.count.text() == "2 of 2"
            assert await walk.press("Tab") == "Previous"
            assert await walk.press("Space") == "Previous"
            assert walk.thread.find_bar.count.text() == "1 of 2"
            assert await walk.press("Escape") == reply

            # Leave the thread by Tab, and come back; Esc leads to the composer from anywhere.
            assert await walk.press("Tab") == "Message"
            assert await walk.press("Shift+Tab") == reply
            assert await walk.press("Escape") == "Message"

            # How it was routed.
            await walk.press("Ctrl+I")
            await walk.until(lambda: walk.messages[-1].findChild(RouteTimeline) is not None)

            # All panes, in the order in which they are seen.
            assert [await walk.press("F6") for _ in range(3)] == ["Chat", "Chats", reply]
            assert await walk.press("F6") == "Message"
            assert await walk.press("Shift+F6") == reply

            # A new chat with another chain, and back to the first.
            assert await walk.press("Ctrl+N") == "Message"
            assert await walk.press("Ctrl+M") == "Filter"
            await walk.type("Careful")
            assert await walk.press("Return") == "Message"
            await walk.until(lambda: walk.chat.column.composer.target.text() == "Careful")
            await walk.type("And then?")
            await walk.press("Return")
            await walk.answered(2)
            first = walk.thread
            await walk.press("Ctrl+Tab")
            await walk.until(lambda: walk.thread is not first and len(walk.messages) == 2)
            assert walk.messages[0].message.text == "How do signals work?"

            # Pages and a setting.
            assert await walk.press("Ctrl+,") == "Settings"
            settings = walk.window.workbench.pages[PageName.SETTINGS]
            assert isinstance(settings, SettingsPage)
            await walk.until(lambda: settings.appearance.mode.current == ThemeMode.DARK.value)
            assert await walk.press("Tab") == "Theme"
            await walk.press("Left")
            await walk.until(lambda: walk.services.settings.value.theme is ThemeMode.LIGHT)
            assert await walk.press("Ctrl+1") == "Message"
            assert walk.page is PageName.CHAT

    qrun(main())
