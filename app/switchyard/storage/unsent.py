"""The queue of messages that wait to be sent, which outlives the program."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from switchyard.core.message import ConversationId, MessageId
from switchyard.core.unsent import Delay, Unsent, UnsentId
from switchyard.storage.branches import take_out
from switchyard.storage.database import Database
from switchyard.storage.drafts import files_of, files_text
from switchyard.storage.statements import insert

_LIST = (
    "SELECT uid, conversation, text, files, chain, deployment, reason, created_ms FROM unsent ORDER BY created_ms, id"
)


class UnsentQueue:
    """Keeps them in the order in which they were written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> Sequence[Unsent]:
        """Return all that waits, in every conversation."""

        def work(connection: sqlite3.Connection) -> list[Unsent]:
            return [_unsent(row) for row in connection.execute(_LIST)]

        return await self._database.read(work)

    async def add(self, message: Unsent) -> None:
        """Keep a message, which was its conversation's draft until now."""

        def work(connection: sqlite3.Connection) -> None:
            insert(connection, "unsent", _row(message))
            connection.execute("DELETE FROM draft WHERE conversation = ?", (message.conversation or "",))

        await self._database.write(work)

    async def put_back(self, message: Unsent) -> None:
        """Keep a message that was taken out, in its old place."""
        await self._database.write(lambda connection: insert(connection, "unsent", _row(message)))

    async def take_over(self, message: Unsent, failed: MessageId) -> bool:
        """Keep a message that was sent and reached nobody, and take it out of its conversation; False where it is gone.

        Its reply and the attempts stay where they are counted.
        """

        def work(connection: sqlite3.Connection) -> bool:
            if take_out(connection, failed) is None:
                return False
            insert(connection, "unsent", _row(message))
            return True

        return await self._database.write(work)

    async def remove(self, uids: Sequence[UnsentId]) -> None:
        """Take messages out: they were sent, or are not to be."""
        rows = [(uid,) for uid in uids]
        await self._database.write(lambda connection: connection.executemany("DELETE FROM unsent WHERE uid = ?", rows))


def _row(message: Unsent) -> dict[str, object]:
    return {
        "uid": message.uid,
        "conversation": message.conversation or "",
        "text": message.text,
        "files": files_text(message.files) or "[]",
        "chain": message.chain,
        "deployment": message.deployment,
        "reason": message.delay.value,
        "created_ms": message.created_ms,
    }


def _unsent(row: tuple[str, str, str, str, str | None, str | None, str, int]) -> Unsent:
    uid, conversation, text, files, chain, deployment, reason, created_ms = row
    place = ConversationId(conversation) if conversation else None
    return Unsent(UnsentId(uid), place, text, Delay(reason), created_ms, files_of(files), chain, deployment)
