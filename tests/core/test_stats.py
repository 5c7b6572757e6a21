"""What was measured: exact quantiles, little data leaning on the neighbours, failures as data."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.catalog import Deployment, Place
from switchyard.core.facts import Speed
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.route import AttemptRecord, Outcome, Reason
from switchyard.core.stats import (
    HALF_LIFE_MS,
    RING,
    USUAL_TTFT_MS,
    PromptSize,
    Sample,
    Stats,
    first_token_deadline_s,
    hedge_delay_s,
    prompt_size,
    sample_of,
    score_ttft,
    weighted_quantiles,
)
from switchyard.core.usage import Usage

NOW_MS = 1_790_000_000_000
SMALL, MEDIUM, LARGE = PromptSize


def deployment(name: str = "a/m", provider: str = "p", *, silent: bool = False) -> Deployment:
    account, model = name.split("/", 1)
    return Deployment(account, model, provider, provider, Place.CLOUD, has_key=True, reasons_silently=silent)


def taken(ttft_ms: float | None, name: str = "a/m", *, ago_ms: int = 0, provider: str = "p", **more: object) -> Sample:
    sample = Sample(name, provider, NOW_MS - ago_ms, SMALL, reasoning=False, ttft_ms=ttft_ms)
    return sample._replace(**more)  # type: ignore[arg-type]


def failed(name: str = "a/m", *, ago_ms: int = 0, provider: str = "p") -> Sample:
    return Sample(name, provider, NOW_MS - ago_ms, failed=True)


def test_a_quantile_of_equal_weights_is_a_value_that_was_measured() -> None:
    pairs = [(float(n), 1.0) for n in range(100, 0, -1)]
    assert weighted_quantiles(pairs, 0.5, 0.95) == [50, 95]
    assert weighted_quantiles([(7.0, 0.1)], 0, 0.95, 1) == [7, 7, 7]


def test_a_quantile_lies_where_the_weight_does() -> None:
    assert weighted_quantiles([(1.0, 1.0), (2.0, 1.0), (9.0, 3.0)], 0.5) == [9]
    assert weighted_quantiles([(1.0, 3.0), (2.0, 1.0), (9.0, 1.0)], 0.5) == [1]


def test_a_sample_weighs_half_after_six_hours() -> None:
    day = [taken(4000, ago_ms=4 * HALF_LIFE_MS) for _ in range(12)]  # their weight together is 12/16
    measured = Stats([*day, taken(100), taken(200)]).measured(deployment(), SMALL, False, NOW_MS)
    assert (measured.samples, measured.ttft_p50_ms) == (14, 200)


@pytest.mark.parametrize(
    ("tokens", "size"), [(0, SMALL), (1999, SMALL), (2000, MEDIUM), (15_999, MEDIUM), (16_000, LARGE)]
)
def test_sizes_of_prompts(tokens: int, size: PromptSize) -> None:
    assert prompt_size(tokens) is size


def test_sizes_and_reasoning_are_measured_apart() -> None:
    stats = Stats(
        sample for _ in range(8) for sample in (taken(100), taken(900, size=LARGE), taken(5000, reasoning=True))
    )
    one = deployment()
    assert stats.measured(one, SMALL, False, NOW_MS).ttft_p50_ms == 100
    assert stats.measured(one, LARGE, False, NOW_MS).ttft_p50_ms == 900
    assert stats.measured(one, SMALL, True, NOW_MS).ttft_p50_ms == 5000
    assert stats.measured(one, MEDIUM, False, NOW_MS).samples == 0


def test_the_ring_holds_the_last_64() -> None:
    stats = Stats([taken(9000) for _ in range(RING)] + [taken(100) for _ in range(RING)])
    measured = stats.measured(deployment(), SMALL, False, NOW_MS)
    assert (measured.samples, measured.ttft_p50_ms, measured.ttft_p95_ms) == (RING, 100, 100)


def test_slow_right_now_is_seen_before_the_median_moves() -> None:
    stats = Stats([taken(200) for _ in range(20)] + [taken(6000) for _ in range(3)])
    measured = stats.measured(deployment(), SMALL, False, NOW_MS)
    assert measured.ttft_p50_ms == 200
    logs = math.log(200)
    for _ in range(3):
        logs += 0.3 * (math.log(6000) - logs)
    assert measured.ewma_ttft_ms == pytest.approx(math.exp(logs))
    assert score_ttft(measured, 0) > 5 * 200


def test_p95_is_shown_from_twenty_samples_on() -> None:
    assert Stats([taken(100)] * 19).measured(deployment(), SMALL, False, NOW_MS).ttft_p95_ms is None
    assert Stats([taken(100)] * 20).measured(deployment(), SMALL, False, NOW_MS).ttft_p95_ms == 100


def test_an_unseen_deployment_takes_after_its_neighbours() -> None:
    alone = Stats().measured(deployment(), SMALL, False, NOW_MS)
    assert (alone.samples, alone.ttft_p50_ms, alone.success) == (0, USUAL_TTFT_MS, None)
    assert Stats().measured(deployment(silent=True), SMALL, False, NOW_MS).ttft_p50_ms > USUAL_TTFT_MS
    stats = Stats([taken(ttft, f"a/{ttft}") for ttft in (300, 500, 4000) * 8] + [taken(9, "b/m", provider="other")] * 8)
    assert stats.measured(deployment(), SMALL, False, NOW_MS).ttft_p50_ms == pytest.approx(500)
    stats.add(taken(800, size=LARGE))  # one call says little, but it is the deployment's own
    assert 800 < stats.measured(deployment(), SMALL, False, NOW_MS).ttft_p50_ms < USUAL_TTFT_MS
    for _ in range(7):
        stats.add(taken(800, size=LARGE))
    assert stats.measured(deployment(), SMALL, False, NOW_MS).ttft_p50_ms == pytest.approx(800)


def test_few_samples_lean_on_what_is_usual() -> None:
    means = [Stats([taken(100)] * n).measured(deployment(), SMALL, False, NOW_MS) for n in range(9)]
    times = [mean.ttft_p50_ms for mean in means]
    assert times == sorted(times, reverse=True)
    assert times[0] == USUAL_TTFT_MS
    assert times[4] == pytest.approx(math.sqrt(100 * USUAL_TTFT_MS))
    assert times[8] == 100


def test_a_first_token_that_never_came_took_at_least_its_deadline() -> None:
    lost = taken(None, failed=True, deadline_ms=20_000)
    measured = Stats([taken(300)] * 10 + [lost] * 10).measured(deployment(), SMALL, False, NOW_MS)
    assert measured.ttft_p95_ms == 20_000
    assert measured.success == pytest.approx(0.5)


def test_failures_raise_the_score_and_are_forgiven() -> None:
    stats = Stats([taken(300)] * 10)
    good = stats.measured(deployment(), SMALL, False, NOW_MS)
    assert good.p_fail == pytest.approx(1 / 20)
    for _ in range(5):
        stats.add(failed())
    bad = stats.measured(deployment(), SMALL, False, NOW_MS)
    assert bad.p_fail == pytest.approx(6 / 25)
    assert score_ttft(bad, 0) == pytest.approx(300 / (1 - 6 / 25))
    later = stats.measured(deployment(), SMALL, False, NOW_MS + 4 * HALF_LIFE_MS)
    assert later.p_fail == pytest.approx((1 + 5 / 16) / (10 + 15 / 16))
    assert (later.success, later.calls) == (pytest.approx(10 / 15), 15)


def test_the_share_that_was_answered_counts_every_call_alike_whenever_it_was() -> None:
    yesterday = NOW_MS - 5 * HALF_LIFE_MS
    stats = Stats([*[taken(300, at_ms=yesterday)] * 12, *[failed()] * 2])
    measured = stats.measured(deployment(), SMALL, False, NOW_MS)
    assert (measured.success, measured.calls) == (pytest.approx(12 / 14), 14)
    assert measured.p_fail > 1 - 12 / 14  # what is likely now leans on the last ones


def test_a_failure_of_unknown_size_counts_for_every_size() -> None:
    stats = Stats([taken(300)] * 8 + [taken(900, size=LARGE)] * 9 + [failed()] * 3)
    for size in (SMALL, MEDIUM, LARGE):
        assert stats.measured(deployment(), size, False, NOW_MS).p_fail == pytest.approx(4 / 30)
    stats.add(Sample("a/m", "p", NOW_MS, failed=True, deadline_ms=9000))  # as most are: of a large prompt
    assert stats.measured(deployment(), LARGE, False, NOW_MS).samples == 10


def test_what_never_answered_is_not_taken_to_be_quick() -> None:
    waits = [Stats([failed()] * n).measured(deployment(), SMALL, False, NOW_MS).ttft_p50_ms for n in range(12)]
    assert waits == sorted(waits)
    assert waits[0] == USUAL_TTFT_MS
    assert waits[3] > 2 * USUAL_TTFT_MS
    assert waits[8] == waits[11] == pytest.approx(20_000)
    assert Stats([failed()] * 9 + [taken(100)]).measured(deployment(), SMALL, False, NOW_MS).ttft_p50_ms < 1500


def test_reasoning_that_is_not_known_is_as_it_mostly_was() -> None:
    stats = Stats([taken(300)] * 8 + [taken(7000, reasoning=True)] * 9)
    assert stats.measured(deployment(), SMALL, None, NOW_MS).ttft_p50_ms == 7000
    assert stats.measured(deployment(), LARGE, None, NOW_MS).samples == 0


def test_what_is_in_flight_multiplies_the_score() -> None:
    measured = Stats([taken(300)] * 10).measured(deployment(), SMALL, False, NOW_MS)
    assert score_ttft(measured, 2) == pytest.approx(3 * score_ttft(measured, 0))


def test_a_new_sample_is_seen_at_once() -> None:
    stats = Stats([taken(300)] * 8)
    assert stats.measured(deployment(), SMALL, False, NOW_MS).samples == 8
    stats.add(taken(300))
    assert stats.measured(deployment(), SMALL, False, NOW_MS).samples == 9


def test_the_figures_of_a_well_known_deployment_stand_for_a_second() -> None:
    stats = Stats(taken(300, ago_ms=10_000 + n) for n in range(64))
    stats.add(taken(300, ago_ms=2000))
    known = stats.measured(deployment(), SMALL, False, NOW_MS)
    stats.add(taken(9000, ago_ms=1500))
    assert stats.measured(deployment(), SMALL, False, NOW_MS) == known
    stats.add(taken(9000, ago_ms=900))
    assert stats.measured(deployment(), SMALL, False, NOW_MS).ewma_ttft_ms > known.ewma_ttft_ms


def test_a_failure_is_seen_at_once_whoever_it_is() -> None:
    stats = Stats(taken(300, ago_ms=10_000 + n) for n in range(64))
    stats.add(taken(300, ago_ms=2000))
    known = stats.measured(deployment(), SMALL, False, NOW_MS)
    stats.add(failed(ago_ms=1999))
    assert stats.measured(deployment(), SMALL, False, NOW_MS).p_fail > known.p_fail


@pytest.mark.parametrize(
    ("ttft_ms", "samples", "seconds"),
    [(None, 0, 20), (100, 20, 8), (4000, 20, 12), (40_000, 20, 60), (4000, 8, 12)],
)
def test_deadlines_are_three_times_the_95th_percentile(ttft_ms: float, samples: int, seconds: float) -> None:
    measured = Stats([taken(ttft_ms)] * samples).measured(deployment(), SMALL, False, NOW_MS)
    assert first_token_deadline_s(measured) == pytest.approx(seconds)


def test_a_single_quick_answer_does_not_make_the_deadline_short() -> None:
    measured = Stats([taken(400)]).measured(deployment(), SMALL, False, NOW_MS)
    assert 8 < first_token_deadline_s(measured) < 20


def test_a_hedge_waits_for_the_95th_percentile() -> None:
    assert hedge_delay_s(Stats([taken(400)] * 19).measured(deployment(), SMALL, False, NOW_MS)) is None
    assert hedge_delay_s(Stats([taken(400)] * 20).measured(deployment(), SMALL, False, NOW_MS)) == 0.4


def test_the_speed_that_is_shown_is_as_it_was_measured() -> None:
    stats = Stats([taken(100, tokens_per_s=50.0), taken(200, tokens_per_s=80.0, size=LARGE), taken(300), failed()])
    assert stats.speed("a/m") == Speed(200, 50.0, 3)
    assert stats.speed("a/other") is None
    assert Stats([failed()]).speed("a/m") is None


# --- from attempts ----------------------------------------------------------------------------------------------------

ANSWERED = AttemptRecord(
    1, 1, Reason.FIRST, "a/m", "a", "p", "m", NOW_MS, Outcome.COMPLETED,
    sent_ms=NOW_MS + 5, ttft_ms=400, duration_ms=2405, usage=Usage(3000, 100, reasoning=20),
)  # fmt: skip


def test_an_answer_tells_its_times() -> None:
    assert sample_of(ANSWERED) == Sample("a/m", "p", NOW_MS, MEDIUM, True, 400, 50.0)
    whole = sample_of(replace(ANSWERED, ttft_ms=None, usage=Usage(10, 100)))
    assert whole == Sample("a/m", "p", NOW_MS, SMALL, False)


@pytest.mark.parametrize("kind", FailureKind)
def test_failures_count_where_they_tell_of_the_deployment(kind: FailureKind) -> None:
    outcome = Outcome.CANCELLED if kind is FailureKind.CANCELLED else Outcome.FAILED
    ended = replace(ANSWERED, outcome=outcome, failure=Failure(kind), ttft_ms=None, usage=None, duration_ms=8005)
    sample = sample_of(ended)
    counted = {
        "CONNECT", "TIMEOUT_TTFT", "STALL", "CUT", "OVERLOADED", "SERVER", "RATE_LIMIT", "EMPTY", "BAD_EVENT",
        "UNKNOWN",
    }  # fmt: skip
    if kind.value not in counted:
        assert sample is None
    else:
        deadline_ms = 8000 if kind is FailureKind.TIMEOUT_TTFT else None
        assert sample == Sample("a/m", "p", NOW_MS, failed=True, deadline_ms=deadline_ms)


def test_a_reply_that_was_stopped_tells_when_it_began() -> None:
    stopped = replace(ANSWERED, outcome=Outcome.CANCELLED, failure=Failure(FailureKind.CANCELLED))
    assert sample_of(stopped) == Sample("a/m", "p", NOW_MS, MEDIUM, True, 400)


# --- what always holds ------------------------------------------------------------------------------------------------

times = st.none() | st.floats(0, 1e6)
samples = st.builds(
    Sample,
    deployment=st.sampled_from(["a/m", "a/n", "b/m"]),
    provider=st.sampled_from(["p", "q"]),
    at_ms=st.integers(NOW_MS - 10 * 365 * 86_400_000, NOW_MS + 86_400_000),
    size=st.none() | st.sampled_from(PromptSize),
    reasoning=st.none() | st.booleans(),
    ttft_ms=times,
    tokens_per_s=st.none() | st.floats(0.01, 1e6),
    failed=st.booleans(),
    deadline_ms=times,
)


@given(st.lists(samples, max_size=90), st.sampled_from(PromptSize), st.none() | st.booleans())
def test_figures_are_sound_whatever_was_measured(
    given_samples: list[Sample], size: PromptSize, reasoning: bool | None
) -> None:
    stats = Stats(given_samples)
    for name in ("a/m", "a/n", "b/m"):
        measured = stats.measured(deployment(name), size, reasoning, NOW_MS)
        assert 0 < measured.ttft_p50_ms <= (measured.ttft_p95_ms or math.inf)
        assert measured.ttft_p50_ms <= measured.ttft_tail_ms < math.inf
        assert 0 < measured.ewma_ttft_ms < math.inf
        assert 0 < measured.p_fail < 1
        assert measured.success is None or -1e-9 <= measured.success <= 1
        assert 0 <= measured.samples <= RING
        assert 0 < score_ttft(measured, 3) < math.inf
        assert 8 <= first_token_deadline_s(measured) <= 60
        assert measured == Stats(given_samples).measured(deployment(name), size, reasoning, NOW_MS)


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=63))
def test_the_median_of_a_moment_is_the_plain_one(values: list[float]) -> None:
    values = values if len(values) % 2 else values[:-1] or values
    assert weighted_quantiles([(value, 1.0) for value in values], 0.5) == [median(values)]
