"""The price list says what the package says: every price of it comes over, and agrees with its own arithmetic."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from genai_prices.data import providers

from switchyard.core.facts import NOTHING
from switchyard.core.usage import NANOS, Usage, compute_cost
from switchyard.services.price_list import PriceList, stamp_of_prices

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)


@pytest.fixture(scope="module")
def price_list() -> PriceList:
    return PriceList()


def test_a_price_with_its_parts_and_tiers(price_list: PriceList) -> None:
    facts = price_list.look_up("anthropic", "https://api.anthropic.com/v1", "claude-opus-4-5-20251101")
    price = facts.price_at(NOW_MS)
    assert price is not None
    assert (price.input_nanos, price.output_nanos) == (5 * NANOS, 25 * NANOS)
    assert (price.cached_input_nanos, price.cache_write_5m_nanos) == (NANOS // 2, 6_250_000_000)
    assert (price.cache_write_1h_nanos, price.search_nanos) == (10 * NANOS, 10_000_000)
    assert facts.context == 200_000

    tiered = price_list.look_up("gemini", "", "models/gemini-2.5-pro").price_at(NOW_MS)
    assert tiered is not None
    assert compute_cost(Usage(200_000, 1_000_000), tiered) == 200_000 * 1250 + 10 * NANOS
    assert compute_cost(Usage(200_001, 1_000_000), tiered) == 200_001 * 2500 + 15 * NANOS


@pytest.mark.parametrize(
    ("provider", "base_url", "model"),
    [
        ("openai", "https://api.openai.com/v1", "no-such-model"),
        ("ollama", "http://127.0.0.1:11434", "llama3"),
        ("huggingface", "https://router.huggingface.co/v1", "meta-llama/Llama-3.3-70B-Instruct"),
        ("openai-compatible", "http://127.0.0.1:8080/v1", "gpt-4o"),
        ("openai", "https://api.openai.com/v1", "whisper-1"),
    ],
    ids=["unheard of", "local", "any host", "any server", "by the hour"],
)
def test_what_is_not_known_has_no_price(price_list: PriceList, provider: str, base_url: str, model: str) -> None:
    assert price_list.look_up(provider, base_url, model).prices == ()


def test_a_server_is_known_by_its_address_and_a_host_by_the_name_behind_the_model(price_list: PriceList) -> None:
    by_address = price_list.look_up("openai-compatible", "https://api.openai.com/v1", "gpt-4o")
    assert by_address == price_list.look_up("openai", "https://proxy.example.invalid", "gpt-4o") != NOTHING
    assert price_list.look_up("huggingface", "", "meta-llama/Llama-3.3-70B-Instruct:together").prices


def test_the_hours_of_a_day_have_their_price(price_list: PriceList) -> None:
    facts = price_list.look_up("deepseek", "https://api.deepseek.com/v1", "deepseek-chat")
    by_day, by_night = (facts.price_at(round(NOW.replace(hour=hour).timestamp() * 1000)) for hour in (12, 20))
    assert by_day is not None
    assert by_night is not None
    assert by_day.input_nanos > by_night.input_nanos


def _priced() -> Iterator[tuple[str, str, str]]:
    ours = {"google": "gemini", "x-ai": "xai"}
    for provider in providers:
        if provider.id in {"anthropic", "deepseek", "google", "groq", "mistral", "openai", "together", "x-ai"}:
            for model in provider.models:
                yield ours.get(provider.id, provider.id), provider.id, model.id


def test_all_prices_agree_with_the_package(price_list: PriceList) -> None:
    """Each model at two sizes, with cached tokens and writes: the same amount, to the nano-dollar."""
    compared = 0
    for ours, theirs, model in _priced():
        price = price_list.look_up(ours, "", model).price_at(NOW_MS)
        if price is None or price.output_nanos == 0:
            continue
        for tokens in (10_007, 900_001):
            cached, write = tokens // 3, tokens // 7 if price.cache_write_5m_nanos is not None else 0
            if price.cached_input_nanos is None:
                cached = 0
            usage = TheirUsage(
                input_tokens=tokens, output_tokens=1_003, cache_read_tokens=cached, cache_write_tokens=write
            )
            expected = calc_price(usage, model, provider_id=theirs, genai_request_timestamp=NOW).total_price
            cost = compute_cost(Usage(tokens, 1_003, cached, write), price)
            assert cost == (expected * NANOS).to_integral_value(ROUND_HALF_EVEN), (theirs, model, Decimal(tokens))
            compared += 1
    assert compared > 300


def test_the_stamp_is_told_without_loading_the_package() -> None:
    code = (
        "import sys; from switchyard.services.price_list import stamp_of_prices as s;"
        "print(s()); assert 'genai_prices' not in sys.modules"
    )
    told = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == stamp_of_prices() != ""
