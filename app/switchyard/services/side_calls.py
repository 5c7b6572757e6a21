"""Calls one deployment for something that is no chat: planned and kept as a chat's calls are, without any words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName, Limits, plain_chain, step_to
from switchyard.core.charge import charge
from switchyard.core.errors import DataDirError, UserError
from switchyard.core.estimate import worst_case_nanos
from switchyard.core.events import CallFailed, Finish
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.filing import WorkspaceId
from switchyard.core.message import MessageId, MessageState
from switchyard.core.moves import Candidate, Done, End, Try, Wait
from switchyard.core.planner import Plan
from switchyard.core.route import AttemptRecord, Outcome, Purpose, Reason, RouteRecord, SkipReason
from switchyard.core.sentence import Sentence
from switchyard.core.usage import Usage, estimate_tokens
from switchyard.providers.base import Provider
from switchyard.services.accounts import Accounts, Resolved
from switchyard.services.ledger import Denied, Ledger
from switchyard.services.settlement import Settlement
from switchyard.storage.ids import new_uid
from switchyard.storage.turns import NewTurn, TurnEnd, Turns, Words

_PATIENT = Limits(deadline_s=600.0)  # a long recording takes minutes

T = TypeVar("T")


class Answered(NamedTuple, Generic[T]):
    """What a provider gave, and what it counted."""

    value: T
    usage: Usage | None
    served_model: str | None = None


class SideCalls:
    """Opens side calls. `now_ms` is the wall clock in UTC milliseconds, `jitter` a number in [0, 1)."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        accounts: Accounts,
        turns: Turns,
        ledger: Ledger,
        *,
        settlement: Settlement,
        now_ms: Callable[[], int],
        jitter: Callable[[], float],
        offline: bool,
    ) -> None:
        self._providers = providers
        self._accounts = accounts
        self._turns = turns
        self._ledger = ledger
        self._settlement = settlement
        self._now_ms = now_ms
        self._jitter = jitter
        self._offline = offline

    async def open(
        self,
        name: DeploymentName,
        purpose: Purpose,
        cannot: Callable[[str], Sentence],
        ability: type,
        *,
        limits: Limits = _PATIENT,
        local_only: bool = False,
        workspace: WorkspaceId | None = None,
    ) -> SideCall:
        """Return the call of a deployment; raises `UnknownName`, and `UserError` where its provider lacks `ability`.

        `cannot` says so of a provider's name; `limits` are those of each piece of work. With `local_only` nothing
        leaves this computer. It counts for the `workspace` of the conversation that it is for.
        """
        (resolved,) = await self._accounts.resolve([name])
        if resolved is None:
            await self._accounts.get(name.account)
            raise RuntimeError("an account that is there was not resolved")
        provider = self._providers[resolved.deployment.provider]
        if not isinstance(provider, ability):
            raise UserError(cannot(resolved.deployment.provider_name))
        barred = None if resolved.deployment.has_key else SkipReason.NO_KEY
        if self._offline and not resolved.deployment.local:
            barred = SkipReason.OFFLINE
        if local_only and not resolved.deployment.local:
            barred = SkipReason.NOT_LOCAL
        return SideCall(
            name,
            purpose,
            resolved,
            provider,
            barred,
            limits,
            self._turns,
            self._ledger,
            workspace=workspace,
            settlement=self._settlement,
            now_ms=self._now_ms,
            jitter=self._jitter,
        )


class SideCall:
    """One route with a single deployment; `ask` may be called for one piece of work after another, then `close`."""

    def __init__(
        self,
        name: DeploymentName,
        purpose: Purpose,
        resolved: Resolved,
        provider: Provider,
        barred: SkipReason | None,
        limits: Limits,
        turns: Turns,
        ledger: Ledger,
        *,
        workspace: WorkspaceId | None,
        settlement: Settlement,
        now_ms: Callable[[], int],
        jitter: Callable[[], float],
    ) -> None:
        self.provider = provider
        self._purpose = purpose
        self._resolved = resolved
        self._turns = turns
        self._ledger = ledger
        self._settlement = settlement
        self._now_ms = now_ms
        self._jitter = jitter
        self._chain = plain_chain(name=str(name), steps=(step_to(name),), limits=limits)
        self._candidate = Candidate(1, self._chain.steps[0], resolved.deployment, barred)
        self._turn = _turn_of(name, now_ms(), workspace)
        self._record = RouteRecord(uid=self._turn.route, chain=None)
        self._attempts: list[AttemptRecord] = []
        self._begun = False
        self._limit: asyncio.Timeout | None = None
        self._stopped = False

    @property
    def leaves(self) -> bool:
        """Whether what is asked leaves this computer and its network."""
        return self._resolved.deployment.leaves

    def stop(self) -> None:
        """The person does not want it any more: what runs ends, and nothing more is called."""
        self._stopped = True
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())

    async def ask(
        self,
        work: Callable[[Endpoint, str], Awaitable[Answered[T]]],
        *,
        prompt_tokens: int | None = None,
        most_output: int = 0,
    ) -> T | None:
        """Have a piece of work done, again where the plan says so; None where it failed, which the record tells.

        `prompt_tokens` is an estimate for a provider that counts none, `most_output` the most that it answers. Raises
        `DataDirError` where nothing can be kept; then nothing was sent.
        """
        now = asyncio.get_running_loop().time
        plan = Plan(
            self._chain, [self._candidate], prompt_tokens=0, stream=False, pinned=True, now=now(), jitter=self._jitter
        )
        value: T | None = None
        while True:
            move = self._next(plan)
            if isinstance(move, Wait):
                await self._within(None, asyncio.sleep(move.seconds))
            elif isinstance(move, Try):
                if not await self._is_paid_for(prompt_tokens, most_output):
                    plan.deny(SkipReason.BUDGET)
                    continue
                attempt = await self._begin_paid(move)
                answered, failure = await self._attempt(work, move.total_s)
                value = answered.value if answered is not None else None
                await self._settle(attempt, answered, failure, prompt_tokens)
                finish = Finish.STOP if failure is None else None
                plan.feed(failure, finish, now())
            else:
                self._record = replace(
                    self._record,
                    skipped=tuple(plan.skipped),
                    decision=tuple(plan.decision),
                    failure=move.failure,
                    finish=move.finish,
                )
                return value

    async def close(self) -> RouteRecord:
        """Keep the end, and return what became of it all."""
        warnings: list[Sentence] = []
        record = replace(self._record, attempts=tuple(self._attempts))
        last = self._attempts[-1] if self._attempts else None
        try:
            if not self._begun:
                await self._turns.begin(self._turn)
            await self._turns.end(self._turn, TurnEnd(record, MessageState.COMPLETE, last, "", "", None))
        except DataDirError as error:  # what was paid for is worth more than its record
            warnings.append(error.title)
        with contextlib.suppress(DataDirError):
            notices = await self._ledger.close(self._turn.route, spent=bool(record.cost_nanos))
            warnings += [notice.title for notice in notices]
        return replace(record, warnings=tuple(warnings))

    # --- one attempt ------------------------------------------------------------------------------------------------

    def _next(self, plan: Plan) -> Try | Wait | Done:
        if self._stopped:
            return Done(End.CANCELLED, Finish.CANCELLED)
        return plan.next(asyncio.get_running_loop().time())

    async def _is_paid_for(self, prompt_tokens: int | None, most_output: int) -> bool:
        """Reserve what the next call may cost at most; False where a budget forbids it, or cannot tell."""
        deployment, heard = self._resolved.deployment, self._purpose is Purpose.TRANSCRIBE
        if deployment.price is None and not deployment.free and await self._ledger.may_refuse():
            with contextlib.suppress(DataDirError):
                await self._settlement.settle(deployment, [])
            deployment = replace(deployment, price=self._settlement.price_of(deployment, None))
        tokens = prompt_tokens if prompt_tokens is not None else deployment.context
        worst_nanos = None
        if tokens is not None or deployment.free:
            worst_nanos = worst_case_nanos(deployment, tokens or 0, None if heard else most_output, audio=heard)
        result = await self._ledger.reserve(
            self._turn.route,
            len(self._attempts) + 1,
            account=deployment.account,
            provider=deployment.provider,
            chain=None,
            worst_nanos=worst_nanos,
            simulated=deployment.simulated,
            workspace=self._turn.workspace,
        )
        return not isinstance(result, Denied)

    async def _begin_paid(self, move: Try) -> AttemptRecord:
        """Keep an attempt as running; where that cannot be, nothing stays reserved for it."""
        try:
            return await self._begin_attempt(move)
        except BaseException:
            await self._ledger.settle(self._turn.route)
            raise

    async def _begin_attempt(self, move: Try) -> AttemptRecord:
        """Keep an attempt as running before its call, and the end of the one before it."""
        deployment = self._resolved.deployment
        attempt = AttemptRecord(
            n=len(self._attempts) + 1,
            step=1,
            reason=Reason.PROBE if self._purpose is Purpose.PROBE else move.reason,
            deployment=deployment.name,
            account=deployment.account,
            provider=deployment.provider,
            model=deployment.model,
            started_ms=self._now_ms(),
            simulated=deployment.simulated,
            purpose=self._purpose,
        )
        if not self._begun:
            await self._turns.begin(self._turn._replace(attempt=attempt))
            self._begun = True
        else:
            await self._turns.end_attempt(self._turn.route, self._attempts[-1], None, Words("", "", superseded=True))
            await self._turns.start_attempt(self._turn.route, attempt)
        return attempt

    async def _attempt(
        self, work: Callable[[Endpoint, str], Awaitable[Answered[T]]], total_s: float | None
    ) -> tuple[Answered[T] | None, Failure | None]:
        try:
            answered = await self._within(total_s, work(self._resolved.endpoint, self._resolved.deployment.model))
        except CallFailed as failed:
            return None, failed.failure
        if answered is not None:
            return answered, None
        if self._stopped:
            return None, Failure(FailureKind.CANCELLED)
        return None, Failure(FailureKind.TIMEOUT_TTFT, f"No answer within {total_s or 0:g} s.")

    async def _within(self, seconds: float | None, work: Awaitable[T]) -> T | None:
        """Await `work` for as long as is given, or until it is stopped; None where it did not end."""
        try:
            async with asyncio.timeout(0 if self._stopped else seconds) as self._limit:
                return await work
        except TimeoutError:
            return None
        finally:
            self._limit = None

    async def _settle(
        self, attempt: AttemptRecord, answered: Answered[T] | None, failure: Failure | None, prompt_tokens: int | None
    ) -> None:
        usage = answered.usage if answered is not None else None
        if answered is not None and prompt_tokens is not None and (usage is None or usage.input is None):
            said = answered.value if isinstance(answered.value, str) else ""
            usage = Usage(input=prompt_tokens, output=estimate_tokens(said), estimated=True)
        deployment, served = self._resolved.deployment, answered.served_model if answered is not None else None
        if usage is not None:
            with contextlib.suppress(DataDirError):
                await self._settlement.settle(deployment, [served] if served is not None else [])
        cost = charge(
            deployment,
            failure=failure,
            usage=usage,
            reported_nanos=None,
            prompt_tokens=0,
            said="",
            served=served,
            price_of=partial(self._settlement.price_of, deployment),
        )
        outcome = Outcome.COMPLETED
        if failure is not None:
            outcome = Outcome.CANCELLED if failure.kind is FailureKind.CANCELLED else Outcome.FAILED
        self._attempts.append(
            replace(
                attempt,
                outcome=outcome,
                served_model=served,
                failure=failure,
                request_id=failure.request_id if failure is not None else None,
                duration_ms=max(self._now_ms() - attempt.started_ms, 0),
                usage=cost.usage,
                cost_nanos=cost.cost_nanos,
                cost_source=cost.source,
                price=cost.price,
                finish=Finish.STOP if failure is None else None,
            )
        )


def _turn_of(name: DeploymentName, created_ms: int, workspace: WorkspaceId | None) -> NewTurn:
    """Return a turn that keeps no words: a route and its attempts."""
    return NewTurn(
        conversation=None,
        is_new=False,
        title="",
        user=None,
        reply=None,
        parent=MessageId(""),
        route=new_uid(),
        chain=None,
        deployment=str(name),
        stream=False,
        system=None,
        steps=1,
        created_ms=created_ms,
        workspace=workspace,
    )
