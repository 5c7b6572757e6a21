"""What a person says of single messages: good or bad, left out of what is sent, or to be found again."""

from __future__ import annotations

from switchyard.core.message import MessageId, Rating
from switchyard.storage.database import Database
from switchyard.storage.ids import now_ms


class Marks:
    """Writes marks. Each is undone by writing the one that was there before, which the message tells."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rate(self, message: MessageId, rating: Rating | None) -> None:
        """Call a reply good or bad; None takes that back."""
        await self._set(message, "rating", None if rating is None else rating.value)

    async def exclude(self, message: MessageId, excluded: bool) -> None:
        """Leave a message out of what is sent from now on, or no longer."""
        await self._set(message, "excluded", int(excluded))

    async def pin(self, message: MessageId, pinned: bool) -> None:
        """Mark a message that is to be found again."""
        await self._set(message, "pinned_ms", now_ms() if pinned else None)

    async def _set(self, message: MessageId, column: str, value: int | None) -> None:
        sql = f"UPDATE message SET {column} = ? WHERE uid = ?"
        await self._database.write(lambda connection: connection.execute(sql, (value, message)))
