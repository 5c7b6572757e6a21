"""What is known of a model: each field from the most trusted source that knows it, prices by their dates."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.catalog import Model, Quality
from switchyard.core.content import Capability
from switchyard.core.facts import NOTHING, DatedPrice, Facts, Source, facts_of, merge
from switchyard.core.facts_dict import facts_from_dict, facts_to_dict, price_from_dict, price_to_dict
from switchyard.core.usage import Price, Tier

HOUR_MS = 60 * 60 * 1000
CHEAP, DEAR = Price(1, 2), Price(10, 20)


def test_each_field_is_from_the_first_that_knows_it() -> None:
    person = Facts(context=9, capabilities=MappingProxyType({Capability.VISION: False}))
    listed = facts_of(Model("m", context=8, price=CHEAP, capabilities=MappingProxyType({Capability.VISION: True})))
    ours = Facts(
        max_output=3,
        prices=(DatedPrice(DEAR),),
        capabilities=MappingProxyType({Capability.TOOLS: True}),
        quality=Quality(40.5, "A bench"),
    )
    known = merge([(Source.PERSON, person), (Source.PROVIDER, listed), (Source.OURS, ours)])
    assert known.facts == Facts(
        9, 3, (DatedPrice(CHEAP),), {Capability.VISION: False, Capability.TOOLS: True}, Quality(40.5, "A bench")
    )
    assert known.sources == {
        "context": Source.PERSON,
        "max_output": Source.OURS,
        "prices": Source.PROVIDER,
        "quality": Source.OURS,
        "vision": Source.PERSON,
        "tools": Source.OURS,
    }


def test_what_nobody_knows_stays_unknown() -> None:
    known = merge([(Source.PERSON, NOTHING), (Source.PROVIDER, facts_of(Model("m")))])
    assert known == (NOTHING, {})
    assert NOTHING.price_at(0) is None


@pytest.mark.parametrize(
    ("at_ms", "price"),
    [(0, CHEAP), (99, CHEAP), (100, DEAR), (10**13, DEAR)],
    ids=["long before", "before", "from", "after"],
)
def test_a_price_holds_from_its_date(at_ms: int, price: Price) -> None:
    assert Facts(prices=(DatedPrice(CHEAP), DatedPrice(DEAR, from_ms=100))).price_at(at_ms) == price


@pytest.mark.parametrize("hour", range(24))
def test_a_price_may_hold_by_night(hour: int) -> None:
    day = 20_000 * 24 * HOUR_MS
    by_night = Facts(prices=(DatedPrice(DEAR), DatedPrice(CHEAP, day_from_ms=22 * HOUR_MS, day_until_ms=6 * HOUR_MS)))
    assert by_night.price_at(day + hour * HOUR_MS) == (CHEAP if hour >= 22 or hour < 6 else DEAR)
    by_day = Facts(prices=(DatedPrice(DEAR), DatedPrice(CHEAP, day_from_ms=6 * HOUR_MS, day_until_ms=22 * HOUR_MS)))
    assert by_day.price_at(day + hour * HOUR_MS) == (CHEAP if 6 <= hour < 22 else DEAR)


def test_before_all_dates_the_first_price_counts() -> None:
    assert Facts(prices=(DatedPrice(CHEAP, from_ms=50), DatedPrice(DEAR, from_ms=100))).price_at(0) == CHEAP


_NANOS = st.integers(0, 10**12)
_PRICES = st.builds(
    Price,
    _NANOS,
    _NANOS,
    *[st.none() | _NANOS] * 8,
    tiers=st.lists(st.builds(Tier, st.integers(1, 10**6), st.builds(Price, _NANOS, _NANOS)), max_size=2).map(tuple),
)
_MOMENTS = st.none() | st.integers(0, 10**13)


@given(
    st.builds(
        Facts,
        st.none() | st.integers(1, 10**7),
        st.none() | st.integers(1, 10**7),
        st.lists(st.builds(DatedPrice, _PRICES, _MOMENTS, _MOMENTS, _MOMENTS), max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(Capability), st.booleans()),
        st.none() | st.builds(Quality, st.floats(0, 100), st.text()),
    )
)
def test_facts_come_back_as_they_were(facts: Facts) -> None:
    assert facts_from_dict(json.loads(json.dumps(facts_to_dict(facts)))) == facts


def test_a_price_is_kept_without_what_it_does_not_have() -> None:
    price = Price(3, 15, cached_input_nanos=0, tiers=(Tier(200, Price(6, 22)),))
    kept = {"input": 3, "output": 15, "cached_input": 0, "tiers": [{"above": 200, "input": 6, "output": 22}]}
    assert price_to_dict(price) == kept
    assert price_from_dict(kept) == price


def test_the_price_of_an_old_row_is_read() -> None:
    assert price_from_dict([3, 15]) == Price(3, 15)


def test_a_capability_of_a_newer_version_is_left_out() -> None:
    assert facts_from_dict({"capabilities": {"telepathy": True, "tools": True}}).capabilities == {
        Capability.TOOLS: True
    }
