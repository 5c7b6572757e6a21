"""Tells whether this computer has no network, from which hosts could be reached of late.

A laptop that wakes up must not spoil the name of every provider it knows. Times are monotonic seconds.
"""

from __future__ import annotations

from switchyard.core.events import Finish
from switchyard.core.failures import FailureKind
from switchyard.core.route import RouteRecord, SkipReason
from switchyard.core.scopes import Scope, site_of

TOGETHER_S = 5.0  # two sites that fail within so long, ...
REACHED_S = 30.0  # ... while nothing was reached for so long, mean that there is no network
LASTS_S = 10.0  # a verdict that nothing new supports: then somebody may be called again


class Connectivity:
    """What is known of the way to the internet. Hosts of a private network tell nothing about it."""

    def __init__(self) -> None:
        self._failed: dict[str, float] = {}  # when each site could not be reached last
        self._reached_at: float | None = None
        self._offline_until = 0.0

    def failed(self, host: Scope, now: float) -> bool:
        """A host could not be reached; return whether it turns out now that there is no network."""
        self._failed[site_of(host.name)] = now
        if self._reached_at is not None and now - self._reached_at < REACHED_S:
            return False
        together = sum(now - at <= TOGETHER_S for at in self._failed.values())
        if together < 2 and not self.offline(now):
            return False
        news = not self.offline(now)
        self._offline_until = now + LASTS_S
        return news

    def reached(self, now: float) -> None:
        """A host answered, in whatever way."""
        self._reached_at = now
        self._offline_until = 0.0
        self._failed.clear()

    def offline(self, now: float) -> bool:
        """Whether there is no network, as far as is known."""
        return now < self._offline_until

    def slept(self) -> None:
        """The computer has slept: the network may be another one, and nothing is known of it."""
        self._reached_at = None
        self._offline_until = 0.0
        self._failed.clear()

    @property
    def reached_at(self) -> float | None:
        """When a host answered last; None where none ever did."""
        return self._reached_at


def out_of_reach(route: RouteRecord) -> tuple[str, ...]:
    """Return who could not be reached where a route came to nothing for want of a network; nobody where it did not."""
    failed = {attempt.deployment: attempt.failure.kind for attempt in route.attempts if attempt.failure is not None}
    lost = FailureKind.OFFLINE in failed.values()
    lost = lost or (route.failure is not None and route.failure.kind is FailureKind.OFFLINE)
    if not lost or route.finish is not Finish.ERROR:
        return ()
    called = [name for name, kind in failed.items() if kind in (FailureKind.OFFLINE, FailureKind.CONNECT)]
    passed_over = [skip.deployment for skip in route.skipped if skip.reason is SkipReason.OFFLINE]
    return tuple(dict.fromkeys([*called, *passed_over]))
