"""What is known of a model and from where: prices over time, windows, capabilities, quality; unknown stays unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from switchyard.core.catalog import Model, Quality
from switchyard.core.content import Capability
from switchyard.core.usage import Price
from switchyard.core.value import field, value

DAY_MS = 24 * 60 * 60 * 1000


class Source(StrEnum):
    """Who says so, the most trusted first."""

    PERSON = "person"
    PROVIDER = "provider"  # its list of models
    PRICE_LIST = "genai-prices"
    OURS = "switchyard"  # resources/models.json, which names where each row was read


@value
class DatedPrice:
    """A price and when it holds: from a moment on, or between two times of the day (UTC milliseconds)."""

    price: Price
    from_ms: int | None = None
    day_from_ms: int | None = None
    day_until_ms: int | None = None

    def holds(self, at_ms: int) -> bool:
        """Whether it holds at a moment. Hours may run over midnight."""
        if self.from_ms is not None and at_ms < self.from_ms:
            return False
        if self.day_from_ms is None or self.day_until_ms is None:
            return True
        time = at_ms % DAY_MS
        if self.day_from_ms <= self.day_until_ms:
            return self.day_from_ms <= time < self.day_until_ms
        return time >= self.day_from_ms or time < self.day_until_ms


@value
class Facts:
    """What one source says of a model. Of `prices` the last that holds counts; a list of one always holds."""

    context: int | None = None
    max_output: int | None = None
    prices: tuple[DatedPrice, ...] = ()
    capabilities: Mapping[Capability, bool] = field(default_factory=lambda: MappingProxyType({}))
    quality: Quality | None = None

    def price_at(self, at_ms: int) -> Price | None:
        """Return the price that holds at a moment, else the first."""
        for dated in reversed(self.prices):
            if dated.holds(at_ms):
                return dated.price
        return self.prices[0].price if self.prices else None


NOTHING = Facts()


class Kept(NamedTuple):
    """What is kept of a deployment between runs.

    `override` is what the person says, `refuses` the parameters that it was seen not to take, `looked_up` what the
    price list of that `stamp` says (None where it was not asked). `added`: the person added a model that no list has.
    """

    override: Facts = NOTHING
    refuses: frozenset[str] = frozenset()
    looked_up: Facts | None = None
    stamp: str = ""
    added: bool = False


UNKEPT = Kept()


class Speed(NamedTuple):
    """How fast a deployment was: medians over so many completed, streamed attempts. Unknown is None."""

    ttft_ms: int
    tokens_per_s: float | None
    samples: int


class Known(NamedTuple):
    """What is known of a model by all sources, and by which: `sources` has a word for each field and capability."""

    facts: Facts
    sources: Mapping[str, Source]


def facts_of(model: Model) -> Facts:
    """Return what a provider's list says of a model."""
    prices = (DatedPrice(model.price),) if model.price is not None else ()
    return Facts(model.context, model.max_output, prices, model.capabilities, model.quality)


def merge(told: Sequence[tuple[Source, Facts]]) -> Known:
    """Take each field from the first source that knows it."""
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    capabilities: dict[Capability, bool] = {}
    for source, facts in told:
        if facts is NOTHING:  # as most are, on the way of each message
            continue
        for name in ("context", "max_output", "prices", "quality"):
            if name not in values and (value := getattr(facts, name)):
                values[name], sources[name] = value, source
        for capability, can in facts.capabilities.items():
            if capability not in capabilities:
                capabilities[capability], sources[capability.value] = can, source
    return Known(Facts(**values, capabilities=MappingProxyType(capabilities)), MappingProxyType(sources))
