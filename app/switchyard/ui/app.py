"""Runs the window: paints at once, opens the data directory behind it, and ends everything in order."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from switchyard import __version__
from switchyard.core.errors import UserError
from switchyard.services.crash import report_sentence, write_report
from switchyard.services.tasks import TaskScope
from switchyard.ui.asyncui import make_application, run
from switchyard.ui.home import FindHome, Home, State, WindowOptions
from switchyard.ui.interrupts import Interrupts
from switchyard.ui.look import show_look
from switchyard.ui.theme.theme import Theme
from switchyard.ui.window import MainWindow
from switchyard.ui.words import Words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from switchyard.core.sentence import Sentence
    from switchyard.services.app import Services
    from switchyard.ui.selftest import SelfTest
    from switchyard.ui.single_instance import SingleInstance

BUG_EXIT = 1
INTERRUPTED_EXIT = 130

_PAINT_PATIENCE_S = 1.0
_END_WITHIN_S = 2.5
_SWITCH_INTERVAL_S = 0.0005  # a thread that parses or writes must not keep the window from painting for long

_log = logging.getLogger(__name__)


def main(argv: Sequence[str], find_home: FindHome) -> int:
    """Open the window on the data directory that `find_home` prepares; returns the exit code when it has closed."""
    arguments = _parser().parse_args(argv)
    logging.getLogger("switchyard").addHandler(logging.NullHandler())  # or Python prints what nobody logs yet
    program = Program(make_application(sys.argv[:1]), _self_test(arguments))
    options = WindowOptions(arguments.data_dir, arguments.offline, arguments.log_level)
    try:
        return _run(program, options, find_home)
    except Exception as error:  # noqa: BLE001 - the last net: below it a person would meet a traceback
        program.report_bug(error)
        return BUG_EXIT


def _run(program: Program, options: WindowOptions, find_home: FindHome) -> int:
    try:
        home = find_home(options)
        instance = _claim(home)
    except UserError as error:
        return program.run_without_home(error)
    if instance is None:
        return 0
    try:
        return program.run(home, instance)
    finally:
        instance.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="switchyard-gui", description="Open the window of Switchyard.")
    parser.add_argument("--data-dir", metavar="DIR", help="where everything is kept")
    parser.add_argument("--offline", action="store_true", help="answer with local models and the Simulator alone")
    parser.add_argument("--log-level", default="warning", choices=["debug", "info", "warning", "error"])
    parser.add_argument("--self-test", type=Path, metavar="OUT.json", help="measure the start, ask the Simulator, end")
    parser.add_argument("--shot", type=Path, metavar="OUT.png", help="with --self-test: keep a picture of the window")
    parser.add_argument("--version", action="version", version=f"switchyard {__version__}")
    return parser


def _self_test(arguments: argparse.Namespace) -> SelfTest | None:
    if arguments.self_test is None:
        return None
    from switchyard.ui.selftest import SelfTest

    return SelfTest(arguments.self_test, arguments.shot)


def _claim(home: Home) -> SingleInstance | None:
    """Return the claim on the data directory; None where its window is open already, and was raised."""
    from switchyard.ui.single_instance import SingleInstance

    instance = SingleInstance(home.data_dir, home.lock_file)
    return instance if instance.claim() else None


class Program:
    """One run of the window; with a `test`, one that measures itself and ends by itself."""

    def __init__(self, app: QApplication, test: SelfTest | None) -> None:
        self._test = test
        self._home: Home | None = None
        self._error: UserError | None = None
        self._instance: SingleInstance | None = None
        self._app = app
        self._theme = Theme()
        self._window: MainWindow
        self._exit_code = 0
        self._told: set[Path | None] = set()
        self._hurry: Callable[[], None] | None = None
        self._quit = asyncio.Event()
        self._opened = asyncio.Event()
        self._released = asyncio.Event()
        self._root = TaskScope("program", on_user_error=self._on_opening_failed, on_bug=self._on_opening_broke)
        self._scope = TaskScope("window", on_user_error=self._on_user_error, on_bug=self.tell_bug)

    def run(self, home: Home, instance: SingleInstance) -> int:
        """Show the window, open the data directory, and stay until the person quits."""
        self._home, self._instance = home, instance
        settings = home.read_settings()
        show_look(self._theme, settings)
        self._make_window(home.load_state(), onboarded=settings.onboarded)
        instance.raise_requested.connect(self._window.come_forward)
        return run(self._app, self._live, on_bug=self.tell_bug, fault_file=home.reports / "faults.txt")

    def run_without_home(self, error: UserError) -> int:
        """Say why the data directory cannot be used, and stay until the person has read it."""
        self._make_window({}, onboarded=False)
        self._error = error
        return run(self._app, self._live, on_bug=self.tell_bug)

    def tell_bug(self, error: BaseException) -> None:
        """Write a report of a bug and tell of it, once each; the program goes on."""
        report = self.report_bug(error)
        if report in self._told:
            return
        self._told.add(report)
        if self._test is not None:
            self._end_with(BUG_EXIT)
        elif not self._scope.running("crash"):
            from switchyard.ui.crash_dialog import tell_bug

            self._scope.start(tell_bug(self._window, self._theme, report), name="crash", group="crash")

    def report_bug(self, error: BaseException) -> Path | None:
        """Write a report and say on standard error where it lies."""
        folder = self._home.reports if self._home is not None else Path(tempfile.gettempdir())
        report = write_report(folder, error, version=__version__, where="window")
        _log.error("A bug; its report: %s", report)
        _say(report_sentence(report), None)
        return report

    # --- living -----------------------------------------------------------------------------------------------------

    def _make_window(self, state: State, *, onboarded: bool) -> None:
        self._theme.apply(self._app)
        self._window = MainWindow(self._theme, self._scope, state, onboarded=onboarded)
        self._window.quit_requested.connect(self._quit.set)

    async def _live(self, interrupts: Interrupts) -> int:
        interrupts.listen(lambda number: self._end_with(INTERRUPTED_EXIT))
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        self._window.show()
        await self._window.painted(_PAINT_PATIENCE_S)
        if self._test is not None:
            self._test.note_first_paint()
        if self._instance is not None:
            self._instance.listen()
        serving = None
        if self._error is not None:
            self._on_opening_failed(self._error)
        elif self._home is not None:
            serving = self._root.start(self._serve(self._home), name="services")
        await self._quit.wait()
        await self._end(serving)
        return self._exit_code

    async def _serve(self, home: Home) -> None:
        """Show the first page, then hold the services open until nobody uses them any more."""
        await self._window.begin(onboarded=home.read_settings().onboarded)
        async with home.open_services() as services:
            self._hurry = services.hurry
            await self._window.attach(services)
            # What was loaded stays for good: the collector need not walk through it again, which held up frames.
            gc.freeze()
            self._opened.set()
            self._scope.start(services.accounts.forget_left_behind(), name="keys")
            self._scope.start(services.figures.load(), name="figures")
            if self._test is not None:
                self._scope.start(self._examine(self._test, services), name="self-test")
            await self._released.wait()

    async def _examine(self, test: SelfTest, services: Services) -> None:
        await test.run(services, self._window)
        self._quit.set()

    # --- ending -----------------------------------------------------------------------------------------------------

    def _end_with(self, exit_code: int) -> None:
        self._exit_code = self._exit_code or exit_code
        self._quit.set()

    async def _end(self, serving: asyncio.Task[None] | None) -> None:
        """End in order: no more input, then what runs, then the services, and the window last."""
        until_s = asyncio.get_running_loop().time() + _END_WITHIN_S
        if self._instance is not None:
            self._instance.stop_listening()
        self._window.setEnabled(False)
        if self._hurry is not None:
            self._hurry()  # a reply that ends now must not wait longer for another program's lock than the end does
        await _finish(self._root.start(self._window.put_away(), name="putting away"), until_s)
        await _finish(self._root.start(self._scope.close(), name="closing"), until_s)
        self._released.set()
        if serving is not None and not self._opened.is_set():
            serving.cancel()
        await _finish(serving, until_s)
        if self._home is not None:
            self._keep_state(self._home)
        self._window.hide()

    def _keep_state(self, home: Home) -> None:
        try:
            home.save_state(self._window.kept_state())
        except UserError as error:
            _log.warning("Where the window stood was not kept: %s", type(error).__name__)

    # --- telling ----------------------------------------------------------------------------------------------------

    def _on_user_error(self, error: UserError) -> None:
        self._window.tell_error(error)

    def _on_opening_failed(self, error: UserError) -> None:
        _say(error.title, error.hint)
        self._give_up(error.title, error.hint, error.exit_code)

    def _on_opening_broke(self, error: BaseException) -> None:
        self._give_up(report_sentence(self.report_bug(error)), None, BUG_EXIT)

    def _give_up(self, title: Sentence, hint: Sentence | None, exit_code: int) -> None:
        """Say in the window why nothing works; a test, which nobody watches, ends instead."""
        self._exit_code = self._exit_code or exit_code
        if self._test is not None:
            self._quit.set()
        words = Words()
        folder = self._home.data_dir if self._home is not None else None
        self._window.show_trouble(words.translate(title), words.translate(hint) if hint is not None else "", folder)


async def _finish(task: asyncio.Task[None] | None, until_s: float) -> None:
    """Wait for a part of the end, but not for ever: the person has quit."""
    if task is None:
        return
    left_s = max(0.0, until_s - asyncio.get_running_loop().time())
    _, late = await asyncio.wait({task}, timeout=left_s)
    if late:
        _log.error("The end did not wait any longer for: %s", task.get_name())
        task.cancel()


def _say(title: Sentence, hint: Sentence | None) -> None:
    """Say it on standard error too, where a terminal or a log may stand behind it."""
    if sys.stderr is not None:  # there is none under Windows' pythonw
        parts = [part.english() for part in (title, hint) if part is not None]
        sys.stderr.write(" ".join(parts) + "\n")
