"""The index of every word that was said: filled little by little, and asked for the newest or the best matches."""

from __future__ import annotations

import sqlite3

from switchyard.core.message import ConversationId, MessageId, Role
from switchyard.core.search import Found, Hit, Term, indexed, match_expression, snippet
from switchyard.storage.database import Database

RANKED_HITS = 2000  # the newest, among which the best are looked for: ranking all takes seconds for a common word
SLICE_MESSAGES = 64
SLICE_LENGTH = 100_000  # characters in one transaction: whatever else is to be written waits no longer for it
_MERGE_PAGES = 24
_UNINDEXED = "indexed = 0 AND state NOT IN ('streaming', 'queued')"
_SLICE = f"SELECT id FROM message WHERE {_UNINDEXED} ORDER BY id DESC LIMIT {SLICE_MESSAGES}"
_WORDS = (
    f"SELECT m.id, group_concat(p.text, char(10)) FROM ({_SLICE}) m LEFT JOIN part p ON p.message = m.id"
    " AND p.kind = 'text' AND p.superseded = 0 GROUP BY m.id ORDER BY m.id DESC"
)
_ROW = (
    "SELECT m.id, m.uid, m.role, m.created_ms, c.uid, c.title FROM {hits}"
    " CROSS JOIN message m ON m.id = w.rowid CROSS JOIN conversation c ON c.id = m.conversation"
    " WHERE {which} c.deleted_ms IS NULL AND m.deleted_ms IS NULL ORDER BY {order} LIMIT ?"
)
_NEWEST = _ROW.format(hits="word_index w", which="w.word_index MATCH ? AND", order="w.rowid DESC")
_BEST = _ROW.format(
    hits="(SELECT rowid, bm25(word_index) AS score FROM word_index WHERE word_index MATCH ?"
    f" ORDER BY rowid DESC LIMIT {RANKED_HITS}) w",
    which="",
    order="w.score, w.rowid DESC",
)
_TEXT = "SELECT text FROM part WHERE message = ? AND kind = 'text' AND superseded = 0 ORDER BY seq"


class SearchIndex:
    """Keeps the index up and asks it. Messages are taken in from the newest on, once they are whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fill(self) -> bool:
        """Take in a slice of what is not in the index yet; return whether there is more.

        A message is taken in whole, so that the slice is as long as one of them where that is very long.
        """
        return await self._database.write(_fill)

    async def merge(self) -> bool:
        """Join a few pages of the index's pieces; return whether there is more to join."""
        return await self._database.write(_merge)

    async def find(self, sought: tuple[Term, ...], limit: int, *, best: bool = False) -> Found:
        """Return messages in which all of it stands: the newest, or the best of the newest two thousand."""
        expression = match_expression(sought)
        if not expression:
            return Found()

        def work(connection: sqlite3.Connection) -> Found:
            rows = connection.execute(_BEST if best else _NEWEST, (expression, limit + 1)).fetchall()
            waiting = connection.execute(f"SELECT 1 FROM message WHERE {_UNINDEXED} LIMIT 1").fetchone()
            hits = tuple(_hit(connection, row, sought) for row in rows[:limit])
            return Found(hits, has_more=len(rows) > limit, whole=waiting is None)

        return await self._database.read(work)


def _hit(connection: sqlite3.Connection, row: tuple[int, str, str, int, str, str], sought: tuple[Term, ...]) -> Hit:
    id_, uid, role, created_ms, conversation, title = row
    text = "\n".join(text for (text,) in connection.execute(_TEXT, (id_,)))
    return Hit(ConversationId(conversation), title, MessageId(uid), Role(role), created_ms, snippet(text, sought))


def _fill(connection: sqlite3.Connection) -> bool:
    found = connection.execute(_WORDS).fetchall()
    taken: list[tuple[int, str]] = []
    length = 0
    for id_, text in found:
        taken.append((id_, text or ""))
        length += len(text or "")
        if length >= SLICE_LENGTH:
            break
    # From the oldest of them on: a row below the last one would begin another piece of the index.
    rows = [(id_, indexed(text)) for id_, text in reversed(taken) if text]
    connection.executemany("INSERT INTO word_index (rowid, words) VALUES (?, ?)", rows)
    connection.executemany("UPDATE message SET indexed = 1 WHERE id = ?", [(id_,) for id_, _ in taken])
    return len(taken) < len(found) or len(found) == SLICE_MESSAGES


def _merge(connection: sqlite3.Connection) -> bool:
    before = connection.total_changes
    connection.execute("INSERT INTO word_index (word_index, rank) VALUES ('merge', ?)", (_MERGE_PAGES,))
    return connection.total_changes - before >= 2  # fewer is what SQLite does where nothing is left to join
