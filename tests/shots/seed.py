"""Fills a data directory as weeks of use would, so that the pictures show something."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from switchyard.core.events import Finish
from switchyard.core.failures import DECISIONS, Failure
from switchyard.core.filing import Change, Unseen
from switchyard.core.message import ConversationId, Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Joint, Outcome, Question, Reason, RouteRecord, Seam, Skip
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.skips import SKIP_SENTENCES
from switchyard.core.usage import CostSource, Usage
from switchyard.services.attachments import Attachments, check_upload
from switchyard.services.chat import title_of
from switchyard.storage.blobs import Blobs
from switchyard.storage.database import Database, open_database
from switchyard.storage.history import History
from switchyard.storage.ids import new_uid
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths, prepare
from switchyard.storage.shelves import ShelfStore
from switchyard.storage.turns import NewTurn, TurnEnd, Turns, Words

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True)
class Try:
    """One attempt as it is told here; `cost` is in dollars, None where nobody knows it."""

    deployment: str
    provider: str
    ttft_ms: int | None = 610
    duration_ms: int = 9_000
    tokens: tuple[int, int] | None = (497, 707)
    cost: float | None = None
    source: CostSource = CostSource.UNPRICED
    failure: Failure | None = None
    track: str | None = None


@dataclass(frozen=True)
class Said:
    """A question and its answer; behind `seam_at` characters the last one went on. `skipped` came before them all.

    `files` went with the question: names and contents.
    """

    question: str
    answer: str
    tries: Sequence[Try]
    reasoning: str = ""
    reasoning_ms: int | None = None
    state: MessageState = MessageState.COMPLETE
    asked: Question | None = None
    seam_at: int | None = None
    skipped: Sequence[Skip] = ()
    files: Sequence[tuple[str, bytes]] = ()
    why: Sequence[Sentence] = ()
    finish: Finish = Finish.STOP


class Seed:
    """Writes conversations the way the program does, then sets their clocks back."""

    def __init__(self, database: Database, liveness: Liveness, blobs: Blobs) -> None:
        self._database = database
        self._turns = Turns(database, liveness)
        self._files = Attachments(blobs)
        self._uids: dict[str, ConversationId] = {}
        self._history = History(database, liveness)
        self.shelves = ShelfStore(database)

    async def keep(self, change: Change, *titles: str) -> None:
        """Do with the conversations of these titles what a person would."""
        await self.shelves.change([self._uids[title] for title in titles], change)

    async def leave_unseen(self, title: str, unseen: Unseen) -> None:
        """Let something have come into a conversation that nobody has looked at."""
        await self._history.set_unseen(self._uids[title], unseen)

    async def crowd(self, titles: Sequence[str], count: int) -> None:
        """Keep so many conversations of which only the titles matter, one after another back in time."""
        now_ms = int(time.time() * 1000)
        rows = [
            (new_uid(), f"{titles[n % len(titles)]} {n}", now_ms - n * HOUR_MS, (n % 97) * 10_000_000)
            for n in range(count)
        ]
        await self._database.write(
            lambda connection: connection.executemany(
                "INSERT INTO conversation (uid, title, created_ms, updated_ms, messages, cost_nanos, free, simulated)"
                " VALUES (?1, ?2, ?3, ?3, 2, ?4, ?4 = 0, 0)",
                rows,
            )
        )

    async def conversation(self, title: str, ago_ms: int, *turns: Said, chain: str | None = "Everyday") -> None:
        """Keep a conversation that was last written in so long ago."""
        uid = self._uids[title] = ConversationId(new_uid())
        parent: MessageId | None = None
        then_ms = int(time.time() * 1000) - ago_ms
        for number, said in enumerate(turns):
            user = Message(
                MessageId(new_uid()), parent, Role.USER, MessageState.COMPLETE, said.question, then_ms + number * 60_000
            )
            turn = self._turn(uid, user, said, chain, title=title, is_new=number == 0)
            turn = turn._replace(files=await self._files.keep([check_upload(*file) for file in said.files]))
            await self._keep(turn, said)
            parent = turn.reply
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE conversation SET created_ms = ?, updated_ms = ?, title = ? WHERE uid = ?",
                (then_ms, then_ms, title or title_of(turns[0].question), uid),
            )
        )

    def _turn(
        self, uid: ConversationId, user: Message, said: Said, chain: str | None, *, title: str, is_new: bool
    ) -> NewTurn:
        return NewTurn(
            conversation=uid,
            is_new=is_new,
            title=title,
            user=user,
            reply=MessageId(new_uid()),
            parent=user.uid,
            route=new_uid(),
            chain=chain,
            deployment=None if chain else said.tries[0].deployment,
            stream=True,
            system=None,
            steps=max(3 if chain else 1, len(said.tries)),
            created_ms=user.created_ms,
        )

    async def _keep(self, turn: NewTurn, said: Said) -> None:
        started_ms = turn.created_ms
        attempts = []
        for n, each in enumerate(said.tries, 1):
            attempts.append(_attempt(n, each, started_ms))
            started_ms += each.duration_ms + 15
        before, answer = said.answer[: said.seam_at or 0], said.answer[said.seam_at or 0 :]
        if said.seam_at is not None:
            attempts[-1] = replace(attempts[-1], seam=Seam(said.seam_at, Joint.USER_TURN))
            spoken = replace(
                attempts[-2], ttft_ms=said.tries[-2].ttft_ms, usage=Usage(*said.tries[-2].tokens or (0, 0))
            )
            attempts[-2] = spoken
        first = replace(attempts[0], outcome=Outcome.RUNNING) if attempts else None
        await self._turns.begin(turn._replace(attempt=first))
        for earlier, attempt in enumerate(attempts[1:]):
            goes_on = attempt.seam is not None
            words = Words(before if goes_on else "", "", superseded=not goes_on)
            await self._turns.end_attempt(turn.route, attempts[earlier], turn.reply, words)
            await self._turns.start_attempt(turn.route, replace(attempt, outcome=Outcome.RUNNING))
        record = RouteRecord(
            turn.route,
            turn.chain,
            tuple(attempts),
            skipped=tuple(said.skipped),
            decision=(*(_skip(skip) for skip in said.skipped), *(_summary(attempt) for attempt in attempts)),
            question=said.asked,
            finish=said.finish if said.state is MessageState.COMPLETE else None,
            steps=turn.steps,
            why=tuple(said.why),
        )
        last = attempts[-1] if attempts else None
        await self._turns.end(turn, TurnEnd(record, said.state, last, answer, said.reasoning, said.reasoning_ms))


async def open_seed(data_dir: Path) -> tuple[Seed, Database, Liveness]:
    """Open a data directory for seeding; the caller closes what comes with it."""
    paths = Paths(data_dir)
    prepare(paths)
    database = await open_database(paths)
    liveness = Liveness(paths.locks)
    return Seed(database, liveness, Blobs(paths.blobs)), database, liveness


def _attempt(n: int, told: Try, started_ms: int) -> AttemptRecord:
    account, _, model = told.deployment.partition("/")
    failed = told.failure is not None
    return AttemptRecord(
        n=n,
        step=n,
        reason=Reason.FIRST if n == 1 else Reason.FALLBACK,
        deployment=told.deployment,
        account=account,
        provider=told.provider,
        model=model,
        started_ms=started_ms,
        outcome=Outcome.FAILED if failed else Outcome.COMPLETED,
        served_model=None if failed else model,
        failure=told.failure,
        sent_ms=started_ms + 4,
        first_byte_ms=started_ms + 200,
        ttft_ms=None if failed else told.ttft_ms,
        duration_ms=told.duration_ms,
        usage=Usage(*told.tokens) if told.tokens and not failed else None,
        cost_nanos=_nanos(told.cost),
        cost_source=told.source,
        simulated=told.provider == "simulator",
        finish=None if failed else Finish.STOP,
        track=told.track,
    )


def _nanos(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * 1e9)


def _skip(skip: Skip) -> Sentence:
    return sentence(SKIP_SENTENCES[skip.reason].source, deployment=skip.deployment)


def _summary(attempt: AttemptRecord) -> Sentence:
    if attempt.failure is None:
        return sentence("{deployment} answered.", deployment=attempt.deployment)
    return sentence(DECISIONS[attempt.failure.kind].summary.source, deployment=attempt.deployment)
