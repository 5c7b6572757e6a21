"""The branches of a conversation: which of several answers is shown, and which messages are taken out of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from switchyard.core.message import ConversationId, MessageId
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms

_BELOW = (
    "WITH RECURSIVE below(id) AS (SELECT id FROM message WHERE uid = ?"
    " UNION ALL SELECT m.id FROM message m JOIN below b ON m.parent = b.id"
    " WHERE m.conversation = (SELECT conversation FROM message WHERE uid = ?))"
)
# To the newest of the ends: one reply may be newer than what follows it, where it came in the place of another.
_MOVE_HEAD = (
    "UPDATE conversation SET head = (SELECT max(m.id) FROM below JOIN message m ON m.id = below.id"
    " WHERE m.deleted_ms IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM message n WHERE n.parent = m.id AND n.deleted_ms IS NULL))"
    " WHERE id = (SELECT conversation FROM message WHERE uid = ?)"
)
_FORKS = (
    "SELECT uid, parent FROM message WHERE conversation = ? AND deleted_ms IS NULL AND coalesce(parent, 0) IN"
    " (SELECT coalesce(parent, 0) FROM message WHERE conversation = ? AND deleted_ms IS NULL"
    " GROUP BY parent HAVING count(*) > 1) ORDER BY id"
)
_COUNT = (
    "UPDATE conversation SET messages ="
    " (SELECT count(*) FROM message m WHERE m.conversation = conversation.id AND m.deleted_ms IS NULL) WHERE id = ?"
)
_MOVE_BACK = (
    "UPDATE conversation SET head = (SELECT id FROM message WHERE uid = ?) WHERE id = ? AND NOT EXISTS"
    " (SELECT 1 FROM message m WHERE m.conversation = conversation.id AND m.deleted_ms IS NULL"
    " AND m.state = 'streaming')"
)
# What a branch of its own takes along: how the conversation is answered, and where it is filed.
_ADD_CONVERSATION = (
    "INSERT INTO conversation (uid, title, created_ms, updated_ms, messages, free, simulated, title_source, workspace,"
    " folder, system, local_only, parameters) SELECT ?, ?, ?, ?, 0, 0, 0, title_source, workspace, folder, system,"
    " local_only, parameters FROM conversation WHERE id = ?"
)
_ABOVE = (
    "WITH RECURSIVE above(id) AS (SELECT ? UNION ALL SELECT m.parent FROM message m JOIN above a ON m.id = a.id"
    " WHERE m.parent IS NOT NULL) SELECT m.id FROM above a JOIN message m ON m.id = a.id"
    " WHERE m.state != 'failed' OR EXISTS (SELECT 1 FROM part p WHERE p.message = m.id AND p.superseded = 0)"
    " ORDER BY m.seq, m.id"
)
_COPY_MESSAGE = (
    "INSERT INTO message (uid, conversation, parent, role, state, seq, created_ms, reasoning_ms, rating, excluded,"
    " pinned_ms) SELECT ?, ?, ?, role, state, ?, created_ms, reasoning_ms, rating, excluded, pinned_ms"
    " FROM message WHERE id = ?"
)
_COPY_PART = (
    "INSERT INTO part (uid, message, seq, kind, text, data, opaque, blob_sha256, attempt, superseded)"
    " SELECT ?, ?, seq, kind, text, data, opaque, blob_sha256, attempt, 0 FROM part WHERE id = ?"
)


class Removal(NamedTuple):
    """What undoes a removal: the messages bear one mark, and the tip was shown before."""

    conversation: ConversationId
    mark_ms: int
    tip: MessageId


class Branches:
    """Changes which messages of a conversation are shown. Nothing is ever overwritten."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forks(self, conversation: ConversationId) -> Mapping[MessageId, tuple[MessageId, ...]]:
        """Return, for each message that stands beside others, all of them in the order in which they came."""
        return await self._database.read(lambda connection: _forks(connection, conversation))

    async def show(self, message: MessageId) -> None:
        """Show the branch of a message, to its newest end."""
        await self._database.write(lambda connection: _show(connection, message))

    async def branch_off(self, message: MessageId, title: str) -> ConversationId | None:
        """Begin a conversation with all that was said up to a message; None where that is gone, or not yet whole.

        Whoever wrote a part stays known, so that the copies tell their routes without counting them twice.
        """
        return await self._database.write(lambda connection: _branch_off(connection, message, title))

    async def remove(self, message: MessageId) -> Removal | None:
        """Take a message out, with all that follows it; None where it is gone, or a reply is still coming in there."""
        return await self._database.write(lambda connection: take_out(connection, message))

    async def restore(self, removal: Removal) -> None:
        """Undo a removal. Where a reply comes in meanwhile its branch stays the shown one; this stands beside it."""

        def work(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT id FROM conversation WHERE uid = ?", (removal.conversation,)).fetchone()
            if row is None:
                return
            connection.execute(
                "UPDATE message SET deleted_ms = NULL WHERE conversation = ? AND deleted_ms = ?",
                (row[0], removal.mark_ms),
            )
            connection.execute(_MOVE_BACK, (removal.tip, row[0]))
            connection.execute(_COUNT, row)

        await self._database.write(work)


def _forks(connection: sqlite3.Connection, conversation: ConversationId) -> dict[MessageId, tuple[MessageId, ...]]:
    row = connection.execute("SELECT id FROM conversation WHERE uid = ?", (conversation,)).fetchone()
    beside: dict[int | None, list[MessageId]] = {}
    for uid, parent in connection.execute(_FORKS, (row[0], row[0])) if row is not None else ():
        beside.setdefault(parent, []).append(MessageId(uid))
    return {uid: tuple(uids) for uids in beside.values() for uid in uids}


def _show(connection: sqlite3.Connection, message: MessageId) -> None:
    connection.execute(f"{_BELOW} {_MOVE_HEAD}", (message, message, message))


def _branch_off(connection: sqlite3.Connection, message: MessageId, title: str) -> ConversationId | None:
    found = connection.execute(
        "SELECT id, conversation FROM message WHERE uid = ? AND deleted_ms IS NULL AND state != 'streaming'", (message,)
    ).fetchone()
    if found is None:
        return None
    id_, conversation = found
    uid, now = new_uid(), now_ms()
    branch = connection.execute(_ADD_CONVERSATION, (uid, title, now, now, conversation)).lastrowid
    tip: int | None = None
    for seq, (each,) in enumerate(connection.execute(_ABOVE, (id_,)).fetchall()):
        tip = connection.execute(_COPY_MESSAGE, (new_uid(), branch, tip, seq, each)).lastrowid
        parts = connection.execute("SELECT id FROM part WHERE message = ? AND superseded = 0", (each,)).fetchall()
        connection.executemany(_COPY_PART, [(new_uid(), tip, part) for (part,) in parts])
    connection.execute("UPDATE conversation SET head = ? WHERE id = ?", (tip, branch))
    connection.execute(_COUNT, (branch,))
    return ConversationId(uid)


def take_out(connection: sqlite3.Connection, message: MessageId) -> Removal | None:
    """Take a message out, as `Branches.remove` does, within a transaction."""
    found = connection.execute(
        "SELECT m.id, m.parent, c.id, c.uid, h.uid FROM message m JOIN conversation c ON c.id = m.conversation"
        " LEFT JOIN message h ON h.id = c.head WHERE m.uid = ? AND m.deleted_ms IS NULL",
        (message,),
    ).fetchone()
    if found is None:
        return None
    id_, parent, conversation, conversation_uid, tip = found
    below = [row[0] for row in connection.execute(f"{_BELOW} SELECT id FROM below", (message, message))]
    states = connection.execute(
        f"{_BELOW} SELECT count(*) FROM below JOIN message m ON m.id = below.id WHERE m.state = 'streaming'",
        (message, message),
    ).fetchone()
    if states[0]:
        return None
    mark = _mark(connection, conversation)
    connection.executemany(
        "UPDATE message SET deleted_ms = ? WHERE id = ? AND deleted_ms IS NULL", [(mark, each) for each in below]
    )
    head = connection.execute("SELECT head FROM conversation WHERE id = ?", (conversation,)).fetchone()[0]
    if head in below:
        _fall_back(connection, conversation, id_, parent)
    connection.execute(_COUNT, (conversation,))
    return Removal(ConversationId(conversation_uid), mark, MessageId(tip))


def _mark(connection: sqlite3.Connection, conversation: int) -> int:
    """Return a time that no other removal of the conversation bears."""
    row = connection.execute("SELECT max(deleted_ms) FROM message WHERE conversation = ?", (conversation,)).fetchone()
    return max(now_ms(), (row[0] or 0) + 1)


def _fall_back(connection: sqlite3.Connection, conversation: int, removed: int, parent: int | None) -> None:
    """Show what stood beside the removed message, the one before it if there is one, else what stood above it."""
    beside = connection.execute(
        "SELECT uid FROM message WHERE conversation = ? AND parent IS ? AND deleted_ms IS NULL"
        " ORDER BY id > ?, CASE WHEN id < ? THEN -id ELSE id END LIMIT 1",
        (conversation, parent, removed, removed),
    ).fetchone()
    if beside is not None:
        _show(connection, MessageId(beside[0]))
    else:
        connection.execute("UPDATE conversation SET head = ? WHERE id = ?", (parent, conversation))
