"""Tokens and money of one attempt: counts that may be unknown, and exact sums in nano-dollars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum

from switchyard.core.pattern import pattern_of
from switchyard.core.value import value

NANOS = 1_000_000_000
MILLION = 1_000_000


class CostSource(StrEnum):
    """Where the figure of a cost comes from."""

    REPORTED = "reported"
    COMPUTED = "computed"
    ESTIMATED = "estimated"
    UNPRICED = "unpriced"
    FREE = "free"


@value
class Usage:
    """Tokens of one attempt; None is unknown.

    `input` includes cached input, cache writes, and the audio and images that were sent; `output` includes reasoning.
    `audio` and `image` are parts of both together; `audio_output` and `image_output` are what of them the model made.
    `searches` counts the provider's own web searches, which are charged each. Where several models of the provider
    answered one call, `iterations` says what each used, and the fields are their sum.
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
    audio_output: int | None = None
    image_output: int | None = None
    searches: int | None = None
    iterations: tuple[Iteration, ...] = ()

    @property
    def cache_write(self) -> int | None:
        """Both kinds of cache write together; None where neither is known."""
        return add_known((self.cache_write_5m, self.cache_write_1h))


@value
class Iteration:
    """What one model used of a call that several answered; `model` is None where it is the one that was asked for."""

    model: str | None
    usage: Usage


@value
class Price:
    """Nano-dollars per million tokens, and `search_nanos` for each search.

    A part without a rate of its own (None) is charged as what it is a part of, a write to the one-hour cache as one to
    the five-minute cache. Above a tier's bound the whole call has the tier's price.
    """

    input_nanos: int
    output_nanos: int
    cached_input_nanos: int | None = None
    cache_write_5m_nanos: int | None = None
    cache_write_1h_nanos: int | None = None
    audio_input_nanos: int | None = None
    audio_output_nanos: int | None = None
    image_input_nanos: int | None = None
    image_output_nanos: int | None = None
    search_nanos: int | None = None
    tiers: tuple[Tier, ...] = ()

    def at(self, input_tokens: int) -> Price:
        """Return the price of a call with so large a prompt."""
        return next((tier.price for tier in reversed(self.tiers) if input_tokens > tier.above), self)


@value
class Tier:
    """What a call costs whose prompt is above so many tokens. The tiers of a price ascend, and have none themselves."""

    above: int
    price: Price


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
        audio_output=add_known(u.audio_output for u in known),
        image_output=add_known(u.image_output for u in known),
        searches=add_known(u.searches for u in known),
    )


def compute_cost(usage: Usage, price: Price) -> int | None:
    """Return nano-dollars, with one half-even rounding of the summed product; None where tokens are unknown."""
    return sum_costs([(usage, price)])


def sum_costs(calls: Iterable[tuple[Usage, Price]]) -> int | None:
    """Return the nano-dollars of several usages, each at its own price, rounded once."""
    total = 0
    for usage, price in calls:
        if usage.input is None or usage.output is None:
            return None
        rates = price.at(usage.input)
        total += sum(tokens * nanos for tokens, nanos in _charged(usage, usage.input, usage.output, rates))
    whole, rest = divmod(total, MILLION)
    return whole + (rest * 2 > MILLION or (rest * 2 == MILLION and whole % 2 == 1))


def _charged(usage: Usage, input_tokens: int, output_tokens: int, price: Price) -> Iterator[tuple[int, int]]:
    """Yield numbers of tokens with their rates, each token once: parts can never be more than the whole."""
    write_1h = price.cache_write_1h_nanos
    sent = (
        (usage.cached_input, price.cached_input_nanos),
        (usage.cache_write_5m, price.cache_write_5m_nanos),
        (usage.cache_write_1h, write_1h if write_1h is not None else price.cache_write_5m_nanos),
        (_without(usage.audio, usage.audio_output), price.audio_input_nanos),
        (_without(usage.image, usage.image_output), price.image_input_nanos),
    )
    made = ((usage.audio_output, price.audio_output_nanos), (usage.image_output, price.image_output_nanos))
    yield from _apart(input_tokens, price.input_nanos, sent)
    yield from _apart(output_tokens, price.output_nanos, made)
    yield (usage.searches or 0) * MILLION, price.search_nanos or 0


def _apart(whole: int, nanos: int, parts: Iterable[tuple[int | None, int | None]]) -> Iterator[tuple[int, int]]:
    """Yield the parts that have a rate of their own, then what is left of the whole."""
    left = whole
    for tokens, own_nanos in parts:
        if tokens and own_nanos is not None:
            taken = min(max(tokens, 0), left)
            left -= taken
            yield taken, own_nanos
    yield left, nanos


def _without(both: int | None, made: int | None) -> int:
    return (both or 0) - (made or 0)


def dollars(nanos: int | None) -> str | None:
    """Return nano-dollars as a plain decimal string of US dollars with at most nine places; None stays None."""
    if nanos is None:
        return None
    text = f"{Decimal(nanos) / NANOS:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_WIDE = pattern_of("[\u2e80-\u9fff\uac00-\ud7af\U00020000-\U0010ffff]+")


def estimate_tokens(text: str) -> int:
    """Guess the tokens of a text: one per East Asian character, else UTF-8 bytes / 3.6 (docs/routing, cost facts)."""
    if text.isascii():
        return -(-len(text) * 10 // 36)
    rest = _WIDE.sub("", text)
    return len(text) - len(rest) - (-len(rest.encode("utf-8", "replace")) * 10 // 36)
