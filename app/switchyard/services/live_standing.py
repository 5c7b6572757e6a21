"""How deployments stand, from all that the program knows: their health, their limits, their figures, the budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from switchyard.core.budget import Action
from switchyard.core.chain import Chain
from switchyard.core.estimate import cap_output, least_case_nanos, searches_of, worst_case_nanos
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.filing import WorkspaceId
from switchyard.core.known import DAY_MS, Known
from switchyard.core.moves import Candidate
from switchyard.core.route import AttemptRecord, Reason
from switchyard.core.scopes import Scopes
from switchyard.core.sentence import Sentence
from switchyard.core.value import record, replace
from switchyard.services.accounts import Resolved
from switchyard.services.figures import Figures
from switchyard.services.health import Flight, HealthService
from switchyard.services.ledger import Denied, Ledger, Outlook
from switchyard.services.standing import CallWanted, Denial, Paid


@record
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
        self._now_ms = now_ms
        self._day_known = False
        self.guard = Known(
            health.health,
            health.rates,
            figures.measured,
            now_ms=now_ms,
            rng=rng,
            measured_all=figures.measured_all,
        )

    async def ready(self, resolved: Sequence[Resolved]) -> Sequence[Scopes | None]:
        """Return what the health of deployments hangs on; what changed since the last time counts from now on."""
        await self._figures.load()
        return await self._health.ready(resolved)

    async def outlook(self, chain: Chain, *, pinned: bool, workspace: WorkspaceId | None) -> Outlook:
        """Return how far the budgets are spent; for a chain that hedges, find out what share of the day's calls did."""
        if not self._day_known and any(step.hedge != "none" for step in chain.steps):
            self.guard.recall(await self._figures.calls_since(self._now_ms() - DAY_MS))
            self._day_known = True
        name = None if pinned else chain.name
        return await self._ledger.outlook(name, workspace, day_nanos=chain.limits.day_cost_nanos)

    async def reserve(self, wanted: CallWanted) -> Paid | Denial:
        """Set aside the most that a call may cost."""
        deployment = wanted.candidate.deployment
        if deployment.simulated or deployment.free:
            return Paid()
        tokens, most = wanted.tokens, wanted.parameters.max_output
        searches = searches_of(deployment, wanted.parameters)
        answer = await self._ledger.reserve(
            wanted.route,
            wanted.n,
            account=deployment.account,
            provider=deployment.provider,
            chain=None if wanted.pinned else wanted.chain.name,
            worst_nanos=worst_case_nanos(deployment, tokens, most, searches=searches),
            least_nanos=least_case_nanos(deployment, tokens, most, searches=searches),
            simulated=deployment.simulated,
            workspace=wanted.workspace,
            day_nanos=wanted.chain.limits.day_cost_nanos,
            agreed=wanted.agreed,
        )
        if isinstance(answer, Denied):
            if answer.unpriced:
                return Denial.UNPRICED
            return Denial.ASKS if answer.budget.action is Action.ASK else Denial.BLOCKED
        if answer.nanos is None:
            return Paid()
        return Paid(cap_output(deployment, tokens, most, answer.nanos, searches=searches))

    async def close(self, route: str, *, spent: bool) -> Sequence[Sentence]:
        """Give back what is still set aside for a route; return what the person is to be told of the budgets."""
        return [notice.title for notice in await self._ledger.close(route, spent=spent)]

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

    def learn(self, candidate: Candidate, headers: Mapping[str, str]) -> None:
        """Tell the limits what an answer said of them."""
        if candidate.scopes is not None:
            self._health.learn(candidate.scopes, headers)

    def drop(self, permit: object, *, sent: bool) -> None:
        """Tell health that a call was given up, unless its end was told."""
        if isinstance(permit, _Call) and permit.flight is not None:
            flight, permit.flight = permit.flight, None
            self._health.cancel(flight, sent=sent)
