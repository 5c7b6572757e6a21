"""Commands as processes that need no start of their own: a parent that has loaded the program forks one for each.

Each is a process as the system's: with pipes, an environment, a folder, signals and an end of its own. What Python
reads before a program begins is the parent's, so a command that is to have other than that has to start by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import PIPE
from typing import NamedTuple

PROGRAM = Path(__file__).with_name("warm_program.py")
READ_AT_START = ("PYTHON", "LC_", "LANG", "OPENSSL_")


class _Held(NamedTuple):
    """What is held of a command that runs: the socket that its exit code comes from, and our ends of its pipes."""

    end: socket.socket
    stdin: int
    stdout: int
    stderr: int


class WarmParent:
    """The parent; it begins with its first command, and ends when it is told to or when this process does."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._begun_with: Mapping[str, str] = {}

    def can_run(self, environment: Mapping[str, str]) -> bool:
        """Say whether a command in that environment is as one that starts by itself."""
        if sys.platform != "linux":  # nowhere else can a process be watched for its end beside other things
            return False
        self._begin()
        return _read_at_start(environment) == _read_at_start(self._begun_with)

    async def run(self, words: Sequence[str], stdin: bytes, environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
        """Run a command to its end and return its exit code, output and errors; one that nobody awaits is killed."""
        with self._command(words, environment) as held:
            _, out, err = await asyncio.gather(
                asyncio.to_thread(_feed, held.stdin, stdin), _read(held.stdout), _read(held.stderr)
            )
            return int(await asyncio.get_running_loop().sock_recv(held.end, 64)), out, err

    def stop(self) -> None:
        """End the parent and what it runs."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            _, err = self._process.communicate()
            assert self._process.returncode == 0, err.decode()
        self._control = self._process = None

    def _begin(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair()
            self._begun_with = dict(os.environ)
            with theirs:
                command = [sys.executable, str(PROGRAM), str(theirs.fileno())]
                # The streams of a child were made in its parent, as for pipes. An interruption of the tests is theirs.
                self._process = subprocess.Popen(
                    command, stdin=PIPE, stdout=PIPE, stderr=PIPE, pass_fds=[theirs.fileno()], start_new_session=True
                )
        return self._control

    @contextlib.contextmanager
    def _command(self, words: Sequence[str], environment: Mapping[str, str]) -> Iterator[_Held]:
        control = self._begin()
        end, theirs = socket.socketpair()
        end.setblocking(False)
        (stdin, ours_in), (ours_out, stdout), (ours_err, stderr) = os.pipe(), os.pipe(), os.pipe()
        with end, theirs, tempfile.TemporaryFile("w+", encoding="utf-8") as request:
            json.dump({"words": words, "environment": dict(environment), "folder": os.getcwd()}, request)
            request.seek(0)
            socket.send_fds(control, [b"."], [request.fileno(), stdin, stdout, stderr, theirs.fileno()])
            for given in (stdin, stdout, stderr):
                os.close(given)
            theirs.close()
            yield _Held(end, ours_in, ours_out, ours_err)


def _read_at_start(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}


def _feed(pipe: int, words: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(pipe, "wb", buffering=0) as file:
        left = memoryview(words)
        while left:
            left = left[file.write(left) :]


async def _read(pipe: int) -> bytes:
    reader = asyncio.StreamReader()
    file = open(pipe, "rb", buffering=0)  # noqa: SIM115, ASYNC230 - the transport closes it
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), file
    )
    try:
        return await reader.read()
    finally:
        transport.close()
