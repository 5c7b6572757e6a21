"""Money is exact, tokens may be unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.usage import NANOS, Price, Usage, add_usage, compute_cost, dollars, estimate_tokens


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
