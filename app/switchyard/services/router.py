"""Carries out what the planner decides: calls deployments one after another, and tells what happens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from switchyard.core import questions
from switchyard.core.catalog import Endpoint
from switchyard.core.errors import DatabaseLocked, DataDirError, StorageFull, UserError
from switchyard.core.events import (
    AttemptEnded,
    Finish,
    RouteEnded,
    RouteEvent,
    TakenBack,
    WaitStarted,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import MessageState
from switchyard.core.moves import Done, End, Try, Wait
from switchyard.core.planner import Plan
from switchyard.core.route import AttemptRecord, QuestionKind, RouteRecord, SkipReason
from switchyard.core.sentence import Sentence, sentence
from switchyard.providers.base import Prepares, Provider
from switchyard.services.attempt import Attempt, Listener, Said
from switchyard.services.calls import Calls, Runner, Summarising
from switchyard.services.hedging import Lane, Race
from switchyard.services.outbox import Outbox
from switchyard.services.recorder import Recorder, RouteEnd
from switchyard.services.route_request import RouteRequest
from switchyard.services.settlement import AsResolved, Settlement
from switchyard.services.standing import Alone, CallWanted, Denial, Paid, Standing

STOP_PATIENCE_S = 2.5
_log = logging.getLogger(__name__)
_NOT_SAVED: Mapping[type[DataDirError], Sentence] = {
    StorageFull: sentence("The disk is full: this reply could not be saved."),
    DatabaseLocked: sentence("Another program locks the database: this reply could not be saved."),
    DataDirError: sentence("The database cannot be used: this reply could not be saved."),
}


class Router:
    """Routes messages. `wall_ms` is the wall clock in UTC milliseconds, `jitter` a number in [0, 1).

    `settlement` prices what was answered, and is told what a deployment turned out not to take; `standing` knows how
    deployments stand beyond one message; `summarise` shortens what a model cannot read.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        *,
        wall_ms: Callable[[], int],
        jitter: Callable[[], float],
        settlement: Settlement | None = None,
        standing: Standing | None = None,
        summarise: Summarising | None = None,
    ) -> None:
        self._summarise = summarise
        self._standing = standing or Alone()
        self._providers = providers
        self._wall_ms = wall_ms
        self._jitter = jitter
        self._settlement = settlement or AsResolved()

    async def prepare(self, endpoint: Endpoint) -> None:
        """Get ready for a first call there, so that it need not wait for that; nothing is sent."""
        provider = self._providers[endpoint.provider]
        if isinstance(provider, Prepares):
            await provider.prepare(endpoint)

    @asynccontextmanager
    async def route(self, request: RouteRequest, recorder: Recorder) -> AsyncIterator[Run]:
        """Start a route; iterate over the `Run` for its events. Leaving early stops it and keeps what came."""
        try:
            async with asyncio.TaskGroup() as group:
                run = Run(
                    request,
                    recorder,
                    self._providers,
                    group,
                    wall_ms=self._wall_ms,
                    jitter=self._jitter,
                    settlement=self._settlement,
                    standing=self._standing,
                    summarise=self._summarise,
                )
                task = group.create_task(run.drive())
                try:
                    yield run
                finally:
                    if not run.over:
                        run.stop()
                        run.abandon()
                        await asyncio.wait([task], timeout=STOP_PATIENCE_S)
        except BaseExceptionGroup as errors:
            if len(errors.exceptions) == 1:  # the listener's own error, or ours: nobody needs to know of the group
                raise errors.exceptions[0] from None
            raise


class Run:
    """One message on its way: an iterator over batches of events that can be stopped."""

    def __init__(
        self,
        request: RouteRequest,
        recorder: Recorder,
        providers: Mapping[str, Provider],
        group: asyncio.TaskGroup,
        *,
        wall_ms: Callable[[], int],
        jitter: Callable[[], float],
        settlement: Settlement,
        standing: Standing,
        summarise: Summarising | None,
    ) -> None:
        self._request = request
        self._standing = standing
        self._recorder = recorder
        self._group = group
        self._wall_ms = wall_ms
        self._now = asyncio.get_running_loop().time
        self._prompt_tokens = request.prompt_tokens
        self._plan = Plan(
            request.chain,
            request.candidates,
            prompt_tokens=self._prompt_tokens,
            stream=request.stream,
            pinned=request.chain_name is None,
            now=self._now(),
            jitter=jitter,
            guard=standing.guard,
            circumstances=request.circumstances,
            answers=request.answers,
            needs=request.wanted.needs,
            tried=request.tried,
            carries_on=bool(request.carried),
        )
        self._outbox = Outbox()
        self._attempts: list[AttemptRecord] = []
        self._warnings: list[Sentence] = []
        self._unkept: tuple[AttemptRecord, str, str] | None = None
        self._keeping = False
        self._calls = Calls(
            request,
            self._plan,
            providers,
            self._outbox,
            settlement,
            standing,
            prompt_tokens=self._prompt_tokens,
            checkpoint=self._checkpoint,
            wall_ms=wall_ms,
            summarise=summarise,
        )
        self._stopped = asyncio.Event()
        self._hurried = asyncio.Event()  # nobody waits for the end of a countdown
        self._awaits: Wait | None = None
        self._error: UserError | None = None

    def __aiter__(self) -> AsyncIterator[Sequence[RouteEvent]]:
        return self

    async def __anext__(self) -> Sequence[RouteEvent]:
        events = await self._outbox.take()
        if events:
            return events
        if self._error is not None:
            raise self._error
        raise StopAsyncIteration

    @property
    def over(self) -> bool:
        """Whether the route has come to its end."""
        return self._outbox.closed

    def stop(self) -> None:
        """The person stops the reply: what came is kept, and the route ends as cancelled."""
        self._stopped.set()
        self._hurried.set()
        for attempt in self._calls.active.values():
            attempt.give_up(FailureKind.CANCELLED)

    def switch_now(self) -> None:
        """The person does not want to wait for this deployment's first words, or its turn, any longer.

        Where nobody else is left, they are waited for all the same.
        """
        if self._awaits is not None and self._awaits.instead is not None:
            self._hurried.set()
        if self._plan.instead(self._now()) is None:
            return
        for attempt in self._calls.active.values():
            if not attempt.said.text_parts:
                attempt.watch.expire(FailureKind.TIMEOUT_TTFT, by_hand=True)

    def abandon(self) -> None:
        """Nobody listens any more: the route need not wait for anybody on its way to its end."""
        self._outbox.abandon()

    async def drive(self) -> None:
        """Run the route to its end; its last event is `RouteEnded`, unless the words could not be kept."""
        try:
            await self._course()
        except UserError as error:
            self._error = error
            await self._close(spent=False)
        finally:
            self._calls.give_all_back()
            self._outbox.close()

    # --- the course ---------------------------------------------------------------------------------------------

    async def _course(self) -> None:
        begun = False
        move = self._next()
        while True:
            if isinstance(move, Wait):
                if not begun:  # the words are on disk before anybody waits
                    await self._recorder.begin(None)
                    begun = True
                await self._wait(move)
                move = self._next()
                continue
            record = self._open_record(move) if isinstance(move, Try) else None
            if isinstance(move, Try) and not await self._paid_for(move):
                move = self._next()
                continue
            if not begun:
                await self._recorder.begin(record)
                begun = True
            elif record is not None:
                await self._kept(self._recorder.attempt_started(record))
            if isinstance(move, Done) or record is None:
                assert isinstance(move, Done)
                await self._end(move, None)
                return
            attempt = await self._call(move, record)
            move = self._next()
            if isinstance(move, Done):
                await self._end(move, attempt)
                return
            await self._leave(attempt)

    def _next(self) -> Try | Wait | Done:
        if self._stopped.is_set() and not self._calls.active:
            return Done(End.CANCELLED, Finish.CANCELLED)
        move = self._plan.next(self._now())
        if isinstance(move, Try):
            self._calls.take(move)
        return move

    async def _paid_for(self, move: Try) -> bool:
        """Set the money of a call aside; the plan hears where it may not be spent."""
        request, step = self._request, move.candidate.step
        kinds = (QuestionKind.BUDGET, QuestionKind.UNPRICED)
        answer = await self._standing.reserve(
            CallWanted(
                request.uid,
                move.n,
                move.candidate,
                request.chain,
                request.chain_name is None,
                self._prompt_tokens,
                request.parameters.over(step.parameters, request.chain.parameters),
                any(request.answers.get(kind) == questions.GO for kind in kinds),
                request.workspace,
            )
        )
        if isinstance(answer, Paid):
            self._calls.most_output = answer.max_output
            return True
        self._calls.give_back(move.n)
        if answer is Denial.BLOCKED:
            self._plan.deny(SkipReason.BUDGET)
        else:
            self._plan.ask(QuestionKind.BUDGET if answer is Denial.ASKS else QuestionKind.UNPRICED)
        return False

    async def _call(self, move: Try, record: AttemptRecord) -> Attempt:
        """Make one attempt, or two side by side, and tell the plan how they ended; return the one that decides."""
        await self._calls.shorten(move)
        self._plan.clock_runs(self._now())
        if move.hedge_s is None or not self._request.hedges or self._request.parameters.tools:
            attempt = self._prepare(move, record, self._outbox)
            failure = await self._calls.follow(attempt, move)
            self._feed(attempt, failure)
            return attempt
        race: Race[Runner] = Race()
        lanes = {self._enter(race, move, record): move}

        async def beside() -> Lane | None:
            second = self._plan.hedge(self._now())
            if second is None:
                return None
            self._calls.take(second)
            if not await self._paid_for(second):
                return None
            await self._calls.shorten(second)
            opened = self._open_record(second)
            await self._kept(self._recorder.attempt_started(opened))
            lane = self._enter(race, second, opened)
            lanes[lane] = second
            return lane

        await race.run(next(iter(lanes)), beside, move.hedge_s)
        return await self._decide(race)

    def _enter(self, race: Race[Runner], move: Try, record: AttemptRecord) -> Lane:
        lane = Lane(race, self._outbox)
        race.enter(lane, Runner(self._calls, self._prepare(move, record, lane), move))
        return lane

    async def _decide(self, race: Race[Runner]) -> Attempt:
        """Feed the plan with what a race came to: the winner last, since it decides."""
        ended = [(race.runners[lane].attempt, failure) for lane, failure in race.in_order]
        for attempt, failure in ended[:-1]:
            if failure is not None and failure.kind is FailureKind.CANCELLED and not self._stopped.is_set():
                self._plan.lost(attempt.record.n)
                self._attempts.append(attempt.record)
            else:
                self._feed(attempt, failure)
            said = attempt.said
            await self._kept(self._recorder.attempt_ended(attempt.record, said.text, said.reasoning, counts=False))
            self._outbox.put([AttemptEnded(attempt.record)])
        attempt, failure = ended[-1]
        self._feed(attempt, failure)
        return attempt

    def _prepare(self, move: Try, record: AttemptRecord, listener: Listener) -> Attempt:
        attempt = self._calls.prepare(move, record, listener)
        if self._stopped.is_set():
            attempt.give_up(FailureKind.CANCELLED)
        return attempt

    def _feed(self, attempt: Attempt, failure: Failure | None) -> None:
        self._attempts.append(attempt.record)
        if _log.isEnabledFor(logging.INFO):
            _log.info("%s, call %d: %s", self._request.uid, attempt.record.n, _facts(attempt.record))
        self._warnings.extend(warning for warning in attempt.warnings if warning not in self._warnings)
        progress = attempt.progress if failure is not None else None
        self._plan.feed(failure, attempt.finish, self._now(), n=attempt.record.n, progress=progress)

    async def _leave(self, attempt: Attempt) -> None:
        """The route goes on; what a failed attempt had shown stays where another one goes on behind it."""
        said, stays = attempt.said, self._plan.continues
        await self._kept(self._recorder.attempt_ended(attempt.record, said.text, said.reasoning, counts=stays))
        events: list[RouteEvent] = [AttemptEnded(attempt.record)]
        if stays:
            self._calls.carried.append(said.text)
        elif said.shown:
            events.append(TakenBack(attempt.record.n))
        self._outbox.put(events)

    async def _close(self, *, spent: bool) -> Sequence[Sentence]:
        """Give back what is still set aside; return what is to be told of the budgets."""
        try:
            return await self._standing.close(self._request.uid, spent=spent)
        except DataDirError:
            return ()

    async def _wait(self, move: Wait) -> None:
        if move.clock_stands:
            self._plan.clock_stands(self._now())
        awaited = move.candidate.deployment
        told = WaitStarted(awaited.name, move.seconds, move.rate_limited, move.instead, awaited.provider)
        self._outbox.put([told])
        self._awaits = move
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(move.seconds):
                await self._hurried.wait()
                if not self._stopped.is_set():
                    self._hurried.clear()
                    self._plan.pass_over()
        self._awaits = None
        self._plan.clock_runs(self._now())

    async def _end(self, done: Done, attempt: Attempt | None) -> None:
        said = attempt.said if attempt is not None else Said([], [])
        last = attempt.record if attempt is not None else None
        record = self._record(done)
        end = RouteEnd(
            record,
            _state(done, said, carried=bool(self._request.carried)),
            last,
            said.text,
            said.reasoning,
            said.reasoning_ms,
            said.extras,
            said.opaque,
        )
        self._unkept = None
        problem = await self._kept(self._recorder.ended(end))
        told = await self._close(spent=bool(record.cost_nanos) and not record.simulated)
        if problem is not None:
            told = (*told, _NOT_SAVED.get(type(problem), _NOT_SAVED[DataDirError]))
        if told:
            self._warnings.extend(told)
            record = self._record(done)
        events: list[RouteEvent] = [AttemptEnded(last)] if last is not None else []
        self._outbox.put([*events, RouteEnded(record)])

    def _record(self, done: Done) -> RouteRecord:
        return RouteRecord(
            uid=self._request.uid,
            chain=self._request.chain_name,
            attempts=tuple(sorted(self._attempts, key=lambda attempt: attempt.n)),
            skipped=tuple(self._plan.skipped),
            decision=tuple(self._plan.decision),
            failure=done.failure,
            question=done.question,
            finish=done.finish,
            warnings=(*self._plan.warnings, *self._calls.warnings, *self._warnings),
            steps=len(self._request.chain.steps),
            pinned=self._request.chain.name if self._request.chain_name is None else None,
            answers=self._request.answers,
            why=self._plan.why,
        )

    def _open_record(self, move: Try) -> AttemptRecord:
        deployment = move.candidate.deployment
        return AttemptRecord(
            n=move.n,
            step=move.candidate.index,
            reason=move.reason,
            deployment=deployment.name,
            account=deployment.account,
            provider=deployment.provider,
            model=deployment.model,
            started_ms=self._wall_ms(),
            simulated=deployment.simulated,
            track=move.candidate.track,
        )

    # --- effects ------------------------------------------------------------------------------------------------

    def _checkpoint(self, attempt: AttemptRecord, text: str, reasoning: str) -> None:
        """Keep what was said so far. Where the disk is slow, later words take the place of those that still wait."""
        self._unkept = (attempt, text, reasoning)
        if not self._keeping:
            self._keeping = True
            self._group.create_task(self._keep_checkpoints())

    async def _keep_checkpoints(self) -> None:
        while self._unkept is not None:
            words, self._unkept = self._unkept, None
            await self._kept(self._recorder.checkpoint(*words))
        self._keeping = False

    async def _kept(self, write: Coroutine[Any, Any, None]) -> DataDirError | None:
        """Carry on where nothing can be kept in the middle of a route: the answer is worth more than its record."""
        try:
            await write
        except DataDirError as error:
            return error
        return None


def _facts(record: AttemptRecord) -> str:
    """Return what the log may know of a call: names, kinds and numbers."""
    failure = record.failure
    kind = f" {failure.kind.value} {failure.status or '-'}" if failure is not None else ""
    return f"{record.deployment} {record.outcome.value}{kind} in {record.duration_ms} ms"


_STATES = {
    End.ANSWERED: MessageState.COMPLETE,
    End.CANCELLED: MessageState.STOPPED,
    End.CUT: MessageState.INCOMPLETE,
}


def _state(done: Done, said: Said, *, carried: bool) -> MessageState:
    """Words that came before a refusal or a failure are kept, marked as cut off."""
    has_words = said.text or said.answers or carried
    return _STATES.get(done.end) or (MessageState.INCOMPLETE if has_words else MessageState.FAILED)
