"""What a message can bring along from other conversations: the files in them, and they themselves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice

from switchyard.core.content import StoredFile
from switchyard.core.mention import naming
from switchyard.core.message import ConversationId
from switchyard.core.references import Offers, Referred
from switchyard.storage.database import Database

_MOST_FILES_LOOKED_AT = 2000
_FILES = (
    "SELECT p.data, p.blob_sha256 FROM part p CROSS JOIN message m ON m.id = p.message"
    " CROSS JOIN conversation c ON c.id = m.conversation WHERE p.blob_sha256 IS NOT NULL AND m.role = 'user'"
    " AND m.deleted_ms IS NULL AND c.deleted_ms IS NULL AND c.local_only = 0"
    f" ORDER BY +p.id DESC LIMIT {_MOST_FILES_LOOKED_AT}"  # sorted, since the index of files is short
)
_CONVERSATIONS = (
    "SELECT uid, title FROM conversation WHERE deleted_ms IS NULL AND messages > 0 AND (local_only = 0 OR ?)"
    " AND uid <> ? ORDER BY updated_ms DESC, id DESC"
)
_WORDS = (
    "SELECT p.text FROM message m CROSS JOIN conversation c ON c.id = m.conversation"
    " CROSS JOIN part p ON p.message = m.id AND p.kind = 'text' AND p.superseded = 0 WHERE m.role = 'user'"
    " AND p.text <> '' AND m.deleted_ms IS NULL AND c.deleted_ms IS NULL AND c.local_only = 0"
    " ORDER BY m.id DESC LIMIT ?"
)


class ReferenceStore:
    """Looks for them by their names, in the database's own thread, and no further than it takes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, sought: str, limit: int, *, within: ConversationId | None, private: bool) -> Offers:
        """Return the newest of each kind whose name is sought, but for the conversation that is written `within`.

        A file that stands in a local-only conversation alone is never found, and such a conversation only where the
        words stay here too: `private`.
        """

        def work(connection: sqlite3.Connection) -> Offers:
            names = naming(sought)
            files = (file for file in _files(connection) if names(file.name))
            conversations = (
                Referred(ConversationId(uid), title)
                for uid, title in connection.execute(_CONVERSATIONS, (private, within or ""))
                if names(title)
            )
            return Offers(tuple(islice(files, limit)), tuple(islice(conversations, limit)))

        return await self._database.read(work)

    async def words(self, limit: int) -> Sequence[str]:
        """Return the person's last messages, the newest first, each once."""

        def work(connection: sqlite3.Connection) -> Sequence[str]:
            return tuple(dict.fromkeys(text for (text,) in connection.execute(_WORDS, (limit,))))

        return await self._database.read(work)


def _files(connection: sqlite3.Connection) -> Iterator[StoredFile]:
    """Return the files that were attached, the newest first, each once."""
    seen: set[tuple[str, str]] = set()
    for data, sha256 in connection.execute(_FILES):
        held = json.loads(data)
        if (held["name"], sha256) not in seen:
            seen.add((held["name"], sha256))
            yield StoredFile(held["name"], held["media_type"], sha256, held["size_bytes"])
