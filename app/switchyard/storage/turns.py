"""The hot path: a turn is kept as it happens, in two transactions where nothing goes wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from switchyard.core.chat_options import PLAIN_OPTIONS, ChatOptions
from switchyard.core.content import Opaque, StoredFile
from switchyard.core.errors import UnknownName
from switchyard.core.filing import WorkspaceId
from switchyard.core.message import ConversationId, Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Outcome, RouteRecord, Seam
from switchyard.core.sentence import sentence
from switchyard.core.unsent import UnsentId
from switchyard.core.usage import CostSource
from switchyard.storage.chat_options import option_columns
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.liveness import Liveness
from switchyard.storage.parts import Kept, keep_extras, keep_files
from switchyard.storage.reservations import Reservations
from switchyard.storage.rows import attempt_columns, route_columns, seam_text
from switchyard.storage.statements import update

REASONING_SEQ, TEXT_SEQ, SEQS_PER_ATTEMPT = 0, 1, 2
CARRIED_SEQ = -1  # before all that the attempts say


class NewTurn(NamedTuple):
    """What is kept before a byte leaves.

    `user` is None where a message is answered once more; `conversation` and `reply` are None where no words are kept.
    `parent` is the user message's uid. `in_place_of` is a reply that never came: what followed it follows this one
    from now on. `carried` is text that the reply begins with, of one that broke off. `draft`
    names the conversation whose draft these words were ("" for none yet). `options` are those of a conversation that
    begins. `workspace` is the one that the calls count for, and that a new conversation is in. `unsent` is what the
    words were called while they waited to be sent.
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
    files: tuple[StoredFile, ...] = ()
    parameters: str = ""
    carried: str = ""
    options: ChatOptions = PLAIN_OPTIONS
    workspace: WorkspaceId | None = None
    unsent: UnsentId | None = None
    in_place_of: MessageId | None = None


class Words(NamedTuple):
    """What an attempt said; `superseded` where it no longer counts."""

    text: str
    reasoning: str
    superseded: bool


class TurnEnd(NamedTuple):
    """What is kept when a route ends; `attempt` is the last one, and the words and the rest are its own."""

    record: RouteRecord
    state: MessageState
    attempt: AttemptRecord | None
    text: str
    reasoning: str
    reasoning_ms: int | None
    extras: Sequence[Kept] = ()
    opaque: Opaque | None = None


class Turns:
    """Writes turns. What is `reserved` for a call is given back in the transaction that keeps its end."""

    def __init__(self, database: Database, liveness: Liveness, reserved: Reservations | None = None) -> None:
        self._database = database
        self._liveness = liveness
        self._reserved = reserved

    async def begin(self, turn: NewTurn) -> None:
        """Keep the words, the empty reply, the route and the first attempt in one transaction."""
        await self._database.write(lambda connection: self._begin(connection, turn))

    async def start_attempt(self, route: str, attempt: AttemptRecord) -> None:
        """Keep a later attempt as running."""
        await self._database.write(
            lambda connection: self._insert_attempt(connection, _id(connection, "route", route), attempt)
        )

    async def checkpoint(
        self, route: str, reply: MessageId, n: int, text: str, reasoning: str, seam: Seam | None = None
    ) -> None:
        """Keep what an attempt has said so far, and the seam that it stands behind."""

        def work(connection: sqlite3.Connection) -> None:
            _keep_parts(connection, route, reply, n, text, reasoning, while_running=True)
            if seam is not None:
                running = f"{_THE_ATTEMPT} AND state = 'running'"
                update(connection, "attempt", {"seam": seam_text(seam)}, running, route, n)

        await self._database.write(work)

    async def end_attempt(self, route: str, attempt: AttemptRecord, reply: MessageId | None, words: Words) -> None:
        """Keep the end of an attempt that the route left, with what it said."""

        def work(connection: sqlite3.Connection) -> None:
            self._close_attempt(connection, route, attempt, with_words=reply is not None)
            if reply is not None:
                text, reasoning, superseded = words
                _keep_parts(connection, route, reply, attempt.n, text, reasoning, superseded=superseded)

        await self._database.write(work)

    async def end(self, turn: NewTurn, end: TurnEnd) -> None:
        """Keep the end of the route, of its last attempt and of the reply in one transaction."""

        def work(connection: sqlite3.Connection) -> None:
            attempt = end.attempt
            if attempt is not None:
                self._close_attempt(connection, turn.route, attempt, with_words=turn.reply is not None)
                if turn.reply is not None:
                    _keep_parts(connection, turn.route, turn.reply, attempt.n, end.text, end.reasoning)
                    if end.extras or end.opaque is not None:
                        keep_extras(connection, turn.route, turn.reply, attempt.n, end.extras, end.opaque)
            now = now_ms()
            update(connection, "route", route_columns(end.record) | {"ended_ms": now}, "uid = ?", turn.route)
            if turn.reply is not None:
                row = {"state": end.state.value, "owner": None, "reasoning_ms": end.reasoning_ms}
                update(connection, "message", row, "uid = ?", turn.reply)
                _note_cost(connection, turn.conversation, end.record, now)

        await self._database.write(work)

    # --- on the thread ------------------------------------------------------------------------------------------

    def _begin(self, connection: sqlite3.Connection, turn: NewTurn) -> None:
        self._liveness.hold()
        reply = self._keep_messages(connection, turn) if turn.conversation is not None else None
        values = (
            turn.route,
            reply,
            turn.chain,
            turn.chain,
            turn.deployment,
            int(turn.chain is None),
            turn.parameters or _PARAMETERS[turn.stream],
            turn.system if reply is not None else None,
            turn.steps,
            turn.created_ms,
            turn.workspace,
        )
        route = connection.execute(_ADD_ROUTE, values).lastrowid
        if turn.attempt is not None:
            self._insert_attempt(connection, route, turn.attempt)
        if turn.draft is not None:
            connection.execute("DELETE FROM draft WHERE conversation = ?", (turn.draft,))
        if turn.unsent is not None:
            connection.execute("DELETE FROM unsent WHERE uid = ?", (turn.unsent,))

    def _keep_messages(self, connection: sqlite3.Connection, turn: NewTurn) -> int | None:
        """Keep the user's message (unless it is there) and the empty reply; return the reply's row."""
        now, user, execute = turn.created_ms, turn.user, connection.execute
        conversation: int | None
        if turn.is_new:
            begun = (turn.conversation, turn.title, now, now, turn.workspace)
            conversation = execute(_ADD_CONVERSATION, begun).lastrowid
            if turn.options is not PLAIN_OPTIONS:
                update(connection, "conversation", option_columns(turn.options), "id = ?", conversation)
            seq = 0
        else:
            conversation = _id(connection, "conversation", str(turn.conversation))
            seq = execute(_NEXT_SEQ, (conversation,)).fetchone()[0]
        asked: int | None
        if user is not None:
            parent = _id(connection, "message", user.parent) if user.parent is not None else None
            said = (user.uid, conversation, parent, Role.USER.value, user.state.value, seq, None, now)
            asked = execute(_ADD_MESSAGE, said).lastrowid
            execute(_ADD_TEXT, (new_uid(), asked, 0, user.text))
            if turn.files:
                keep_files(connection, asked, turn.files)
        else:
            asked = _id(connection, "message", turn.parent)
        hole = _hole(connection, turn)
        owner, state = self._liveness.owner, MessageState.STREAMING.value
        after = seq + 1 if hole is None else hole.seq
        empty = (turn.reply, conversation, asked, Role.ASSISTANT.value, state, after, owner, now)
        reply = execute(_ADD_MESSAGE, empty).lastrowid
        if turn.carried:
            execute(_ADD_TEXT, (new_uid(), reply, CARRIED_SEQ, turn.carried))
        filled = hole is not None and execute(_FOLLOW, (reply, hole.id)).rowcount > 0
        execute(_MOVE_HEAD, (None if filled else reply, now, 1 if user is None else 2, conversation))
        return reply

    def _insert_attempt(self, connection: sqlite3.Connection, route: int | None, attempt: AttemptRecord) -> None:
        values = (
            new_uid(),
            route,
            attempt.n,
            attempt.step,
            attempt.reason.value,
            attempt.purpose.value,
            attempt.account,
            attempt.account,
            attempt.provider,
            attempt.model,
            Outcome.RUNNING.value,
            self._liveness.owner,
            attempt.started_ms,
            int(attempt.simulated),
            attempt.track,
        )
        connection.execute(_ADD_ATTEMPT, values)

    def _close_attempt(
        self, connection: sqlite3.Connection, route: str, attempt: AttemptRecord, *, with_words: bool
    ) -> None:
        """Keep an attempt's end. One whose start could not be written, on a full disk, is kept whole now.

        What a provider says about a failure may repeat the prompt, so it is left out where no words are kept.
        """
        columns = attempt_columns(attempt)
        columns["owner"] = None
        if not with_words:
            columns["failure_message"] = columns["failure_body"] = None
        if not update(connection, "attempt", columns, _THE_ATTEMPT, route, attempt.n):
            self._insert_attempt(connection, _id(connection, "route", route), attempt)
            update(connection, "attempt", columns, _THE_ATTEMPT, route, attempt.n)
        if self._reserved is not None:
            self._reserved.end(connection, (route, attempt.n))


class _Hole(NamedTuple):
    """A reply that never came, and where it stands."""

    id: int
    seq: int


def _hole(connection: sqlite3.Connection, turn: NewTurn) -> _Hole | None:
    """Return the reply in whose place a new one comes; None where there is none, or it is gone."""
    if turn.in_place_of is None:
        return None
    row = connection.execute("SELECT id, seq FROM message WHERE uid = ?", (turn.in_place_of,)).fetchone()
    return _Hole(*row) if row is not None else None


def _id(connection: sqlite3.Connection, table: str, uid: str) -> int:
    row = connection.execute(f'SELECT id FROM "{table}" WHERE uid = ?', (uid,)).fetchone()
    if row is None:
        raise UnknownName(sentence("What this message belongs to is no longer there."))
    return int(row[0])


_ADD_CONVERSATION = (
    "INSERT INTO conversation (uid, title, created_ms, updated_ms, workspace, messages, free, simulated)"
    " VALUES (?, ?, ?, ?, (SELECT id FROM workspace WHERE uid = ?), 0, 0, 0)"
)
_NEXT_SEQ = "SELECT coalesce(max(seq) + 1, 0) FROM message WHERE conversation = ?"
_ADD_MESSAGE = (
    "INSERT INTO message (uid, conversation, parent, role, state, seq, owner, created_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_ADD_TEXT = "INSERT INTO part (uid, message, seq, kind, text, superseded) VALUES (?, ?, ?, 'text', ?, 0)"
_FOLLOW = "UPDATE message SET parent = ? WHERE parent = ?"
_MOVE_HEAD = "UPDATE conversation SET head = coalesce(?, head), updated_ms = ?, messages = messages + ? WHERE id = ?"
_ADD_ROUTE = (
    "INSERT INTO route (uid, reply, chain_version, chain, deployment, pinned, parameters, system, steps, created_ms,"
    " workspace)"
    " VALUES (?, ?, (SELECT id FROM chain_version"
    " WHERE chain = (SELECT id FROM chain WHERE name = ? AND deleted_ms IS NULL) ORDER BY number DESC LIMIT 1),"
    " ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM workspace WHERE uid = ?))"
)
_PARAMETERS = {True: '{"stream": true}', False: '{"stream": false}'}
_ADD_ATTEMPT = (
    "INSERT INTO attempt (uid, route, n, step, reason, purpose, account, account_name, provider, requested_model,"
    " state, owner, queued_ms, simulated, track)"
    " VALUES (?, ?, ?, ?, ?, ?, (SELECT uid FROM account WHERE name = ? AND deleted_ms IS NULL),"
    " ?, ?, ?, ?, ?, ?, ?, ?)"
)
_THE_ATTEMPT = "route = (SELECT id FROM route WHERE uid = ?) AND n = ?"
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
