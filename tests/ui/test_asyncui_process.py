"""Hold the window's process to its manners: signals end it in order and at once, no display ends it with a sentence."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from switchyard.ui.asyncui import display_sentence

LIMIT_S = 60
UNIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

START = """
import asyncio, sys, threading
from pathlib import Path
from PySide6.QtWidgets import QWidget
from switchyard.ui import asyncui

def on_bug(bug):
    print("bug", type(bug).__name__, flush=True)

def go(root, **more):
    code = asyncui.run(app, root, on_bug=on_bug, **more)
    print("code", code, flush=True)
    sys.exit(code)

app = asyncui.make_application(sys.argv[:1])
"""

IDLE = """
async def root(interrupts):
    quit_requested = asyncio.Event()
    interrupts.listen(lambda number: (print("signal", number, flush=True), quit_requested.set()))
    window = QWidget()
    window.show()
    print("ready", flush=True)
    await quit_requested.wait()
    window.close()
    return 130

go(root)
"""

STUBBORN = """
async def root(interrupts):
    interrupts.listen(lambda number: print("signal", number, flush=True))
    print("ready", flush=True)
    await asyncio.Event().wait()

go(root)
"""

HANGING_THREAD = """
async def root(interrupts):
    quit_requested = asyncio.Event()
    interrupts.listen(lambda number: quit_requested.set())
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    def hang():
        loop.call_soon_threadsafe(begun.set)
        threading.Event().wait()
    waiting = loop.run_in_executor(None, hang)
    await begun.wait()
    print("ready", flush=True)
    await quit_requested.wait()
    waiting.cancel()
    return 0

go(root)
"""

EARLY = """
import os, signal

async def root(interrupts):
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(100):
        await asyncio.sleep(0)
    quit_requested = asyncio.Event()
    interrupts.listen(lambda number: quit_requested.set())
    await quit_requested.wait()
    return 130

go(root)
"""

FAULT = """
import ctypes

async def root(interrupts):
    ctypes.string_at(0)

go(root, fault_file=Path(sys.argv[1]))
"""

PLAIN = """
async def root(interrupts):
    print("window possible", app.platformName(), flush=True)
    return 0

go(root)
"""

NUMBERS = """
from PySide6.QtCore import QLocale

async def root(interrupts):
    print(QLocale().toString(5115), flush=True)
    return 0

go(root)
"""


def _environment(**changed: str | None) -> dict[str, str]:
    environment = dict(os.environ) | {name: value for name, value in changed.items() if value is not None}
    return {name: value for name, value in environment.items() if changed.get(name, value) is not None}


def _run(
    script: str, arguments: Sequence[str] = (), environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START + script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, env=environment, check=False)


@contextlib.contextmanager
def _started(script: str, *, first: str = "") -> Iterator[subprocess.Popen[str]]:
    """Start a window, wait until it says that it is ready and nothing runs in it, and end it whatever happens."""
    command = [sys.executable, "-c", first + START + script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            _wait_until_idle(process)
            yield process
        finally:
            process.kill()


def _wait_until_idle(process: subprocess.Popen[str]) -> None:
    """Wait until the process has used no processor time between two looks in which it was asleep."""
    watched = psutil.Process(process.pid)
    used = None
    while (now := watched.cpu_times()[:2]) != used or watched.status() != psutil.STATUS_SLEEPING:
        used = now
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)


# --- Signals ----------------------------------------------------------------------------------------------------------


@UNIX_ONLY
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_an_idle_window_in_order(name: str) -> None:
    number = getattr(signal, name)
    with _started(IDLE) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT_S)
    assert out == f"signal {int(number)}\ncode 130\n"
    assert err == ""
    assert process.returncode == 130


@UNIX_ONLY
def test_two_signals_at_once_are_one() -> None:
    with _started(IDLE) as process:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=LIMIT_S)
    assert out.endswith("code 130\n")
    assert out.count("signal") == 1
    assert err == ""


@UNIX_ONLY
def test_a_later_second_signal_ends_what_does_not_end_itself() -> None:
    with _started(STUBBORN) as process:
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == -signal.SIGTERM
    assert out == f"signal {int(signal.SIGTERM)}\n"
    assert err == ""


@UNIX_ONLY
def test_a_signal_that_came_before_anybody_listened_is_told() -> None:
    ended = _run(EARLY)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "code 130\n", "")


@UNIX_ONLY
def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    with _started(IDLE, first="import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=LIMIT_S)
    assert out == f"signal {int(signal.SIGTERM)}\ncode 130\n"


@UNIX_ONLY
def test_a_call_that_hangs_in_a_thread_does_not_hold_up_the_end() -> None:
    with _started(HANGING_THREAD) as process:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, err) == (0, "code 0\n", "")


# --- Faults -----------------------------------------------------------------------------------------------------------


@UNIX_ONLY
def test_a_fault_of_compiled_code_leaves_a_trace(tmp_path: Path) -> None:
    fault_file = tmp_path / "crash" / "faults.log"
    ended = _run(FAULT, [str(fault_file)])
    assert ended.returncode == -signal.SIGSEGV
    assert ended.stderr == ""
    trace = fault_file.read_text(encoding="utf-8")
    assert "Segmentation fault" in trace
    assert "in root" in trace


# --- Displays ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only there a display can be missing")
@pytest.mark.parametrize(
    "displays",
    [
        {"QT_QPA_PLATFORM": None, "DISPLAY": None, "WAYLAND_DISPLAY": None},
        {"QT_QPA_PLATFORM": None, "DISPLAY": ":4711", "WAYLAND_DISPLAY": None},
        {"QT_QPA_PLATFORM": None, "DISPLAY": "nonsense", "WAYLAND_DISPLAY": None},
        {"QT_QPA_PLATFORM": "xcb", "DISPLAY": None, "WAYLAND_DISPLAY": None},
        {"QT_QPA_PLATFORM": "semaphore", "DISPLAY": None, "WAYLAND_DISPLAY": None},
    ],
    ids=["nothing set", "nobody there", "no address", "xcb named", "unknown kind"],
)
def test_no_display_is_one_plain_sentence_and_code_2(displays: dict[str, str | None]) -> None:
    ended = _run(PLAIN, environment=_environment(**displays))
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "`switchyard ask` works without" in ended.stderr


def test_each_reason_for_no_window_has_its_own_sentence() -> None:
    no_display = display_sentence(["could not connect to display :1", 'Could not load the Qt platform plugin "xcb"'])
    unknown = display_sentence(['Could not find the Qt platform plugin "semaphore" in ""'])
    no_library = display_sentence(['Could not load the Qt platform plugin "xcb" in "" even though it was found.'])
    assert "no display" in no_display.english()
    assert "QT_QPA_PLATFORM" in unknown.english()
    assert "system library" in no_library.english()


def test_a_qt_that_the_person_chose_for_other_programs_is_no_matter() -> None:
    ended = _run(PLAIN, environment=_environment(QT_API="pyqt5"))
    assert (ended.returncode, ended.stdout) == (0, "window possible offscreen\ncode 0\n")


# --- Numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system is asked in another way")
@pytest.mark.parametrize(("system", "written"), [("C.UTF-8", "5,115"), ("POSIX", "5,115"), ("de_DE.UTF-8", "5.115")])
def test_numbers_are_written_as_the_system_wants_them_and_in_english_where_it_speaks_no_language(
    system: str, written: str
) -> None:
    ended = _run(NUMBERS, environment=_environment(LC_ALL=system))
    assert ended.stdout.splitlines()[0] == written
