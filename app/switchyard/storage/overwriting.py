"""Deletions after which no byte is left: SQLite itself only forgets where the words were."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from switchyard.storage.database import BUSY_TIMEOUT_S, LOCK_RETRY_S, Database

T = TypeVar("T")


def securely(work: Callable[[sqlite3.Connection], T]) -> Callable[[sqlite3.Connection], T]:
    """Return work whose deletions are overwritten, and not only forgotten."""

    def secure(connection: sqlite3.Connection) -> T:
        (was,) = connection.execute("PRAGMA secure_delete").fetchone()
        connection.execute("PRAGMA secure_delete = ON").fetchone()
        try:
            return work(connection)
        finally:
            connection.execute(f"PRAGMA secure_delete = {was:d}").fetchone()

    return secure


async def empty_log(database: Database) -> None:
    """Leave nothing in the database's log, which holds what was there before it was deleted.

    Another program that reads keeps it from that; it is waited for as long as for its locks. After that the log is
    emptied when the last program closes the database.
    """
    for _ in range(round(BUSY_TIMEOUT_S / LOCK_RETRY_S)):
        (busy, *_) = await database.read(lambda c: c.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
        if not busy:
            return
        await asyncio.sleep(LOCK_RETRY_S)
