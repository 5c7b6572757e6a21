"""Money is exact, tokens may be unknown."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.usage import (
    MILLION,
    NANOS,
    Price,
    Tier,
    Usage,
    add_usage,
    compute_cost,
    dollars,
    estimate_tokens,
    sum_costs,
)


def test_the_documented_example() -> None:
    usage = Usage(input=11, output=20)
    assert dollars(compute_cost(usage, Price(3 * NANOS, 15 * NANOS))) == "0.000333"


@pytest.mark.parametrize(
    ("nanos", "text"),
    [(0, "0"), (1, "0.000000001"), (NANOS, "1"), (1_500_000_000, "1.5"), (None, None), (10 * NANOS, "10")],
)
def test_dollars(nanos: int | None, text: str | None) -> None:
    assert dollars(nanos) == text


def test_half_even_once() -> None:
    assert compute_cost(Usage(input=1, output=0), Price(500_000, 0)) == 0
    assert compute_cost(Usage(input=3, output=0), Price(500_000, 0)) == 2
    assert compute_cost(Usage(input=1, output=1), Price(500_000, 500_000)) == 1


def test_unknown_tokens_have_no_cost() -> None:
    assert compute_cost(Usage(input=5), Price(1, 1)) is None


@given(st.lists(st.builds(Usage, st.none() | st.integers(0, 10**9), st.none() | st.integers(0, 10**9))))
def test_sums_over_what_is_known(usages: list[Usage]) -> None:
    total = add_usage(usages)
    if not usages:
        assert total is None
    else:
        assert total is not None
        known = [u.input for u in usages if u.input is not None]
        assert total.input == (sum(known) if known else None)


@given(st.integers(0, 10**15))
def test_dollars_is_exact_and_plain(nanos: int) -> None:
    text = dollars(nanos)
    assert text is not None
    assert Decimal(text) * NANOS == nanos
    assert "e" not in text.lower()


def test_chinese_counts_by_character() -> None:
    assert estimate_tokens("你好世界") == 4
    assert 9 <= estimate_tokens("The quick brown fox jumps over the lazy dog") <= 14
    assert estimate_tokens("") == 0


@given(st.text())
def test_an_estimate_is_never_negative(text: str) -> None:
    assert estimate_tokens(text) >= 0


_RATES = [field.name for field in fields(Price)]


def _price(*per_million: str | None, tiers: tuple[Tier, ...] = ()) -> Price:
    """Return a price from dollars per million: input, output, cached input, writes for 5 minutes and 1 hour, ..."""
    nanos = {
        name: int(Decimal(text) * NANOS) for name, text in zip(_RATES, per_million, strict=False) if text is not None
    }
    return replace(Price(0, 0), **nanos, tiers=tiers)


@pytest.mark.parametrize(
    ("usage", "price", "cost"),
    [
        (
            Usage(input=3 + 12_304, output=550, cached_input=0, cache_write_5m=12_304),
            _price("3", "15", "0.3", "3.75"),
            "0.054399",
        ),
        (
            Usage(input=6 + 159_217, output=2_745, cache_write_5m=159_217),
            _price("5", "25", "0.5", "6.25"),
            "1.06376125",
        ),
        (
            Usage(input=262_960, output=1_744, cached_input=257_955),
            _price("1.25", "10", "0.625"),
            "0.184918125",
        ),
    ],
    ids=["a write", "a large write", "mostly cached"],
)
def test_cached_tokens_are_billed_once(usage: Usage, price: Price, cost: str) -> None:
    assert dollars(compute_cost(usage, price)) == cost


def test_each_part_has_its_own_rate() -> None:
    usage = Usage(
        input=1_000_000,
        output=500_000,
        cached_input=100_000,
        cache_write_5m=50_000,
        cache_write_1h=20_000,
        audio=70_000,
        audio_output=30_000,
        image=60_000,
        image_output=10_000,
        reasoning=200_000,
        searches=3,
    )
    price = _price("1", "2", "0.1", "1.25", "2", "5", "20", "3", "30")
    text = 1_000_000 - 100_000 - 50_000 - 20_000 - 40_000 - 50_000
    expected = text * 1 + 100_000 // 10 + 62_500 + 20_000 * 2 + 40_000 * 5 + 50_000 * 3
    expected += (500_000 - 30_000 - 10_000) * 2 + 30_000 * 20 + 10_000 * 30
    assert compute_cost(usage, price) == expected * 1000
    assert compute_cost(usage, replace(price, search_nanos=10_000_000)) == expected * 1000 + 30_000_000


def test_a_part_without_a_rate_is_charged_as_the_whole() -> None:
    usage = Usage(1000, 1000, cached_input=400, cache_write_5m=100, cache_write_1h=100, audio=100, audio_output=50)
    assert compute_cost(usage, _price("1", "2")) == 3_000_000
    assert compute_cost(usage, _price("1", "2", None, "4")) == (800 + 200 * 4 + 2000) * 1000


def test_parts_are_never_more_than_the_whole() -> None:
    usage = Usage(100, 10, cached_input=90, cache_write_5m=90, audio=50, audio_output=40)
    price = _price("10", "10", "1", "2", None, "5", "3")
    assert compute_cost(usage, price) == (90 * 1 + 10 * 2 + 10 * 3) * 1000


def test_above_a_tier_the_whole_call_has_its_price() -> None:
    large = Tier(200_000, _price("6", "22.5", "0.6"))
    price = _price("3", "15", "0.3", tiers=(large, Tier(500_000, _price("12", "45"))))
    assert dollars(compute_cost(Usage(200_000, 1000), price)) == "0.615"
    assert dollars(compute_cost(Usage(200_001, 1000), price)) == "1.222506"
    assert dollars(compute_cost(Usage(250_000, 0, cached_input=200_000), price)) == "0.42"
    assert dollars(compute_cost(Usage(600_000, 0), price)) == "7.2"


def test_models_that_shared_a_call_are_rounded_together() -> None:
    half = Price(500_000, 0)
    assert sum_costs([(Usage(1, 0), half), (Usage(1, 0), half)]) == 1
    assert sum_costs([(Usage(1, 0), half), (Usage(1, None), half)]) is None


_COUNTS = st.none() | st.integers(0, 10**7)


@given(
    st.builds(Usage, st.integers(0, 10**7), st.integers(0, 10**7), _COUNTS, _COUNTS, _COUNTS),
    st.builds(Price, *[st.integers(0, 10**12)] * 2, *[st.none() | st.integers(0, 10**12)] * 3),
)
def test_a_cost_lies_between_the_cheapest_and_the_dearest_rate(usage: Usage, price: Price) -> None:
    cost = compute_cost(usage, price)
    rates = [price.input_nanos, price.output_nanos, price.cached_input_nanos, price.cache_write_5m_nanos]
    known = [rate for rate in [*rates, price.cache_write_1h_nanos] if rate is not None]
    assert cost is not None
    tokens = (usage.input or 0) + (usage.output or 0)
    assert tokens * min(known) // MILLION <= cost <= tokens * max(known) // MILLION + 1


@given(st.integers(0, 10**9), st.integers(0, 10**15))
def test_rounding_is_half_even(tokens: int, nanos: int) -> None:
    exact = Decimal(tokens) * nanos / MILLION
    with localcontext(prec=60):
        assert compute_cost(Usage(tokens, 0), Price(nanos, 0)) == exact.to_integral_value(ROUND_HALF_EVEN)
