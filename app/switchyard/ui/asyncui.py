"""Starts Qt and the loop that both it and asyncio run on, with the nets that catch what escapes from either."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale, QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from switchyard import __version__
from switchyard.core.sentence import Sentence, sentence
from switchyard.services.crash import OnBug, install_thread_net, tell_place
from switchyard.services.threads import DaemonThreads
from switchyard.ui.interrupts import Interrupts

NO_DISPLAY_EXIT = 2

# Qt has FreeType draw the strokes of fonts such as Noto Sans CJK darker than those of Inter, and Chinese look bold
# beside Latin. The switch for it is Qt's alone (6.11), but by how much can be said here: nothing, at every width.
_EVEN_STEMS = "cff:darkening-parameters=500,0,1000,0,2500,0,4000,0"
_LAST_MOMENT_S = 0.25

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("switchyard.qt")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_HARMLESS = (
    "This plugin does not support propagateSizeHints",
    "This plugin does not support raise",
    # Where no .desktop file is installed, which a checkout has no business with.
    "Failed to register with host portal",
)

Main = Callable[[Interrupts], Coroutine[Any, Any, int]]


# --- The application --------------------------------------------------------------------------------------------------


def make_application(argv: Sequence[str]) -> QApplication:
    """Make the one QApplication; where there is no display the process ends with a sentence and exit code 2.

    Qt aborts when no platform plugin can start, for whatever reason: the address of no display, a refused
    connection, a missing system library. Its last message is the only place to end in another way, and holds for
    all of these, whereas a look at the environment beforehand holds for some.
    """
    os.environ.setdefault("FREETYPE_PROPERTIES", _EVEN_STEMS)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    QCoreApplication.setOrganizationName("Switchyard")
    QCoreApplication.setApplicationName("switchyard")
    QCoreApplication.setApplicationVersion(__version__)
    QGuiApplication.setApplicationDisplayName("Switchyard")
    QGuiApplication.setDesktopFileName("switchyard")
    said: list[str] = []

    def hold(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        said.append(message)
        if kind is QtMsgType.QtFatalMsg:
            sys.stderr.write(display_sentence(said).english() + "\n")
            sys.stderr.flush()
            logging.shutdown()
            os._exit(NO_DISPLAY_EXIT)

    before = qInstallMessageHandler(hold)
    try:
        app = QApplication(list(argv))
    finally:
        qInstallMessageHandler(before)
    for message in said:
        _qt_log.info("while starting: %s", message)
    if QLocale().language() == QLocale.Language.C:  # the system speaks no language, and would write 5115 and 22 11 2026
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    app.setQuitOnLastWindowClosed(False)  # or Qt stops the loop under the task that puts everything in order
    return app


def display_sentence(said: Sequence[str]) -> Sentence:
    """Say why there can be no window, given what Qt said before it gave up."""
    everything = "\n".join(said)
    if "could not connect to display" in everything or "Failed to create wl_display" in everything:
        return sentence(
            "There is no display that Switchyard could open its window on. Start it from a desktop session; "
            "`switchyard ask` works without one."
        )
    if "Could not find the Qt platform plugin" in everything:
        return sentence(
            "Qt knows no display of the kind that QT_QPA_PLATFORM names, so there is no window. "
            "Start Switchyard without that variable; `switchyard ask` works without a window."
        )
    return sentence(
        "Qt cannot load a system library that it needs for a window. Install the libraries that the README names; "
        "`switchyard ask` works without them."
    )


# --- The loop ---------------------------------------------------------------------------------------------------------


def run(app: QApplication, main: Main, *, on_bug: OnBug, fault_file: Path | None = None) -> int:
    """Run the root task to its exit code, under every net; what it raises itself is raised here.

    `on_bug` is always called in this thread. `fault_file` takes the way through the program when the process dies
    of a fault in compiled code.
    """
    runner = asyncio.Runner(loop_factory=lambda: new_loop(app))
    with contextlib.ExitStack() as ending:
        loop = runner.get_loop()
        interrupts = ending.enter_context(Interrupts())
        ending.callback(install_nets(loop, on_bug, fault_file=fault_file))
        ending.callback(runner.close)
        return runner.run(_run_to_the_end(main(interrupts)))


def new_loop(app: QApplication) -> asyncio.AbstractEventLoop:
    """Return a loop of asyncio's that is Qt's."""
    from switchyard.ui.loop import WindowLoop

    logging.getLogger("qasync").setLevel(logging.INFO)  # its debug level has a line for every event
    loop: asyncio.AbstractEventLoop = WindowLoop(app)
    loop.set_default_executor(DaemonThreads())
    return loop


async def _run_to_the_end(root: Coroutine[Any, Any, int]) -> int:
    try:
        return await root
    finally:
        for task in await _left_tasks():
            _log.error("A task was left when everything had ended: %s", task.get_name())


async def _left_tasks() -> set[asyncio.Task[Any]]:
    """Return what nobody ended; generators that were given up end in tasks of the loop's own, and in a moment."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=_LAST_MOMENT_S)
    return left


# --- The nets ---------------------------------------------------------------------------------------------------------


def install_nets(
    loop: asyncio.AbstractEventLoop, on_bug: OnBug, *, fault_file: Path | None = None
) -> Callable[[], None]:
    """Catch what escapes from slots, tasks, threads, finalisers, Qt and compiled code; returns what undoes it."""
    nets = contextlib.ExitStack()
    here = _in_thread_of(loop, on_bug)
    nets.enter_context(_slot_net(here))
    nets.enter_context(_loop_net(loop, here))
    nets.callback(install_thread_net(here))
    if fault_file is not None:
        nets.enter_context(_fault_net(fault_file))
    nets.callback(qInstallMessageHandler, qInstallMessageHandler(_log_qt))
    return nets.close


def _in_thread_of(loop: asyncio.AbstractEventLoop, on_bug: OnBug) -> OnBug:
    home = threading.get_ident()

    def tell(error: BaseException) -> None:
        try:
            on_bug(error)
        except Exception as second:  # noqa: BLE001 - a net that throws would throw into itself, for ever
            _log.critical("Telling a bug failed: %s, of %s", type(second).__name__, type(error).__name__)

    def tell_from_anywhere(error: BaseException) -> None:
        if threading.get_ident() == home:
            tell(error)
        else:
            loop.call_soon_threadsafe(tell, error)

    return tell_from_anywhere


@contextlib.contextmanager
def _slot_net(on_bug: OnBug) -> Iterator[None]:
    """Slots, event handlers and timers of Qt; and finalisers, whose errors Python can only print."""
    before, before_unraisable = sys.excepthook, sys.unraisablehook

    def caught(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        tell_place(error, "a slot or an event of Qt")
        on_bug(error)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            tell_place(args.exc_value, "a finaliser")
            on_bug(args.exc_value)

    sys.excepthook, sys.unraisablehook = caught, unraisable
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = before, before_unraisable


@contextlib.contextmanager
def _loop_net(loop: asyncio.AbstractEventLoop, on_bug: OnBug) -> Iterator[None]:
    """Callbacks, and tasks that nobody waits for."""

    def caught(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        task = context.get("task") or context.get("future")
        place = f"task {task.get_name()}" if isinstance(task, asyncio.Task) else "a callback of the loop"
        if not isinstance(error, BaseException):
            error = RuntimeError("asyncio complains")
            place = f"{place}: {context.get('message')}"  # only without an exception is it never more than a phrase
        tell_place(error, place)
        on_bug(error)

    loop.set_exception_handler(caught)
    try:
        yield
    finally:
        loop.set_exception_handler(None)


@contextlib.contextmanager
def _fault_net(fault_file: Path) -> Iterator[None]:
    """Faults of compiled code: they end the process, but say where."""
    try:
        fault_file.parent.mkdir(parents=True, exist_ok=True)
        file = fault_file.open("a", encoding="utf-8")
    except OSError as error:
        _log.warning("Faults will leave no trace: %s", type(error).__name__)
        yield
        return
    with file:
        faulthandler.enable(file)
        try:
            yield
        finally:
            faulthandler.disable()


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if not message.startswith(_HARMLESS):
        _qt_log.log(_LEVELS[kind], "%s: %s", context.category or "default", message)
