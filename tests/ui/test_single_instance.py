"""Hold the window to one per data directory, also after a crash, while one is ending, and where one hangs."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from switchyard.core.errors import DataDirError
from switchyard.ui.single_instance import SingleInstance

LIMIT_S = 60
LONG_PATIENCE_S = 60.0
NO_PATIENCE_S = 0.0

QRun = Callable[[Coroutine[Any, Any, Any]], Any]

# A window as far as this is concerned: claims, says what it hears, ends on a line of its standard input.
WINDOW = """
import asyncio, sys
from pathlib import Path
from switchyard.ui import asyncui
from switchyard.ui.single_instance import SingleInstance

app = asyncui.make_application(sys.argv[:1])
data_dir = Path(sys.argv[1])
instance = SingleInstance(data_dir, data_dir / "locks" / "window.lock")
if not instance.claim():
    print("raised the other", flush=True)
    sys.exit(0)

async def root(interrupts):
    ended = asyncio.Event()
    instance.raise_requested.connect(lambda: print("asked to raise", flush=True))
    instance.listen()
    print("claimed", flush=True)
    interrupts.listen(lambda number: ended.set())
    await ended.wait()
    instance.close()
    return 0

sys.exit(asyncui.run(app, root, on_bug=print))
"""

# One that holds the data directory and does nothing any more, or is about to leave it.
SILENT = """
import sys
from pathlib import Path
from switchyard.ui import asyncui
from switchyard.ui.single_instance import SingleInstance

app = asyncui.make_application(sys.argv[:1])
data_dir = Path(sys.argv[1])
instance = SingleInstance(data_dir, data_dir / "locks" / "window.lock")
instance.claim()
if sys.argv[2] != "starting":
    instance.listen()
if sys.argv[2] == "ending":
    instance.stop_listening()
print("claimed", flush=True)
sys.stdin.readline()
instance.close()
"""


def _lock_file(folder: Path) -> Path:
    return folder / "locks" / "window.lock"


@contextlib.contextmanager
def _started(script: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, str(folder), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert _line(process) == "claimed"
            yield process
        finally:
            process.terminate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)


@pytest.fixture(autouse=True)
def run_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is killed here leave its socket in a folder that goes away."""
    folder = Path(os.environ["HOME"], "run")
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))


@pytest.fixture
def claim(qapp: QApplication) -> Iterator[Callable[..., SingleInstance]]:
    made: list[SingleInstance] = []

    def make(folder: Path, *, patience_s: float = LONG_PATIENCE_S) -> SingleInstance:
        made.append(SingleInstance(folder, _lock_file(folder), patience_s=patience_s))
        return made[-1]

    yield make
    for instance in made:
        instance.close()


def test_a_second_start_raises_the_first_and_ends_with_0(data_dir: Path) -> None:
    with _started(WINDOW, data_dir) as first:
        for _ in range(3):
            second = _run(WINDOW, data_dir)
            assert (second.returncode, second.stdout, second.stderr) == (0, "raised the other\n", "")
            assert _line(first) == "asked to raise"
        first.terminate()
        assert first.wait(LIMIT_S) == 0


def test_the_same_folder_by_another_name_is_the_same(data_dir: Path, tmp_path: Path) -> None:
    data_dir.mkdir(parents=True)
    other_name = tmp_path / "link"
    other_name.symlink_to(data_dir, target_is_directory=True)
    with _started(WINDOW, data_dir) as first:
        assert _run(WINDOW, other_name).stdout == "raised the other\n"
        assert _line(first) == "asked to raise"


def test_data_directories_do_not_meet(tmp_path: Path, claim: Callable[..., SingleInstance]) -> None:
    assert claim(tmp_path / "one").claim()
    assert claim(tmp_path / "two").claim()


def test_after_a_killed_one_the_next_takes_over_and_hears(
    data_dir: Path, claim: Callable[..., SingleInstance], qrun: QRun
) -> None:
    with _started(WINDOW, data_dir) as first:
        first.kill()
        first.wait(LIMIT_S)
    heir = claim(data_dir)
    assert heir.claim()

    async def hear() -> None:
        asked = asyncio.Event()
        heir.raise_requested.connect(asked.set)
        heir.listen()
        second = await asyncio.to_thread(_run, WINDOW, data_dir)
        assert (second.returncode, second.stdout) == (0, "raised the other\n")
        await asked.wait()

    qrun(hear())


def test_a_data_directory_with_a_very_long_path_will_do(data_dir: Path) -> None:
    folder = data_dir.joinpath(*["a folder with a rather long name, as people make them" * 3] * 8)
    with _started(WINDOW, folder) as first:
        assert _run(WINDOW, folder).stdout == "raised the other\n"
        assert _line(first) == "asked to raise"


def test_a_temporary_folder_with_a_very_long_path_will_do(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_one = tmp_path / ("x" * 200)
    long_one.mkdir()
    monkeypatch.setenv("TMPDIR", str(long_one))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long_one))
    with _started(WINDOW, data_dir) as first:
        assert _run(WINDOW, data_dir).stdout == "raised the other\n"
        assert _line(first) == "asked to raise"


def test_one_that_hangs_is_a_plain_error(data_dir: Path, claim: Callable[..., SingleInstance]) -> None:
    with (
        _started(SILENT, data_dir, "hanging"),
        pytest.raises(DataDirError) as caught,
    ):
        claim(data_dir, patience_s=NO_PATIENCE_S).claim()
    assert caught.value.exit_code == 6
    assert "does not answer" in caught.value.title.english()
    assert caught.value.hint is not None
    assert "--data-dir" in caught.value.hint.english()


@pytest.mark.parametrize("state", ["starting", "ending"])
def test_one_that_does_not_listen_now_is_waited_for(
    data_dir: Path, claim: Callable[..., SingleInstance], state: str
) -> None:
    with _started(SILENT, data_dir, state) as other:
        assert other.stdin is not None
        with pytest.raises(DataDirError):
            claim(data_dir, patience_s=NO_PATIENCE_S).claim()
        leave = threading.Thread(target=lambda: print(file=other.stdin, flush=True))
        leave.start()
        assert claim(data_dir).claim()
        leave.join()


def test_nonsense_at_the_door_raises_nothing(data_dir: Path, claim: Callable[..., SingleInstance], qrun: QRun) -> None:
    instance = claim(data_dir)
    assert instance.claim()
    instance.listen()
    heard: list[str] = []
    instance.raise_requested.connect(lambda: heard.append("raise"))
    assert instance._server is not None
    door = instance._server.fullServerName()

    async def say(*words: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(door)
        for word in words:
            writer.write(word)
            await writer.drain()
            await asyncio.sleep(0)
        answer = await reader.read()
        writer.close()
        return answer

    async def talk() -> None:
        assert await say(b"lower\n") == b""
        assert heard == []
        assert await say(b"ra", b"ise\n") == b"done\n"
        assert heard == ["raise"]

    qrun(talk())


@pytest.mark.parametrize("where", ["folder", "file"])
def test_a_lock_that_cannot_be_made_is_a_plain_error(
    tmp_path: Path, claim: Callable[..., SingleInstance], where: str
) -> None:
    if where == "folder":
        (tmp_path / "locks").write_text("a file stands here")
    else:
        _lock_file(tmp_path).mkdir(parents=True)
    with pytest.raises(DataDirError) as caught:
        claim(tmp_path).claim()
    assert caught.value.exit_code == 6


def test_whoever_lets_go_can_take_it_again(data_dir: Path, claim: Callable[..., SingleInstance]) -> None:
    for _ in range(3):
        instance = claim(data_dir)
        assert instance.claim()
        instance.close()


def test_where_nobody_can_listen_the_window_opens_all_the_same(
    data_dir: Path, caplog: pytest.LogCaptureFixture, claim: Callable[..., SingleInstance]
) -> None:
    instance = claim(data_dir)
    for name in instance._names:
        in_the_way = Path(name)
        in_the_way.mkdir()
        (in_the_way / "something").touch()
    try:
        assert instance.claim()
        instance.listen()
    finally:
        for name in instance._names:
            (Path(name) / "something").unlink()
            Path(name).rmdir()
    assert "cannot ask this one" in caplog.text
