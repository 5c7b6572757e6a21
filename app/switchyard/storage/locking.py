"""Locks on files that end with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


class FileLock:
    """An exclusive lock on a file; the operating system lets go of it when the process dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False where another process holds it."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(file):
            os.close(file)
            return False
        self._file = file
        return True

    def release(self, *, remove: bool) -> None:
        """Let go of the lock, and take the file away with it where `remove` says so."""
        if self._file is None:
            return
        file, self._file = self._file, None
        if _CLOSE_FIRST:
            os.close(file)
        if remove:
            with contextlib.suppress(OSError):
                self.path.unlink()
        if not _CLOSE_FIRST:
            os.close(file)


# Windows removes no file that is open; elsewhere the name goes first, so that nobody locks a file that is going away.
_CLOSE_FIRST = sys.platform == "win32"

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
