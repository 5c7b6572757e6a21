"""What the genai-prices package says of models: prices with their parts, tiers and dates, and windows.

It takes a third of a second and 30 MB to import, so it is loaded in a worker thread when a price is first wanted, and
what it said of a deployment is kept under its stamp. It never fetches anything: newer prices come with a newer package.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from switchyard.core.facts import NOTHING, DatedPrice, Facts
from switchyard.core.usage import NANOS, Price, Tier

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

PACKAGE = "genai_prices"

# Our provider ids by theirs. Any other provider is known by its address; Ollama's models have no price.
_IDS = {
    "anthropic": "anthropic",
    "azure": "azure",
    "deepseek": "deepseek",
    "gemini": "google",
    "groq": "groq",
    "mistral": "mistral",
    "openai": "openai",
    "openrouter": "openrouter",
    "together": "together",
    "xai": "x-ai",
}
UNPRICED = frozenset({"ollama", "simulator"})
LISTED = frozenset({*_IDS, "huggingface"})
_RATES = {
    "input_nanos": ("input_mtok",),
    "output_nanos": ("output_mtok",),
    "cached_input_nanos": ("cache_read_mtok",),
    "cache_write_5m_nanos": ("cache_write_5m_mtok", "cache_write_mtok"),
    "cache_write_1h_nanos": ("cache_write_1h_mtok",),
    "audio_input_nanos": ("input_audio_mtok",),
    "audio_output_nanos": ("output_audio_mtok",),
    "image_input_nanos": ("input_image_mtok",),
    "image_output_nanos": ("output_image_mtok",),
    "search_nanos": ("web_searches_kcount",),
}
_THOUSAND = 1000


def stamp_of_prices() -> str:
    """Return what tells one version of the package from another, without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return ""
    try:
        found = Path(spec.origin).with_name("data.py").stat()
    except OSError:  # it is packed into something else, with the application around it
        return ""
    return f"{found.st_size}-{found.st_mtime_ns}"


class PriceList:
    """Looks models up. Making one loads the package: do it in a worker thread."""

    def __init__(self) -> None:
        from genai_prices.data_snapshot import get_snapshot

        self._snapshot = get_snapshot()
        self._by_id = {provider.id: provider for provider in self._snapshot.providers}

    def look_up(self, provider: str, base_url: str, model: str) -> Facts:
        """Return what is said of a model, as it is written in requests to that provider."""
        maker, model = self._maker(provider, base_url, model)
        found = maker.find_model(model.lower(), all_providers=self._snapshot.providers) if maker is not None else None
        return _facts(found) if found is not None else NOTHING

    def _maker(self, provider: str, base_url: str, model: str) -> tuple[Provider | None, str]:
        """Return whose price counts, and by what name the model is known there."""
        if provider in UNPRICED:
            return None, model
        if provider == "huggingface":  # the host behind the router decides, and the router may choose any
            name, _, host = model.partition(":")
            return self._by_id.get(f"huggingface_{host}"), name
        if provider in _IDS:
            return self._by_id.get(_IDS[provider]), model.removeprefix("models/")
        try:
            return self._snapshot.find_provider(None, None, base_url), model
        except LookupError:
            return None, model


def _facts(model: ModelInfo) -> Facts:
    return Facts(context=model.context_window, prices=tuple(_prices(model)))


def _prices(model: ModelInfo) -> Iterator[DatedPrice]:
    free = model.id.endswith(":free")
    if not isinstance(model.prices, list):
        price = _price(model.prices, free=free)
        if price is not None:
            yield DatedPrice(price)
        return
    for conditional in model.prices:
        price = _price(conditional.prices, free=free)
        if price is not None:
            yield DatedPrice(price, **_when(conditional.constraint))


def _price(price: ModelPrice, *, free: bool) -> Price | None:
    """Return the price in our units; None for models that are charged by the hour, the page or the picture."""
    rates = {ours: _rate(price, theirs) for ours, theirs in _RATES.items()}
    starts = sorted({tier.start for rate in rates.values() for tier in getattr(rate, "tiers", ())})
    base: dict[str, Any] = {name: _nanos(rate, 0, name) for name, rate in rates.items() if rate is not None}
    if "input_nanos" not in base:
        return Price(0, 0) if free and not base else None
    base.setdefault("output_nanos", 0)  # an embedding has no output
    tiers = tuple(
        Tier(start, Price(**base | {name: _nanos(rate, start + 1, name) for name, rate in rates.items() if rate}))
        for start in starts
    )
    return Price(**base, tiers=tiers)


def _rate(price: ModelPrice, names: tuple[str, ...]) -> Any:
    return next((rate for name in names if (rate := getattr(price, name)) is not None), None)


def _nanos(rate: Any, input_tokens: int, name: str) -> int:
    """Return the rate that counts for so large a prompt, in nano-dollars per million tokens, or for one search."""
    dollars: Decimal = getattr(rate, "base", rate)
    for tier in getattr(rate, "tiers", ()):
        if input_tokens > tier.start:
            dollars = tier.price
    return round(dollars * NANOS) // (_THOUSAND if name == "search_nanos" else 1)


def _when(constraint: Any) -> dict[str, int]:
    """Return when a price holds; a constraint of a kind that is not known yet counts as none."""
    start: date | None = getattr(constraint, "start_date", None)
    if start is not None:
        return {"from_ms": round(datetime.combine(start, time(), UTC).timestamp() * 1000)}
    begin: time | None = getattr(constraint, "start_time", None)
    end: time | None = getattr(constraint, "end_time", None)
    if begin is None or end is None:
        return {}
    return {"day_from_ms": _time_ms(begin), "day_until_ms": _time_ms(end)}


def _time_ms(moment: time) -> int:
    """Return a time of the day in UTC; one without a zone is UTC."""
    day = datetime.combine(date(2000, 1, 2), moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return ((day.hour * 60 + day.minute) * 60 + day.second) * 1000
