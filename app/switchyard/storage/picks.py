"""What a person picks to be answered by: their favourites, and what they used last."""

from __future__ import annotations

import sqlite3

from switchyard.core.picks import PickKind, Picks
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms

RECENT = 8


class PickStore:
    """Keeps one row for each chain and each model that was ever picked or liked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Picks:
        """Return favourites in the order in which they became that, and what was used last, the newest first."""

        def work(connection: sqlite3.Connection) -> Picks:
            liked = connection.execute(
                "SELECT kind, target FROM pick WHERE favourite_ms IS NOT NULL ORDER BY favourite_ms, id"
            ).fetchall()
            used = connection.execute(
                "SELECT kind, target FROM pick WHERE used_ms IS NOT NULL ORDER BY used_ms DESC, id DESC LIMIT ?",
                (RECENT,),
            )
            return Picks(
                tuple((PickKind(kind), target) for kind, target in liked),
                tuple((PickKind(kind), target) for kind, target in used),
            )

        return await self._database.read(work)

    async def like(self, kind: PickKind, target: str, liked: bool) -> None:
        """Make something a favourite, or no longer."""
        await self._keep("favourite_ms", kind, target, now_ms() if liked else None)

    async def use(self, kind: PickKind, target: str) -> None:
        """Note that something was picked now."""
        await self._keep("used_ms", kind, target, now_ms())

    async def _keep(self, column: str, kind: PickKind, target: str, value: int | None) -> None:
        sql = (
            f"INSERT INTO pick (uid, kind, target, {column}) VALUES (?, ?, ?, ?)"
            f" ON CONFLICT (kind, target) DO UPDATE SET {column} = excluded.{column}"
        )
        values = (new_uid(), kind.value, target, value)
        await self._database.write(lambda connection: connection.execute(sql, values))
