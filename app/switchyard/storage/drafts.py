"""What was written and not sent: the drafts of conversations, and the one of the new chat."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.core.picks import PickKind
from switchyard.storage.blobs import NAMED, Blobs
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.overwriting import empty_log, securely


class Drafts:
    """Keeps drafts by the conversation they are written in; "" is the new chat.

    What stood there before is overwritten each time, so that `erase` leaves nothing of it.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def read(self, conversation: str) -> Draft:
        """Return what is unsent; an empty draft where nothing is."""
        sql = "SELECT text, files, parameters FROM draft WHERE conversation = ?"
        row = await self._database.read(lambda connection: connection.execute(sql, (conversation,)).fetchone())
        return Draft(row[0], files_of(row[1]), *_parameters_of(row[2])) if row else Draft()

    async def keep(self, conversation: str, draft: Draft) -> None:
        """Keep what is unsent; an empty draft removes it."""

        def work(connection: sqlite3.Connection) -> None:
            if not draft:
                connection.execute("DELETE FROM draft WHERE conversation = ?", (conversation,))
                return
            connection.execute(
                "INSERT INTO draft (uid, conversation, text, files, parameters, updated_ms) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (conversation) DO UPDATE SET text = excluded.text, files = excluded.files,"
                " parameters = excluded.parameters, updated_ms = excluded.updated_ms",
                (new_uid(), conversation, draft.text, files_text(draft.files), _parameters_text(draft), now_ms()),
            )

        await self._database.write(securely(work))

    async def erase(self, conversation: str, files: Sequence[StoredFile]) -> None:
        """Remove a draft so that no byte of it is left, nor of its files as far as nothing else names them."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM draft WHERE conversation = ?", (conversation,))
            for file in files:
                if connection.execute(NAMED, (file.sha256,)).fetchone() is None:
                    self._blobs.drop(file.sha256, age_s=0)

        await self._database.write(securely(work))
        await empty_log(self._database)


def files_text(files: Sequence[StoredFile]) -> str | None:
    """Return files as a column keeps them."""
    rows = [(file.name, file.media_type, file.sha256, file.size_bytes) for file in files]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def files_of(text: str | None) -> tuple[StoredFile, ...]:
    """Return the files that `files_text` wrote."""
    return tuple(StoredFile(*row) for row in json.loads(text)) if text else ()


def _parameters_text(draft: Draft) -> str | None:
    given = ({"to": draft.to} if draft.to is not None else {}) | ({"local_only": True} if draft.local_only else {})
    return json.dumps(given, ensure_ascii=False) if given else None


def _parameters_of(text: str | None) -> tuple[tuple[PickKind, str] | None, bool]:
    """Return who alone answers, and whether the chat stays on this computer."""
    given = json.loads(text) if text else {}
    kind, target = given.get("to") or (None, "")
    return (PickKind(kind), target) if kind is not None else None, given.get("local_only", False)
