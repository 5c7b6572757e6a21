"""Tokens and money of one attempt: counts that may be unknown, and exact sums in nano-dollars."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

NANOS = 1_000_000_000


class CostSource(StrEnum):
    """Where the figure of a cost comes from."""

    REPORTED = "reported"
    COMPUTED = "computed"
    ESTIMATED = "estimated"
    UNPRICED = "unpriced"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one attempt; None is unknown.

    `input` includes cached input, cache writes, and the audio and images that were sent; `output` includes reasoning.
    `audio` and `image` are parts of both together.
    """

    input: int | None = None
    output: int | None = None
    cached_input: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    estimated: bool = False
    audio: int | None = None
    image: int | None = None

    @property
    def cache_write(self) -> int | None:
        """Both kinds of cache write together; None where neither is known."""
        return add_known((self.cache_write_5m, self.cache_write_1h))


@dataclass(frozen=True, slots=True)
class Price:
    """Nano-dollars per million tokens."""

    input_nanos: int
    output_nanos: int


def add_known(values: Iterable[int | None]) -> int | None:
    """Sum what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def add_usage(usages: Iterable[Usage | None]) -> Usage | None:
    """Sum usages over what is known; None where there is none at all."""
    known = [usage for usage in usages if usage is not None]
    if not known:
        return None
    return Usage(
        input=add_known(u.input for u in known),
        output=add_known(u.output for u in known),
        cached_input=add_known(u.cached_input for u in known),
        cache_write_5m=add_known(u.cache_write_5m for u in known),
        cache_write_1h=add_known(u.cache_write_1h for u in known),
        reasoning=add_known(u.reasoning for u in known),
        estimated=any(u.estimated for u in known),
        audio=add_known(u.audio for u in known),
        image=add_known(u.image for u in known),
    )


def compute_cost(usage: Usage, price: Price) -> int | None:
    """Return nano-dollars, with one half-even rounding of the summed product; None where tokens are unknown."""
    if usage.input is None or usage.output is None:
        return None
    total = Decimal(usage.input) * price.input_nanos + Decimal(usage.output) * price.output_nanos
    return int((total / 1_000_000).to_integral_value(rounding=ROUND_HALF_EVEN))


def dollars(nanos: int | None) -> str | None:
    """Return nano-dollars as a plain decimal string of US dollars with at most nine places; None stays None."""
    if nanos is None:
        return None
    text = f"{Decimal(nanos) / NANOS:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\U00020000-\U0010ffff]+")


def estimate_tokens(text: str) -> int:
    """Guess the tokens of a text: one per East Asian character, else UTF-8 bytes / 3.6 (docs/routing, cost facts)."""
    if text.isascii():
        return -(-len(text) * 10 // 36)
    rest = _WIDE.sub("", text)
    return len(text) - len(rest) - (-len(rest.encode("utf-8", "replace")) * 10 // 36)
