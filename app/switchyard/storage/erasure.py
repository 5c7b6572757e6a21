"""Conversations that are deleted for good: their words leave the database, the index and the folder of files.

What is marked so can no longer come back. The rest is done in small steps, which a later start goes on with, so that no
other write waits for long. What the calls cost stays counted, as it does of chats that were kept nowhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from switchyard.core.message import ConversationId
from switchyard.core.search import indexed
from switchyard.storage.blobs import NAMED, Blobs
from switchyard.storage.database import Database
from switchyard.storage.ids import now_ms
from switchyard.storage.overwriting import empty_log, securely

SLICE_MESSAGES = 64
SLICE_LENGTH = 100_000  # characters in one transaction
FILE_AGE_S = 60.0  # a file written since may belong to a row that is yet to come
STRAY_AGE_S = 24 * 3600.0  # a file that no row names: somebody may still have it in a message that is being written
_STRAYS = 200
_MERGE_PAGES = 24
_GONE = "SELECT id FROM conversation WHERE gone_ms IS NOT NULL"
_OWN = "conversation = (SELECT uid FROM conversation WHERE id = ?)"
_WORDS = (
    "SELECT m.id, m.indexed, group_concat(p.text, char(10)) FROM"
    f" (SELECT id, indexed FROM message WHERE conversation IN ({_GONE}) ORDER BY id DESC LIMIT {SLICE_MESSAGES}) m"
    " LEFT JOIN part p ON p.message = m.id AND p.kind = 'text' AND p.superseded = 0 GROUP BY m.id ORDER BY m.id DESC"
)
# What a provider says about a failure may repeat the prompt.
_SILENCE = (
    "UPDATE attempt SET failure_message = NULL, failure_body = NULL"
    " WHERE route IN (SELECT id FROM route WHERE reply = ?)",
    "UPDATE route SET reply = NULL, system = NULL, question = NULL WHERE reply = ?",
    "DELETE FROM part WHERE message = ?",
    "DELETE FROM message WHERE id = ?",
)


class Erasure:
    """`condemn` marks, `step` goes on with what is marked until there is none."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        self._tidying = False
        self._joining = False

    async def condemn(self, uids: Iterable[ConversationId]) -> Sequence[ConversationId]:
        """Mark those of these conversations that are in the bin; return which. Title, draft and queue go at once."""
        return await self._database.write(securely(lambda connection: _condemn(connection, uids)))

    async def step(self) -> bool:
        """Take a little out: words first, then what the index holds of them; return whether there is more to do."""
        if self._tidying:  # or SQLite would do it by itself, with many pieces at once
            self._tidying = await self._database.write(securely(lambda connection: _join(connection, everything=False)))
            return True
        self._tidying = await self._database.write(securely(self._take_out))
        if self._tidying:
            self._joining = False
            return True
        if not await self._database.read(lambda connection: connection.execute(_GONE).fetchone()):
            return False
        first, self._joining = not self._joining, True
        if await self._database.write(securely(lambda connection: _join(connection, everything=first))):
            return True
        self._joining = False
        if not await self._database.write(_end):
            return True  # another one was marked meanwhile
        await empty_log(self._database)
        return False

    async def sweep(self) -> None:
        """Delete files that no row names: of messages never sent, or of a program that ended before it wrote one."""
        strays = await self._blobs.aged(STRAY_AGE_S)
        for start in range(0, len(strays), _STRAYS):
            await self._sweep(strays[start : start + _STRAYS])

    async def _sweep(self, strays: Sequence[str]) -> None:
        await self._database.write(lambda connection: self._drop(connection, strays, STRAY_AGE_S))

    # --- on the thread ------------------------------------------------------------------------------------------

    def _take_out(self, connection: sqlite3.Connection) -> bool:
        """Take out a slice of messages, from the newest on: a reply goes before what it answers."""
        found = connection.execute(_WORDS).fetchall()
        length = 0
        for id_, is_indexed, text in found:
            files = _files(connection, id_)
            if is_indexed and text:
                connection.execute(
                    "INSERT INTO word_index (word_index, rowid, words) VALUES ('delete', ?, ?)", (id_, indexed(text))
                )
            for sql in _SILENCE:
                connection.execute(sql, (id_,))
            self._drop(connection, files, FILE_AGE_S)
            length += len(text or "")
            if length >= SLICE_LENGTH:
                break
        return bool(found)

    def _drop(self, connection: sqlite3.Connection, files: Iterable[str], age_s: float) -> None:
        """Delete files that are named nowhere; within the transaction, so that no row can come between."""
        for sha256 in files:
            if connection.execute(NAMED, (sha256,)).fetchone() is None:
                self._blobs.drop(sha256, age_s)


def _condemn(connection: sqlite3.Connection, uids: Iterable[ConversationId]) -> Sequence[ConversationId]:
    marked: list[ConversationId] = []
    sql = "SELECT id FROM conversation WHERE uid = ? AND deleted_ms IS NOT NULL AND gone_ms IS NULL"
    for uid in uids:
        row = connection.execute(sql, (uid,)).fetchone()
        if row is None:
            continue
        connection.execute(f"DELETE FROM draft WHERE {_OWN}", row)
        connection.execute(f"DELETE FROM unsent WHERE {_OWN}", row)
        connection.execute("DELETE FROM conversation_tag WHERE conversation = ?", row)
        connection.execute(
            "UPDATE conversation SET gone_ms = ?, title = '', system = NULL, parameters = NULL, head = NULL"
            " WHERE id = ?",
            (now_ms(), *row),
        )
        marked.append(uid)
    return marked


def _files(connection: sqlite3.Connection, message: int) -> Sequence[str]:
    sql = "SELECT DISTINCT blob_sha256 FROM part WHERE message = ? AND blob_sha256 IS NOT NULL"
    return [sha256 for (sha256,) in connection.execute(sql, (message,))]


def _join(connection: sqlite3.Connection, *, everything: bool) -> bool:
    """Join a few pages of the index: words that were taken out leave it when all of its pieces are one.

    A negative number begins to join them all, others go on with that. Return whether there is more to join.
    """
    before = connection.total_changes
    pages = -_MERGE_PAGES if everything else _MERGE_PAGES
    connection.execute("INSERT INTO word_index (word_index, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before >= 2  # fewer is what SQLite does where nothing is left to join


def _end(connection: sqlite3.Connection) -> bool:
    connection.execute(
        f"DELETE FROM conversation WHERE id IN ({_GONE})"
        " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation = conversation.id)"
    )
    return connection.execute(_GONE).fetchone() is None
