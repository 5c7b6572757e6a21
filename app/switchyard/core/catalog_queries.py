"""Asks the catalog: the cheapest, the fastest as measured, what can do something, what fits, what runs where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from switchyard.core.catalog import Deployment, Place, Quality
from switchyard.core.content import Capability
from switchyard.core.facts import Source, Speed
from switchyard.core.usage import Usage, compute_cost
from switchyard.core.value import field, value

# What a message is like on the average, for an order by price or speed: a longer prompt than reply.
TYPICAL = Usage(input=3000, output=1000)
TYPICAL_REPLY_TOKENS = 300


@value
class Entry:
    """A model of an account with all that is known: each fact's source, how good it is said to be, how fast it was.

    `sources` has a word for context, max_output, prices, quality and each capability. `chat`: one can talk to it;
    `offered`: it stands where a model is chosen.
    """

    deployment: Deployment
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    quality: Quality | None = None
    speed: Speed | None = None
    chat: bool = True
    added: bool = False
    offered: bool = True


class Order(StrEnum):
    """What stands first. What is not known stands last, by name."""

    NAME = "name"
    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    QUALITY = "quality"
    CONTEXT = "context"


@value
class Query:
    """What is asked for; what is not known to fit does not. `text` is looked for in names and providers."""

    text: str = ""
    needs: frozenset[Capability] = frozenset()
    context: int = 0
    places: frozenset[Place] = frozenset(Place)
    order: Order = Order.NAME


def select(entries: Iterable[Entry], query: Query) -> list[Entry]:
    """Return the entries that a query is about, in its order."""
    words = query.text.casefold().split()
    found = [entry for entry in entries if _fits(entry, query) and _has_words(entry.deployment, words)]
    return _ordered(found, query.order)


def typical_cost_nanos(deployment: Deployment) -> int | None:
    """Return what a typical message costs; None where no price is known."""
    if deployment.free:
        return 0
    return compute_cost(TYPICAL, deployment.price) if deployment.price is not None else None


def typical_seconds(speed: Speed | None) -> float | None:
    """Return how long a typical reply took; None where nothing was measured."""
    if speed is None or not speed.tokens_per_s:
        return None
    return speed.ttft_ms / 1000 + TYPICAL_REPLY_TOKENS / speed.tokens_per_s


def _fits(entry: Entry, query: Query) -> bool:
    deployment = entry.deployment
    return (
        deployment.place in query.places
        and (not query.context or (deployment.context or 0) >= query.context)
        and all(deployment.capabilities.get(need, False) for need in query.needs)
    )


def _has_words(deployment: Deployment, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = f"{deployment.name} {deployment.provider_name}".casefold()
    return all(word in text for word in words)


_RANKS: dict[Order, Callable[[Entry], float | None]] = {
    Order.CHEAPEST: lambda entry: typical_cost_nanos(entry.deployment),
    Order.FASTEST: lambda entry: typical_seconds(entry.speed),
    Order.QUALITY: lambda entry: -entry.quality.score if entry.quality is not None else None,
    Order.CONTEXT: lambda entry: -entry.deployment.context if entry.deployment.context is not None else None,
}


def _ordered(entries: list[Entry], order: Order) -> list[Entry]:
    by_name = sorted(entries, key=lambda entry: entry.deployment.name)
    rank = _RANKS.get(order)
    if rank is None:
        return by_name
    ranked = [(rank(entry), entry) for entry in by_name]
    known = sorted(((value, entry) for value, entry in ranked if value is not None), key=lambda pair: pair[0])
    return [entry for _, entry in known] + [entry for value, entry in ranked if value is None]
