"""Carries out what the planner decides: calls deployments one after another, and tells what happens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from switchyard.core import questions
from switchyard.core.catalog import Endpoint
from switchyard.core.chain import Chain
from switchyard.core.condition import Circumstances
from switchyard.core.content import PLAIN, Parameters
from switchyard.core.errors import DatabaseLocked, DataDirError, StorageFull, UserError
from switchyard.core.events import (
    AttemptEnded,
    AttemptStarted,
    Finish,
    RouteEnded,
    RouteEvent,
    TakenBack,
    WaitStarted,
    Warned,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.fitting import fit
from switchyard.core.message import ChatMessage, MessageState
from switchyard.core.moves import Candidate, Done, End, Resume, Try, Wait
from switchyard.core.needs import estimate_message, needs_of, unable
from switchyard.core.planner import Plan
from switchyard.core.resume import LEAST_TOKENS, Splice, continued, joint_of
from switchyard.core.route import AttemptRecord, QuestionKind, RouteRecord, Seam, SkipReason
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.usage import estimate_tokens
from switchyard.providers.base import Call, Provider
from switchyard.services.attempt import Attempt, CarriesOn, Listener, Said
from switchyard.services.hedging import Lane, Race
from switchyard.services.outbox import Outbox
from switchyard.services.recorder import Recorder, RouteEnd
from switchyard.services.settlement import AsResolved, Settlement
from switchyard.services.standing import Alone, CallWanted, Denial, Paid, Standing
from switchyard.services.watch import Watch

STOP_PATIENCE_S = 2.5
CONNECT_TIMEOUT_S = 10.0
_log = logging.getLogger(__name__)
_NOT_SAVED: Mapping[type[DataDirError], Sentence] = {
    StorageFull: sentence("The disk is full: this reply could not be saved."),
    DatabaseLocked: sentence("Another program locks the database: this reply could not be saved."),
    DataDirError: sentence("The database cannot be used: this reply could not be saved."),
}


class RouteRequest(NamedTuple):
    """Everything one message's route needs. `chain_name` is None where one model is pinned."""

    uid: str
    chain: Chain
    chain_name: str | None
    candidates: tuple[Candidate, ...]
    endpoints: Mapping[str, Endpoint]
    messages: tuple[ChatMessage, ...]
    system: str | None = None
    stream: bool = True
    tried: frozenset[str] = frozenset()
    parameters: Parameters = PLAIN
    circumstances: Circumstances = Circumstances()
    hedges: bool = True
    answers: Mapping[QuestionKind, str] = MappingProxyType({})

    @property
    def prompt_tokens(self) -> int:
        """An estimate of the whole prompt."""
        said = sum(estimate_message(message) for message in self.messages)
        said += sum(
            estimate_tokens(f"{tool.name} {tool.description} {tool.parameters}") for tool in self.parameters.tools
        )
        return said + (estimate_tokens(self.system) if self.system else 0)


class Router:
    """Routes messages. `wall_ms` is the wall clock in UTC milliseconds, `jitter` a number in [0, 1).

    `settlement` prices what was answered, and is told what a deployment turned out not to take; `standing` knows how
    deployments stand beyond one message.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        *,
        wall_ms: Callable[[], int],
        jitter: Callable[[], float],
        settlement: Settlement | None = None,
        standing: Standing | None = None,
    ) -> None:
        self._standing = standing or Alone()
        self._providers = providers
        self._wall_ms = wall_ms
        self._jitter = jitter
        self._settlement = settlement or AsResolved()

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
    ) -> None:
        self._request = request
        self._standing = standing
        self._settlement = settlement
        self._recorder = recorder
        self._providers = providers
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
            needs=needs_of(request.messages, request.parameters),
            tried=request.tried,
        )
        self._outbox = Outbox()
        self._attempts: list[AttemptRecord] = []
        self._warnings: list[Sentence] = []
        self._unkept: tuple[int, str, str] | None = None
        self._keeping = False
        self._calls: dict[int, Attempt] = {}
        self._reserved: set[int] = set()
        self._most_output: int | None = None  # of the next call, by what was set aside for it
        self._carried: list[str] = []  # text that stays, of attempts that broke off
        self._stopped = asyncio.Event()
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
        for attempt in self._calls.values():
            attempt.give_up(FailureKind.CANCELLED)

    def switch_now(self) -> None:
        """The person does not want to wait for this deployment's first words any longer."""
        for attempt in self._calls.values():
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
        finally:
            self._outbox.close()

    # --- the course ---------------------------------------------------------------------------------------------

    async def _course(self) -> None:
        begun = False
        move = self._next()
        while True:
            if isinstance(move, Wait):
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
        if self._stopped.is_set() and not self._calls:
            return Done(End.CANCELLED, Finish.CANCELLED)
        return self._plan.next(self._now())

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
                request.parameters.over(step.parameters, request.chain.parameters).max_output,
                any(request.answers.get(kind) == questions.GO for kind in kinds),
            )
        )
        if isinstance(answer, Paid):
            self._most_output = answer.max_output
            if answer.reserved:
                self._reserved.add(move.n)
            return True
        if answer is Denial.BLOCKED:
            self._plan.deny(SkipReason.BUDGET)
        else:
            self._plan.ask(QuestionKind.BUDGET if answer is Denial.ASKS else QuestionKind.UNPRICED)
        return False

    async def _call(self, move: Try, record: AttemptRecord) -> Attempt:
        """Make one attempt, or two side by side, and tell the plan how they ended; return the one that decides."""
        self._plan.clock_runs(self._now())
        if move.hedge_s is None or not self._request.hedges or self._request.parameters.tools:
            attempt = self._prepare(move, record, self._outbox)
            failure = await self.follow(attempt, move)
            self._feed(attempt, failure)
            return attempt
        race: Race[_Runner] = Race()
        lanes = {self._enter(race, move, record): move}

        async def beside() -> Lane | None:
            second = self._plan.hedge(self._now())
            if second is None:
                return None
            if not await self._paid_for(second):
                return None
            opened = self._open_record(second)
            await self._kept(self._recorder.attempt_started(opened))
            lane = self._enter(race, second, opened)
            lanes[lane] = second
            return lane

        await race.run(next(iter(lanes)), beside, move.hedge_s)
        return await self._decide(race)

    def _enter(self, race: Race[_Runner], move: Try, record: AttemptRecord) -> Lane:
        lane = Lane(race, self._outbox)
        race.enter(lane, _Runner(self, self._prepare(move, record, lane), move))
        return lane

    async def _decide(self, race: Race[_Runner]) -> Attempt:
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
        plan, deployment = self._plan, move.candidate.deployment
        self._outbox.put([AttemptStarted(record, deployment.reasons_silently)])
        watch = Watch(move)
        carries_on = self._carrying_on(move)
        attempt = Attempt(
            record,
            move,
            self._providers[deployment.provider],
            self._call_of(move, watch, carries_on),
            watch,
            listener,
            prompt_tokens=self._prompt_tokens,
            checkpoint=self._checkpoint,
            on_first_token=lambda: plan.clock_stands(self._now()),
            on_loading=lambda: plan.clock_stands(self._now()),
            on_first_text=plan.text_shown,
            settlement=self._settlement,
            wall_ms=self._wall_ms,
            carries_on=carries_on,
            on_limits=partial(self._standing.learn, move.candidate),
        )
        self._calls[move.n] = attempt
        attempt.leave_out()
        if self._stopped.is_set():
            watch.expire(FailureKind.CANCELLED)
        return attempt

    async def follow(self, attempt: Attempt, move: Try) -> Failure | None:
        """Make the call; whoever keeps an eye on the deployment hears how it ended."""
        permit = self._standing.begin(move.candidate, self._prompt_tokens, reason=move.reason)
        try:
            failure = await attempt.run()
            if failure is None or failure.kind is not FailureKind.CANCELLED:
                failure = await self._standing.end(permit, move.candidate, attempt.record)
        finally:
            self._standing.drop(permit, sent=attempt.watch.sent_at is not None)
            del self._calls[move.n]
        if attempt.record.failure is not failure:
            attempt.record = replace(attempt.record, failure=failure)
        return failure

    def _feed(self, attempt: Attempt, failure: Failure | None) -> None:
        self._attempts.append(attempt.record)
        if _log.isEnabledFor(logging.INFO):
            _log.info("%s, call %d: %s", self._request.uid, attempt.record.n, _facts(attempt.record))
        self._warnings.extend(warning for warning in attempt.warnings if warning not in self._warnings)
        progress = attempt.progress if failure is not None else None
        self._plan.feed(failure, attempt.finish, self._now(), n=attempt.record.n, progress=progress)

    def _carrying_on(self, move: Try) -> CarriesOn | None:
        if move.resume is not Resume.CONTINUE:
            return None
        shown = "".join(self._carried)
        deployment = move.candidate.deployment
        return CarriesOn(Seam(len(shown), joint_of(deployment.provider, deployment.model)), Splice(shown))

    def _call_of(self, move: Try, watch: Watch, carries_on: CarriesOn | None) -> Call:
        request, deployment = self._request, move.candidate.deployment
        parameters = request.parameters.over(move.candidate.step.parameters, request.chain.parameters)
        if carries_on is not None and parameters.max_output is not None:
            said = estimate_tokens("".join(self._carried))
            parameters = replace(parameters, max_output=max(parameters.max_output - said, LEAST_TOKENS))
        if self._most_output is not None:
            parameters = replace(parameters, max_output=self._most_output)
        return Call(
            endpoint=request.endpoints[deployment.account],
            model=deployment.model,
            messages=self._messages_for(move, carries_on),
            system=request.system,
            stream=request.stream,
            max_output=deployment.max_output,
            on_sent=watch.sent,
            connect_timeout_s=min(CONNECT_TIMEOUT_S, move.first_token_s or CONNECT_TIMEOUT_S),
            parameters=parameters,
            refuses=deployment.refuses | unable(deployment.capabilities),
        )

    def _messages_for(self, move: Try, carries_on: CarriesOn | None) -> tuple[ChatMessage, ...]:
        """Return what this deployment is sent: what it can read, and what it is to go on with."""
        messages, deployment = self._request.messages, move.candidate.deployment
        if move.trim and deployment.context is not None:
            beside = self._prompt_tokens - sum(map(estimate_message, messages))
            messages, left_out = fit(messages, deployment.context, beside_tokens=beside)
            if left_out:
                warning = sentence(
                    "{count} older messages were left out for {deployment}: this chat is longer than it can read.",
                    count=left_out,
                    deployment=deployment.name,
                )
                self._warnings.append(warning)
                self._outbox.put([Warned(warning)])
        if carries_on is not None:
            messages = continued(messages, "".join(self._carried), carries_on.seam.how)
        return messages

    async def _leave(self, attempt: Attempt) -> None:
        """The route goes on; what a failed attempt had shown stays where another one goes on behind it."""
        said, stays = attempt.said, self._plan.continues
        await self._kept(self._recorder.attempt_ended(attempt.record, said.text, said.reasoning, counts=stays))
        await self._settle()
        events: list[RouteEvent] = [AttemptEnded(attempt.record)]
        if stays:
            self._carried.append(said.text)
        elif said.shown:
            events.append(TakenBack(attempt.record.n))
        self._outbox.put(events)

    async def _settle(self) -> None:
        """Give back what was set aside for calls that are over; their costs are kept by now."""
        if not self._reserved:
            return
        for n in self._reserved - self._calls.keys():
            self._reserved.discard(n)
            await self._kept(self._standing.settle(self._request.uid, n))

    async def _wait(self, move: Wait) -> None:
        if move.clock_stands:
            self._plan.clock_stands(self._now())
        self._outbox.put([WaitStarted(move.candidate.deployment.name, move.seconds, move.rate_limited)])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(move.seconds):
                await self._stopped.wait()
        self._plan.clock_runs(self._now())

    async def _end(self, done: Done, attempt: Attempt | None) -> None:
        said = attempt.said if attempt is not None else Said([], [])
        last = attempt.record if attempt is not None else None
        record = self._record(done)
        end = RouteEnd(
            record, _state(done, said), last, said.text, said.reasoning, said.reasoning_ms, said.extras, said.opaque
        )
        self._unkept = None
        problem = await self._kept(self._recorder.ended(end))
        await self._settle()
        if problem is not None:
            self._warnings.append(_NOT_SAVED.get(type(problem), _NOT_SAVED[DataDirError]))
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
            warnings=(*self._plan.warnings, *self._warnings),
            steps=len(self._request.chain.steps),
            pinned=self._request.chain.name if self._request.chain_name is None else None,
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

    def _checkpoint(self, n: int, text: str, reasoning: str) -> None:
        """Keep what was said so far. Where the disk is slow, later words take the place of those that still wait."""
        self._unkept = (n, text, reasoning)
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


class _Runner:
    """An attempt of a race, with what has to happen before and after its call."""

    def __init__(self, run: Run, attempt: Attempt, move: Try) -> None:
        self.attempt = attempt
        self._run = run
        self._move = move

    @property
    def has_begun(self) -> bool:
        """Whether its first token came."""
        return self.attempt.has_begun

    async def run(self) -> Failure | None:
        """Make the call."""
        return await self._run.follow(self.attempt, self._move)

    def give_up(self, kind: FailureKind) -> None:
        """End the call."""
        self.attempt.give_up(kind)


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


def _state(done: Done, said: Said) -> MessageState:
    """Words that came before a refusal or a failure are kept, marked as cut off."""
    return _STATES.get(done.end) or (MessageState.INCOMPLETE if said.text or said.answers else MessageState.FAILED)
