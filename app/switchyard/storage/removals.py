"""Which accounts were removed while their keys are still kept, so that a removal can be undone and no key outlives it.

Each removal holds a lock on a file; one whose file nobody holds was left behind by a process that ended too early.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from switchyard.core.catalog import AccountId
from switchyard.storage.locking import FileLock

_PREFIX, _SUFFIX = "removed-", ".lock"


class Removals:
    """This process's removals in the folder `locks`."""

    def __init__(self, locks: Path) -> None:
        self._locks = locks
        self._held: dict[AccountId, FileLock] = {}

    @property
    def held(self) -> tuple[AccountId, ...]:
        """The accounts whose keys are still to be deleted by this process."""
        return tuple(self._held)

    def hold(self, uid: AccountId) -> None:
        """Note a removal; where no note can be written the key goes only if the process ends in order."""
        lock = FileLock(self._locks / f"{_PREFIX}{uid}{_SUFFIX}")
        with contextlib.suppress(OSError):
            lock.acquire()
        self._held[uid] = lock

    def take_over(self) -> tuple[AccountId, ...]:
        """Hold what processes that have ended left behind; return it."""
        found: list[AccountId] = []
        for file in self._locks.glob(f"{_PREFIX}*{_SUFFIX}"):
            lock = FileLock(file)
            with contextlib.suppress(OSError):
                if lock.acquire():
                    uid = AccountId(file.name.removeprefix(_PREFIX).removesuffix(_SUFFIX))
                    self._held[uid] = lock
                    found.append(uid)
        return tuple(found)

    def release(self, uid: AccountId, *, settled: bool) -> None:
        """Let go of a removal: the account is back or its key is gone, or else a later start is to see to it."""
        lock = self._held.pop(uid, None)
        if lock is not None:
            lock.release(remove=settled)
