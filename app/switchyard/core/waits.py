"""The pauses of one message: what is waited for, how long in all, and whom one call is let through to."""

from __future__ import annotations

from switchyard.core.failures import Failure, FailureKind
from switchyard.core.moves import Wait
from switchyard.core.places import Lineup, Place
from switchyard.core.sentence import sentence

WAIT_LIMIT_S = 30.0  # countdowns of one message, all together
NEAR_S = 10.0  # a breaker that may be tried again so soon is waited for
BLIND_WAIT_S = 5.0  # a limit that names no time: doubling from here
BLIND_WAIT_MAX_S = 60.0
SHORTEST_WAIT_S = 0.5  # "retry after 0 s" must not become a burst of calls
WAIT_MARGIN_S = 0.05  # never a moment before the time that was named


class Waits:
    """Decides between waiting and going through, for the deployments of one message."""

    def __init__(self, lineup: Lineup) -> None:
        self._lineup = lineup
        self._waited_s = 0.0
        self._bypassed = False
        self._awaited: Place | None = None

    def pause(self, place: Place, seconds: float) -> Wait:
        """Back off before the same deployment is called again; the chain's clock runs on."""
        self._awaited = place
        return Wait(place.candidate, seconds, rate_limited=False, clock_stands=False)

    def wait_for(self, place: Place, seconds: float) -> Wait | None:
        """Wait for a limit or a breaker with a countdown; None where the message has waited too long already."""
        if self._waited_s + seconds > WAIT_LIMIT_S:
            return None
        self._waited_s += seconds
        limited = place.shut is None or not place.shut.may_bypass
        if place.shut is not None and not place.fresh:
            self._lineup.revive(place)
        place.wait_until = None
        self._awaited = place
        return Wait(place.candidate, seconds + WAIT_MARGIN_S, rate_limited=limited, clock_stands=True)

    def over(self) -> Place | None:
        """Return who was waited for, once."""
        place, self._awaited = self._awaited, None
        return place

    def note_limit(self, place: Place, failure: Failure, now: float) -> None:
        """Note until when a deployment wants to be left alone."""
        place.limited_until = None
        limited = failure.kind is FailureKind.RATE_LIMIT
        if not limited and not (failure.kind is FailureKind.OVERLOADED and failure.retry_after_s is not None):
            return
        seconds = failure.retry_after_s
        if seconds is None:
            seconds = min(BLIND_WAIT_S * 2**place.blind_waits, BLIND_WAIT_MAX_S)
            place.blind_waits += 1
        place.limited_until = now + max(seconds, SHORTEST_WAIT_S)

    def open_up(self, now: float) -> Wait | Place | None:
        """Return the countdown to the nearest, or who is called although it is shut; None where neither helps."""
        self._lineup.look_again(now)
        timed = [(until, place) for place in self._lineup.in_reach if (until := _until(place)) is not None]
        if not timed:
            return None
        until, place = min(timed, key=lambda pair: pair[0])
        seconds = max(until - now, 0.0)
        if seconds > NEAR_S or self._waited_s + seconds > WAIT_LIMIT_S:
            through = self._passable(timed)
            if through is not None:
                return through
        return self.wait_for(place, seconds)

    def _passable(self, timed: list[tuple[float, Place]]) -> Place | None:
        """Return the soonest whose breaker may be passed once: that call is the probe."""
        shut = [pair for pair in timed if pair[1].shut is not None and pair[1].shut.may_bypass]
        if self._bypassed or not shut:
            return None
        self._bypassed = True
        place = min(shut, key=lambda pair: pair[0])[1]
        self._lineup.revive(place)
        self._lineup.decision.append(
            sentence(
                "{deployment} was called all the same: nothing else is usable.",
                deployment=place.candidate.deployment.name,
            )
        )
        return place


def _until(place: Place) -> float | None:
    """Return when a deployment that was tried or passed over may be called again."""
    if place.limited_until is not None:
        return place.limited_until
    return place.shut.until if place.shut is not None and not place.fresh else None
