"""What may be called now: breakers, parks and the network's reach, over all messages.

The planner asks it before each call, and every call tells it how it ended. It holds no clock: `now` is monotonic
seconds, `now_ms` the wall clock in UTC milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from switchyard.core.breaker import Breaker, Entry
from switchyard.core.connectivity import Connectivity
from switchyard.core.failure_words import Cause, cause_of
from switchyard.core.failures import DECISIONS, Failure, FailureKind
from switchyard.core.parks import FORCED_THROUGH, Park, Parks, codes_of
from switchyard.core.route import SkipReason
from switchyard.core.scopes import Scope, ScopeKind, Scopes
from switchyard.core.value import record, replace, value

PROBE_POLL_S = 1.0  # a probe is under way: ask again after so long
RETRY_TOKENS, RETRY_COST, RETRY_REFUND = 100, 10, 1  # tenths: ten retries, a tenth of one back for each success

# What ends a call without having reached anybody, or without telling whether it did.
_UNREACHED = frozenset(
    {
        FailureKind.CONNECT,
        FailureKind.OFFLINE,
        FailureKind.LOCAL,
        FailureKind.BUDGET,
        FailureKind.CANCELLED,
        FailureKind.TIMEOUT_TTFT,
        FailureKind.UNKNOWN,
    }
)
_OF_THE_KEY = frozenset({FailureKind.AUTH, FailureKind.QUOTA, FailureKind.PERMISSION})


class HealthState(StrEnum):
    """How a scope is."""

    HEALTHY = "healthy"
    PARKED = "parked"
    OPEN = "open"
    HALF_OPEN = "half_open"


@value
class Closed:
    """Why a deployment may not be called now.

    `until_s` is monotonic; None is until something is edited. `probing`: its breaker's probe is under way, so that
    nobody may go through beside it.
    """

    reason: SkipReason
    until_s: float | None
    kind: FailureKind
    scope: Scope
    message: str = ""
    probing: bool = False


@value
class HealthView:
    """How one scope is, for people. Times are UTC milliseconds; `until_ms` None is until something is edited."""

    scope: Scope
    state: HealthState
    since_ms: int | None = None
    until_ms: int | None = None
    kind: FailureKind | None = None
    message: str = ""


class Permit(NamedTuple):
    """A call that went out; it is given back once."""

    n: int
    scopes: Scopes


@record
class _Call:
    entries: tuple[tuple[Scope, Breaker, Entry], ...]
    went_past: tuple[Park, ...]
    fingerprint: str | None


class Health:
    """The one memory of what works. `rng` returns numbers in [0, 1)."""

    def __init__(self, rng: Callable[[], float]) -> None:
        self._rng = rng
        self._parks = Parks()
        self._network = Connectivity()
        self._breakers: dict[Scope, Breaker] = {}
        self._tripped: dict[Scope, Breaker] = {}  # those that are not closed: nearly always none
        self._last: dict[Scope, Failure] = {}  # what counted last towards a breaker
        self._calls: dict[int, _Call] = {}
        self._made = 0
        self._in_flight: dict[Scope, int] = {}
        self._fingerprints: dict[Scope, str] = {}
        self._tokens: dict[Scope, int] = {}
        self._lifted: set[Scope] = set()
        self._nearby: set[Scope] = set()  # hosts that are not on the internet

    # --- asking -------------------------------------------------------------------------------------------------

    def closed(self, scopes: Scopes, now: float, now_ms: int, *, forced: bool = False) -> Closed | None:
        """Return what stands against a call; `forced` where the person wants this deployment and no other."""
        if self._parks:
            park = self._parks.closing(scopes, now_ms, forced=forced)
            if park is not None:
                until_s = None if park.until_ms is None else now + (park.until_ms - now_ms) / 1000
                return Closed(SkipReason.PARKED, until_s, park.kind, park.scope, park.message)
        if not self._tripped or forced or self._tripped.keys().isdisjoint(scopes.every):
            return None
        return self._tripped_closed(scopes, now)

    def offline(self, now: float) -> bool:
        """Whether there is no network: hosts that have nothing to do with each other cannot be reached."""
        return self._network.offline(now)

    @property
    def troubled(self) -> bool:
        """Whether anything is parked, or any breaker not closed."""
        return bool(self._parks) or bool(self._tripped)

    def in_flight(self, scopes: Scopes) -> int:
        """Return how many calls to a deployment are under way."""
        return self._in_flight.get(scopes.deployment, 0)

    def snapshot(self, now: float, now_ms: int) -> tuple[HealthView, ...]:
        """Return how everything is that is known of; a scope that is parked is not told a second time."""
        parked = [park for park in self._parks if not park.over(now_ms)]
        views = [
            HealthView(park.scope, HealthState.PARKED, park.since_ms, park.until_ms, park.kind, park.message)
            for park in parked
        ]
        told = {park.scope for park in parked}
        views += [
            _view(scope, breaker, self._last.get(scope), now, now_ms)
            for scope, breaker in self._breakers.items()
            if scope not in told
        ]
        return tuple(views)

    # --- calls --------------------------------------------------------------------------------------------------

    def begin(self, scopes: Scopes, now: float) -> Permit:
        """A call goes out; where a breaker is not closed, it is its probe."""
        self._made += 1
        if scopes.local:
            self._nearby.add(scopes.host)
        permit = Permit(self._made, scopes)
        entries = []
        for scope in (scopes.host, scopes.model):
            breaker = self._breakers.get(scope)
            if breaker is None:
                breaker = self._breakers[scope] = Breaker(self._rng)
            entries.append((scope, breaker, breaker.enter()))
        through = self._parks.passed_by(scopes) if self._parks else ()
        self._calls[permit.n] = _Call(tuple(entries), through, self._fingerprints.get(scopes.key))
        self._in_flight[scopes.deployment] = self._in_flight.get(scopes.deployment, 0) + 1
        return permit

    def end(self, permit: Permit, failure: Failure | None, now: float, now_ms: int) -> tuple[Park, ...]:
        """A call has ended; return the park that came of it or got longer. A second time does nothing."""
        call = self._take(permit)
        if call is None:
            return ()
        scopes = permit.scopes
        if failure is None:
            self._succeeded(scopes, call, now)
            return ()
        self._failed(scopes, call, failure, now)
        if failure.kind is FailureKind.AUTH and call.fingerprint != self._fingerprints.get(scopes.key):
            return ()  # it was refused for a key that is another one by now
        fingerprint = call.fingerprint if failure.kind in _OF_THE_KEY else None
        park = self._parks.keep(scopes, failure, now_ms, fingerprint)
        return () if park is None else (park,)

    def cancel(self, permit: Permit) -> None:
        """A call was given up: it tells nothing, and a probe's permit is free again."""
        call = self._take(permit)
        if call is not None:
            for _, breaker, entry in call.entries:
                breaker.left(entry)

    def retry_token(self, provider: Scope) -> bool:
        """Take what one retry costs from a provider's bucket; False where it does not hold so much."""
        left = self._tokens.get(provider, RETRY_TOKENS)
        if left < RETRY_COST:
            return False
        self._tokens[provider] = left - RETRY_COST
        return True

    def success(self, provider: Scope) -> None:
        """Refund a bit of a retry; `end` does it for every good call."""
        left = self._tokens.get(provider)
        if left is not None:
            self._tokens[provider] = min(left + RETRY_REFUND, RETRY_TOKENS)

    # --- the network --------------------------------------------------------------------------------------------

    def connect_failed(self, host: Scope, now: float, local: bool) -> None:
        """A host could not be reached. Where it turns out that none can be, no host is to blame for it.

        `end` tells it of every call.
        """
        if local or not self._network.failed(host, now):
            return
        since = self._network.reached_at
        for scope, breaker in self._breakers.items():
            if scope.kind is ScopeKind.HOST and scope not in self._nearby:
                breaker.forget_failures(since if since is not None else -math.inf)
                self._note(scope, breaker)

    def connected(self, host: Scope, now: float) -> None:
        """A host answered, in whatever way. `end` tells it of every call."""
        if host not in self._nearby:
            self._network.reached(now)

    def slept(self, seconds: float) -> None:
        """The computer has slept, while the monotonic clock stood: breakers have had that time, too."""
        self._network.slept()
        for breaker in self._breakers.values():
            breaker.slept(seconds)

    # --- parks --------------------------------------------------------------------------------------------------

    def load(self, parks: Iterable[Park], now_ms: int) -> None:
        """Take over the parks that were written down, in the place of what is known of them."""
        self._parks.load(parks, now_ms)

    def take_lifted(self) -> frozenset[Scope]:
        """Return the scopes whose parks were lifted since this was asked last: they are to be written off."""
        lifted, self._lifted = frozenset(self._lifted), set()
        return lifted

    def key_changed(self, key: Scope, fingerprint: str) -> None:
        """Say which key an account has now: what another one was refused for is lifted."""
        if self._fingerprints.get(key) == fingerprint:
            return
        self._fingerprints[key] = fingerprint
        for park in self._parks:
            refused_another = park.kind in _OF_THE_KEY and park.fingerprint not in (None, fingerprint)
            account = park.scope.name.partition("/")[0] if park.scope.kind is ScopeKind.DEPLOYMENT else None
            if refused_another and (park.scope == key or account == key.name):
                self._lift(park.scope)

    def edited(self, scopes: Scopes, at_ms: int) -> None:
        """Say that something of an account was edited: a model that was gone before is asked for again."""
        park = self._parks.get(scopes.model)
        if park is not None and park.kind is FailureKind.MODEL_GONE and park.since_ms < at_ms:
            self._lift(scopes.model)

    def try_now(self, scope: Scope, now: float) -> bool:
        """The person wants it tried: lift its park, and let one call through its breaker. Whether that was needed."""
        parked = self._lift(scope)
        breaker = self._tripped.get(scope)
        if breaker is not None:
            breaker.let_through(now)
        return parked or breaker is not None

    # --- inside -------------------------------------------------------------------------------------------------

    def _lift(self, scope: Scope) -> bool:
        lifted = self._parks.lift(scope)
        if lifted:
            self._lifted.add(scope)
        return lifted

    def _take(self, permit: Permit) -> _Call | None:
        call = self._calls.pop(permit.n, None)
        if call is not None:
            name = permit.scopes.deployment
            self._in_flight[name] -= 1
            if not self._in_flight[name]:
                del self._in_flight[name]
        return call

    def _succeeded(self, scopes: Scopes, call: _Call, now: float) -> None:
        self.connected(scopes.host, now)
        for scope, breaker, entry in call.entries:
            breaker.passed(entry, now)
            self._note(scope, breaker)
        self.success(scopes.provider)
        self._parks.healed(scopes)
        for park in call.went_past:
            if park.kind in FORCED_THROUGH and self._parks.get(park.scope) == park:
                self._lift(park.scope)

    def _failed(self, scopes: Scopes, call: _Call, failure: Failure, now: float) -> None:
        """Count a failure where it belongs; nowhere while there is no network."""
        reached = failure.status is not None or failure.kind not in _UNREACHED
        if failure.kind is FailureKind.CONNECT:
            self.connect_failed(scopes.host, now, scopes.local)
        elif reached:
            self.connected(scopes.host, now)
        trip = DECISIONS[failure.kind].trips if cause_of(failure) is not Cause.LEFT else None
        blameless = self.offline(now) and not scopes.local
        for scope, breaker, entry in call.entries:
            if trip is not None and scope.kind is trip.scope and not blameless:
                self._last[scope] = failure
                breaker.failed(entry, trip.weight, now)
            elif scope.kind is ScopeKind.HOST and reached:
                breaker.passed(entry, now)
            else:
                breaker.left(entry)
            self._note(scope, breaker)

    def _tripped_closed(self, scopes: Scopes, now: float) -> Closed | None:
        found: Closed | None = None
        for scope in (scopes.host, scopes.model):
            breaker = self._tripped.get(scope)
            if breaker is None or breaker.until is None or breaker.admits(now):
                continue
            until_s = max(breaker.until, now + PROBE_POLL_S) if breaker.probing else breaker.until
            probing = breaker.probing or (found is not None and found.probing)
            if found is None or found.until_s is None or until_s > found.until_s:
                last = self._last[scope]
                found = Closed(SkipReason.BREAKER, until_s, last.kind, scope, codes_of(last))
            found = replace(found, probing=probing)
        return found

    def _note(self, scope: Scope, breaker: Breaker) -> None:
        """Keep at hand what is not closed, so that asking costs nothing while everything is."""
        if breaker.closed:
            self._tripped.pop(scope, None)
        else:
            self._tripped[scope] = breaker


def _view(scope: Scope, breaker: Breaker, last: Failure | None, now: float, now_ms: int) -> HealthView:
    if breaker.until is None or last is None:
        return HealthView(scope, HealthState.HEALTHY)
    return HealthView(
        scope,
        HealthState(breaker.state(now).value),
        now_ms - round((now - breaker.opened_at) * 1000),
        now_ms + round((breaker.until - now) * 1000),
        last.kind,
        codes_of(last),
    )


def is_well(health: Health, scopes: Scopes) -> bool:
    """Whether nothing is parked that a call would have to go past, and no breaker has opened."""
    return not health._parks.passed_by(scopes) and health._tripped.keys().isdisjoint(scopes.every)
