"""How many calls of a day may have another one beside them."""

from __future__ import annotations

from random import Random

import pytest

from switchyard.core.catalog import Deployment, Place
from switchyard.core.chain import DeploymentName, step_to
from switchyard.core.deadlines import TimedCall
from switchyard.core.health import Health
from switchyard.core.known import DAY_MS, Known
from switchyard.core.moves import Candidate
from switchyard.core.rate_limits import Rates
from switchyard.core.route import Reason
from switchyard.core.stats import Stats, prompt_size
from switchyard.core.value import replace

STEP = replace(step_to(DeploymentName("a", "m")), hedge=2.0)
CANDIDATE = Candidate(1, STEP, Deployment("a", "m", "openai", "OpenAI", Place.CLOUD, has_key=True))


class Day:
    """A guard, and a clock that is turned by hand."""

    def __init__(self) -> None:
        self.now_ms = 10 * DAY_MS
        stats = Stats()
        self.known = Known(
            Health(lambda: 0.5),
            Rates(),
            lambda deployment, tokens: stats.measured(deployment, prompt_size(tokens), None, self.now_ms),
            now_ms=lambda: self.now_ms,
            rng=Random(1),
        )

    def hedge_s(self) -> float | None:
        """Return when the call that is made now would get one beside it."""
        call = TimedCall(CANDIDATE, self.known, True, 60.0, 60.0, 10)
        return call.move(1, Reason.FIRST, None, hedged=True, trim=False).hedge_s

    def send(self, times: int) -> int:
        """Send messages that are all slow to begin; return how many had a second call."""
        hedged = 0
        for _ in range(times):
            seconds = self.hedge_s()
            self.known.note_call(hedge=False)
            if seconds is not None:
                assert seconds == 2.0
                self.known.note_call(hedge=True)
                hedged += 1
        return hedged


@pytest.fixture
def day() -> Day:
    return Day()


def test_a_number_of_the_chain_is_bound_by_the_share_of_a_day(day: Day) -> None:
    assert day.send(1) == 1, "the first of a day may have one"
    assert day.send(30) == 0
    assert day.send(169) == 8
    assert day.send(800) == 40


def test_what_was_a_day_ago_counts_no_more(day: Day) -> None:
    assert day.send(20) == 1
    assert day.send(1) == 0
    day.now_ms += DAY_MS + 1
    assert day.send(1) == 1


def test_the_calls_of_other_processes_count(day: Day) -> None:
    day.known.recall([(day.now_ms - 5, False), (day.now_ms - 4, True)])
    assert day.send(10) == 0
    day.known.recall([(day.now_ms - 5, False)] * 100)
    assert day.send(10) == 5


def test_with_too_little_measured_a_step_that_leaves_it_open_has_none(day: Day) -> None:
    assert day.known.hedge_s(CANDIDATE, 10) is None
