"""What is not called for a while, or until somebody changes something: a limit, a dead key, a model that is gone.

Parks are written down and outlive the program; so their times are UTC milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from switchyard.core.failures import DECISIONS, Failure, FailureKind, Lasts
from switchyard.core.quota_reset import reset_s
from switchyard.core.scopes import Scope, ScopeKind, Scopes
from switchyard.core.value import replace, value

DAY_MS = 24 * 60 * 60 * 1000
SLACK_MS = 60 * 60 * 1000  # by how much a wall clock is put right without anybody setting it
BLIND_S, BLIND_MAX_S = 5.0, 60.0  # a limit that names no time: doubling while it repeats
IN_A_ROW_MS = 10 * 60 * 1000
SHORTEST_S = 0.5  # "retry after 0 s" must not become a burst of calls
FORCED_THROUGH = frozenset(
    {FailureKind.AUTH, FailureKind.QUOTA, FailureKind.PERMISSION, FailureKind.MODEL_GONE}
)  # what somebody who asks for one model alone may find healed


@value
class Park:
    """One park. `until_ms` is None until something is edited; `fingerprint` tells which key was refused.

    `message` is what the provider said in codes, none of its words.
    """

    scope: Scope
    kind: FailureKind
    since_ms: int
    until_ms: int | None
    message: str = ""
    fingerprint: str | None = None

    def over(self, now_ms: int) -> bool:
        """Whether its time has come. Much more than a day ahead: the wall clock was set back meanwhile."""
        return self.until_ms is not None and not 0 < self.until_ms - now_ms <= DAY_MS + SLACK_MS

    def outlasts(self, other: Park) -> bool:
        """Whether it ends later."""
        if other.until_ms is None:
            return False
        return self.until_ms is None or self.until_ms > other.until_ms


class Parks:
    """The parks in force, one for each scope; they only ever get longer until they end or are lifted."""

    def __init__(self) -> None:
        self._parks: dict[Scope, Park] = {}
        self._blind: dict[Scope, tuple[int, int]] = {}  # limits in a row that named no time, and when the last came

    def __bool__(self) -> bool:
        return bool(self._parks)

    def __iter__(self) -> Iterator[Park]:
        return iter(tuple(self._parks.values()))

    def get(self, scope: Scope) -> Park | None:
        """Return the park of a scope."""
        return self._parks.get(scope)

    def load(self, parks: Iterable[Park], now_ms: int) -> None:
        """Take over what was written down, in the place of what is known."""
        self._parks = {park.scope: park for park in parks if not park.over(now_ms)}

    def closing(self, scopes: Scopes, now_ms: int, *, forced: bool) -> Park | None:
        """Return the park that keeps a deployment from being called longest."""
        if self._parks.keys().isdisjoint(scopes.every):
            return None
        longest: Park | None = None
        for scope in (scopes.key, scopes.account, scopes.deployment, scopes.model):
            park = self._parks.get(scope)
            if park is None or (forced and park.kind in FORCED_THROUGH):
                continue
            if park.over(now_ms):
                del self._parks[scope]
            elif longest is None or park.outlasts(longest):
                longest = park
        return longest

    def passed_by(self, scopes: Scopes) -> tuple[Park, ...]:
        """Return the parks that a call goes out in spite of."""
        found = (self._parks.get(scope) for scope in (scopes.key, scopes.account, scopes.deployment, scopes.model))
        return tuple(park for park in found if park is not None)

    def keep(self, scopes: Scopes, failure: Failure, now_ms: int, fingerprint: str | None) -> Park | None:
        """Park what a failure says; return what is new of it, None where nothing is parked for longer than before."""
        rule = DECISIONS[failure.kind].parks
        if rule is None:
            return None
        scope = _of(scopes, rule.scope)
        before = self._parks.get(scope)
        if before is not None and before.over(now_ms):
            before = None
        seconds = self._seconds(scope, rule.lasts, failure, now_ms, repeats=before is None)
        if seconds is None and rule.lasts is not Lasts.EDIT:
            return None
        until_ms = None if seconds is None else now_ms + min(math.ceil(seconds * 1000), DAY_MS)
        park = Park(scope, failure.kind, now_ms, until_ms, codes_of(failure), fingerprint)
        if before is not None:
            if not park.outlasts(before):
                return None
            park = replace(park, since_ms=before.since_ms)
        self._parks[scope] = park
        return park

    def lift(self, scope: Scope) -> bool:
        """End a park before its time; whether there was one."""
        return self._parks.pop(scope, None) is not None

    def healed(self, scopes: Scopes) -> None:
        """A call was a good one: the next limit without a time begins with the shortest wait."""
        if self._blind:
            self._blind.pop(scopes.quota, None)

    def _seconds(self, scope: Scope, lasts: Lasts, failure: Failure, now_ms: int, *, repeats: bool) -> float | None:
        """Return how long a park lasts; calls that were under way together are one limit, not several in a row."""
        if lasts is Lasts.RESET:
            known_s = reset_s(failure, now_ms)
            return known_s if known_s is not None else DAY_MS / 1000
        if lasts is Lasts.DAY:
            return DAY_MS / 1000
        if lasts is Lasts.EDIT:
            return None
        if failure.retry_after_s is not None:
            return max(failure.retry_after_s, SHORTEST_S)
        if lasts is Lasts.IF_TOLD:
            return None
        times, last_ms = self._blind.get(scope, (0, now_ms))
        if now_ms - last_ms > IN_A_ROW_MS:
            times = 0
        if repeats:
            self._blind[scope] = (min(times + 1, 10), now_ms)
        return min(BLIND_S * 2.0**times, BLIND_MAX_S)


def _of(scopes: Scopes, kind: ScopeKind) -> Scope:
    if kind is ScopeKind.ACCOUNT:
        return scopes.quota
    return {ScopeKind.KEY: scopes.key, ScopeKind.DEPLOYMENT: scopes.deployment, ScopeKind.MODEL: scopes.model}[kind]


def codes_of(failure: Failure) -> str:
    """Return what a failure says in codes: no words of a provider, which may repeat a prompt."""
    if failure.kind is FailureKind.CONNECT:
        return ""  # its code is one of ours, for which there are words
    return " ".join(str(part) for part in (failure.status, failure.code) if part)
