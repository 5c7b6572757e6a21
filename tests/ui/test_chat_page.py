"""The chat page with real services: the Simulator answers, and servers on loopback that fail as scripted."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services
from switchyard.core.budget import Action, Period, Scope
from switchyard.core.chain import AfterText, DeploymentName, Limits, Overflow, Policy, plain_chain, step_to
from switchyard.core.draft import Draft
from switchyard.core.errors import DataDirError, UserError
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.failures import Fix
from switchyard.core.message import ConversationId, Message, MessageState
from switchyard.core.picks import PickKind
from switchyard.core.route import Skip, SkipReason
from switchyard.core.settings import SendKey
from switchyard.core.usage import NANOS, Price
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.conversation_model import LIVE_ROLE, Live
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.chat.picker import Picker
from switchyard.ui.pages.page import PageName, step_in
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.message_view import MessageView
from switchyard.ui.transcript.picture import Picture
from switchyard.ui.transcript.pieces.seam import SeamPiece
from switchyard.ui.transcript.quiet_line import QuietLine
from switchyard.ui.transcript.route_timeline import RouteTimeline
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.widgets.buttons import Button

EVENTS = {"content-type": "text/event-stream"}
FAST = DeploymentName("sim", "sim-fast")
Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def said(*pieces: str, finish: str = "stop") -> Script:
    """Return a good answer in pieces."""
    deltas = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    last = {"choices": [{"delta": {}, "finish_reason": finish}], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}
    return Script(sse(*deltas, last), headers=EVENTS)


def begun(text: str) -> Script:
    """Return an answer that begins and then says nothing for as long as anybody listens."""
    return Script(sse({"choices": [{"delta": {"content": text}}]}, done=False), headers=EVENTS, ending="stall")


def refused(status: int, message: str, **headers: str) -> Script:
    """Return an error in the usual shape."""
    body = f'{{"error": {{"message": "{message}"}}}}'
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script(body, status, {"content-type": "application/json", **names}, chunked=False)


@dataclass
class Wishes:
    """Stands for the window: remembers what the page asked of it."""

    opened: list[tuple[PageName, str | None]] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    undo: Callable[[], None] | None = None

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
        self.undo = on_action

    def show_welcome(self) -> None:
        raise AssertionError("the chat page shows no welcome")


def views_in(thread: QWidget) -> list[MessageView]:
    """Return the messages of a thread from the top."""
    return sorted((each for each in thread.findChildren(QWidget) if isinstance(each, MessageView)), key=QWidget.y)


@dataclass
class Rig:
    """The page as a person sees it."""

    page: ChatPage
    services: Services
    wishes: Wishes

    @property
    def composer(self) -> str:
        return self.page.column.composer.text()

    @property
    def hint(self) -> str:
        return self.page.column.composer.hint.text()

    @property
    def stops(self) -> bool:
        return self.page.column.composer.send.stops

    @property
    def titles(self) -> list[str]:
        return [each.title for each in self.page.model.conversations]

    @property
    def shown(self) -> list[Message]:
        view = self.page.column.threads.currentWidget()
        return [each.message for each in views_in(view) if not each.isHidden()] if view is not None else []

    @property
    def last(self) -> Message | None:
        return self.shown[-1] if self.shown else None

    @property
    def thread(self) -> ThreadView:
        view = self.page.column.threads.currentWidget()
        assert isinstance(view, ThreadView)
        return view

    def words(self) -> str:
        """Return the words of the last message as they stand on the screen."""
        last = views_in(self.thread)[-1]
        QGuiApplication.clipboard().clear()
        QTest.keyClick(last, Key.Key_A, CTRL)
        QTest.keyClick(last, Key.Key_C, CTRL)
        return QGuiApplication.clipboard().text()

    async def hear_of_latest(self) -> None:
        """Tell the page of a conversation that was written behind its back."""
        uid = await self.services.conversations.latest()
        assert uid is not None
        self.services.conversations.changed.emit(uid)

    def button(self, text: str) -> Button | None:
        """Return a button of the thread by its words."""
        buttons = self.thread.findChildren(Button)
        return next((each for each in buttons if each.text() == text and each.isVisible()), None)

    async def click(self, text: str) -> None:
        """Wait for a button of the thread and press it."""
        await eventually(lambda: self.button(text))
        button = self.button(text)
        assert button is not None
        button.click()

    async def press_button(self, text: str) -> None:
        """Wait for a button of the thread, go to it and press it by a key."""
        await eventually(lambda: self.button(text))
        button = self.button(text)
        assert button is not None
        button.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(button, Key.Key_Space)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.page.column.composer.box, text)

    def press(self, key: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.page.column.composer.box, key, modifier)

    def live(self, title: str) -> Live:
        uid = next(each.uid for each in self.page.model.conversations if each.title == title)
        found = self.page.model.index_of(uid).data(LIVE_ROLE)
        assert isinstance(found, Live)
        return found

    def new(self) -> None:
        self.page.list.new_requested.emit()

    def open(self, title: str) -> None:
        uid = next(each.uid for each in self.page.model.conversations if each.title == title)
        self.page.list.open_requested.emit(uid)

    async def ask(self, text: str) -> None:
        """Send a message and wait until it is on disk."""
        self.type(text)
        self.press(Key.Key_Return)
        await eventually(lambda: not self.composer and bool(self.shown))

    async def queue(self, text: str) -> None:
        """Send a message while a reply comes, and wait until it is kept."""
        self.type(text)
        self.press(Key.Key_Return)
        await eventually(lambda: not self.composer)

    @property
    def waiting(self) -> list[str]:
        """Return what is kept as waiting, in all chats."""
        outgoing = self.services.kept.unsent
        return [each.text for uid in outgoing.conversations for each in outgoing.of(uid)]

    async def settled(self, state: MessageState = MessageState.COMPLETE) -> Message:
        """Wait until the reply has ended."""
        await eventually(lambda: not self.stops and self.last is not None and self.last.state is state)
        assert self.last is not None
        return self.last

    async def draft_is(self, uid: ConversationId, text: str) -> None:
        """Wait until this is kept of the unsent words of a conversation."""
        while (await self.services.conversations.draft(uid)).text != text:  # noqa: ASYNC110 - the disk tells of nothing
            await asyncio.sleep(0.005)

    def describe(self, told: Sequence[BaseException]) -> str:
        """Return how things stand: a test that waits for what never comes says nothing of why."""
        outgoing, shown = self.services.kept.unsent, self.shown
        failures = [one.failure for each in shown if each.route for one in each.route.attempts if one.failure]
        said = (
            f"composer: {self.composer!r}, hint: {self.hint!r}, stops: {self.stops}",
            *(f"shown: {each.role}, {each.state}, {each.text!r}" for each in shown),
            *(f"failed: {failure}" for failure in failures),
            *(f"wait: {self.waiting}, held: {outgoing.why_held(uid)}" for uid in outgoing.conversations),
            *("".join(traceback.format_exception(error)) for error in told),
        )
        return "\n".join(said)

    async def stored(self) -> list[Message]:
        """Return the messages of the newest conversation as they are on disk."""
        uid = await self.services.conversations.latest()
        assert uid is not None
        return list((await self.services.conversations.open(uid))[1])


async def eventually(check: Callable[[], object]) -> None:
    """Wait until something is so; the limit is `qrun`'s, which fails the test."""
    while not check():  # noqa: ASYNC110 - widgets have no events to wait for
        await asyncio.sleep(0.005)


@asynccontextmanager
async def chat(
    theme: Theme,
    data_dir: Path,
    *,
    max_pages: int | None = None,
    early: str = "",
    met: tuple[type[Exception], ...] = (),
) -> AsyncIterator[Rig]:
    """Open the page on a data directory, and end it as the window does.

    `early` is sent before the services are there; `met` are the errors and the bugs that are expected.
    """
    bugs: list[BaseException] = []
    errors: list[UserError] = []
    async with open_services(data_dir=str(data_dir), environment={}, max_pages=max_pages) as services:
        scope = TaskScope("test", on_user_error=errors.append, on_bug=bugs.append)
        page = ChatPage(theme, scope, wishes := Wishes())
        page.resize(1376, 900)
        page.show()
        if early:
            QTest.keyClicks(page.column.composer.box, early)
            QTest.keyClick(page.column.composer.box, Key.Key_Return)
        await page.attach(services)
        page.entered()
        await eventually(lambda: early or (page.presenter is not None and page.presenter.choosing.ready))
        rig = Rig(page, services, wishes)
        try:
            yield rig
        except BaseException as failed:
            failed.add_note(rig.describe([*bugs, *errors]))
            raise
        finally:
            await page.put_away()
            await scope.close()
            page.close()
            page.deleteLater()
    told = [*bugs, *errors]
    assert tuple({type(error) for error in told}) == met, told


async def make_chain(services: Services, server: HttpServer, *paths: str) -> None:
    """Make a default chain whose steps are servers at these paths."""
    for path in paths:
        await services.accounts.add("openai-compatible", path, base_url=server.url(f"/{path}/v1"))
    steps = tuple(step_to(DeploymentName(path, f"model-{path}"), retries=0) for path in paths)
    await services.chains.save(plain_chain("Everyday", steps))
    await services.chains.set_default("Everyday")


def play(server: HttpServer, path: str, *scripts: Script) -> None:
    """Set what a step answers."""
    server.play(f"/{path}/v1/chat/completions", *scripts)


async def keep(services: Services, text: str) -> None:
    """Have a conversation without the window."""
    async with services.chat.open(Prompt(text=text, target=Target(model=FAST))) as turn:
        async for _ in turn.run:
            pass


def damage(database: Path) -> None:
    """Overwrite the middle of a database that is in use, and let whoever uses it read it anew."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = bytearray(database.read_bytes())
        for start in range(4096, len(pages), 4096):
            pages[start : start + 64] = b"\xff" * 64
        other.execute("PRAGMA user_version = 1")
        database.write_bytes(pages)


# --- sending ----------------------------------------------------------------------------------------------------------


def test_a_message_is_kept_answered_and_listed(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            assert rig.page.column.question.isVisible()
            await rig.ask("How does a token bucket work?")
            assert not rig.page.column.question.isVisible()
            await eventually(lambda: rig.titles == ["How does a token bucket work?"])
            assert rig.live("How does a token bucket work?") is Live.STREAMING
            assert rig.stops
            reply = await rig.settled()
            assert reply == (await rig.stored())[-1]
            assert reply.text
            assert rig.page.column.header.title.text() == "How does a token bucket work?"
            await eventually(lambda: rig.page.column.header.spend.text() == "simulated")
            assert rig.page.column.header.tokens.text().endswith(" tok")
            assert rig.live("How does a token bucket work?") is Live.QUIET

    qrun(main())


def test_enter_pressed_twice_in_a_row_sends_once(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.type("How does a token bucket work?")
            rig.press(Key.Key_Return)
            rig.press(Key.Key_Return)
            await eventually(lambda: bool(rig.shown))
            await rig.settled()
            assert rig.waiting == []
            assert len(await rig.stored()) == 2

    qrun(main())


def test_what_is_sent_while_a_reply_comes_waits_below_it_and_is_sent_in_turn(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            release = asyncio.Event()
            play(server, "one", replace(said("One."), gate=release), said("Two."), said("Three."))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("first")
            await eventually(lambda: server.received)
            for text in ("second", "third"):
                await rig.queue(text)
            rig.type("unsent")
            assert [each.text for each in rig.shown[2:]] == ["second", "third"]
            assert {each.state for each in rig.shown[2:]} == {MessageState.QUEUED}
            assert rig.stops
            assert len(server.received) == 1
            uid = await rig.services.conversations.latest()
            assert uid is not None
            await rig.draft_is(uid, "unsent")
            assert rig.live("first") is Live.STREAMING
            release.set()
            await rig.settled()
            await eventually(lambda: [each.text for each in rig.shown[1::2]] == ["One.", "Two.", "Three."])
            assert [each.text for each in await rig.stored()] == ["first", "One.", "second", "Two.", "third", "Three."]
            assert [each.text for each in rig.shown[::2]] == ["first", "second", "third"]
            assert rig.composer == "unsent"
            await rig.draft_is(uid, "unsent")
            assert not rig.waiting

    qrun(main())


def test_an_image_and_a_call_are_there_again_when_the_chat_is_opened_again(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    image = {"images": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{pixel}"}}]}
    call = {"tool_calls": [{"index": 0, "id": "1", "function": {"name": "look", "arguments": "{}"}}]}
    last = {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}
    answer = Script(sse({"choices": [{"delta": image}]}, {"choices": [{"delta": call}]}, last), headers=EVENTS)

    def is_shown(rig: Rig) -> bool:
        images = [each for each in rig.thread.findChildren(Picture) if each.isVisible()]
        calls = [each.text() for each in rig.thread.findChildren(QuietLine) if each.isVisible()]
        return [(each.width(), each.height()) for each in images] == [(1, 1)] and calls == ["Asks for the tool look"]

    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", answer)
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            await rig.settled()
            await eventually(lambda: is_shown(rig))
        async with chat(dark, data_dir) as rig:
            rig.open("question")
            await eventually(lambda: rig.shown and is_shown(rig))

    qrun(main())


def test_stop_keeps_what_came(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", begun("Half an"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            await eventually(lambda: rig.words() == "Half an")
            rig.page.column.composer.send.click()
            reply = await rig.settled(MessageState.STOPPED)
            await asyncio.wait_for(server.left.wait(), 5)
            assert reply.text == "Half an"

    qrun(main())


def test_a_retry_takes_the_place_of_the_last_reply(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", said("The first."), said("The second."))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            first = await rig.settled()
            rig.press(Key.Key_R, CTRL)
            await eventually(lambda: rig.last is not None and rig.last.text == "The second.")
            assert [message.text for message in rig.shown] == ["question", "The second."]
            assert first.uid not in {message.uid for message in await rig.stored()}
            assert server.received[0].json()["messages"] == server.received[1].json()["messages"]

    qrun(main())


def test_a_message_that_cannot_be_kept_stays_in_the_composer(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir, max_pages=160) as rig:
            words = "many words\n" * 100_000
            rig.page.column.composer.set_text(words)
            rig.press(Key.Key_Return)
            await eventually(lambda: rig.hint)
            assert rig.hint.startswith("The disk is full, so your words could not be saved.")
            assert rig.composer == words
            assert rig.page.column.composer.send.isEnabled()
            assert rig.page.column.question.isVisible()
            rig.page.column.composer.set_text("")

    qrun(main())


def test_a_full_disk_is_said_for_as_long_as_it_is_full(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir, max_pages=160) as rig:
            told: list[str] = []
            rig.services.notices.posted.connect(lambda notice: told.append(notice.id))
            rig.services.notices.withdrawn.connect(lambda id: told.append(f"{id} is over"))
            rig.services.notices.listen()
            rig.page.column.composer.set_text("many words\n" * 100_000)
            await eventually(lambda: told)
            assert told == ["StorageFull"]
            rig.page.column.composer.set_text("few words")
            await eventually(lambda: "StorageFull is over" in told)
            assert told.count("StorageFull") == 1
            rig.page.column.composer.set_text("")

    qrun(main())


def test_a_reply_that_cannot_be_kept_is_shown_all_the_same(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
        pages = (data_dir / "switchyard.db").stat().st_size // 4096
        async with HttpServer.running() as server, chat(dark, data_dir, max_pages=pages + 20) as rig:
            await rig.services.accounts.change("one", base_url=server.url("/one/v1"))
            play(server, "one", said(*["Many words in a line.\n\n" * 500] * 20))
            await rig.ask("question")
            reply = await rig.settled()
            assert len(reply.text) == len("Many words in a line.\n\n") * 10_000
            assert reply.route is not None
            assert [each.english() for each in reply.route.warnings] == [
                "The disk is full: this reply could not be saved."
            ]

    qrun(main())


def test_damage_met_during_a_reply_is_said_and_takes_no_words(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir, met=(DataDirError,)) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", begun("The beginning"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            await eventually(lambda: "The beginning" in rig.words())
            await asyncio.to_thread(damage, data_dir / "switchyard.db")
            rig.press(Key.Key_Escape)
            reply = await rig.settled(MessageState.STOPPED)
            assert reply.text == "The beginning"
            assert reply.route is not None
            assert [each.english() for each in reply.route.warnings] == [
                "The database cannot be used: this reply could not be saved."
            ]
            await eventually(lambda: rig.hint.startswith("The database is damaged. Start Switchyard again"))
            rig.type("another question")
            rig.press(Key.Key_Return)
            await eventually(lambda: rig.hint.startswith("The database is damaged."))
            assert rig.composer == "another question"
            assert rig.page.column.composer.send.isEnabled()
            rig.page.column.composer.set_text("")

    qrun(main())


def test_what_was_typed_before_the_services_were_there_is_kept(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with open_services(data_dir=str(data_dir), environment={}) as services:
            await services.conversations.keep_draft(None, Draft("from last time"))
            errors: list[BaseException] = []
            scope = TaskScope("test", on_user_error=errors.append, on_bug=errors.append)
            page = ChatPage(dark, scope, Wishes())
            page.show()
            QTest.keyClicks(page.column.composer.box, "early")
            QTest.keyClick(page.column.composer.box, Key.Key_Return)
            assert "still starting" in page.column.composer.hint.text()
            await page.attach(services)
            assert page.column.composer.text() == "from last time\nearly"
            await scope.close()
            page.close()
            page.deleteLater()
        assert errors == []

    qrun(main())


def test_what_was_sent_before_the_services_were_there_is_sent_then(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir, early="early") as rig:
            await eventually(lambda: not rig.composer and bool(rig.shown))
            assert rig.shown[0].text == "early"
            await rig.settled()
            assert (await rig.stored())[0].text == "early"

    qrun(main())


def test_a_keyring_that_hangs_keeps_nobody_from_their_chats(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    class Hanging(KeyringBackend):
        """Answers when it is let go."""

        free = threading.Event()

        def get_password(self, service: str, username: str) -> str | None:
            self.free.wait(60)
            return "sk-kept"

        def set_password(self, service: str, username: str, password: str) -> None:
            raise AssertionError("nobody keeps a key here")

    async def main() -> None:
        async with HttpServer.running() as server:
            async with chat(dark, data_dir) as rig:
                await make_chain(rig.services, server, "one")
                await keep(rig.services, "before")
            play(server, "one", said("The answer."))
            keyring.set_keyring(Hanging())
            async with chat(dark, data_dir, early="question") as rig:
                assert "still starting" in rig.hint
                rig.type(" and more")
                rig.open("before")
                await eventually(lambda: rig.shown)
                rig.new()
                await eventually(lambda: rig.composer == "question and more")
                rig.press(Key.Key_Return)
                assert server.received == []
                Hanging.free.set()
                await eventually(lambda: not rig.composer and bool(rig.shown))
                assert (await rig.settled()).text == "The answer."
                assert rig.shown[0].text == "question and more"
                assert server.received[0].headers["authorization"] == "Bearer sk-kept"

    before = keyring.get_keyring()
    try:
        qrun(main())
    finally:
        keyring.set_keyring(before)


def test_the_send_key_follows_the_setting(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await rig.services.settings.change(send_key=SendKey.CTRL_ENTER)
            rig.type("one")
            rig.press(Key.Key_Return)
            rig.type("two")
            assert rig.composer == "one\ntwo"
            rig.press(Key.Key_Return, CTRL)
            await eventually(lambda: rig.shown)
            assert rig.shown[0].text == "one\ntwo"
            rig.press(Key.Key_Escape)
            await rig.settled(MessageState.STOPPED)

    qrun(main())


# --- failing over, and failing ----------------------------------------------------------------------------------------


def test_a_failure_falls_over_within_the_same_reply(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one", "two")
            play(server, "one", refused(500, "broken"))
            play(server, "two", said("From the second."))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            reply = await rig.settled()
            assert reply.text == "From the second."
            assert reply.route is not None
            assert [attempt.deployment for attempt in reply.route.attempts] == ["one/model-one", "two/model-two"]
            assert len(rig.shown) == 2

    qrun(main())


def test_when_nobody_answers_the_message_stays_with_its_failed_reply(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one", "two")
            play(server, "one", refused(500, "broken"), said("It works now."))
            play(server, "two", refused(401, "bad key"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            await rig.settled(MessageState.FAILED)
            assert [message.text for message in rig.shown] == ["question", ""]
            rig.press(Key.Key_R, CTRL)
            await eventually(lambda: [message.text for message in rig.shown] == ["question", "It works now."])
            await rig.settled()
            asked = [request.json()["messages"] for request in server.received if request.method == "POST"]
            assert [message["content"] for message in asked[-1]] == ["question"]

    qrun(main())


async def fail_all(rig: Rig, server: HttpServer, one: Script, *later: Script) -> Message:
    """Let the first step fail as scripted and the second refuse its key, and return the failed reply."""
    await make_chain(rig.services, server, "one", "two")
    play(server, "one", one, *later)
    play(server, "two", refused(401, "bad key"))
    await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
    await rig.ask("question")
    return await rig.settled(MessageState.FAILED)


def test_the_card_tries_again(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await fail_all(rig, server, refused(500, "broken"), said("It works now."))
            await rig.press_button("Try again")
            assert (await rig.settled()).text == "It works now."
            assert rig.page.column.composer.box.hasFocus()  # the button is gone

    qrun(main())


def test_the_card_opens_the_chain_and_the_accounts(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            reply = await fail_all(rig, server, refused(500, "broken"))
            await rig.click("Edit chain")
            await rig.click("Check keys")
            rig.thread.fix_requested.emit(reply.uid, Fix.CHECK_ACCOUNT.value, 1)
            rig.thread.fix_requested.emit(reply.uid, Fix.RAISE_DEADLINE.value, 1)
            assert rig.wishes.opened == [
                (PageName.CHAINS, "Everyday"),
                (PageName.PROVIDERS, "two"),
                (PageName.PROVIDERS, "one"),
                (PageName.CHAINS, step_in("Everyday", None, 1)),
            ]

    qrun(main())


def test_the_card_asks_another_model_which_then_stays(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await fail_all(rig, server, refused(500, "broken"))
            await rig.click("Use another model")
            picker = rig.page.window().findChild(Picker)
            assert picker is not None
            QTest.keyClicks(picker.field.edit, "sim-fast")
            QTest.keyClick(picker.field.edit, Key.Key_Return)
            reply = await rig.settled()
            assert reply.route is not None
            assert reply.route.attempts[0].deployment == "sim/sim-fast"
            assert rig.page.column.composer.target.text() == "sim-fast"
            assert [message.text for message in rig.shown] == ["question", reply.text]

    qrun(main())


def test_a_limit_is_waited_out_and_esc_ends_the_wait(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            reply = await fail_all(rig, server, refused(429, "slow down", retry_after="90"))
            rig.thread.fix_requested.emit(reply.uid, Fix.WAIT.value, 1)
            await eventually(lambda: rig.hint.startswith("Trying again in 1 min"))
            rig.press(Key.Key_Escape)
            assert rig.hint == ""
            assert len(server.received) == 2

    qrun(main())


def test_a_wait_that_is_over_asks_again_at_once(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            reply = await fail_all(rig, server, refused(500, "broken"), said("It works now."))
            rig.thread.fix_requested.emit(reply.uid, Fix.WAIT.value, 1)
            assert (await rig.settled()).text == "It works now."
            assert rig.hint == ""

    qrun(main())


def test_a_refusal_asks_and_goes_on_from_the_next_step(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one", "two")
            play(server, "one", said(finish="content_filter"))
            play(server, "two", said("The second answers."))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            await rig.settled(MessageState.FAILED)
            assert len(server.received) == 1
            await rig.click("Ask model-two")
            reply = await rig.settled()
            assert reply.text == "The second answers."
            assert [request.path for request in server.received] == [
                "/one/v1/chat/completions",
                "/two/v1/chat/completions",
            ]

    qrun(main())


def test_a_refusal_that_is_left_gives_the_focus_back(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one", "two")
            play(server, "one", said(finish="content_filter"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            await rig.settled(MessageState.FAILED)
            await rig.press_button("Leave it")
            assert rig.page.column.composer.box.hasFocus()
            assert rig.button("Leave it") is None
            assert len(server.received) == 1

    qrun(main())


async def say_of(services: Services, path: str, *, context: int | None = None, dollars: int | None = None) -> None:
    """Let a step read no more than this, or cost so much for a million tokens."""
    prices = (DatedPrice(Price(dollars * NANOS, dollars * NANOS)),) if dollars is not None else ()
    await services.catalog.override(DeploymentName(path, f"model-{path}"), Facts(context=context, prices=prices))


async def decide(services: Services, **more: Policy | Limits) -> None:
    """Let the default chain have another policy, or other limits."""
    await services.chains.save(replace(await services.chains.get("Everyday"), **more))  # type: ignore[arg-type]


async def begin_with(rig: Rig, server: HttpServer) -> None:
    """Make a chain of two steps, and wait until it can be asked."""
    await make_chain(rig.services, server, "one", "two")
    await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")


def called(server: HttpServer) -> list[str]:
    """Return which steps were called, in order."""
    return [request.path.split("/")[1] for request in server.received]


def test_a_reply_that_broke_off_starts_again_with_another_one(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            await decide(rig.services, policy=Policy(after_text=AfterText.ASK))
            play(server, "one", replace(begun("Half an answer that"), ending="reset"))
            play(server, "two", said("A whole answer."))
            await rig.ask("question")
            assert (await rig.settled(MessageState.INCOMPLETE)).text == "Half an answer that"
            await rig.press_button("Start again with model-two")
            reply = await rig.settled()
            assert (reply.text, called(server)) == ("A whole answer.", ["one", "two"])
            assert reply.route is not None
            assert reply.route.skipped == (Skip(1, "one/model-one", SkipReason.TRIED),)

    qrun(main())


def test_a_reply_that_broke_off_goes_on_with_another_one_where_the_person_says_so(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    def seams(rig: Rig) -> list[str]:
        return [each.accessibleName() for each in rig.thread.findChildren(SeamPiece) if not each.isHidden()]

    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            await decide(rig.services, policy=Policy(after_text=AfterText.ASK))
            play(server, "one", replace(begun("Half an answer that"), ending="reset"))
            play(server, "two", said(" goes on."))
            await rig.ask("question")
            await rig.settled(MessageState.INCOMPLETE)
            await rig.press_button("Continue with model-two")
            reply = await rig.settled()
            assert (reply.text, called(server)) == ("Half an answer that goes on.", ["one", "two"])
            await eventually(lambda: seams(rig))
            assert "by model-two" in seams(rig)[0]
            rig.new()
            rig.open("question")
            await eventually(lambda: seams(rig))
            assert reply == (await rig.stored())[-1]

    qrun(main())


def test_a_reply_goes_on_behind_a_seam_and_shows_it_when_it_is_opened_again(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    first = "The first half of it. " * 12

    def seams(rig: Rig) -> list[str]:
        found = [each for each in rig.thread.findChildren(SeamPiece) if not each.isHidden()]
        return [each.accessibleName().partition(" (connection lost at ")[0] for each in found]

    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            play(server, "one", replace(begun(first), ending="reset"))
            play(server, "two", said("And the second half."))
            await rig.ask("question")
            reply = await rig.settled()
            assert reply.text == f"{first}And the second half."
            await eventually(lambda: seams(rig) == ["Continued by model-two"])
            assert rig.words() == reply.text
        async with chat(dark, data_dir) as rig:
            rig.open("question")
            await eventually(lambda: rig.shown and seams(rig) == ["Continued by model-two"])
            assert rig.words() == reply.text

    qrun(main())


def test_a_chat_that_is_too_long_goes_elsewhere_or_is_trimmed(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            await decide(rig.services, policy=Policy(overflow=Overflow.ASK))
            await say_of(rig.services, "one", context=2_000)
            await say_of(rig.services, "two", context=1_000_000)
            play(server, "one", said("Trimmed."))
            play(server, "two", said("Elsewhere."))
            rig.page.column.composer.set_text("word " * 5_000)
            rig.press(Key.Key_Return)
            await rig.settled(MessageState.FAILED)
            assert not server.received
            await rig.click("Ask model-two")
            assert (await rig.settled()).text == "Elsewhere."
            await rig.ask("and now?")
            await rig.settled(MessageState.FAILED)
            await rig.click("Leave them out")
            assert (await rig.settled()).text == "Trimmed."
            assert called(server) == ["two", "one"]
            assert len(server.received[1].body) < 2_000 < len(server.received[0].body)

    qrun(main())


def test_a_dear_message_is_sent_when_the_person_says_so_and_asked_about_for_every_model(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            await decide(rig.services, limits=Limits(turn_cost_nanos=1_000))
            await say_of(rig.services, "one", dollars=10)
            await say_of(rig.services, "two", dollars=20)
            play(server, "one", said(finish="content_filter"))
            play(server, "two", said("Worth it."))
            await rig.ask("question")
            await rig.settled(MessageState.FAILED)
            assert not server.received
            await rig.click("Send it")
            await eventually(lambda: rig.button("Ask model-two"))
            await rig.click("Ask model-two")
            await eventually(lambda: rig.button("Send it"))
            assert called(server) == ["one"]
            await rig.click("Send it")
            assert (await rig.settled()).text == "Worth it."
            assert called(server) == ["one", "two"]

    qrun(main())


def test_a_budget_that_asks_is_passed_when_the_person_says_so(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin_with(rig, server)
            await say_of(rig.services, "one", dollars=10)
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, 100_000, action=Action.ASK)
            play(server, "one", said("The first."), said("The second."))
            await rig.ask("question")
            await rig.settled()
            await rig.ask("another")
            await rig.settled(MessageState.FAILED)
            await rig.press_button("Leave it")
            assert rig.button("Send it") is None
            rig.press(Key.Key_R, CTRL)
            await rig.click("Send it")
            await eventually(lambda: rig.last is not None and rig.last.text == "The second.")
            assert called(server) == ["one", "one"]

    qrun(main())


# --- several conversations --------------------------------------------------------------------------------------------


def test_two_conversations_stream_at_once_and_the_unseen_one_is_marked(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", begun("Half of one"), begun("Half of two"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("one")
            await eventually(lambda: rig.words() == "Half of one")
            rig.new()
            await eventually(lambda: rig.page.column.question.isVisible())
            assert not rig.stops
            await rig.ask("two")
            await eventually(lambda: len(server.received) == 2 and len(rig.titles) == 2)
            await eventually(lambda: rig.live("one") is Live.STREAMING and rig.live("two") is Live.STREAMING)
            rig.press(Key.Key_Escape)
            await rig.settled(MessageState.STOPPED)
            assert rig.live("one") is Live.STREAMING
            rig.open("one")
            await eventually(lambda: rig.stops)
            assert rig.page.column.header.title.text() == "one"
            rig.press(Key.Key_Escape)
            await rig.settled(MessageState.STOPPED)
            assert [message.text for message in rig.shown] == ["one", "Half of one"]

    qrun(main())


def test_switching_while_a_reply_ends_loses_nothing(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def ask_and_switch(rig: Rig, title: str) -> None:
        rig.new()
        await eventually(rig.page.column.question.isVisible)
        await rig.ask(title)
        await eventually(lambda: title in rig.titles)
        others = itertools.cycle(("first", "second"))
        while rig.live(title) is Live.STREAMING:
            rig.open(next(others))
            await asyncio.sleep(0.01)
        assert (await rig.stored())[-1].text == "All of it."

    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            await keep(rig.services, "first")
            await keep(rig.services, "second")
            for conversation in await rig.services.conversations.list():
                await rig.services.conversations.rename(conversation.uid, conversation.title)
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday" and len(rig.titles) == 2)
            play(server, "one", said("All of it."))
            for title in ("one", "two", "three", "four", "five"):
                await ask_and_switch(rig, title)

    qrun(main())


def test_a_reply_that_ended_unseen_is_unread_until_it_is_opened(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await rig.ask("hello")
            rig.new()
            await eventually(lambda: rig.page.column.question.isVisible())
            await eventually(lambda: rig.titles and rig.live("hello") is Live.UNREAD)
            rig.press(Key.Key_Tab, CTRL)
            await eventually(lambda: rig.live("hello") is Live.QUIET)
            assert (await rig.settled()).text

    qrun(main())


def test_drafts_survive_switching_and_a_restart(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await keep(rig.services, "old chat")
            await rig.hear_of_latest()
            await eventually(lambda: rig.titles == ["old chat"])
            rig.type("for a new chat")
            rig.open("old chat")
            await eventually(lambda: rig.composer == "" and rig.shown)
            rig.type("for the old one")
            rig.new()
            await eventually(lambda: rig.composer == "for a new chat")
        async with chat(dark, data_dir) as rig:
            assert rig.composer == "for a new chat"
            rig.open("old chat")
            await eventually(lambda: rig.composer == "for the old one")
            rig.press(Key.Key_Return)
            await eventually(lambda: rig.composer == "")
            await rig.settled()
        async with chat(dark, data_dir) as rig:
            rig.open("old chat")
            await eventually(lambda: len(rig.shown) == 4)
            assert rig.composer == ""

    qrun(main())


def test_a_chat_is_renamed_in_the_list_and_in_the_header(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await rig.ask("hello")
            await rig.settled()
            model = rig.page.model
            model.setData(model.index_of(model.conversations[0].uid), "  Named   in the list ")
            await eventually(lambda: rig.page.column.header.title.text() == "Named in the list")
            rig.press(Key.Key_F2)
            edit = rig.page.column.header.edit
            edit.setText("Named in the header")
            QTest.keyClick(edit, Key.Key_Return)
            await eventually(lambda: rig.titles == ["Named in the header"])
            assert rig.page.column.composer.box.hasFocus()
            rig.press(Key.Key_F2)
            edit.setText("Never mind")
            QTest.keyClick(edit, Key.Key_Escape)
            assert rig.page.column.header.title.text() == "Named in the header"
            assert edit.isHidden()

    qrun(main())


def test_a_deleted_chat_comes_back_by_undo(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await rig.ask("hello")
            await rig.settled()
            uid = rig.page.model.conversations[0].uid
            rig.page.list.delete_requested.emit(uid)
            await eventually(lambda: not rig.titles and rig.page.column.question.isVisible())
            assert rig.wishes.toasts == ["Deleted “hello”"]
            assert rig.wishes.undo is not None
            rig.wishes.undo()
            await eventually(lambda: rig.titles == ["hello"] and len(rig.shown) == 2)
            rig.page.list.delete_requested.emit(uid)
            await eventually(lambda: not rig.titles)
            rig.press(Key.Key_Z, CTRL)
            await eventually(lambda: rig.titles == ["hello"] and len(rig.shown) == 2)
            said = "“hello” is back."
            assert rig.wishes.toasts == ["Deleted “hello”", said, "Deleted “hello”", said]
            assert rig.wishes.undo is None
            rig.press(Key.Key_Z, CTRL | SHIFT)
            await eventually(lambda: not rig.titles and rig.page.column.question.isVisible())
            rig.press(Key.Key_Z, CTRL | SHIFT)
            rig.press(Key.Key_Z, CTRL)
            await eventually(lambda: rig.titles == ["hello"] and len(rig.shown) == 2)

    qrun(main())


def test_the_previous_chat_is_not_one_that_was_deleted(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await keep(rig.services, "first")
            await keep(rig.services, "second")
            await rig.hear_of_latest()
            await eventually(lambda: len(rig.titles) == 2)
            rig.open("first")
            await eventually(lambda: rig.page.column.header.title.text() == "first")
            rig.open("second")
            await eventually(lambda: rig.page.column.header.title.text() == "second")
            rig.press(Key.Key_Tab, CTRL)
            await eventually(lambda: rig.page.column.header.title.text() == "first")
            rig.page.list.delete_requested.emit(rig.page.model.conversations[1].uid)
            await eventually(lambda: rig.titles == ["second"] and rig.page.column.question.isVisible())
            rig.press(Key.Key_Tab, CTRL)
            assert rig.page.column.question.isVisible()

    qrun(main())


def test_deleting_a_chat_stops_its_reply(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", begun("Half"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            await eventually(lambda: server.received and rig.titles)
            rig.page.list.delete_requested.emit(rig.page.model.conversations[0].uid)
            await asyncio.wait_for(server.left.wait(), 5)
            await eventually(lambda: not rig.titles)

    qrun(main())


# --- what answers -----------------------------------------------------------------------------------------------------


def test_the_picker_filters_chooses_and_the_chat_remembers(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.press(Key.Key_M, CTRL)
            picker = rig.page.window().findChild(Picker)
            assert picker is not None
            QTest.keyClicks(picker.field.edit, "sim fast")
            QTest.keyClick(picker.field.edit, Key.Key_Return)
            assert rig.page.column.composer.target.text() == "sim-fast"
            await rig.ask("hello")
            reply = await rig.settled()
            assert reply.route is not None
            assert reply.route.attempts[0].deployment == "sim/sim-fast"
            await rig.services.kept.picks.use(PickKind.MODEL, "sim/sim-steady")
        async with chat(dark, data_dir) as rig:
            await eventually(lambda: rig.page.column.composer.target.text() == "sim-steady")
            rig.open("hello")
            await eventually(lambda: rig.page.column.composer.target.text() == "sim-fast")

    qrun(main())


def test_a_person_without_a_default_chain_is_asked_to_choose(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await rig.services.accounts.add("openai-compatible", "one", base_url=server.url("/one/v1"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Choose a model")
            rig.type("hello")
            rig.press(Key.Key_Return)
            assert rig.page.window().findChild(Picker) is not None
            assert rig.composer == "hello"

    qrun(main())


def test_the_last_reply_is_copied_by_a_key(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await rig.ask("hello")
            reply = await rig.settled()
            rig.press(Key.Key_C, CTRL | SHIFT)
            assert QGuiApplication.clipboard().text() == reply.text

    qrun(main())


def test_the_last_reply_is_asked_of_another_model_by_a_key(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.press(Key.Key_R, CTRL | SHIFT)
            assert rig.page.window().findChild(Picker) is None
            await rig.ask("hello")
            first = await rig.settled()
            rig.press(Key.Key_R, CTRL | SHIFT)
            picker = rig.page.window().findChild(Picker)
            assert picker is not None
            QTest.keyClicks(picker.field.edit, "sim fast")
            QTest.keyClick(picker.field.edit, Key.Key_Return)
            await eventually(lambda: rig.last is not None and rig.last.uid != first.uid)
            reply = await rig.settled()
            assert reply.parent == first.parent
            assert reply.route is not None
            assert reply.route.attempts[0].deployment == "sim/sim-fast"
            assert rig.page.column.composer.target.text() == "sim-fast"

    qrun(main())


def test_a_key_takes_the_next_of_what_can_answer(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            target = rig.page.column.composer.target
            first = target.text()
            seen: list[str] = []
            while not seen or seen[-1] != first:
                rig.press(Key.Key_M, CTRL | SHIFT)
                seen.append(target.text())
            assert len(seen) == len(set(seen)) > 1
            rig.press(Key.Key_M, CTRL | SHIFT)
            await rig.ask("hello")
            reply = await rig.settled()
            assert reply.route is not None
            assert reply.route.attempts[0].deployment == f"sim/{seen[0]}"

    qrun(main())


def test_a_key_shows_the_last_route_wherever_the_focus_is(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.press(Key.Key_I, CTRL)
            await rig.ask("hello")
            await rig.settled()
            rig.press(Key.Key_I, CTRL)
            assert rig.thread.findChild(RouteTimeline) is not None
            QTest.keyClick(views_in(rig.thread)[0], Key.Key_I, CTRL)
            await eventually(lambda: rig.thread.findChild(RouteTimeline) is None)

    qrun(main())


def test_keys_walk_from_the_composer_into_the_thread(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await rig.ask("hello")
            await rig.settled()
            mine, reply = views_in(rig.thread)
            rig.press(Key.Key_Up, ALT)
            assert reply.hasFocus()
            QTest.keyClick(reply, Key.Key_Up, ALT)
            assert mine.hasFocus()
            QTest.keyClick(mine, Key.Key_Down, ALT)
            assert reply.hasFocus()

    qrun(main())


# --- narrow windows ---------------------------------------------------------------------------------------------------


def test_a_narrow_window_opens_the_list_over_the_thread(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            page = rig.page
            assert page.list.isVisible()
            page.resize(900, 640)
            assert not page.list.isVisible()
            assert page.column.header.list_button.isVisible()
            rig.press(Key.Key_Backslash, CTRL)
            assert page.list.isVisible()
            assert page.list.view.hasFocus()
            await eventually(lambda: page.column.width() == page.width())
            QTest.keyClick(page.list.view, Key.Key_Escape)
            assert not page.list.isVisible()
            assert page.column.composer.box.hasFocus()
            page.resize(1376, 900)
            assert page.list.isVisible()
            await eventually(lambda: page.list.width() + page.column.width() + 1 == page.width())
            rig.press(Key.Key_Backslash, CTRL)
            assert not page.list.isVisible()

    qrun(main())
