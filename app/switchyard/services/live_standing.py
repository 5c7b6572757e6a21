"""How deployments stand, from all that the program knows: their health, their limits, their figures, the budgets."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from switchyard.core.budget import Action
from switchyard.core.chain import Chain
from switchyard.core.estimate import cap_output, least_case_nanos, worst_case_nanos
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.guard import FIRST_TOKEN_S, Shut
from switchyard.core.moves import Candidate
from switchyard.core.route import AttemptRecord, Reason, SkipReason
from switchyard.core.scopes import Scopes
from switchyard.core.stats import first_token_deadline_s, hedge_delay_s
from switchyard.core.strategies import STRATEGIES, Contender, View
from switchyard.services.accounts import Resolved
from switchyard.services.figures import Figures
from switchyard.services.health import Flight, HealthService
from switchyard.services.ledger import Denied, Ledger, Outlook
from switchyard.services.standing import CallWanted, Denial, Paid

DAY_S = 24 * 60 * 60
HEDGED_SHARE = 0.05  # of a day's calls, at most


class LiveGuard:
    """What plans ask. `monotonic` is the clock of the event loop."""

    def __init__(self, health: HealthService, figures: Figures, *, now_ms: Callable[[], int], rng: Random) -> None:
        self._service = health
        self._figures = figures
        self._now_ms = now_ms
        self._rng = rng
        self._turns: Counter[tuple[str, str]] = Counter()
        self._calls: deque[tuple[int, bool]] = deque()

    def shut(self, candidate: Candidate, tokens: int, now: float, *, forced: bool) -> Shut | None:
        """Return why a deployment may not be called now: it is parked, its breaker is open, or its limit is near."""
        scopes = candidate.scopes
        if scopes is None or candidate.deployment.simulated:
            return None
        closed = self._service.health.closed(scopes, now, self._now_ms(), forced=forced)
        if closed is not None:
            may_bypass = closed.reason is SkipReason.BREAKER and not closed.probing
            return Shut(closed.reason, closed.kind, closed.until_s, may_bypass, closed.message)
        wait_s = self._service.rates.wait_s(scopes, tokens, now)
        return Shut(SkipReason.LIMITED, FailureKind.RATE_LIMIT, now + wait_s) if wait_s > 0 else None

    def offline(self, now: float) -> bool:
        """Whether this computer has no network."""
        return self._service.health.offline(now)

    def order(self, chain: str, candidates: Sequence[Candidate], tokens: int, now: float) -> Sequence[Candidate]:
        """Return the members of a pool as its strategy would try them."""
        strategy = STRATEGIES.get(candidates[0].step.pick)
        if strategy is None:
            return candidates
        place = (chain, f"{candidates[0].track or ''}/{candidates[0].index}")
        contenders = [self._contender(n, candidate, tokens, now) for n, candidate in enumerate(candidates)]
        ordered = strategy.order(contenders, View(turn=self._turns[place]), self._rng)
        self._turns[place] += 1
        return [candidates[contender.index] for contender in ordered]

    def retry_token(self, candidate: Candidate) -> bool:
        """Take what one retry costs from the provider's bucket."""
        return candidate.scopes is None or self._service.health.retry_token(candidate.scopes.provider)

    def first_token_s(self, candidate: Candidate, tokens: int) -> float:
        """Return how long a first token is waited for, by what was measured."""
        if candidate.deployment.simulated:
            return FIRST_TOKEN_S
        return first_token_deadline_s(self._figures.measured(candidate.deployment, tokens))

    def hedge_s(self, candidate: Candidate, tokens: int) -> float | None:
        """Return after how long a second call is worth its money, while few calls of the day had one beside them."""
        cutoff = self._now_ms() - DAY_S * 1000
        while self._calls and self._calls[0][0] < cutoff:
            self._calls.popleft()
        hedged = sum(hedge for _, hedge in self._calls)
        if hedged + 1 > HEDGED_SHARE * len(self._calls):
            return None
        return hedge_delay_s(self._figures.measured(candidate.deployment, tokens))

    def note_call(self, *, hedge: bool) -> None:
        """Hear of a call, for the share of those that had one beside them."""
        self._calls.append((self._now_ms(), hedge))

    def _contender(self, index: int, candidate: Candidate, tokens: int, now: float) -> Contender:
        scopes, deployment = candidate.scopes, candidate.deployment
        return Contender(
            index=index,
            weight=candidate.weight,
            deployment=deployment,
            measured=self._figures.measured(deployment, tokens),
            in_flight=self._service.health.in_flight(scopes) if scopes is not None else 0,
            healthy=candidate.barred is None and self.shut(candidate, tokens, now, forced=False) is None,
            estimate_nanos=candidate.estimate_nanos,
            quality=deployment.quality,
        )


@dataclass(slots=True)
class _Call:
    """A call under way; `flight` is None once its end was told."""

    scopes: Scopes
    flight: Flight | None


class LiveStanding:
    """Tells the router how deployments stand, and passes on what becomes of each call."""

    def __init__(
        self,
        health: HealthService,
        figures: Figures,
        ledger: Ledger,
        *,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
        rng: Random,
    ) -> None:
        self._health = health
        self._figures = figures
        self._ledger = ledger
        self._monotonic = monotonic
        self.guard = LiveGuard(health, figures, now_ms=now_ms, rng=rng)

    async def ready(self, resolved: Sequence[Resolved]) -> Sequence[Scopes | None]:
        """Return what the health of deployments hangs on; what changed since the last time counts from now on."""
        await self._figures.load()
        return await self._health.ready(resolved)

    async def outlook(self, chain: Chain, *, pinned: bool) -> Outlook:
        """Return how far the budgets are spent."""
        return await self._ledger.outlook(None if pinned else chain.name, day_nanos=chain.limits.day_cost_nanos)

    async def reserve(self, wanted: CallWanted) -> Paid | Denial:
        """Set aside the most that a call may cost."""
        deployment = wanted.candidate.deployment
        if deployment.simulated or deployment.free:
            return Paid()
        tokens, most = wanted.tokens, wanted.max_output
        answer = await self._ledger.reserve(
            wanted.route,
            wanted.n,
            account=deployment.account,
            provider=deployment.provider,
            chain=None if wanted.pinned else wanted.chain.name,
            worst_nanos=worst_case_nanos(deployment, tokens, most),
            least_nanos=least_case_nanos(deployment, tokens, most),
            simulated=deployment.simulated,
            day_nanos=wanted.chain.limits.day_cost_nanos,
            agreed=wanted.agreed,
        )
        if isinstance(answer, Denied):
            if answer.unpriced:
                return Denial.UNPRICED
            return Denial.ASKS if answer.budget.action is Action.ASK else Denial.BLOCKED
        if answer.nanos is None:
            return Paid()
        return Paid(cap_output(deployment, tokens, most, answer.nanos), reserved=True)

    async def settle(self, route: str, n: int) -> None:
        """Give back what was set aside for a call whose cost is kept by now."""
        await self._ledger.settle(route, n)

    def begin(self, candidate: Candidate, tokens: int, *, reason: Reason) -> object:
        """Count a call that goes out."""
        self.guard.note_call(hedge=reason is Reason.HEDGE)
        if candidate.scopes is None or candidate.deployment.simulated:
            return None
        return _Call(candidate.scopes, self._health.begin(candidate.scopes, tokens))

    async def end(self, permit: object, candidate: Candidate, record: AttemptRecord) -> Failure | None:
        """Tell health and figures how a call ended; a host that is out of reach with all others means no network."""
        failure = record.failure
        self._figures.add(record)
        if not isinstance(permit, _Call) or permit.flight is None:
            return failure
        flight, permit.flight = permit.flight, None
        usage = record.usage
        tokens = usage.input + (usage.output or 0) if usage is not None and usage.input is not None else None
        await self._health.end(flight, failure, tokens, sent=record.sent_ms is not None)
        gone = failure is not None and failure.kind is FailureKind.CONNECT and not permit.scopes.local
        if failure is not None and gone and self.guard.offline(self._monotonic()):
            return replace(failure, kind=FailureKind.OFFLINE)
        return failure

    def drop(self, permit: object, *, sent: bool) -> None:
        """Tell health that a call was given up, unless its end was told."""
        if isinstance(permit, _Call) and permit.flight is not None:
            flight, permit.flight = permit.flight, None
            self._health.cancel(flight, sent=sent)
