"""Queries find what is known to fit, in the order that is asked for, with the unknown last."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from switchyard.core.catalog import Deployment, Place, Quality
from switchyard.core.catalog_queries import Entry, Order, Query, select, typical_cost_nanos, typical_seconds
from switchyard.core.content import Capability
from switchyard.core.facts import Speed
from switchyard.core.usage import NANOS, Price


def entry(name: str, **facts: Any) -> Entry:
    account, _, model = name.partition("/")
    own = {key: facts.pop(key) for key in ("speed", "quality", "added") if key in facts}
    if "can" in facts:
        facts["capabilities"] = MappingProxyType(facts.pop("can"))
    place = facts.pop("place", Place.CLOUD)
    return Entry(Deployment(account, model, account, account.title(), place, has_key=True, **facts), **own)


BIG = entry(
    "openai/gpt-5",
    context=400_000,
    price=Price(1_250_000_000, 10 * NANOS),
    can={Capability.VISION: True, Capability.TOOLS: True},
    quality=Quality(60, "A bench"),
    speed=Speed(900, 60.0, 12),
)
SMALL = entry(
    "openai/gpt-5-nano",
    context=400_000,
    price=Price(50_000_000, 400_000_000),
    can={Capability.VISION: False, Capability.TOOLS: True},
    quality=Quality(40, "A bench"),
    speed=Speed(400, 150.0, 3),
)
LOCAL = entry("ollama/qwen3:8b", context=40_960, free=True, place=Place.COMPUTER, speed=Speed(100, 20.0, 1))
NEAR = entry("lab/llama", place=Place.NETWORK)
ALL = (SMALL, NEAR, BIG, LOCAL)


def names(query: Query) -> list[str]:
    return [found.deployment.model for found in select(ALL, query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), ["llama", "qwen3:8b", "gpt-5", "gpt-5-nano"]),
        (Query(order=Order.CHEAPEST), ["qwen3:8b", "gpt-5-nano", "gpt-5", "llama"]),
        (Query(order=Order.FASTEST), ["gpt-5-nano", "gpt-5", "qwen3:8b", "llama"]),
        (Query(order=Order.QUALITY), ["gpt-5", "gpt-5-nano", "llama", "qwen3:8b"]),
        (Query(order=Order.CONTEXT), ["gpt-5", "gpt-5-nano", "qwen3:8b", "llama"]),
        (Query(needs=frozenset({Capability.TOOLS})), ["gpt-5", "gpt-5-nano"]),
        (Query(needs=frozenset({Capability.TOOLS, Capability.VISION})), ["gpt-5"]),
        (Query(context=40_961), ["gpt-5", "gpt-5-nano"]),
        (Query(context=40_960, order=Order.CHEAPEST), ["qwen3:8b", "gpt-5-nano", "gpt-5"]),
        (Query(places=frozenset({Place.COMPUTER, Place.NETWORK})), ["llama", "qwen3:8b"]),
        (Query(text="GPT nano"), ["gpt-5-nano"]),
        (Query(text="ollama qwen"), ["qwen3:8b"]),
        (Query(text="zzz"), []),
    ],
)
def test_a_query_finds_what_is_known_to_fit(query: Query, expected: list[str]) -> None:
    assert names(query) == expected


def test_the_figures_of_an_order() -> None:
    assert typical_cost_nanos(BIG.deployment) == 3000 * 1250 + 1000 * 10_000
    assert (typical_cost_nanos(LOCAL.deployment), typical_cost_nanos(NEAR.deployment)) == (0, None)
    assert typical_seconds(SMALL.speed) == pytest.approx(2.4)
    assert typical_seconds(None) is typical_seconds(Speed(100, None, 4)) is None
