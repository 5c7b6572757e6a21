"""The parent of `warm_parent`, as a program: loads all that a command may need, and forks one whenever it is asked."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

LATE = ("anyio._backends._asyncio", "brotli", "dateutil.tz", "email.parser", "httpx", "keyring.core", "sqlite_utils")
PACKAGES = ("switchyard.cli", "switchyard.providers", "switchyard.storage")


class _Command(NamedTuple):
    """A command that runs, and who waits for its end."""

    pid: int
    asker: socket.socket


def load() -> None:
    """Load the program without its window, and put what was made out of the collector's way."""
    importlib.import_module("switchyard.bootstrap")
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
    for name in LATE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def serve(control: socket.socket) -> Sequence[int] | None:
    """Fork at every request. Returns in each child, with what came along, and at the end in the parent, with None."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                command: _Command | None = key.data
                if command is not None:
                    _end(waiting, key.fileobj, command)
                    continue
                message, files, _, _ = socket.recv_fds(control, 1, 5)
                if not message:
                    _end_all(waiting)
                    return None
                if (pid := os.fork()) == 0:
                    for other in waiting.get_map().values():
                        _close(other.fileobj)
                    return files
                command = _Command(pid, socket.socket(fileno=files[-1]))
                for file in files[:-1]:
                    os.close(file)
                waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, command)
                waiting.register(command.asker, selectors.EVENT_READ, command)


def _end(waiting: selectors.BaseSelector, ready: object, command: _Command) -> None:
    """Tell that a command has ended; kill it where the one who asked has gone."""
    if ready is command.asker:
        if ready in waiting.get_map():
            waiting.unregister(command.asker)
            os.kill(command.pid, signal.SIGKILL)
        return
    assert isinstance(ready, int)
    waiting.unregister(ready)
    os.close(ready)
    _, status = os.waitpid(command.pid, 0)
    if command.asker in waiting.get_map():
        waiting.unregister(command.asker)
    with command.asker, contextlib.suppress(BrokenPipeError):
        command.asker.send(str(os.waitstatus_to_exitcode(status)).encode())


def _end_all(waiting: selectors.BaseSelector) -> None:
    for key in waiting.get_map().values():
        if isinstance(key.data, _Command) and key.fileobj is key.data.asker:
            os.kill(key.data.pid, signal.SIGKILL)


def _close(file: object) -> None:
    if isinstance(file, socket.socket):
        file.close()
    else:
        assert isinstance(file, int)
        os.close(file)


def become(files: Sequence[int]) -> None:
    """Turn this process into the command that was asked for."""
    request, *streams, asker = files
    os.close(asker)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    with open(request, encoding="utf-8") as file:
        asked = json.load(file)
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    os.chdir(asked["folder"])
    sys.path[0] = asked["folder"]
    sys.argv[1:] = asked["words"]
    runpy.run_module("switchyard", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    load()
    with socket.socket(fileno=int(sys.argv[1])) as door:
        given = serve(door)
    if given is not None:
        become(given)
