"""Stops calls to what fails again and again, and lets one through now and then to see whether it has healed.

A desktop sends a few calls an hour: failures in a row decide, and time forgives. Times are monotonic seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

TRIPS_AT = 3.0  # weights of failures in a row
ROW_S = 600.0  # within which these fall
SHARE, SHARE_OF, SHARE_S = 0.5, 5, 120.0  # or: so large a share of at least so many calls within so long
OPEN_S, OPEN_MAX_S = 15.0, 300.0
SPREAD = (0.8, 1.2)
FORGIVES_S = 600.0  # one opening less for so long without trouble
_LEVEL_MAX = 6  # above it nothing gets longer


class BreakerState(StrEnum):
    """Closed lets all calls pass, open none, half-open one at a time."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Entry(NamedTuple):
    """A call that went through a breaker: in which of its phases, and whether as the probe."""

    phase: int
    probe: bool


class Breaker:
    """One breaker. `rng` returns numbers in [0, 1)."""

    def __init__(self, rng: Callable[[], float]) -> None:
        self._rng = rng
        self._failures: deque[tuple[float, float]] = deque()  # in a row: when, and how much each counts
        self._calls: deque[tuple[float, float]] = deque()  # of late: when, and how much of a failure each was
        self._until: float | None = None
        self._opened_at = 0.0
        self._level = 0
        self._healthy_since = 0.0
        self._phase = 0
        self._probing = False

    @property
    def closed(self) -> bool:
        """Whether it lets everything pass."""
        return self._until is None

    @property
    def until(self) -> float | None:
        """When it lets a probe through; None where it is closed."""
        return self._until

    @property
    def opened_at(self) -> float:
        """When it opened last."""
        return self._opened_at

    @property
    def probing(self) -> bool:
        """Whether a probe is under way."""
        return self._probing

    def state(self, now: float) -> BreakerState:
        """Return its state at this time."""
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self._until else BreakerState.HALF_OPEN

    def admits(self, now: float) -> bool:
        """Whether a call may go through by itself."""
        return self._until is None or (now >= self._until and not self._probing)

    def enter(self) -> Entry:
        """Note a call that goes through; where the breaker is not closed, the first one is the probe."""
        probe = self._until is not None and not self._probing
        self._probing = self._probing or probe
        return Entry(self._phase, probe)

    def passed(self, entry: Entry, now: float) -> None:
        """The call was a good one. Whatever went through an open breaker closes it so."""
        if entry.phase != self._phase:
            return
        if self._until is not None:
            self._close(now)
            return
        self._failures.clear()
        self._calls.append((now, 0.0))

    def failed(self, entry: Entry, weight: float, now: float) -> None:
        """The call failed in a way that counts so much. What began before the breaker last moved tells nothing."""
        if entry.phase != self._phase:
            return
        if self._until is not None:
            if entry.probe:
                self._open(now)
            return
        self._forgive_with_time(now)
        self._healthy_since = now
        self._failures.append((now, weight))
        self._calls.append((now, weight))
        if self._is_too_much(now):
            self._open(now)

    def left(self, entry: Entry) -> None:
        """The call ended without a verdict: a probe gives its permit back."""
        if entry.probe and entry.phase == self._phase:
            self._probing = False

    def let_through(self, now: float) -> None:
        """The person wants to see whether it has healed: the next call is the probe."""
        if self._until is not None:
            self._until = min(self._until, now)

    def slept(self, seconds: float) -> None:
        """The clock stood for so long while the computer slept: that time has passed all the same."""
        self._failures = deque((at - seconds, weight) for at, weight in self._failures)
        self._calls = deque((at - seconds, weight) for at, weight in self._calls)
        self._opened_at -= seconds
        self._healthy_since -= seconds
        if self._until is not None:
            self._until -= seconds

    def forget_failures(self, since: float) -> None:
        """What failed from then on was nobody's fault here; an opening that came of it is undone."""
        self._failures = deque(failure for failure in self._failures if failure[0] < since)
        self._calls = deque(call for call in self._calls if call[0] < since or not call[1])
        if self._until is not None and self._opened_at >= since:
            self._level -= 1
            self._move(None)

    def _is_too_much(self, now: float) -> bool:
        _drop_before(self._failures, now - ROW_S)
        _drop_before(self._calls, now - SHARE_S)
        if sum(weight for _, weight in self._failures) >= TRIPS_AT:
            return True
        return len(self._calls) >= SHARE_OF and sum(weight for _, weight in self._calls) >= SHARE * len(self._calls)

    def _open(self, now: float) -> None:
        self._level = min(self._level + 1, _LEVEL_MAX)
        least, most = SPREAD
        spread = least + (most - least) * self._rng()
        self._opened_at = now
        self._move(now + min(OPEN_S * 2 ** (self._level - 1), OPEN_MAX_S) * spread)

    def _close(self, now: float) -> None:
        self._healthy_since = now
        self._failures.clear()
        self._calls.clear()
        self._move(None)

    def _move(self, until: float | None) -> None:
        self._until = until
        self._phase += 1
        self._probing = False

    def _forgive_with_time(self, now: float) -> None:
        self._level = max(0, self._level - int((now - self._healthy_since) // FORGIVES_S))


def _drop_before(entries: deque[tuple[float, float]], time: float) -> None:
    while entries and entries[0][0] <= time:
        entries.popleft()
