"""Hold the loop of the window to fact 4, and its nets to fact 5: each catches what escapes, where it escapes."""

import asyncio
import faulthandler
import gc
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal, qWarning
from PySide6.QtWidgets import QApplication, QWidget

from switchyard.core.errors import DataDirError
from switchyard.core.sentence import sentence
from switchyard.services.tasks import TaskScope
from switchyard.ui import asyncui
from switchyard.ui.interrupts import Interrupts

WORDS = "words of the person"

Root = Callable[[Interrupts], Coroutine[Any, Any, int]]


class _Caught:
    """What the nets caught, with the thread in which they told it."""

    def __init__(self) -> None:
        self.bugs: list[BaseException] = []
        self.threads: set[threading.Thread] = set()
        self.came = asyncio.Event()

    def __call__(self, bug: BaseException) -> None:
        self.bugs.append(bug)
        self.threads.add(threading.current_thread())
        self.came.set()


def _run(app: QApplication, root: Coroutine[Any, Any, int], caught: _Caught) -> int:
    return asyncui.run(app, lambda interrupts: root, on_bug=caught)


def _only(caught: _Caught) -> tuple[type[BaseException], list[str]]:
    """Return the one bug's type and places, having made sure that it was told in the window's thread."""
    assert caught.threads == {threading.main_thread()}
    [bug] = caught.bugs
    return type(bug), bug.__notes__


# --- The loop ---------------------------------------------------------------------------------------------------------


def test_the_root_tasks_code_is_the_programs(qapp: QApplication) -> None:
    async def root() -> int:
        await asyncio.sleep(0)
        return 130

    assert _run(qapp, root(), _Caught()) == 130


def test_what_the_root_task_raises_is_raised_to_its_starter(qapp: QApplication) -> None:
    async def root() -> int:
        raise DataDirError(sentence("The data directory cannot be used."))

    caught = _Caught()
    with pytest.raises(DataDirError):
        _run(qapp, root(), caught)
    assert caught.bugs == []


def test_closing_the_last_window_does_not_stop_the_loop(qapp: QApplication) -> None:
    async def root() -> int:
        window = QWidget()
        window.show()
        await asyncio.sleep(0)
        window.close()
        window.deleteLater()
        await asyncio.sleep(0.01)
        return 7

    qapp.setQuitOnLastWindowClosed(False)
    assert _run(qapp, root(), _Caught()) == 7


def test_a_task_that_is_left_at_the_end_is_named(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> None:
    async def forgotten() -> None:
        await asyncio.Event().wait()

    tasks: list[asyncio.Task[None]] = []

    async def root() -> int:
        tasks.append(asyncio.get_running_loop().create_task(forgotten(), name="forgotten one"))
        return 0

    _run(qapp, root(), _Caught())
    assert "forgotten one" in caplog.text
    assert tasks[0].cancelled()


def test_nothing_is_said_when_every_scope_was_closed(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> None:
    caught = _Caught()

    async def root() -> int:
        scope = TaskScope("app", on_user_error=lambda error: None, on_bug=caught)
        scope.start(asyncio.Event().wait(), name="waits")
        await scope.close()
        return 0

    _run(qapp, root(), caught)
    assert caplog.text == ""
    assert caught.bugs == []


def test_threads_of_the_loop_are_the_kind_that_ends_with_the_process(qapp: QApplication) -> None:
    async def root() -> int:
        return int(await asyncio.to_thread(lambda: threading.current_thread().daemon))

    assert _run(qapp, root(), _Caught()) == 1


def test_what_is_called_soon_is_called_in_order_unless_it_is_cancelled(qapp: QApplication) -> None:
    async def root() -> int:
        loop = asyncio.get_running_loop()
        called: list[int] = []
        handles = [loop.call_soon(called.append, number) for number in range(4)]
        handles[1].cancel()
        await asyncio.sleep(0)
        assert called == [0, 2, 3]
        return 0

    assert _run(qapp, root(), _Caught()) == 0


def test_calls_that_call_again_leave_qt_its_turn(qapp: QApplication) -> None:
    async def root() -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def again() -> None:
            if not ended.is_set():
                loop.call_soon(again)

        again()
        QTimer.singleShot(0, ended.set)
        await ended.wait()
        return 0

    assert _run(qapp, root(), _Caught()) == 0


def test_calls_go_on_while_one_of_them_waits_in_a_loop_of_qts(qapp: QApplication) -> None:
    async def root() -> int:
        loop, inner = asyncio.get_running_loop(), QEventLoop()
        loop.call_soon(inner.exec)  # as the system's drag and drop does
        loop.call_soon(loop.call_soon, inner.quit)
        await asyncio.sleep(0)
        return 0

    assert _run(qapp, root(), _Caught()) == 0


# --- The nets ---------------------------------------------------------------------------------------------------------


class _Emitter(QObject):
    emitted = Signal()


def _fail(*_: object) -> None:
    raise ValueError(WORDS)


async def _fail_later() -> None:
    raise ValueError(WORDS)


def _in_a_slot() -> None:
    emitter = _Emitter()
    emitter.emitted.connect(_fail)
    emitter.emitted.emit()


def _in_a_timer() -> None:
    QTimer.singleShot(0, _fail)


def _in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(_fail, WORDS)


def _in_a_thread() -> None:
    threading.Thread(target=_fail, name="worker 1").start()


def _in_an_orphan_task() -> None:
    def collect(task: asyncio.Task[None]) -> None:
        asyncio.get_running_loop().call_soon(gc.collect)

    asyncio.get_running_loop().create_task(_fail_later(), name="orphan").add_done_callback(collect)


def _in_a_finaliser() -> None:
    class Finalised:
        def __del__(self) -> None:
            raise ValueError(WORDS)

    Finalised()


@pytest.mark.parametrize(
    ("escape", "place"),
    [
        (_in_a_slot, "in a slot or an event of Qt"),
        (_in_a_timer, "in a slot or an event of Qt"),
        (_in_a_callback, "in a callback of the loop"),
        (_in_a_thread, "in thread worker 1"),
        (_in_an_orphan_task, "in task orphan"),
        (_in_a_finaliser, "in a finaliser"),
    ],
)
def test_a_bug_is_caught_told_in_the_windows_thread_and_the_loop_goes_on(
    qapp: QApplication, escape: Callable[[], None], place: str
) -> None:
    caught = _Caught()

    async def root() -> int:
        escape()
        await caught.came.wait()
        await asyncio.sleep(0)
        return 5

    assert _run(qapp, root(), caught) == 5
    assert _only(caught) == (ValueError, [place])


def test_what_asyncio_complains_of_without_an_exception_is_caught(qapp: QApplication) -> None:
    caught = _Caught()

    async def root() -> int:
        asyncio.get_running_loop().call_exception_handler({"message": "Task was destroyed but it is pending!"})
        return 0

    _run(qapp, root(), caught)
    assert _only(caught) == (RuntimeError, ["in a callback of the loop: Task was destroyed but it is pending!"])


def test_a_net_that_fails_does_not_fall_into_itself(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> None:
    calls: list[BaseException] = []

    def on_bug(bug: BaseException) -> None:
        calls.append(bug)
        raise LookupError(WORDS)

    async def root() -> int:
        _in_a_slot()
        _in_a_callback()
        await asyncio.sleep(0.01)
        return 0

    assert asyncui.run(qapp, lambda interrupts: root(), on_bug=on_bug) == 0
    assert len(calls) == 2
    assert "LookupError, of ValueError" in caplog.text
    assert WORDS not in caplog.text


def test_what_qt_says_goes_to_the_log_and_its_small_talk_nowhere(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    async def root() -> int:
        qWarning("something is odd")
        qWarning("This plugin does not support propagateSizeHints()")
        return 0

    _run(qapp, root(), _Caught())
    assert caplog.record_tuples == [("switchyard.qt", logging.WARNING, "default: something is odd")]


def test_every_net_is_taken_away_again(qapp: QApplication, tmp_path: Path) -> None:
    def hooks() -> tuple[object, ...]:
        return sys.excepthook, sys.unraisablehook, threading.excepthook

    before = hooks()
    loop = asyncui.new_loop(qapp)
    asyncui.install_nets(loop, _fail)()
    assert hooks() == before
    loop.close()


def test_a_fault_file_that_cannot_be_is_no_reason_not_to_start(
    qapp: QApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("a file stands here")

    async def root() -> int:
        return 3

    # Whether pytest's own handler still runs depends on the tests before this one: each fault net that ends takes
    # away whatever is there.
    before = faulthandler.is_enabled()
    with (tmp_path / "another").open("w") as another:
        faulthandler.enable(another)
        code = asyncui.run(qapp, lambda interrupts: root(), on_bug=_fail, fault_file=in_the_way / "faults.log")
        untouched = faulthandler.is_enabled()
        faulthandler.disable()
    if before and sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)
    assert code == 3
    assert "no trace" in caplog.text
    assert untouched


def test_a_call_that_has_run_and_is_cancelled_takes_no_other_with_it(qrun: Callable[..., None]) -> None:
    """Qt gives the number of a timer that rang to another one, and `asyncio.sleep` cancels its call once that ran."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        first, second = asyncio.Event(), asyncio.Event()
        gone: Any = loop.call_later(0.001, first.set)
        await first.wait()
        there: Any = loop.call_later(0.001, second.set)
        for _ in range(100_000):
            if there.number == gone.number:
                break
            there.cancel()
            there = loop.call_later(0.001, second.set)
        assert there.number == gone.number
        gone.cancel()
        async with asyncio.timeout(10):
            await second.wait()

    qrun(main())
