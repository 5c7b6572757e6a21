"""The hot path: a turn is kept as it happens, in two transactions where nothing goes wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from switchyard.core.errors import UnknownName
from switchyard.core.message import ConversationId, Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Outcome, RouteRecord
from switchyard.core.sentence import sentence
from switchyard.core.usage import CostSource
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.liveness import Liveness
from switchyard.storage.rows import attempt_columns, route_columns
from switchyard.storage.statements import insert, update

REASONING_SEQ, TEXT_SEQ, SEQS_PER_ATTEMPT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class NewTurn:
    """What is kept before a byte leaves.

    `user` is None where a message is answered once more; `conversation` and `reply` are None where no words are kept.
    `parent` is the user message's uid. `draft` names the conversation whose draft these words were ("" for none yet).
    """

    conversation: ConversationId | None
    is_new: bool
    title: str
    user: Message | None
    reply: MessageId | None
    parent: MessageId
    route: str
    chain: str | None
    deployment: str | None
    stream: bool
    system: str | None
    steps: int
    created_ms: int
    attempt: AttemptRecord | None = None
    draft: str | None = None


class Turns:
    """Writes turns."""

    def __init__(self, database: Database, liveness: Liveness) -> None:
        self._database = database
        self._liveness = liveness

    async def begin(self, turn: NewTurn) -> None:
        """Keep the words, the empty reply, the route and the first attempt in one transaction."""
        await self._database.write(lambda connection: self._begin(connection, turn))

    async def start_attempt(self, route: str, attempt: AttemptRecord) -> None:
        """Keep a later attempt as running."""
        await self._database.write(
            lambda connection: self._insert_attempt(connection, _id(connection, "route", route), attempt)
        )

    async def checkpoint(self, route: str, reply: MessageId, n: int, text: str, reasoning: str) -> None:
        """Keep what an attempt has said so far."""
        await self._database.write(
            lambda connection: _keep_parts(connection, route, reply, n, text, reasoning, while_running=True)
        )

    async def end_attempt(
        self, route: str, attempt: AttemptRecord, reply: MessageId | None, text: str, reasoning: str
    ) -> None:
        """Keep the end of an attempt that the route left; what it said is superseded."""

        def work(connection: sqlite3.Connection) -> None:
            self._close_attempt(connection, route, attempt, with_words=reply is not None)
            if reply is not None:
                _keep_parts(connection, route, reply, attempt.n, text, reasoning, superseded=True)

        await self._database.write(work)

    async def end(
        self,
        turn: NewTurn,
        record: RouteRecord,
        state: MessageState,
        attempt: AttemptRecord | None,
        text: str,
        reasoning: str,
        reasoning_ms: int | None,
    ) -> None:
        """Keep the end of the route, of its last attempt and of the reply in one transaction."""

        def work(connection: sqlite3.Connection) -> None:
            if attempt is not None:
                self._close_attempt(connection, turn.route, attempt, with_words=turn.reply is not None)
                if turn.reply is not None:
                    _keep_parts(connection, turn.route, turn.reply, attempt.n, text, reasoning)
            now = now_ms()
            update(connection, "route", route_columns(record) | {"ended_ms": now}, "uid = ?", turn.route)
            if turn.reply is not None:
                row = {"state": state.value, "owner": None, "reasoning_ms": reasoning_ms}
                update(connection, "message", row, "uid = ?", turn.reply)
                _note_cost(connection, turn.conversation, record, now)

        await self._database.write(work)

    # --- on the thread ------------------------------------------------------------------------------------------

    def _begin(self, connection: sqlite3.Connection, turn: NewTurn) -> None:
        self._liveness.hold()
        reply = self._keep_messages(connection, turn) if turn.conversation is not None else None
        version = None
        if turn.chain is not None:
            version = connection.execute(
                "SELECT v.id FROM chain_version v JOIN chain c ON c.id = v.chain"
                " WHERE c.name = ? AND c.deleted_ms IS NULL ORDER BY v.number DESC LIMIT 1",
                (turn.chain,),
            ).fetchone()
        route = insert(
            connection,
            "route",
            {
                "uid": turn.route,
                "reply": reply,
                "chain_version": version[0] if version else None,
                "chain": turn.chain,
                "deployment": turn.deployment,
                "pinned": int(turn.chain is None),
                "parameters": json.dumps({"stream": turn.stream}),
                "system": turn.system if reply is not None else None,
                "steps": turn.steps,
                "created_ms": turn.created_ms,
            },
        )
        if turn.attempt is not None:
            self._insert_attempt(connection, route, turn.attempt)
        if turn.draft is not None:
            connection.execute("DELETE FROM draft WHERE conversation = ?", (turn.draft,))

    def _keep_messages(self, connection: sqlite3.Connection, turn: NewTurn) -> int:
        """Keep the user's message (unless it is there) and the empty reply; return the reply's row."""
        now = turn.created_ms
        if turn.is_new:
            conversation = insert(
                connection,
                "conversation",
                {
                    "uid": turn.conversation,
                    "title": turn.title,
                    "created_ms": now,
                    "updated_ms": now,
                    "messages": 0,
                    "free": 0,
                    "simulated": 0,
                },
            )
            seq = 0
        else:
            conversation = _id(connection, "conversation", str(turn.conversation))
            seq = connection.execute(
                "SELECT coalesce(max(seq) + 1, 0) FROM message WHERE conversation = ?", (conversation,)
            ).fetchone()[0]
        row = {"conversation": conversation, "created_ms": now}
        if turn.user is not None:
            parent = _id(connection, "message", turn.user.parent) if turn.user.parent is not None else None
            user = insert(
                connection,
                "message",
                row
                | {
                    "uid": turn.user.uid,
                    "parent": parent,
                    "role": Role.USER.value,
                    "state": turn.user.state.value,
                    "seq": seq,
                },
            )
            insert(
                connection,
                "part",
                {"uid": new_uid(), "message": user, "seq": 0, "kind": "text", "text": turn.user.text, "superseded": 0},
            )
        else:
            user = _id(connection, "message", turn.parent)
        reply = insert(
            connection,
            "message",
            row
            | {
                "uid": turn.reply,
                "parent": user,
                "role": Role.ASSISTANT.value,
                "state": MessageState.STREAMING.value,
                "seq": seq + 1,
                "owner": self._liveness.owner,
            },
        )
        added = 1 if turn.user is None else 2
        connection.execute(
            "UPDATE conversation SET head = ?, updated_ms = ?, messages = messages + ? WHERE id = ?",
            (reply, now, added, conversation),
        )
        return reply

    def _insert_attempt(
        self,
        connection: sqlite3.Connection,
        route: int,
        attempt: AttemptRecord,
        columns: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        account = connection.execute(
            "SELECT uid FROM account WHERE name = ? AND deleted_ms IS NULL", (attempt.account,)
        ).fetchone()
        row = {
            "uid": new_uid(),
            "route": route,
            "n": attempt.n,
            "step": attempt.step,
            "reason": attempt.reason.value,
            "purpose": "chat",
            "account": account[0] if account else None,
            "account_name": attempt.account,
            "provider": attempt.provider,
            "requested_model": attempt.model,
            "state": Outcome.RUNNING.value,
            "owner": self._liveness.owner,
            "queued_ms": attempt.started_ms,
            "simulated": int(attempt.simulated),
        }
        insert(connection, "attempt", row | dict(columns))

    def _close_attempt(
        self, connection: sqlite3.Connection, route: str, attempt: AttemptRecord, *, with_words: bool
    ) -> None:
        """Keep an attempt's end. One whose start could not be written, on a full disk, is kept whole now.

        What a provider says about a failure may repeat the prompt, so it is left out where no words are kept.
        """
        columns = attempt_columns(attempt) | {"owner": None}
        if not with_words:
            columns |= {"failure_message": None, "failure_body": None}
        row = _id(connection, "route", route)
        if not update(connection, "attempt", columns, "route = ? AND n = ?", row, attempt.n):
            self._insert_attempt(connection, row, attempt, columns)


def _id(connection: sqlite3.Connection, table: str, uid: str) -> int:
    row = connection.execute(f'SELECT id FROM "{table}" WHERE uid = ?', (uid,)).fetchone()
    if row is None:
        raise UnknownName(sentence("What this message belongs to is no longer there."))
    return int(row[0])


_UPSERT_PART = (
    "INSERT INTO part (uid, message, seq, kind, text, attempt, superseded)"
    " SELECT ?, m.id, ?, ?, ?, a.id, ? FROM message m"
    " LEFT JOIN route r ON r.uid = ? LEFT JOIN attempt a ON a.route = r.id AND a.n = ?"
    " WHERE m.uid = ? AND (a.state = 'running' OR NOT ?)"
    " ON CONFLICT (message, seq) DO UPDATE SET text = excluded.text, superseded = excluded.superseded"
)


def _keep_parts(
    connection: sqlite3.Connection,
    route: str,
    reply: MessageId,
    n: int,
    text: str,
    reasoning: str,
    *,
    superseded: bool = False,
    while_running: bool = False,
) -> None:
    """Write an attempt's words; again and again writes the same two rows.

    `while_running` writes nothing once the attempt has ended: a checkpoint that comes late must not undo the end.
    """
    first = (n - 1) * SEQS_PER_ATTEMPT
    for seq, kind, words in ((REASONING_SEQ, "reasoning", reasoning), (TEXT_SEQ, "text", text)):
        if words:
            values = (new_uid(), first + seq, kind, words, int(superseded), route, n, reply, int(while_running))
            connection.execute(_UPSERT_PART, values)


def _note_cost(
    connection: sqlite3.Connection, conversation: ConversationId | None, record: RouteRecord, now: int
) -> None:
    """Keep the conversation's sum beside it, so that the list needs no counting. Simulated money is no money."""
    real = [a for a in record.attempts if not a.simulated]
    known = [a.cost_nanos for a in real if a.cost_nanos is not None]
    connection.execute(
        "UPDATE conversation SET updated_ms = ?, free = max(free, ?), simulated = max(simulated, ?),"
        " cost_nanos = CASE WHEN ? THEN coalesce(cost_nanos, 0) + ? ELSE cost_nanos END WHERE uid = ?",
        (
            now,
            int(any(a.cost_source is CostSource.FREE for a in real)),
            int(record.simulated),
            bool(known),
            sum(known),
            conversation,
        ),
    )
