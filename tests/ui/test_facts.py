"""Hold the window to the facts that it is built on: no nested loops, batched painting, asyncio that is whole.

The binding's reference counts have a test of their own, and so have the nets.
"""

import ast
import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from switchyard.core.events import Shown
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.services.tasks import TaskScope
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words

PACKAGE = Path(__file__).resolve().parents[2] / "app" / "switchyard"

QRun = Callable[[Coroutine[Any, Any, Any]], Any]


# --- 2: the loop is never nested --------------------------------------------------------------------------------------

# `exec` of a dialog, menu, drag or loop; the dialogs that run a loop of their own inside a static function; what
# spins the loop by hand; and the two things of qasync that do either or lose tasks.
NESTING_CALLS = {"exec", "exec_", "processEvents"}
NESTING_STATICS = {
    "QMessageBox": {"about", "aboutQt", "critical", "information", "question", "warning"},
    "QFileDialog": {"getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName"},
    "QInputDialog": {"getDouble", "getInt", "getItem", "getMultiLineText", "getText"},
    "QColorDialog": {"getColor"},
    "QFontDialog": {"getFont"},
}
NESTING_NAMES = {"QEventLoop", "asyncSlot", "asyncClose", "asyncWrap"}
THE_LOOP_ITSELF = "qasync.QEventLoop"


def _nesting(source: str) -> list[str]:
    """Return what in a source text nests a loop, each with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if node.func.attr in NESTING_CALLS | NESTING_STATICS.get(owner, set()):
                found.append(f"{node.lineno}: {ast.unparse(node.func)}")
        named = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if named in NESTING_NAMES and ast.unparse(node) != THE_LOOP_ITSELF:
            found.append(f"{node.lineno}: {ast.unparse(node)}")  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    "source",
    [
        "self._dialog.exec()",
        "QMenu(self).exec(point)",
        "loop = QEventLoop()",
        "loop = QtCore.QEventLoop(self)",
        "app.processEvents()",
        "QMessageBox.question(self, 'a', 'b')",
        "name, _ = QFileDialog.getOpenFileName(self)",
        "@asyncSlot()\nasync def send(self): ...",
        "@qasync.asyncClose\nasync def closeEvent(self, event): ...",
    ],
)
def test_what_nests_a_loop_is_found(source: str) -> None:
    assert _nesting(source)


def test_nothing_of_the_program_nests_a_loop() -> None:
    sources = list(PACKAGE.rglob("*.py"))
    assert len(sources) > 20
    found = [f"{path.relative_to(PACKAGE)}:{one}" for path in sources for one in _nesting(path.read_text("utf-8"))]
    assert found == []


class _Pulse:
    """A task that lives as long as it beats."""

    def __init__(self) -> None:
        self._beats: asyncio.Queue[None] = asyncio.Queue(maxsize=1)

    async def beat(self) -> None:
        while True:
            await self._beats.put(None)

    async def feel(self) -> None:
        for _ in range(100):
            await self._beats.get()


def test_an_open_dialog_that_is_awaited_lets_other_tasks_live(qtbot: QtBot, qrun: QRun) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    pulse = _Pulse()
    bugs: list[BaseException] = []

    async def ask() -> int:
        dialog = QDialog(window)
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        dialog.finished.connect(answer.set_result)
        dialog.open()
        await pulse.feel()
        assert dialog.isVisible()
        asyncio.get_running_loop().call_soon(dialog.accept)
        return await answer

    async def main() -> None:
        window.show()
        scope = TaskScope("app", on_user_error=bugs.append, on_bug=bugs.append)
        scope.start(pulse.beat(), name="beat")
        asking = scope.start(ask(), name="ask")
        assert asking is not None
        assert await asking == QDialog.DialogCode.Accepted.value
        await pulse.feel()
        await scope.close()

    qrun(main())
    assert bugs == []


# --- 3: one delta is not one repaint ----------------------------------------------------------------------------------


class _Frames(QObject):
    """Counts how often a window is painted anew."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.count = 0
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.UpdateRequest
        return False


def _reply(state: MessageState, text: str) -> Message:
    return Message(MessageId("reply"), None, Role.ASSISTANT, state, text, created_ms=0)


async def _stream(thread: ThreadView, deltas: int, *, after_each: Callable[[], None]) -> str:
    """Stream a reply of one paragraph, with a turn of the loop after every delta; return what is on the screen."""
    thread.begin_reply(_reply(MessageState.STREAMING, ""))
    thread.apply("reply", Shown(1, "begun ", ""))
    await _until_shown(thread, "begun")
    for number in range(deltas):
        thread.apply("reply", Shown(1, f"w{number} ", ""))
        after_each()
        await asyncio.sleep(0)
    await _until_shown(thread, f"w{deltas - 1}")
    return _shown(thread)


async def _until_shown(thread: ThreadView, text: str) -> None:
    while text not in _shown(thread):  # noqa: ASYNC110 - the screen tells nobody what it shows
        await asyncio.sleep(0.005)


def _shown(thread: ThreadView) -> str:
    bodies = thread.findChildren(Body)
    for body in bodies:
        body.selection.mark(None, None)
    text = " ".join(body.selection.text() for body in bodies)
    for body in bodies:
        body.selection.clear()
    return text


@pytest.mark.parametrize(
    ("deltas", "each_painted"), [(2_000, False), (200, True)], ids=["as it is", "as it must not be"]
)
def test_deltas_are_painted_in_batches(
    dark: Theme, qtbot: QtBot, qrun: QRun, *, deltas: int, each_painted: bool
) -> None:
    thread = ThreadView(dark, Words())
    qtbot.addWidget(thread)
    thread.resize(900, 600)
    frames = _Frames(thread)

    async def main() -> None:
        thread.show()
        shown = await _stream(thread, deltas, after_each=thread.streams.tick if each_painted else lambda: None)
        assert shown.count("w") == deltas
        thread.settle(_reply(MessageState.COMPLETE, shown))
        thread.clear()

    qrun(main())
    if each_painted:
        assert frames.count > deltas / 4  # or the count below would be good whatever the program does
    else:
        assert 1 <= frames.count < deltas / 10


# --- 4: asyncio is whole ----------------------------------------------------------------------------------------------


def test_task_groups_timeouts_and_cancellation_work(qapp: QApplication, qrun: QRun) -> None:
    ended: list[str] = []

    async def wait_for_ever(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError

    async def race() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(wait_for_ever("sibling"))
            group.create_task(fail())

    async def main() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await race()
        assert [type(error) for error in caught.value.exceptions] == [LookupError]

        # In a task of its own: before Python 3.11.3 a task whose group failed took later timeouts for cancellations.
        async def be_late() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await wait_for_ever("timed out")

        async with asyncio.TaskGroup() as group:
            group.create_task(be_late())
            results = [group.create_task(asyncio.to_thread(pow, 2, power)) for power in range(20)]
        assert [task.result() for task in results] == [2**power for power in range(20)]

    qrun(main())
    assert ended == ["sibling", "timed out"]


def test_a_generator_that_was_given_up_is_finished_by_the_loop(qapp: QApplication, qrun: QRun) -> None:
    finished = asyncio.Event()

    async def lines() -> AsyncIterator[str]:
        try:
            yield "one"
            yield "two"
        finally:
            await asyncio.sleep(0)
            finished.set()

    async def main() -> None:
        async for line in lines():
            assert line == "one"
            break
        gc.collect()
        await finished.wait()

    qrun(main())


def test_a_timer_that_was_not_needed_is_let_go(qapp: QApplication, qrun: QRun) -> None:
    async def main() -> None:
        timer = asyncio.get_running_loop().call_later(300, print)
        timer.cancel()
        seen = weakref.ref(timer)
        del timer
        gc.collect()
        assert seen() is None

    qrun(main())


def test_timers_fire_in_order_and_never_early(qapp: QApplication, qrun: QRun) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        fired: list[tuple[float, float]] = []
        done = asyncio.Event()
        for delay_s in (0.03, 0.0, 0.0105, 0.002, 0.0205):
            when = loop.time() + delay_s
            loop.call_at(when, lambda when: fired.append((when, loop.time())), when)
        loop.call_later(0.05, done.set)
        await done.wait()
        assert len(fired) == 5
        assert [when for when, _ in fired] == sorted(when for when, _ in fired)
        assert all(at >= when for when, at in fired)

    qrun(main())


class _StreamingServer:
    """Sends an event stream that never ends, and notices when its listener goes."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.url = ""

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}/"
        async with server:
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: one\n\n")
        await writer.drain()
        assert await reader.read() == b""
        self.left.set()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def test_cancelling_a_task_closes_its_http_stream_and_the_server_sees_it(qapp: QApplication, qrun: QRun) -> None:
    async def main() -> None:
        server = _StreamingServer()
        begun = asyncio.Event()

        async def listen() -> None:
            async with httpx.AsyncClient() as client, client.stream("GET", server.url, timeout=None) as response:
                async for line in response.aiter_lines():
                    assert line == "data: one"
                    begun.set()
                    await asyncio.Event().wait()

        async with server.serving(), asyncio.TaskGroup() as group:
            listening = group.create_task(listen())
            await begun.wait()
            listening.cancel()
            await server.left.wait()
        assert listening.cancelled()

    qrun(main())
