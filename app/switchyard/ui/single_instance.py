"""Keeps one window per data directory: a second start asks the first to show itself, and ends."""

from __future__ import annotations

import logging
import os
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from switchyard.core.errors import DataDirError
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)

# A first one that is just ending needs up to three seconds; only then is silence a fault.
PATIENCE_S = 4.0

_RAISE = b"raise\n"
_DONE = b"done\n"
_MESSAGE_LIMIT = 64
_RETRY_S = 0.05
_ANSWER_MS = 1_000
_SOCKET_PATH_LIMIT = 90  # of about 104 on macOS; Qt adds a few for the name under which it makes the socket


class SingleInstance(QObject):
    """The claim of one process on a data directory, and the ear with which it hears of later ones."""

    raise_requested = Signal()

    def __init__(self, data_dir: Path, lock_file: Path, *, patience_s: float = PATIENCE_S) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._lock = _ProcessLock(lock_file)
        self._patience_s = patience_s
        self._server: QLocalServer | None = None

    def claim(self) -> bool:
        """Take the data directory, or ask its holder to show its window and return False; before the loop runs.

        Whoever took it calls `listen` once the window is painted; a start in between waits for that.
        A lock of a process that died is free: the system lets go of it. Where the holder does not answer, a
        `DataDirError` says so.
        """
        until_s = time.monotonic() + self._patience_s
        while True:
            if self._lock.take():
                return True
            if any(_ask_to_raise(name) for name in self._names):
                return False
            if time.monotonic() >= until_s:
                raise DataDirError(
                    sentence("Another Switchyard uses this data directory, but does not answer."),
                    sentence("End that program, or start this one with another --data-dir."),
                )
            time.sleep(_RETRY_S)

    def listen(self) -> None:
        """Hear of later starts from now on; where that is not possible, they will say that nobody answers."""
        from PySide6.QtNetwork import QLocalServer  # here, for the window is painted without it

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_connection)
        self._server = server
        for name in self._names:
            QLocalServer.removeServer(name)  # the file of one that died: whoever has the lock owns the name
            if server.listen(name):
                return
        _log.warning("A second start cannot ask this one to show its window: %s", server.errorString())

    def stop_listening(self) -> None:
        """Answer nobody any more: the window is ending, and a start from now on waits to take its place."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def close(self) -> None:
        """Let go of the data directory: the last thing a window does with it."""
        self.stop_listening()
        self._lock.release()

    @cached_property
    def _names(self) -> list[str]:
        return _server_names(self._data_dir)

    def _on_connection(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            socket.setReadBufferSize(_MESSAGE_LIMIT)
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda socket=socket: self._on_message(socket))
            self._on_message(socket)

    def _on_message(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            return
        if bytes(socket.readLine().data()) == _RAISE:
            self.raise_requested.emit()
            socket.write(_DONE)
            socket.flush()
        socket.disconnectFromServer()


class _ProcessLock:
    """A lock on a file that the system frees when the process ends, however it ends.

    `QLockFile` asks whether a process of the noted number lives, which a reused number or a container's own
    numbering answers wrongly, and then nobody gets in again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock unless somebody has it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            taken = _try_lock(descriptor)
        except OSError as error:
            raise DataDirError(
                sentence("The data directory cannot be used: {reason}.", reason=error.strerror or str(error.errno)),
                sentence("Make {path} writable, or start with another --data-dir.", path=str(self._path.parent)),
            ) from error
        if taken:
            self._descriptor = descriptor
        else:
            os.close(descriptor)
        return taken

    def release(self) -> None:
        """Let go of the lock; the file stays, since removing it would race with who takes it next."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _server_names(data_dir: Path) -> list[str]:
    """Return where the first one may listen, the best place first.

    A socket's path has about a hundred characters, so the data directory goes into it as a hash. The folder of the
    login session is out of other people's reach; without one there is the folder for temporary files.
    """
    import hashlib  # here, for the window is painted without them
    import tempfile

    place = os.path.normcase(data_dir.resolve())
    user = os.environ.get("USERNAME", "") if sys.platform == "win32" else str(os.getuid())
    name = "switchyard-" + hashlib.sha256(f"{user}\n{place}".encode(errors="surrogateescape")).hexdigest()[:16]
    if sys.platform == "win32":
        return [name]
    folders = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"]
    paths = [os.path.join(folder, name) for folder in dict.fromkeys(folders) if os.path.isdir(folder)]
    return [path for path in paths if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT]


def _ask_to_raise(name: str) -> bool:
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_ANSWER_MS):
        return False
    socket.write(_RAISE)
    socket.flush()
    answered = (socket.canReadLine() or socket.waitForReadyRead(_ANSWER_MS)) and socket.readLine().data() == _DONE
    socket.abort()
    return answered
