"""The window as a process: it starts lean, ends in order, is one per data directory, and says plainly what is wrong."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

LIMIT_S = 60.0
END_LIMIT_S = 3.0
LAZY = {
    "pyqtgraph", "numpy", "keyring", "genai_prices", "sqlite_utils", "httpx", "markdown_it", "pydantic", "pygments",
    "tomlkit", "ruamel", "truststore", "linkify_it",
}  # fmt: skip
UNIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture(autouse=True)
def away_from_the_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the processes no keyring and no screen."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def command(*arguments: str | Path) -> list[str]:
    """Return the command that opens the window."""
    return [sys.executable, "-c", "import sys; from switchyard.__main__ import main_gui; sys.exit(main_gui())"] + [
        str(argument) for argument in arguments
    ]


def finish(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a window that ends by itself."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=LIMIT_S, check=False)


@contextlib.contextmanager
def running(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run a window, and end it hard whatever happens."""
    process = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(check: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end_s = time.monotonic() + LIMIT_S
    while not check():
        assert time.monotonic() < end_s, "it never was so"
        time.sleep(0.02)


def onboard(data_dir: Path) -> None:
    """Say that the first run is over."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "settings.toml").write_text("onboarded = true\n", encoding="utf-8")


def interactive(data_dir: Path) -> bool:
    """Whether a window has opened its database."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{data_dir / 'switchyard.db'}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM conversation")
    except sqlite3.Error:
        return False
    return True


def assert_plain(words: str) -> None:
    """One sentence or a few for a person, and no traceback."""
    assert words.strip()
    assert "Traceback" not in words
    assert 'File "' not in words


# --- starting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first_run", [True, False], ids=["first run", "onboarded"])
def test_a_start_is_lean_and_the_simulator_answers(data_dir: Path, tmp_path: Path, first_run: bool) -> None:
    if not first_run:
        onboard(data_dir)
    done = finish("--self-test", tmp_path / "out" / "start.json", "--shot", tmp_path / "out" / "start.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""
    report = json.loads((tmp_path / "out" / "start.json").read_text(encoding="utf-8"))
    loaded = {name.partition(".")[0] for name in report["modules_at_first_paint"]}
    assert "switchyard" in loaded
    assert not loaded & LAZY
    assert report["answer"]["model"] == "sim/sim-fast"
    assert report["answer"]["text"]
    first, interactive_, answered = report["first_paint"], report["interactive"], report["answered"]
    assert 0 < first["cpu_ms"] <= interactive_["cpu_ms"] <= answered["cpu_ms"]
    assert 0 < first["wall_ms"] <= interactive_["wall_ms"] <= answered["wall_ms"]
    picture = QImage(str(tmp_path / "out" / "start.png"))
    assert (picture.width(), picture.height()) == (1440, 900)
    colours = {picture.pixelColor(x, y).name() for x in range(0, 1440, 16) for y in range(0, 900, 16)}
    assert len(colours) > 10, "the picture is empty"


def test_it_sees_to_removals_that_a_killed_process_left_behind(data_dir: Path) -> None:
    onboard(data_dir)
    note = data_dir / "locks" / "removed-01900000-0000-7000-8000-000000000001.lock"
    note.parent.mkdir(parents=True)
    note.touch()
    with running():
        until(lambda: not note.exists())


def test_where_it_stood_is_kept(data_dir: Path, tmp_path: Path) -> None:
    onboard(data_dir)
    assert finish("--self-test", tmp_path / "a.json").returncode == 0
    state = json.loads((data_dir / "window.json").read_text(encoding="utf-8"))
    [kept] = state["windows"].values()
    assert kept["place"][2:] == [1440, 900]
    kept["place"] = [10, 20, 1000, 700]
    (data_dir / "window.json").write_text(json.dumps(state), encoding="utf-8")
    assert finish("--self-test", tmp_path / "a.json", "--shot", tmp_path / "a.png").returncode == 0
    assert QImage(str(tmp_path / "a.png")).size().toTuple() == (1000, 700)


# --- ending -----------------------------------------------------------------------------------------------------------


@UNIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("first_run", [True, False], ids=["first run", "onboarded"])
def test_a_signal_ends_it_in_order(data_dir: Path, number: signal.Signals, first_run: bool) -> None:
    if not first_run:
        onboard(data_dir)
    with running() as process:
        until(lambda: interactive(data_dir))
        process.send_signal(number)
        asked_s = time.monotonic()
        _, words = process.communicate(timeout=LIMIT_S)
        took_s = time.monotonic() - asked_s
    assert process.returncode == 130
    assert words == ""
    assert took_s < END_LIMIT_S
    assert (data_dir / "window.json").exists()
    assert not list((data_dir / "logs").glob("crash/bug-*"))
    log = data_dir / "logs" / "switchyard.log"
    assert "ERROR" not in (log.read_text(encoding="utf-8") if log.exists() else "")


# --- one per data directory -------------------------------------------------------------------------------------------


def test_a_second_start_ends_and_leaves_the_first(data_dir: Path, tmp_path: Path) -> None:
    onboard(data_dir)
    with running() as first:
        until(lambda: interactive(data_dir))
        second = finish()
        assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
        assert first.poll() is None
        other = finish("--data-dir", tmp_path / "other", "--self-test", tmp_path / "other.json")
        assert other.returncode == 0
        first.terminate()
        first.wait(LIMIT_S)
    again = finish("--self-test", tmp_path / "again.json")
    assert again.returncode == 0


# --- when things go wrong ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_no_display_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    done = finish("--self-test", tmp_path / "out.json", "--shot", tmp_path / "out.png")
    assert done.returncode == 2
    assert done.stdout == ""
    assert_plain(done.stderr)
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


def test_a_file_in_the_place_of_the_data_directory(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.write_text("in the way", encoding="utf-8")
    done = finish("--data-dir", place, "--self-test", tmp_path / "out.json")
    assert done.returncode == 6
    assert_plain(done.stderr)
    assert str(place) in done.stderr
    assert place.read_text(encoding="utf-8") == "in the way"


@UNIX_ONLY
def test_a_data_directory_that_cannot_be_used_is_told_in_the_window_too(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.write_text("in the way", encoding="utf-8")
    with running("--data-dir", place) as process:
        assert process.stderr is not None
        assert_plain(process.stderr.readline())
        assert process.poll() is None
        process.terminate()
        assert process.wait(LIMIT_S) == 6


def test_a_newer_database_is_left_alone(data_dir: Path, tmp_path: Path) -> None:
    onboard(data_dir)
    assert finish("--self-test", tmp_path / "out.json").returncode == 0
    (tmp_path / "out.json").unlink()
    with contextlib.closing(sqlite3.connect(data_dir / "switchyard.db")) as connection:
        connection.execute("PRAGMA user_version = 9999")
        connection.commit()
    done = finish("--self-test", tmp_path / "out.json")
    assert done.returncode == 6
    assert_plain(done.stderr)
    assert "newer" in done.stderr
    assert not (tmp_path / "out.json").exists()


def test_a_corrupt_database_is_set_aside_and_work_goes_on(data_dir: Path, tmp_path: Path) -> None:
    onboard(data_dir)
    rubbish = b"no database at all " * 500
    (data_dir / "switchyard.db").write_bytes(rubbish)
    done = finish("--self-test", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    [aside] = data_dir.glob("switchyard.db.corrupt-*")
    assert aside.read_bytes() == rubbish


def test_files_that_cannot_be_read_are_no_reason_not_to_start(data_dir: Path, tmp_path: Path) -> None:
    data_dir.mkdir(parents=True)
    (data_dir / "settings.toml").write_text("theme = [[[", encoding="utf-8")
    (data_dir / "window.json").write_text('{"windows": 3', encoding="utf-8")
    done = finish("--self-test", tmp_path / "out.json")
    assert (done.returncode, done.stderr) == (0, "")


def test_wrong_words_are_usage() -> None:
    done = finish("--nonsense")
    assert done.returncode == 2
    assert_plain(done.stderr)
