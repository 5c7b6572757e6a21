"""What is known of deployments beyond one message, as plans ask for it: in the program, and in its rehearsals."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from switchyard.core.catalog import Deployment
from switchyard.core.failures import FailureKind
from switchyard.core.guard import FIRST_TOKEN_S, MessageFacts, Repute, Shut
from switchyard.core.health import Health, is_well
from switchyard.core.moves import Candidate
from switchyard.core.picking import Contender, View
from switchyard.core.rate_limits import Rates
from switchyard.core.route import SkipReason
from switchyard.core.stats import Measured, first_token_deadline_s, hedge_delay_s
from switchyard.core.strategies import STRATEGIES

if TYPE_CHECKING:
    from random import Random

DAY_MS = 24 * 60 * 60 * 1000
HEDGED_SHARE = 0.05  # of a day's calls, at most

_MAKE = tuple.__new__  # of what a call of the class takes, a third: a pool may have fifty members

Measure = Callable[[Deployment, int], Measured]
MeasureAll = Callable[[Sequence[Deployment], int], Sequence[Measured]]


class Known:
    """Answers plans from breakers, parks, limits and figures. `measured` knows a deployment for a prompt's tokens.

    `measured_all` knows many at once, where that is quicker. `now_ms` is the wall clock in UTC milliseconds.
    """

    def __init__(
        self,
        health: Health,
        rates: Rates,
        measured: Measure,
        *,
        now_ms: Callable[[], int],
        rng: Random,
        measured_all: MeasureAll | None = None,
    ) -> None:
        self._health = health
        self._rates = rates
        self._measured = measured
        self._measured_all = measured_all or (lambda pool, tokens: [measured(one, tokens) for one in pool])
        self._now_ms = now_ms
        self._rng = rng
        self._turns: Counter[tuple[str, str]] = Counter()
        self._day: deque[tuple[int, bool]] = deque()  # the calls of a day: when, and whether beside another one
        self._hedges = 0  # of them

    def shut(self, candidate: Candidate, tokens: int, now: float, *, forced: bool) -> Shut | None:
        """Return why a deployment may not be called now: it is parked, its breaker is open, or its limit is near."""
        scopes = candidate.scopes
        if scopes is None or candidate.deployment.simulated:
            return None
        closed = self._health.closed(scopes, now, self._now_ms(), forced=forced)
        if closed is not None:
            may_bypass = closed.reason is SkipReason.BREAKER and not closed.probing
            return Shut(closed.reason, closed.kind, closed.until_s, may_bypass, closed.message)
        wait_s = self._rates.wait_s(scopes, tokens, now)
        return Shut(SkipReason.LIMITED, FailureKind.RATE_LIMIT, now + wait_s) if wait_s > 0 else None

    def offline(self, now: float) -> bool:
        """Whether this computer has no network."""
        return self._health.offline(now)

    def order(self, chain: str, pool: Sequence[Candidate], message: MessageFacts, now: float) -> Sequence[Candidate]:
        """Return the members of a pool as its strategy would try them."""
        strategy = STRATEGIES.get(pool[0].step.pick)
        if strategy is None:
            return pool
        place = (chain, f"{pool[0].track or ''}/{pool[0].index}")
        contenders = self._contenders(pool, message.tokens, now)
        ordered = strategy.order(contenders, View(turn=self._turns[place], needs=message.needs), self._rng)
        self._turns[place] += 1
        return [pool[contender.index] for contender in ordered]

    def retry_token(self, candidate: Candidate) -> bool:
        """Take what one retry costs from the provider's bucket."""
        return candidate.scopes is None or self._health.retry_token(candidate.scopes.provider)

    def first_token_s(self, candidate: Candidate, tokens: int) -> float:
        """Return how long a first token is waited for, by what was measured."""
        if candidate.deployment.simulated:
            return FIRST_TOKEN_S
        return first_token_deadline_s(self._measured(candidate.deployment, tokens))

    def repute(self, candidate: Candidate, tokens: int) -> Repute | None:
        """Return how often it was measured, and whether it is neither parked nor behind a breaker that has opened."""
        if candidate.scopes is None or candidate.deployment.simulated:
            return None
        measured = self._measured(candidate.deployment, tokens)
        return Repute(measured.samples, is_well(self._health, candidate.scopes))

    def hedge_s(self, candidate: Candidate, tokens: int, own_s: float | None = None) -> float | None:
        """Return after how long a second call is made, while few calls of the day had one beside them.

        `own_s` is what the chain says itself; without it, it is when a second call is worth its money.
        """
        cutoff = self._now_ms() - DAY_MS
        while self._day and self._day[0][0] < cutoff:
            self._hedges -= self._day.popleft()[1]
        if self._hedges + 1 > max(1.0, HEDGED_SHARE * (len(self._day) - self._hedges)):
            return None
        return own_s if own_s is not None else hedge_delay_s(self._measured(candidate.deployment, tokens))

    def note_call(self, *, hedge: bool) -> None:
        """Hear of a call, for the share of those that had one beside them."""
        self._day.append((self._now_ms(), hedge))
        self._hedges += hedge

    def recall(self, calls: Sequence[tuple[int, bool]]) -> None:
        """Take over the calls of the last day, those of other processes among them: when, and which were hedges."""
        self._day = deque(calls)
        self._hedges = sum(hedge for _, hedge in calls)

    def _contenders(self, pool: Sequence[Candidate], tokens: int, now: float) -> list[Contender]:
        """Return what a strategy chooses from: in one go, since a pool may have many members."""
        health, rates = self._health, self._rates
        troubled, limited = health.troubled, rates.limited
        figures = self._measured_all([candidate.deployment for candidate in pool], tokens)
        if not troubled and not limited:  # as nearly always: nobody has to be looked at more closely
            return [
                _MAKE(
                    Contender,
                    (
                        place,
                        one.weight,
                        one.deployment,
                        measured,
                        0 if one.scopes is None else health.in_flight(one.scopes),
                        one.barred is None,
                        one.estimate_nanos,
                        one.deployment.quality,
                    ),
                )
                for place, (one, measured) in enumerate(zip(pool, figures, strict=True))
            ]
        contenders: list[Contender] = []
        for candidate, measured in zip(pool, figures, strict=True):
            scopes, deployment = candidate.scopes, candidate.deployment
            in_flight = health.in_flight(scopes) if scopes is not None else 0
            healthy = candidate.barred is None
            if healthy and troubled:
                healthy = self.shut(candidate, tokens, now, forced=False) is None
            elif healthy and limited and scopes is not None and not deployment.simulated:
                healthy = rates.wait_s(scopes, tokens, now) <= 0
            place, money, quality = len(contenders), candidate.estimate_nanos, deployment.quality
            contenders.append(
                Contender(place, candidate.weight, deployment, measured, in_flight, healthy, money, quality)
            )
        return contenders
