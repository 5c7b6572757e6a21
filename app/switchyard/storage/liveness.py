"""Who is alive: each process that streams holds a lock file, and its running rows carry the file's name."""

from __future__ import annotations

from pathlib import Path

from switchyard.storage.ids import new_uid
from switchyard.storage.locking import FileLock


class Liveness:
    """This process's sign of life in the folder `locks`."""

    def __init__(self, locks: Path) -> None:
        self._locks = locks
        self.owner = new_uid()
        self._lock = FileLock(self._file(self.owner))
        self._held = False

    def hold(self) -> None:
        """Show that this process lives; again and again costs nothing."""
        if not self._held:
            self._held = self._lock.acquire()

    def release(self) -> None:
        """This process streams no more."""
        if self._held:
            self._lock.release(remove=True)
            self._held = False

    def is_dead(self, owner: str) -> bool:
        """Whether the process that wrote this name into its rows has ended."""
        if owner == self.owner:
            return False
        file = self._file(owner)
        if not file.exists():
            return True
        lock = FileLock(file)
        if not lock.acquire():
            return False
        lock.release(remove=True)
        return True

    def _file(self, owner: str) -> Path:
        return self._locks / f"{owner}.lock"
