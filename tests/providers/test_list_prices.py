"""What lists of models say of prices and quality, in their own words; what makes no sense is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from switchyard.core.catalog import Quality
from switchyard.core.usage import NANOS, Price, Tier
from switchyard.providers.lists import models_of

ROUTER = {
    "id": "anthropic/claude-sonnet-4",
    "pricing": {
        "prompt": "0.000003",
        "completion": "0.000015",
        "web_search": "0.01",
        "input_cache_read": "0.0000003",
        "input_cache_write": "0.00000375",
        "input_cache_write_1h": "0.000006",
        "overrides": [
            {"min_prompt_tokens": 200_000, "prompt": "0.000006", "completion": "0.0000225"},
            {"min_prompt_tokens": None, "prompt": "0.000009"},
            {"min_prompt_tokens": 300_000, "prompt": "dear"},
            7,
        ],
    },
    "benchmarks": {"artificial_analysis": {"intelligence_index": 28.9, "coding_index": 37.6}},
}
REST: dict[str, Any] = {
    "cached_input_nanos": 300_000_000,
    "cache_write_5m_nanos": 3_750_000_000,
    "cache_write_1h_nanos": 6 * NANOS,
    "search_nanos": 10_000_000,
}


def test_a_price_with_its_parts_and_what_large_prompts_cost() -> None:
    (model,) = models_of([ROUTER])
    large = Price(6 * NANOS, 22_500_000_000, **REST)
    assert model.price == Price(3 * NANOS, 15 * NANOS, **REST, tiers=(Tier(199_999, large),))
    assert model.quality == Quality(28.9, "Artificial Analysis Intelligence Index")


def test_a_price_for_a_million() -> None:
    (model,) = models_of([{"id": "m", "pricing": {"input": 0.88, "output": 1.2, "hourly": 0}}])
    assert model.price == Price(880_000_000, 1_200_000_000)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"pricing": None, "benchmarks": None},
        {"pricing": [], "benchmarks": {"artificial_analysis": None}},
        {"pricing": {"prompt": "-1", "completion": "-1"}, "benchmarks": {"artificial_analysis": []}},
        {"pricing": {"prompt": "NaN", "completion": "1"}},
        {"pricing": {"prompt": True, "completion": 1}},
        {"pricing": {"input": "1"}, "benchmarks": {"artificial_analysis": {"intelligence_index": None}}},
        {"benchmarks": {"artificial_analysis": {"intelligence_index": "28.9"}}},
        {"benchmarks": {"artificial_analysis": {"intelligence_index": 1e9}}},
    ],
)
def test_what_makes_no_sense_is_unknown(entry: dict[str, Any]) -> None:
    (model,) = models_of([{"id": "m"} | entry])
    assert (model.price, model.quality) == (None, None)
