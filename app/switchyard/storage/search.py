"""The index of every word that was said: filled little by little, and asked for the newest or the best matches."""

from __future__ import annotations

import sqlite3

from switchyard.core.filing import WorkspaceId
from switchyard.core.message import ConversationId, MessageId, Role
from switchyard.core.search import Found, Hit, Term, indexed, match_expression, snippet
from switchyard.storage.database import Database

RANKED_HITS = 2000  # the newest, among which the best are looked for: ranking all takes seconds for a common word
LOOKED_AT = 4000  # hits at a time: whatever is to be written waits no longer, and whoever waits may give up
SLICE_MESSAGES = 64
SLICE_LENGTH = 100_000  # characters in one transaction: whatever else is to be written waits no longer for it
_MERGE_PAGES = 24
_NO_END = 2**62
_Row = tuple[int, float, str, str, int, str, str, str | None, int | None, str | None]
_UNINDEXED = "indexed = 0 AND state NOT IN ('streaming', 'queued')"
_SLICE = f"SELECT id FROM message WHERE {_UNINDEXED} ORDER BY id DESC LIMIT {SLICE_MESSAGES}"
_WORDS = (
    f"SELECT m.id, group_concat(p.text, char(10)) FROM ({_SLICE}) m LEFT JOIN part p ON p.message = m.id"
    " AND p.kind = 'text' AND p.superseded = 0 GROUP BY m.id ORDER BY m.id DESC"
)
_HITS = (
    "SELECT rowid AS id, {score} AS score FROM word_index WHERE word_index MATCH ?1 AND rowid < ?2"
    " ORDER BY rowid DESC LIMIT ?3"
)
_SCORED = _HITS.format(score="bm25(word_index)")
# A row for each hit, in their order; one that was deleted, or is in another workspace, has no text.
_SHOWN = (
    "SELECT h.id, h.score, m.uid, m.role, m.created_ms, c.uid, c.title, w.uid, c.archived_ms,"
    " CASE WHEN c.uid IS NOT NULL AND (?4 IS NULL OR w.uid = ?4) THEN"
    " (SELECT group_concat(text, char(10)) FROM"
    " (SELECT text FROM part WHERE message = m.id AND kind = 'text' AND superseded = 0 ORDER BY seq)) END"
    " FROM ({hits}) h LEFT JOIN message m ON m.id = h.id AND m.deleted_ms IS NULL"
    " LEFT JOIN conversation c ON c.id = m.conversation AND c.deleted_ms IS NULL"
    " LEFT JOIN workspace w ON w.id = c.workspace AND w.deleted_ms IS NULL"
)
_NEWEST_SHOWN = _SHOWN.format(hits=_HITS.format(score="0.0"))
_SCORED_SHOWN = _SHOWN.format(hits=_SCORED)
_ONE_SHOWN = _SHOWN.format(hits="SELECT ?1 AS id, 0.0 AS score")


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

    async def find(
        self, sought: tuple[Term, ...], limit: int, *, best: bool = False, workspace: WorkspaceId | None = None
    ) -> Found:
        """Return messages in which all of it stands: the newest, or the best of the newest two thousand.

        Of a workspace these are looked for among all others, a few thousand at a time: whoever waits may give up.
        """
        expression = match_expression(sought)
        if not expression:
            return Found()
        look = _Look(expression, workspace, RANKED_HITS if best else limit + 1, best=best)
        while not look.ended:
            await self._database.read(look.go_on)
        return await self._database.read(lambda connection: look.found(connection, sought, limit))


class _Look:
    """Goes through the messages that hold what is looked for, from the newest on, and collects what may be shown."""

    def __init__(self, expression: str, workspace: WorkspaceId | None, wanted: int, *, best: bool) -> None:
        self._expression = expression
        self._workspace = workspace
        self._wanted = wanted
        self._best = best
        self._before = _NO_END
        self._ranked: list[tuple[float, int]] = []
        self._rows: list[_Row] = []
        self.ended = False

    def go_on(self, connection: sqlite3.Connection) -> None:
        """Look at a few thousand more, or at all that is ranked; runs on the database's thread."""
        if self._best and self._workspace is None:
            hits = connection.execute(_SCORED, self._asked(self._wanted)[:3])
            self._ranked = [(score, id_) for id_, score in hits]
            self.ended = True
            return
        looked_at = 0
        hits = connection.execute(_SCORED_SHOWN if self._best else _NEWEST_SHOWN, self._asked(LOOKED_AT))
        for row in hits:
            looked_at += 1
            self._before = row[0]
            if row[-1] is not None:
                self._rows.append(row)
                if len(self._rows) == self._wanted:
                    break
        hits.close()
        self.ended = looked_at < LOOKED_AT or len(self._rows) == self._wanted

    def found(self, connection: sqlite3.Connection, sought: tuple[Term, ...], limit: int) -> Found:
        """Return the first of what was collected, the best or the newest; runs on the database's thread.

        Of what was ranked no more is read than is shown.
        """
        if self._best:
            self._rows.sort(key=lambda row: (row[1], -row[0]))
        for _, id_ in sorted(self._ranked, key=lambda each: (each[0], -each[1])):
            if len(self._rows) > limit:
                break
            row = connection.execute(_ONE_SHOWN, (id_, None, None, None)).fetchone()
            if row[-1] is not None:
                self._rows.append(row)
        waiting = connection.execute(f"SELECT 1 FROM message WHERE {_UNINDEXED} LIMIT 1").fetchone()
        hits = tuple(_hit(row, sought) for row in self._rows[:limit])
        return Found(hits, has_more=len(self._rows) > limit, whole=waiting is None)

    def _asked(self, most: int) -> tuple[object, ...]:
        return self._expression, self._before, most, self._workspace


def _hit(row: _Row, sought: tuple[Term, ...]) -> Hit:
    _, _, uid, role, created_ms, conversation, title, workspace, archived_ms, text = row
    place = WorkspaceId(workspace) if workspace is not None else None
    line = snippet(text or "", sought)
    return Hit(
        ConversationId(conversation),
        title,
        MessageId(uid),
        Role(role),
        created_ms,
        line,
        place,
        archived_ms is not None,
    )


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
