"""The conversations as they are read, renamed, deleted, restored and recovered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from switchyard.core.filing import Unseen
from switchyard.core.message import (
    Conversation,
    ConversationId,
    Message,
    MessageId,
    MessageState,
    Rating,
    Role,
    TitleSource,
)
from switchyard.core.route import AttemptRecord, RouteRecord
from switchyard.storage.database import Database
from switchyard.storage.liveness import Liveness
from switchyard.storage.parts import Extras, read_extra
from switchyard.storage.rows import attempt_from_row, route_from_row
from switchyard.storage.shelves import FILED, FILING, filing

_CONVERSATION = (
    "SELECT c.uid, c.title, c.created_ms, c.updated_ms, c.messages, c.cost_nanos, c.free, c.simulated, c.unseen,"
    f" {FILING} FROM conversation c {FILED}"
)


class History:
    """Reads and changes what was said."""

    def __init__(self, database: Database, liveness: Liveness) -> None:
        self._database = database
        self._liveness = liveness

    async def list_conversations(self, limit: int) -> list[Conversation]:
        """Return the conversations, the one last written in first."""
        return await self._list("c.deleted_ms IS NULL ORDER BY c.updated_ms DESC", limit)

    async def list_deleted(self, limit: int) -> list[Conversation]:
        """Return what is in the bin, the one last deleted first."""
        return await self._list("c.deleted_ms IS NOT NULL AND c.gone_ms IS NULL ORDER BY c.deleted_ms DESC", limit)

    async def open_conversation(self, uid: str) -> tuple[Conversation, list[Message]] | None:
        """Return a conversation and its shown branch, first to last; None where there is none."""
        return await self._database.read(lambda connection: _open(connection, uid))

    async def route(self, uid: str) -> RouteRecord | None:
        """Return the route of that id, or the last one of the reply or the conversation of that id."""
        return await self._database.read(lambda connection: _route(connection, uid))

    async def latest_conversation(self) -> ConversationId | None:
        """Return the conversation last written in."""
        found = await self.list_conversations(1)
        return found[0].uid if found else None

    async def rename(self, uid: ConversationId, title: str, source: TitleSource = TitleSource.PERSON) -> None:
        """Give a conversation another title."""
        await self._change(
            "UPDATE conversation SET title = ?, title_source = ? WHERE uid = ?", title, source.value, uid
        )

    async def title_source(self, uid: ConversationId) -> TitleSource | None:
        """Return who gave a conversation its title; None where it is gone."""
        sql = "SELECT title_source FROM conversation WHERE uid = ?"
        row = await self._database.read(lambda connection: connection.execute(sql, (uid,)).fetchone())
        return TitleSource(row[0]) if row is not None else None

    async def set_unseen(self, uid: ConversationId, unseen: Unseen | None) -> None:
        """Keep what came into a conversation while another was looked at; None where it was looked at since."""
        await self._change(
            "UPDATE conversation SET unseen = ?1 WHERE uid = ?2 AND unseen IS NOT ?1",
            None if unseen is None else unseen.value,
            uid,
        )

    async def recover(self) -> int:
        """Mark as interrupted what a process that died left running, and give back what it had reserved.

        Returns how many replies that were.
        """
        owners = await self._database.read(_running_owners)
        dead = [owner for owner in owners if self._liveness.is_dead(owner)]
        if not dead:
            return 0
        return await self._database.write(lambda connection: _interrupt(connection, dead))

    async def _list(self, which: str, limit: int) -> list[Conversation]:
        sql = f"{_CONVERSATION} WHERE {which}, c.id DESC LIMIT ?"
        return await self._database.read(lambda c: [_conversation(row) for row in _rows(c, sql, limit)])

    async def _change(self, sql: str, *values: object) -> None:
        await self._database.write(lambda connection: connection.execute(sql, values))


def _rows(connection: sqlite3.Connection, sql: str, *values: object) -> list[sqlite3.Row]:
    cursor = connection.execute(sql, values)
    return [sqlite3.Row(cursor, row) for row in cursor]


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(
        uid=ConversationId(row["uid"]),
        title=row["title"],
        created_ms=row["created_ms"],
        updated_ms=row["updated_ms"],
        messages=row["messages"],
        cost_nanos=row["cost_nanos"],
        free=bool(row["free"]),
        simulated=bool(row["simulated"]),
        filing=filing(row),
        unseen=Unseen(row["unseen"]) if row["unseen"] else None,
    )


_BRANCH = (
    "WITH RECURSIVE branch(id) AS (SELECT head FROM conversation WHERE uid = ?"
    " UNION ALL SELECT m.parent FROM message m JOIN branch b ON m.id = b.id WHERE m.parent IS NOT NULL)"
)


_NO_EXTRAS = Extras()


def _open(connection: sqlite3.Connection, uid: str) -> tuple[Conversation, list[Message]] | None:
    found = _rows(connection, f"{_CONVERSATION} WHERE c.uid = ? AND c.deleted_ms IS NULL", uid)
    if not found:
        return None
    messages = _rows(
        connection,
        f"{_BRANCH} SELECT m.*, p.uid AS parent_uid FROM branch b JOIN message m ON m.id = b.id"
        " LEFT JOIN message p ON p.id = m.parent ORDER BY m.seq, m.id",
        uid,
    )
    parts = _rows(
        connection,
        f"{_BRANCH} SELECT p.message, p.kind, p.text, p.data, p.opaque, p.blob_sha256"
        " FROM branch b JOIN part p ON p.message = b.id WHERE p.superseded = 0 ORDER BY p.message, p.seq",
        uid,
    )
    words: dict[tuple[int, str], list[str]] = {}
    extras: dict[int, Extras] = {}
    for part in parts:
        if part["text"]:
            words.setdefault((part["message"], part["kind"]), []).append(part["text"])
        if part["data"] or part["opaque"]:
            read_extra(part, extras.setdefault(part["message"], Extras()))
    routes = _routes(connection, uid)
    routes |= _routes_elsewhere(connection, _unrouted(messages, routes))
    return _conversation(found[0]), [
        _message(row, words, extras.get(row["id"], _NO_EXTRAS), routes) for row in messages
    ]


def _message(
    row: sqlite3.Row, words: Mapping[tuple[int, str], Sequence[str]], extras: Extras, routes: Mapping[int, RouteRecord]
) -> Message:
    return Message(
        uid=MessageId(row["uid"]),
        parent=MessageId(row["parent_uid"]) if row["parent_uid"] else None,
        role=Role(row["role"]),
        state=MessageState(row["state"]),
        text="".join(words.get((row["id"], "text"), ())),
        created_ms=row["created_ms"],
        reasoning="".join(words.get((row["id"], "reasoning"), ())),
        reasoning_ms=row["reasoning_ms"],
        route=routes.get(row["id"]),
        files=tuple(extras.files),
        calls=tuple(extras.calls),
        citations=tuple(extras.citations),
        opaque=extras.opaque,
        rating=Rating(row["rating"]) if row["rating"] else None,
        excluded=bool(row["excluded"]),
        pinned=row["pinned_ms"] is not None,
    )


def _routes(connection: sqlite3.Connection, uid: str) -> dict[int, RouteRecord]:
    """Return the routes of a branch's replies, by the reply's row."""
    attempts: dict[int, list[AttemptRecord]] = {}
    for row in _rows(
        connection,
        f"{_BRANCH} SELECT a.* FROM branch b JOIN route r ON r.reply = b.id JOIN attempt a ON a.route = r.id"
        " ORDER BY a.route, a.n",
        uid,
    ):
        attempts.setdefault(row["route"], []).append(attempt_from_row(row))
    routes = _rows(connection, f"{_BRANCH} SELECT r.* FROM branch b JOIN route r ON r.reply = b.id ORDER BY r.id", uid)
    return {row["reply"]: route_from_row(row, attempts.get(row["id"], ())) for row in routes}


def _unrouted(messages: Iterable[sqlite3.Row], routes: Mapping[int, RouteRecord]) -> Iterable[int]:
    return (row["id"] for row in messages if row["role"] == Role.ASSISTANT.value and row["id"] not in routes)


_ELSEWHERE = (
    "SELECT a.route FROM part p JOIN attempt a ON a.id = p.attempt WHERE p.message = ? ORDER BY a.route DESC LIMIT 1"
)


def _routes_elsewhere(connection: sqlite3.Connection, messages: Iterable[int]) -> dict[int, RouteRecord]:
    """Return the routes of copies: what was said there came by a route of another conversation."""
    found: dict[int, RouteRecord] = {}
    for message in messages:
        for (route,) in connection.execute(_ELSEWHERE, (message,)):
            [row] = _rows(connection, "SELECT * FROM route WHERE id = ?", route)
            attempts = _rows(connection, "SELECT * FROM attempt WHERE route = ? ORDER BY n", route)
            found[message] = route_from_row(row, [attempt_from_row(each) for each in attempts])
    return found


_ROUTE = (
    "SELECT r.* FROM route r LEFT JOIN message m ON m.id = r.reply LEFT JOIN conversation c ON c.id = m.conversation"
    " WHERE r.uid = ? OR m.uid = ? OR c.uid = ? ORDER BY r.id DESC LIMIT 1"
)


def _route(connection: sqlite3.Connection, uid: str) -> RouteRecord | None:
    found = _rows(connection, _ROUTE, uid, uid, uid)
    if not found:
        return None
    attempts = _rows(connection, "SELECT * FROM attempt WHERE route = ? ORDER BY n", found[0]["id"])
    return route_from_row(found[0], [attempt_from_row(row) for row in attempts])


def _running_owners(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT owner FROM message WHERE state = 'streaming' AND owner IS NOT NULL"
        " UNION SELECT owner FROM attempt WHERE state = 'running' AND owner IS NOT NULL"
        " UNION SELECT owner FROM reservation"
    )
    return [row[0] for row in rows]


def _interrupt(connection: sqlite3.Connection, dead: Iterable[str]) -> int:
    count = 0
    for owner in dead:
        count += connection.execute(
            "UPDATE message SET state = 'interrupted', owner = NULL WHERE state = 'streaming' AND owner = ?", (owner,)
        ).rowcount
        connection.execute(
            "UPDATE attempt SET state = 'cancelled', owner = NULL, cost_source = 'unpriced'"
            " WHERE state = 'running' AND owner = ?",
            (owner,),
        )
        connection.execute("DELETE FROM reservation WHERE owner = ?", (owner,))
    return count
