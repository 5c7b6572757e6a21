"""The queue of messages that wait to be sent, which outlives the program."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from switchyard.core.message import ConversationId
from switchyard.core.unsent import Delay, Unsent, UnsentId
from switchyard.storage.database import Database
from switchyard.storage.drafts import files_of, files_text
from switchyard.storage.statements import insert

_COLUMNS = "uid, conversation, text, files, chain, deployment, reason, created_ms"


class UnsentQueue:
    """Keeps them in the order in which they came."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> Sequence[Unsent]:
        """Return all that waits, in every conversation."""

        def work(connection: sqlite3.Connection) -> list[Unsent]:
            return [_unsent(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM unsent ORDER BY id")]

        return await self._database.read(work)

    async def add(self, message: Unsent) -> None:
        """Keep a message behind the others; one that was taken out comes back by this too."""
        row = {
            "uid": message.uid,
            "conversation": message.conversation or "",
            "text": message.text,
            "files": files_text(message.files) or "[]",
            "chain": message.chain,
            "deployment": message.deployment,
            "reason": message.delay.value,
            "created_ms": message.created_ms,
        }
        await self._database.write(lambda connection: insert(connection, "unsent", row))

    async def remove(self, uids: Sequence[UnsentId]) -> None:
        """Take messages out: they were sent, or are not to be."""
        rows = [(uid,) for uid in uids]
        await self._database.write(lambda connection: connection.executemany("DELETE FROM unsent WHERE uid = ?", rows))


def _unsent(row: tuple[str, str, str, str, str | None, str | None, str, int]) -> Unsent:
    uid, conversation, text, files, chain, deployment, reason, created_ms = row
    place = ConversationId(conversation) if conversation else None
    return Unsent(UnsentId(uid), place, text, Delay(reason), created_ms, files_of(files), chain, deployment)
