"""What a call will cost before it is sent: ranges for people, and worst cases that no call may pass."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.catalog import Deployment, Place
from switchyard.core.content import PLAIN, Capability, Parameters
from switchyard.core.estimate import (
    LEAST_OUTPUT,
    MOST_SEARCHES,
    SEARCHED_TOKENS,
    SHORT_OUTPUT,
    UNTOLD_OUTPUT,
    UNTOLD_SEARCH_NANOS,
    USUAL_OUTPUT,
    Estimate,
    cap_output,
    estimate,
    estimate_range,
    least_case_nanos,
    long_output,
    most_output,
    searches_of,
    worst_case_nanos,
)
from switchyard.core.usage import NANOS, Price, Tier, Usage, compute_cost

USUAL = Price(NANOS, 10 * NANOS)
CACHING = Price(3 * NANOS, 15 * NANOS, cached_input_nanos=3 * NANOS // 10, cache_write_5m_nanos=15 * NANOS // 4)
TIERED = Price(NANOS, 10 * NANOS, tiers=(Tier(200_000, Price(2 * NANOS, 15 * NANOS)),))


def deployment(
    price: Price | None = USUAL,
    *,
    free: bool = False,
    simulated: bool = False,
    max_output: int | None = None,
    context: int | None = None,
    refuses: frozenset[str] = frozenset(),
    capabilities: Mapping[Capability, bool] | None = None,
) -> Deployment:
    return Deployment(
        "a",
        "m",
        "openai",
        "OpenAI",
        Place.CLOUD,
        has_key=True,
        price=price,
        free=free,
        simulated=simulated,
        max_output=max_output,
        context=context,
        refuses=refuses,
        capabilities=capabilities or {},
    )


# --- the range --------------------------------------------------------------------------------------------------------


def test_free_and_simulated_calls_cost_nothing_and_unknown_prices_are_unknown() -> None:
    assert estimate(deployment(None, free=True), 1000) == Estimate(0, 0)
    assert estimate(deployment(simulated=True), 1000) == Estimate(0, 0)
    assert estimate(deployment(None), 1000) == Estimate(None, None, known=False)


def test_the_range_goes_from_a_short_answer_to_a_long_one() -> None:
    low, high, known = estimate(deployment(), 1000, 2000)
    assert known
    assert low == compute_cost(Usage(1000, SHORT_OUTPUT), USUAL)
    assert high == compute_cost(Usage(1000, 2000), USUAL)


def test_a_long_answer_is_what_was_measured_and_no_more_than_what_was_set() -> None:
    def high(max_output: int | None, p95_output: int | None, *, most: int | None = None) -> int | None:
        return estimate(deployment(max_output=most), 0, max_output, p95_output).high_nanos

    assert high(2000, 700) == high(700, 2000) == compute_cost(Usage(0, 700), USUAL)
    assert high(None, None) == compute_cost(Usage(0, USUAL_OUTPUT), USUAL)
    assert high(None, None, most=64) == compute_cost(Usage(0, 64), USUAL)
    assert high(50_000, None) == compute_cost(Usage(0, 50_000), USUAL)


def test_the_length_of_nineteen_in_twenty_answers_is_told_once_there_are_some() -> None:
    assert long_output([900] * 7) is None
    assert long_output([*range(1, 9)]) == 8
    assert long_output(range(1, 101)) == 95
    assert long_output([9000] + [100] * 19) == 100
    assert long_output([9000, 9000] + [100] * 18) == 9000


def test_the_cache_makes_the_low_end_lower_and_the_high_end_higher() -> None:
    low, high, _ = estimate(deployment(CACHING), 10_000, 500)
    assert low == compute_cost(Usage(10_000, SHORT_OUTPUT, cached_input=10_000), CACHING)
    assert high == compute_cost(Usage(10_000, 500, cache_write_5m=10_000), CACHING)


def test_a_message_costs_between_the_cheapest_first_and_the_dearest_of_all() -> None:
    first, second = Estimate(6, 19), Estimate(4, 90)
    assert estimate_range([[first], [second]]) == Estimate(6, 90)
    assert estimate_range([[first, second]]) == Estimate(4, 90)
    unknown = Estimate(None, None, known=False)
    assert estimate_range([[first], [unknown]]) == Estimate(6, 19, known=False)
    assert estimate_range([[unknown], [second]]) == Estimate(None, 90, known=False)
    assert estimate_range([]) == Estimate(None, None)


# --- the worst case ---------------------------------------------------------------------------------------------------


def test_the_worst_case_of_free_and_of_unknown_prices() -> None:
    assert worst_case_nanos(deployment(None, free=True), 1000, 1000) == 0
    assert worst_case_nanos(deployment(simulated=True), 1000, 1000) == 0
    assert worst_case_nanos(deployment(None), 1000, 1000) is None
    assert least_case_nanos(deployment(None), 1000, 1000) is None


def test_the_prompt_has_a_margin_and_the_dearest_rate() -> None:
    assert worst_case_nanos(deployment(), 1000, 100) == 1250 * 1000 + 100 * 10_000
    assert worst_case_nanos(deployment(CACHING), 1000, 0) == 1250 * 3750
    assert worst_case_nanos(deployment(Price(NANOS, 0, audio_input_nanos=6 * NANOS)), 1000, 0, audio=True) == 7_500_000


def test_searches_cost_what_they_are_charged_and_what_they_bring_to_read() -> None:
    free_to_read = Price(0, 0, search_nanos=NANOS // 100)
    assert worst_case_nanos(deployment(free_to_read), 0, 0, searches=3) == 3 * NANOS // 100
    read = 3 * SEARCHED_TOKENS * 5 // 4 * 1000
    assert worst_case_nanos(deployment(Price(NANOS, 0, search_nanos=0)), 0, 0, searches=3) == read
    assert worst_case_nanos(deployment(Price(0, 0)), 0, 0, searches=3) == 3 * UNTOLD_SEARCH_NANOS
    room = 3 * NANOS // 100
    writes = Price(0, NANOS, search_nanos=NANOS // 100)
    assert cap_output(deployment(writes, max_output=8_000), 0, None, room + 300_000, searches=3) == 300
    assert cap_output(deployment(writes, max_output=8_000), 0, None, room, searches=3) is None


def test_a_message_that_may_search_is_estimated_with_its_searches() -> None:
    where = deployment(Price(NANOS, 0, search_nanos=NANOS // 100))
    low, high, _ = estimate(where, 1000, 100, searches=2)
    assert low == 1_000_000
    assert high == 1_000_000 + 2 * NANOS // 100 + 2 * SEARCHED_TOKENS * 1000
    assert estimate(deployment(Price(NANOS, 0)), 1000, 100, searches=2).high_nanos == 1_000_000, "it may not search"


def test_who_is_known_not_to_search_makes_none() -> None:
    searching = Parameters(web_search=True)
    assert searches_of(deployment(), searching) == MOST_SEARCHES
    assert searches_of(deployment(), PLAIN) == 0
    assert searches_of(deployment(refuses=frozenset({"web_search"})), searching) == 0
    assert searches_of(deployment(capabilities={Capability.WEB_SEARCH: False}), searching) == 0


def test_a_prompt_close_below_a_tier_may_be_charged_at_it() -> None:
    assert worst_case_nanos(deployment(TIERED), 170_000, 10) == 212_500 * 2_000 + 10 * 15_000
    assert worst_case_nanos(deployment(TIERED), 100_000, 10) == 125_000 * 1_000 + 10 * 10_000


def test_the_most_that_may_be_written() -> None:
    assert most_output(deployment(max_output=8000), None) == 8000
    assert most_output(deployment(max_output=8000), 500) == 500
    assert most_output(deployment(), None) == UNTOLD_OUTPUT
    assert most_output(deployment(context=4096), None) == 4096
    assert most_output(deployment(), 0) == 0


def test_output_is_capped_to_what_there_is_room_for() -> None:
    where = deployment(max_output=64_000)
    worst = worst_case_nanos(where, 1000, 64_000)
    assert worst is not None
    assert cap_output(where, 1000, None, worst) == 64_000
    assert cap_output(where, 1000, None, 1_250_000 + 500 * 10_000 + 9_999) == 500
    assert cap_output(where, 1000, None, 1_250_000 + 255 * 10_000) is None
    assert cap_output(where, 1000, 100, 1_250_000 + 100 * 10_000) == 100
    assert cap_output(where, 1000, None, 1_249_999) is None
    assert cap_output(deployment(None), 1000, None, NANOS) is None
    assert cap_output(deployment(None, free=True, max_output=9), 1000, None, 0) == 9


def test_prompt_and_answer_fit_into_the_window_together() -> None:
    where = deployment(max_output=8000, context=8000)
    assert cap_output(where, 1000, None, NANOS) == 8000 - 1250
    assert cap_output(where, 8000, None, NANOS) == LEAST_OUTPUT


def test_what_takes_no_limit_is_called_whole_or_not_at_all() -> None:
    where = deployment(max_output=4000, refuses=frozenset({"max_output"}))
    worst = worst_case_nanos(where, 0, None)
    assert worst is not None
    assert least_case_nanos(where, 0, None) == worst
    assert cap_output(where, 0, None, worst) == 4000
    assert cap_output(where, 0, None, worst - 1) is None


prices = st.builds(
    Price,
    st.integers(0, 100 * NANOS),
    st.integers(0, 100 * NANOS),
    cached_input_nanos=st.none() | st.integers(0, NANOS),
    cache_write_5m_nanos=st.none() | st.integers(0, 100 * NANOS),
    tiers=st.just(()) | st.just((Tier(2_000, Price(2 * NANOS, 7 * NANOS)),)),
)


@given(
    prices,
    st.integers(0, 3_000),
    st.none() | st.integers(0, 5_000),
    st.integers(0, NANOS),
    st.data(),
)
def test_no_call_within_its_cap_costs_more_than_its_room(
    price: Price, prompt: int, most: int | None, room_nanos: int, data: st.DataObject
) -> None:
    where = deployment(price, max_output=8_000)
    capped = cap_output(where, prompt, most, room_nanos)
    least = least_case_nanos(where, prompt, most)
    assert least is not None
    assert (capped is not None) == (room_nanos >= least)
    if capped is None:
        return
    worst = worst_case_nanos(where, prompt, capped)
    assert worst is not None
    assert worst <= room_nanos
    sent = data.draw(st.integers(0, prompt * 5 // 4))
    written = data.draw(st.integers(0, sent))
    actual = compute_cost(Usage(sent, data.draw(st.integers(0, capped)), cache_write_5m=written), price)
    assert actual is not None
    assert actual <= room_nanos
    assert capped == most_output(where, most) or (worst_case_nanos(where, prompt, capped + 1) or 0) > room_nanos


def test_the_least_that_is_worth_a_call() -> None:
    assert least_case_nanos(deployment(max_output=8000), 0, None) == LEAST_OUTPUT * 10_000
    assert least_case_nanos(deployment(max_output=8000), 0, 10) == 10 * 10_000
