"""The chat page without a network: a message waits for it, and is sent again by itself, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services
from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.message import Message, MessageState, Role
from switchyard.services.app import Services
from switchyard.services.reconnection import Reconnection
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.chat.waiting_strip import WaitingStrip
from switchyard.ui.pages.page import PageName
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.failure_card import FailureCard
from switchyard.ui.transcript.message_view import MessageView
from switchyard.ui.widgets.buttons import Button

Run = Callable[..., None]
Key = Qt.Key
ANSWER = Script(
    sse({"choices": [{"delta": {"content": "Hello."}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    headers={"content-type": "text/event-stream"},
)


class Window:
    """Stands for the window, of which nothing is wanted here."""

    def open_page(self, name: PageName, detail: str | None = None) -> None:
        raise AssertionError(f"{name} was opened")

    def toast(self, text: str, **_: object) -> None:
        raise AssertionError(text)

    def show_welcome(self) -> None:
        raise AssertionError("the chat page shows no welcome")


@dataclass
class Rig:
    """The chat page, and a network that can be pulled; `knocked` tells that somebody looked for it.

    Once it is `up`, a `server` on this computer stands for the far hosts, where there is one.
    """

    page: ChatPage
    services: Services
    up: bool
    knocked: asyncio.Event
    server: HttpServer | None = None

    def send(self, text: str) -> None:
        QTest.keyClicks(self.page.column.composer.box, text)
        QTest.keyClick(self.page.column.composer.box, Key.Key_Return)

    @property
    def shown(self) -> list[Message]:
        view = self.page.column.threads.currentWidget()
        views = [each for each in view.findChildren(QWidget) if isinstance(each, MessageView)] if view else []
        return [each.message for each in sorted(views, key=QWidget.y) if not each.isHidden()]

    @property
    def said(self) -> list[tuple[Role, str, MessageState]]:
        return [(each.role, each.text, each.state) for each in self.shown]

    @property
    def strip(self) -> WaitingStrip:
        return self.page.column.composer.waiting_strip

    def press(self, words: str) -> None:
        """Press the first button of the thread with these words."""
        buttons = [each for each in self.page.column.threads.findChildren(Button) if each.text() == words]
        min((each for each in buttons if each.isVisible()), key=lambda each: each.mapToGlobal(QPoint()).y()).click()

    async def knock(self, _: Endpoint) -> bool:
        self.knocked.set()
        if self.up and self.server is not None:
            for name in ("a", "b"):
                await self.services.accounts.change(name, base_url=self.server.url(f"/{name}/v1"))
        return self.up


async def eventually(check: Callable[[], object]) -> None:
    """Wait until something is so; the limit is `qrun`'s, which fails the test."""
    while not check():  # noqa: ASYNC110 - widgets have no events to wait for
        await asyncio.sleep(0.005)


@asynccontextmanager
async def chat(theme: Theme, data_dir: Path) -> AsyncIterator[Rig]:
    """Open the page with a chain of two hosts that nobody can find."""
    bugs: list[BaseException] = []
    async with open_services(data_dir=str(data_dir), environment={}) as opened:
        waiting = Reconnection(
            lambda endpoint: rig.knock(endpoint), opened.accounts, opened.health, offline=False, every_s=0.01
        )
        services = replace(opened, reconnection=waiting)
        for name in ("a", "b"):
            await services.accounts.add("openai-compatible", name, base_url=f"http://{name}.invalid/v1")
        steps = tuple(step_to(DeploymentName(name, "m"), retries=0) for name in ("a", "b"))
        await services.chains.save(plain_chain("Far", steps))
        await services.chains.set_default("Far")
        scope = TaskScope("test", on_user_error=bugs.append, on_bug=bugs.append)
        page = ChatPage(theme, scope, Window())
        rig = Rig(page, services, up=False, knocked=asyncio.Event())
        page.resize(1376, 900)
        page.show()
        await page.attach(services)
        page.entered()
        await eventually(lambda: page.presenter is not None and page.presenter.choosing.ready)
        try:
            yield rig
        finally:
            await page.put_away()
            await scope.close()
            page.close()
            page.deleteLater()
    assert not bugs


def test_what_found_no_network_goes_when_it_is_back_and_what_waited_behind_it_follows(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            server.play("/a/v1/chat/completions", ANSWER)
            rig.send("One?")
            await rig.knocked.wait()
            assert "No network" in rig.page.column.composer.hint.text()
            rig.send("Two?")
            await eventually(lambda: [each.state for each in rig.shown][-1] is MessageState.QUEUED)
            rig.server, rig.up = server, True
            await eventually(lambda: len(rig.shown) == 4 and rig.shown[-1].state is MessageState.COMPLETE)
            assert [(role, text) for role, text, _ in rig.said] == [
                (Role.USER, "One?"),
                (Role.ASSISTANT, "Hello."),
                (Role.USER, "Two?"),
                (Role.ASSISTANT, "Hello."),
            ]
            assert len(server.received) == 2
            assert rig.page.column.composer.hint.text() == ""

    qrun(main())


def test_a_message_is_sent_again_by_itself_once(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.up = True  # somebody answers a knock, and still nobody can be called
            rig.send("One?")
            await rig.knocked.wait()
            await eventually(lambda: len(rig.shown) == 2 and rig.shown[1].state is MessageState.FAILED)
            await eventually(lambda: not rig.page.column.composer.send.stops)
            assert [state for _, _, state in rig.said] == [MessageState.COMPLETE, MessageState.FAILED]
            assert not rig.strip.isVisible()

    qrun(main())


def test_escape_ends_the_wait_and_everything_stays_where_it_is(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.send("One?")
            await rig.knocked.wait()
            rig.send("Two?")
            await eventually(lambda: len(rig.shown) == 2)
            assert not rig.strip.isVisible()
            QTest.keyClick(rig.page.column.composer.box, Key.Key_Escape)
            await eventually(lambda: rig.strip.isVisible())
            assert [(text, state) for _, text, state in rig.said] == [
                ("One?", MessageState.QUEUED),
                ("Two?", MessageState.QUEUED),
            ]
            assert rig.page.column.composer.text() == ""

    qrun(main())


def test_a_local_model_answers_what_waits_for_the_network(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            server.play("/near/v1/chat/completions", ANSWER)
            server.play(
                "/near/v1/models", Script('{"data": [{"id": "small"}]}', headers={"content-type": "application/json"})
            )
            await rig.services.accounts.add(
                "openai-compatible", "near", base_url=server.url("/near/v1"), settings={"place": "local"}
            )
            await rig.services.accounts.test(await rig.services.accounts.get("near"))
            presenter = rig.page.presenter
            assert presenter is not None
            await eventually(lambda: presenter.choosing.targets.local is not None)
            rig.send("One?")
            await rig.knocked.wait()
            rig.send("Two?")
            await eventually(lambda: len(rig.shown) == 2)
            rig.press("Ask local now")
            await eventually(lambda: len(rig.shown) == 3 and rig.shown[1].state is MessageState.COMPLETE)
            assert [(text, state) for _, text, state in rig.said] == [
                ("One?", MessageState.COMPLETE),
                ("Hello.", MessageState.COMPLETE),
                ("Two?", MessageState.QUEUED),
            ]
            await eventually(lambda: "No network" in rig.page.column.composer.hint.text())

    qrun(main())


def test_the_wait_is_over_when_nothing_waits_any_more(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.send("One?")
            await rig.knocked.wait()
            rig.press("Edit")
            await eventually(lambda: rig.page.column.composer.hint.text() == "")
            assert rig.page.column.composer.text() == "One?"
            assert not rig.shown
            assert not rig.page.column.composer.send.stops

    qrun(main())


def test_a_reply_that_is_asked_for_again_without_a_network_says_so_in_its_card(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            server.play("/a/v1/chat/completions", ANSWER)
            await rig.services.accounts.change("a", base_url=server.url("/a/v1"))
            rig.send("One?")
            await eventually(lambda: len(rig.shown) == 2 and rig.shown[1].state is MessageState.COMPLETE)
            await rig.services.accounts.change("a", base_url="http://a.invalid/v1")
            presenter = rig.page.presenter
            assert presenter is not None
            presenter.shown.retry_last()
            await eventually(lambda: len(rig.shown) == 2 and rig.shown[1].state is MessageState.FAILED)
            card = next(each for each in rig.page.column.threads.findChildren(FailureCard) if each.isVisible())
            assert any("offline" in each.text() for each in card.findChildren(QLabel))
            assert not rig.knocked.is_set()  # nothing goes by itself that the person did not write
            assert not rig.strip.isVisible()

    qrun(main())
