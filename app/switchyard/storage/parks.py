"""What is parked, written down, so that a dead key is not tried anew by every process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from switchyard.core.failures import FailureKind
from switchyard.core.parks import Park
from switchyard.core.scopes import Scope, ScopeKind
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid

_COLUMNS = "scope, name, kind, message, since_ms, until_ms, fingerprint"
# Another process may have parked the same for longer meanwhile.
_KEEP = (
    f"INSERT INTO park (uid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (scope, name) DO UPDATE SET kind = excluded.kind, message = excluded.message,"
    " until_ms = excluded.until_ms, fingerprint = excluded.fingerprint"
    " WHERE until_ms IS NOT NULL AND (excluded.until_ms IS NULL OR excluded.until_ms > until_ms)"
)


class ParkStore:
    """Reads and writes parks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[Park, ...]:
        """Return every park that was written down, over or not."""
        sql = f"SELECT {_COLUMNS} FROM park ORDER BY since_ms, id"
        return tuple(_park(row) for row in await self._database.read(lambda c: c.execute(sql).fetchall()))

    async def change(self, kept: Sequence[Park], lifted: Iterable[Scope], now_ms: int) -> None:
        """Write down new and longer parks, and strike out those that were lifted or are over."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM park WHERE until_ms <= ?", (now_ms,))
            for scope in lifted:
                connection.execute("DELETE FROM park WHERE scope = ? AND name = ?", scope)
            for park in kept:
                connection.execute(_KEEP, (new_uid(), *_row(park)))

        await self._database.write(work)


def _row(park: Park) -> tuple[Any, ...]:
    kind, name = park.scope
    return kind.value, name, park.kind.value, park.message, park.since_ms, park.until_ms, park.fingerprint


def _park(row: tuple[Any, ...]) -> Park:
    scope, name, kind, message, since_ms, until_ms, fingerprint = row
    return Park(Scope(ScopeKind(scope), name), FailureKind(kind), since_ms, until_ms, message or "", fingerprint)
