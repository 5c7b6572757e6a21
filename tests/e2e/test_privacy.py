"""Privacy from outside: who is called when nothing is set up, and what lies about after a session with a key."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest
from tests.e2e.private_session import KEY, MESSAGE, TITLE, UNSAVED_KEY, UNSENT
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard import bootstrap
from switchyard.cli.main import main
from switchyard.services.app import Services

OPEN_WINDOW = "import sys; from switchyard.__main__ import main_gui; sys.exit(main_gui())"
HELD_OPEN_S = 60.0
LOOK_EVERY_S = 0.25
LIMIT_S = 60.0
OLLAMA = ["127.0.0.1", 11434]
MEETING = Path(__file__).with_name("private_session.py")

# Python imports a module of this name at its start, before anything of ours: an ear that nothing comes before.
EAR = """
import json, os, sys
_heard = open(os.environ["EAR_FILE"], "a", buffering=1)
def _hear(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        _heard.write(json.dumps([event, arguments[1]], default=str) + "\\n")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _heard.write(json.dumps([event, arguments[0]], default=str) + "\\n")
sys.addaudithook(_hear)
"""


class Listened:
    """A window held open, with an ear on what Python does and an eye on the sockets that the system knows of."""

    def __init__(self, folder: Path, *, onboarded: bool) -> None:
        self._heard = folder / "heard.jsonl"
        self.seen: set[tuple[object, ...]] = set()
        data = folder / "data"
        data.mkdir(parents=True)
        if onboarded:
            (data / "settings.toml").write_text("onboarded = true\n", encoding="utf-8")
        (folder / "sitecustomize.py").write_text(EAR, encoding="utf-8")
        first = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
        environment = bare_environment(folder) | {"PYTHONPATH": first, "EAR_FILE": str(self._heard)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", OPEN_WINDOW, "--data-dir", str(data)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def look(self) -> None:
        """Note where the process, or one that it started, is connected to beyond files of this computer."""
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(self.process.pid)
            for process in (own, *own.children(recursive=True)):
                addresses = [tuple(each.raddr) for each in process.net_connections("inet")]
                self.seen |= {address for address in addresses if address}

    @property
    def heard(self) -> list[list[Any]]:
        """What Python did, but for sockets that are files."""
        calls = [json.loads(line) for line in self._heard.read_text(encoding="utf-8").splitlines()]
        return [call for call in calls if not is_file(*call)]

    def end(self) -> tuple[int, str]:
        """End the window in order; return its exit code and its words."""
        self.process.send_signal(signal.SIGTERM)
        _, words = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, words


def is_file(event: str, address: object) -> bool:
    """Whether a socket is a file: it leads to a program of this computer."""
    return event == "socket.connect" and isinstance(address, str)


def bare_environment(home: Path) -> dict[str, str]:
    """Return the environment of somebody who has set nothing up, with a home of its own."""
    left_out = ("DBUS_", "OLLAMA_", "SWITCHYARD_", "PYTHON_KEYRING", "COVERAGE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    places = {f"XDG_{name}_HOME": str(home / f".{name.lower()}") for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    temporary = {name: str(home / "tmp") for name in ("TMPDIR", "XDG_RUNTIME_DIR")}
    (home / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
    return kept | places | temporary | {"HOME": str(home), "USERPROFILE": str(home), "QT_QPA_PLATFORM": "offscreen"}


@contextlib.contextmanager
def listened(folder: Path, *, onboarded: bool) -> Iterator[Listened]:
    window = Listened(folder, onboarded=onboarded)
    try:
        yield window
    finally:
        window.process.kill()
        window.process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.timeout(240)
@pytest.mark.begins_early
def test_an_unconfigured_window_calls_nobody_but_this_computer(tmp_path: Path) -> None:
    with (
        listened(tmp_path / "a", onboarded=False) as welcome,
        listened(tmp_path / "b", onboarded=True) as chat,
    ):
        until_s = time.monotonic() + HELD_OPEN_S
        while time.monotonic() < until_s:
            for window in (welcome, chat):
                with pytest.raises(subprocess.TimeoutExpired):
                    window.process.wait(LOOK_EVERY_S / 2)
                window.look()
        assert welcome.end() == (130, "")
        assert chat.end() == (130, "")
    assert welcome.heard, "the ear heard not even the look for an Ollama"
    assert [call for call in welcome.heard if call != ["socket.connect", OLLAMA]] == []
    assert welcome.seen <= {tuple(OLLAMA)}
    assert chat.heard == []
    assert chat.seen == set()


# --- what lies about --------------------------------------------------------------------------------------------------


def find(text: str, folder: Path) -> set[str]:
    """Return the names of the files below a folder that hold a text, in any of the ways in which it may be written."""
    written = {text.encode(), text.encode("utf-16-le"), json.dumps(text)[1:-1].encode(), text[6:].encode()}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return {path.name for path in files if any(form in path.read_bytes() for form in written)}


def assert_nothing_lies_about(folder: Path, said: str, *, words: tuple[str, ...], keys: tuple[str, ...]) -> None:
    """Words are in the database and nowhere else, keys are nowhere."""
    for text in words:
        places = find(text, folder)
        assert "switchyard.db" in places or "switchyard.db-wal" in places, text
        assert places <= {"switchyard.db", "switchyard.db-wal"}, text
    for key in keys:
        assert find(key, folder) == set()
    for text in (*words, *keys):
        assert text not in said


REPLY = "a reply of herons"
GOOD = Script(
    sse({"choices": [{"delta": {"content": REPLY}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    headers={"content-type": "text/event-stream"},
)


def echoing(key: str) -> Script:
    """Return a refusal that repeats everything it was sent, as some providers do."""
    told = f"Incorrect API key provided: {key}. The request was: {MESSAGE}"
    body = json.dumps({"error": {"message": told, "type": "server_error", "code": "odd", "key": key}})
    return Script(body, 500, {"content-type": "application/json"}, chunked=False)


async def test_a_session_in_the_window_leaves_words_in_the_database_alone_and_keys_nowhere(tmp_path: Path) -> None:
    async with HttpServer.running() as server:
        models = json.dumps({"data": [{"id": "refuses"}, {"id": "answers"}]})
        server.play("/v1/models", Script(models, headers={"content-type": "application/json"}))
        server.play("/v1/chat/completions", echoing(KEY), GOOD)
        environment = bare_environment(tmp_path) | {"SWITCHYARD_DATA_DIR": str(tmp_path / "data")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(MEETING), server.url("/v1"),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
        )  # fmt: skip
        async with asyncio.timeout(LIMIT_S):
            out, err = await process.communicate()
        said = (out + err).decode()
        assert process.returncode == 1, said
        assert len(server.received) == 3, reports(tmp_path / "data")
        assert {request.headers["authorization"] for request in server.received} == {f"Bearer {KEY}"}
        assert server.received[1].json()["messages"] == [{"role": "user", "content": MESSAGE}]
    await asyncio.to_thread(_look_through, tmp_path, said)


def reports(data: Path) -> list[str]:
    """Return the bug reports of a data directory."""
    return [path.read_text(encoding="utf-8") for path in data.glob("logs/crash/bug-*.txt")]


def _look_through(folder: Path, said: str) -> None:
    data = folder / "data"
    [report] = reports(data)
    assert "RuntimeError" in report
    assert (data / "logs" / "switchyard.log").stat().st_size
    assert 'theme = "light"' in (data / "settings.toml").read_text(encoding="utf-8")
    assert (data / "window.json").exists()
    assert_nothing_lies_about(folder, said, words=(MESSAGE, REPLY, UNSENT, TITLE), keys=(KEY, UNSAVED_KEY))


async def test_the_command_line_leaves_words_in_the_database_alone_and_keys_nowhere(tmp_path: Path) -> None:
    environment = bare_environment(tmp_path) | {
        "SWITCHYARD_DATA_DIR": str(tmp_path / "data"),
        "SWITCHYARD_KEY_OWN": KEY,
        "OPENAI_API_KEY": UNSAVED_KEY,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }

    async def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "switchyard", "--log-level", "debug", *arguments, env=environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(LIMIT_S):
            out, err = await process.communicate(stdin.encode())
        return process.returncode or 0, out.decode(), err.decode()

    async with HttpServer.running() as server:
        server.play("/v1/chat/completions", echoing(KEY), GOOD)
        assert (await run("accounts", "add", "openai", "--name", "own", "--base-url", server.url("/v1")))[0] == 0
        assert (await run("accounts", "add", "openai", "--name", "kept", "--key-stdin", stdin=UNSAVED_KEY))[0] == 2
        code, out, told = await run("ask", "--model", "own/m", "--system", TITLE, "-", stdin=MESSAGE)
        assert (code, out) == (0, f"{REPLY}\n")
        assert KEY not in told
        said = "".join((await run("accounts", "list", "--json"))[1:] + (await run("doctor", "--json"))[1:])
    await asyncio.to_thread(
        assert_nothing_lies_about, tmp_path, said, words=(MESSAGE, REPLY, TITLE), keys=(KEY, UNSAVED_KEY)
    )


class Broken:
    """A use case that fails as no use case should, with everything it was given on its lips."""

    async def default_target(self) -> NoReturn:
        raise RuntimeError(f"{KEY} {MESSAGE}")


def test_a_bug_on_the_command_line_is_reported_without_words_and_keys(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    @asynccontextmanager
    async def open_broken(**options: Any) -> AsyncIterator[Services]:
        async with bootstrap.open_services(**options) as services:
            broken: Any = Broken()
            yield replace(services, chat=broken)

    code = main(["ask", MESSAGE], open_broken, partial(bootstrap.report_bug, environment=os.environ))
    told = capsys.readouterr()
    assert code == 1
    [report] = data_dir.glob("logs/crash/bug-*.txt")
    assert str(report) in told.err
    assert "Traceback" not in told.err
    for text in (KEY, MESSAGE):
        assert find(text, data_dir) == set()
        assert text not in told.out + told.err
