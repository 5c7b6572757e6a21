"""Strategies: who is tried first, who next, and what holds for all of them."""

from __future__ import annotations

from collections import Counter
from random import Random
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.catalog import Deployment, Place
from switchyard.core.chain import ORDERED
from switchyard.core.content import Capability
from switchyard.core.stats import Measured, PromptSize, Sample, Stats, score_ttft
from switchyard.core.strategies import STRATEGIES, Balance, Contender, View, ids

NOW_MS = 1_790_000_000_000
PLAIN = View()
MEASURED = Measured(30, 400.0, 900.0, 900.0, 400.0, 60.0, 0.02, 1.0, 30)
UNSEEN = Stats().measured(Deployment("a", "m", "p", "P", Place.CLOUD, has_key=True), PromptSize.SMALL, False, NOW_MS)


def contender(
    index: int,
    *,
    place: Place = Place.CLOUD,
    weight: int = 1,
    can: dict[Capability, bool] | None = None,
    measured: Measured = MEASURED,
    in_flight: int = 0,
    healthy: bool = True,
    nanos: int | None = None,
    quality: float | None = None,
) -> Contender:
    deployment = Deployment("a", f"m{index}", "p", "P", place, has_key=True, capabilities=MappingProxyType(can or {}))
    return Contender(index, weight, deployment, measured, in_flight, healthy, nanos, quality)


def order(strategy: str, contenders: list[Contender], view: View = PLAIN, seed: int = 1) -> list[int]:
    return [one.index for one in STRATEGIES[strategy].order(contenders, view, Random(seed))]


def firsts(strategy: str, contenders: list[Contender], picks: int = 1000, view: View = PLAIN) -> Counter[int]:
    rng = Random(7)
    return Counter(STRATEGIES[strategy].order(contenders, view, rng)[0].index for _ in range(picks))


def test_every_strategy_is_found_and_named_as_its_file() -> None:
    assert set(ids()) == {
        "ordered", "round_robin", "weighted", "balanced", "cheapest", "fastest", "best_quality", "local_first",
        "capability_match", "health_aware", "least_busy",
    }  # fmt: skip
    assert ORDERED in ids()
    for id_, strategy in STRATEGIES.items():
        assert strategy.id == id_
        assert strategy.order.__module__ == f"switchyard.core.strategies.{id_}"
        assert strategy.title.english()


def test_ordered_keeps_the_order_whatever_was_measured() -> None:
    assert order("ordered", [contender(0, healthy=False), contender(1), contender(2, weight=0)]) == [0, 1, 2]


def test_round_robin_gives_each_its_turn() -> None:
    pool = [contender(0), contender(1), contender(2, healthy=False), contender(3)]
    turns = [order("round_robin", pool, View(turn=turn)) for turn in range(4)]
    assert turns == [[0, 1, 3, 2], [1, 3, 0, 2], [3, 0, 1, 2], [0, 1, 3, 2]]
    assert order("round_robin", [contender(0, weight=0), contender(1)], View(turn=5)) == [1, 0]


def test_fault_33_weights_are_kept_and_zero_is_zero() -> None:
    """https://github.com/Portkey-AI/gateway/issues/228: weight 0 became 1."""
    chosen = firsts("weighted", [contender(0, weight=0), contender(1, weight=3), contender(2, weight=1)], 4000)
    assert chosen[0] == 0
    assert abs(chosen[1] - 3000) <= 100
    assert abs(chosen[2] - 1000) <= 100


@pytest.mark.parametrize("strategy", ["weighted", "balanced", "fastest", "least_busy", "round_robin"])
def test_weight_zero_is_called_when_nobody_else_is_left(strategy: str) -> None:
    for healthy in (True, False):
        pool = [contender(0, weight=0), contender(1, healthy=healthy), contender(2)]
        assert order(strategy, pool)[-1] == 0
    assert order(strategy, [contender(0, weight=0)]) == [0]


def test_cheapest_puts_an_unknown_price_in_the_middle() -> None:
    pool = [contender(0), contender(1, nanos=900), contender(2, nanos=0), contender(3, nanos=40)]
    assert order("cheapest", pool) == [2, 3, 0, 1]
    assert order("cheapest", [contender(0), contender(1, nanos=900)]) == [1, 0]
    assert order("cheapest", [contender(0), contender(1)]) == [0, 1]


def test_best_quality_puts_an_unknown_score_in_the_middle() -> None:
    pool = [contender(0), contender(1, quality=20.0), contender(2, quality=60.0), contender(3, quality=float("nan"))]
    assert order("best_quality", pool) == [2, 0, 3, 1]


def test_local_first_goes_from_near_to_far() -> None:
    pool = [contender(0), contender(1, place=Place.NETWORK), contender(2, place=Place.COMPUTER), contender(3)]
    assert order("local_first", pool) == [2, 1, 0, 3]


def test_capability_match_puts_what_is_known_before_what_may_be() -> None:
    needs = frozenset({Capability.VISION, Capability.TOOLS})
    pool = [
        contender(0, can={Capability.VISION: False, Capability.TOOLS: True}),
        contender(1, can={Capability.VISION: True}),
        contender(2, can={Capability.VISION: True, Capability.TOOLS: True}),
    ]
    assert order("capability_match", pool, View(needs=needs)) == [2, 1, 0]
    assert order("capability_match", pool) == [0, 1, 2]


def test_health_aware_goes_by_what_failed_of_late() -> None:
    pool = [contender(n, measured=MEASURED._replace(p_fail=p)) for n, p in enumerate((0.5, 0.04, 0.02, 0.1))]
    chosen = firsts("health_aware", pool)
    assert chosen[1] > 950  # four in a hundred and two in a hundred are the same
    assert 0 < chosen[0] < 30


def test_least_busy_heeds_weights_and_takes_turns() -> None:
    pool = [contender(0, in_flight=2), contender(1, in_flight=1), contender(2, in_flight=3, weight=4)]
    assert order("least_busy", pool) == [2, 1, 0]
    idle = [contender(0), contender(1), contender(2, healthy=False)]
    assert [order("least_busy", idle, View(turn=turn))[0] for turn in range(4)] == [0, 1, 0, 1]


def test_fastest_of_two_is_the_faster_nearly_always() -> None:
    pool = [contender(0), contender(1, measured=MEASURED._replace(ttft_p50_ms=200.0, ewma_ttft_ms=200.0))]
    chosen = firsts("fastest", pool)
    assert 5 <= chosen[0] <= 30
    busy = [pool[0], contender(1, measured=pool[1].measured, in_flight=3)]
    assert firsts("fastest", busy)[0] > 950
    weighted = [contender(0, weight=5), pool[1]]
    assert firsts("fastest", weighted)[0] > 950


def test_not_everybody_runs_to_the_fastest_of_many() -> None:
    pool = [contender(n, measured=MEASURED._replace(ttft_p50_ms=100.0 * (n + 1), ewma_ttft_ms=100.0)) for n in range(5)]
    chosen = firsts("fastest", pool)
    assert chosen[0] > chosen[1] > chosen[2] > chosen[3] > chosen[4] > 0


@pytest.mark.parametrize("strategy", ["fastest", "balanced", "health_aware"])
def test_an_unseen_deployment_is_neither_first_nor_never(strategy: str) -> None:
    fast = MEASURED._replace(ttft_p50_ms=300.0, ewma_ttft_ms=300.0)
    slow = MEASURED._replace(ttft_p50_ms=9000.0, ewma_ttft_ms=9000.0, p_fail=0.4)
    pool = [contender(0, measured=UNSEEN), contender(1, measured=fast), contender(2, measured=slow)]
    assert 0 < firsts(strategy, pool)[0] < 500
    assert list(STRATEGIES[strategy].order(pool, PLAIN, Random(3)))[-1].index == 2


@pytest.mark.parametrize("strategy", sorted(set(ids()) - {"ordered"}))
def test_a_parked_or_unaffordable_one_is_never_first_while_another_is_left(strategy: str) -> None:
    parked = contender(0, healthy=False, nanos=0, quality=99.0, place=Place.COMPUTER, measured=MEASURED)
    pool = [parked, contender(1, nanos=9, quality=1.0), contender(2, nanos=9, quality=1.0, measured=UNSEEN)]
    assert firsts(strategy, pool, 400)[0] == 0


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -1.0])
def test_a_score_that_is_none_is_not_the_best(score: float) -> None:
    pool = [contender(0, quality=score), contender(1, quality=60.0), contender(2, quality=50.0)]
    assert order("best_quality", pool)[0] == 1
    assert firsts("balanced", pool).most_common(1)[0][0] == 1


def test_balance_moves_the_choice() -> None:
    cheap = contender(0, nanos=100_000, quality=20.0)
    good = contender(1, nanos=50_000_000, quality=60.0)
    assert firsts("balanced", [cheap, good], view=View(balance=Balance(cost=1, quality=0)))[0] > 950
    assert firsts("balanced", [cheap, good], view=View(balance=Balance(cost=0, quality=1)))[1] > 950
    slow = contender(0, nanos=100_000, quality=20.0, measured=MEASURED._replace(ttft_p50_ms=9000.0))
    assert firsts("balanced", [slow, good], view=View(balance=Balance(0, 1, 0, 0)))[1] > 950
    assert firsts("balanced", [cheap, good], view=View(balance=Balance(0, 0, 0, 0)))[0] in range(1001)


def test_free_and_dead_loses_against_dear_and_well() -> None:
    dead = contender(0, nanos=0, measured=MEASURED._replace(p_fail=4 / 13))  # three failures, and nothing else
    assert firsts("balanced", [dead, contender(1, nanos=50_000_000)])[1] > 950


def test_shares_add_up() -> None:
    assert sum(Balance().shares()) == pytest.approx(1)
    assert Balance(2, 2, 2, 2).shares() == Balance(0, 0, 0, 0).shares() == (0.25, 0.25, 0.25, 0.25)
    assert Balance(-5, 1, 0, 1).shares() == (0, 0.5, 0, 0.5)


@pytest.mark.parametrize("strategy", ["fastest", "balanced", "health_aware"])
@pytest.mark.parametrize(("dead_provider", "healthy_ms"), [("p", 400), ("q", 400), ("q", 4000)])
def test_fault_31_what_fails_fast_is_not_fast(strategy: str, dead_provider: str, healthy_ms: int) -> None:
    """https://github.com/BerriAI/litellm/issues/6345: a latency strategy stuck on dead endpoints."""
    dead = Deployment("dead", "m", dead_provider, "D", Place.CLOUD, has_key=True)
    well = Deployment("well", "m", "p", "W", Place.CLOUD, has_key=True)
    stats, rng, touched = Stats(), Random(31), 0
    for message in range(100):
        now_ms = NOW_MS + message * 60_000
        pool = [
            Contender(place, 1, one, stats.measured(one, PromptSize.SMALL, False, now_ms))
            for place, one in enumerate((dead, well))
        ]
        for chosen in STRATEGIES[strategy].order(pool, PLAIN, rng):
            if chosen.deployment is well:
                stats.add(Sample("well/m", "p", now_ms, PromptSize.SMALL, False, float(healthy_ms), 60.0))
                break
            touched += 1
            stats.add(Sample("dead/m", dead_provider, now_ms, failed=True))
    assert 1 <= touched <= 5


# --- what always holds ------------------------------------------------------------------------------------------------

measures = st.builds(
    lambda n, p50, tail, ewma, p: Measured(n, p50, None, tail, ewma, None, p, None, 0),
    st.integers(0, 64), st.floats(1, 1e6), st.floats(1, 1e6), st.floats(1, 1e6), st.floats(0.001, 0.999),
)  # fmt: skip
pools = st.lists(
    st.builds(
        lambda weight, place, measured, in_flight, healthy, nanos, quality: contender(
            0, weight=weight, place=place, measured=measured, in_flight=in_flight, healthy=healthy, nanos=nanos,
            quality=quality,
        ),
        st.integers(0, 100), st.sampled_from(Place), measures, st.integers(0, 50), st.booleans(),
        st.none() | st.integers(0, 10**12), st.none() | st.floats(),
    ),
    max_size=12,
)  # fmt: skip
views = st.builds(
    View,
    st.integers(0, 10**6),
    st.frozensets(st.sampled_from(Capability)),
    st.builds(Balance, *[st.floats(-1, 10, allow_nan=False)] * 4),
)


@pytest.mark.parametrize("strategy", ids())
@given(pool=pools, view=views, seed=st.integers(0, 1000))
def test_an_order_is_a_permutation_and_depends_on_nothing_but_what_it_is_given(
    strategy: str, pool: list[Contender], view: View, seed: int
) -> None:
    found = list(STRATEGIES[strategy].order(pool, view, Random(seed)))
    assert sorted(map(id, found)) == sorted(map(id, pool))
    assert [id(one) for one in found] == [id(one) for one in STRATEGIES[strategy].order(pool, view, Random(seed))]
    if strategy != ORDERED and any(one.healthy and one.weight for one in pool):
        assert found[0].healthy


@given(measures, st.integers(0, 50))
def test_a_score_is_a_number_above_zero(measured: Measured, in_flight: int) -> None:
    assert 0 < score_ttft(measured, in_flight) < float("inf")
