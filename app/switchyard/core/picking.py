"""What strategies choose from and by: contenders with their figures, and the ways to put them in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from switchyard.core.catalog import Deployment
from switchyard.core.content import Capability
from switchyard.core.sentence import Sentence
from switchyard.core.stats import Measured, median
from switchyard.core.value import field, value

if TYPE_CHECKING:
    from random import Random

EXPLORED = 0.03  # of the messages go to any healthy deployment, so that figures of old stay no prejudice

Rank = float | tuple[float, ...]  # of one kind for all members of a pool


class Contender(NamedTuple):
    """A member of a pool that may be called now, as far as its strategy is concerned.

    `index` is its place in the pool. `healthy`: neither parked nor over a budget nor behind an open breaker. Unknown
    money (`estimate_nanos`) and quality are None.
    """

    index: int  # type: ignore[assignment]  # nobody asks a contender for tuple.index
    weight: int
    deployment: Deployment
    measured: Measured
    in_flight: int = 0
    healthy: bool = True
    estimate_nanos: int | None = None
    quality: float | None = None


_WEIGHT, _HEALTHY = itemgetter(1), itemgetter(5)  # of contenders: many are looked at, and these do it in one go


@value
class Balance:
    """How much each side counts for the balanced strategy; only their proportions do.

    As they are, a deployment that failed three times of late loses against one that answers, be it free or not.
    """

    cost: float = 0.2
    speed: float = 0.25
    quality: float = 0.2
    health: float = 0.35

    def shares(self) -> tuple[float, float, float, float]:
        """Return cost, speed, quality and health as shares of one; all the same where none is above 0."""
        weights = [max(weight, 0.0) for weight in (self.cost, self.speed, self.quality, self.health)]
        total = sum(weights)
        cost, speed, quality, health = (weight / total for weight in weights) if total else (0.25,) * 4
        return cost, speed, quality, health


@value
class View:
    """What else a strategy may know: how often this step was taken before, what the message needs, the balance."""

    turn: int = 0
    needs: frozenset[Capability] = frozenset()
    balance: Balance = field(default_factory=Balance)


@value
class Strategy:
    """A rule that orders a pool for one message; `id` is the word of `pick` in a chain.

    `order` returns all contenders, in the order in which they are to be tried, and changes nothing but `rng`.
    """

    id: str
    title: Sentence
    order: Callable[[Sequence[Contender], View, Random], Sequence[Contender]]


def ranked(contenders: Sequence[Contender], ranks: Sequence[Rank]) -> list[Contender]:
    """Return the healthy by their ranks, the least first, then the others by theirs; the pool's order breaks a tie."""
    ordered = _sorted(contenders, ranks)
    if all(map(_HEALTHY, ordered)):
        return ordered
    return [one for one in ordered if one.healthy] + [one for one in ordered if not one.healthy]


def ranked_by_weight(contenders: Sequence[Contender], ranks: Sequence[Rank]) -> list[Contender]:
    """Return them ranked, those of weight 0 last of all: they are called when nobody else is left."""
    ordered = ranked(contenders, ranks)
    if all(map(_WEIGHT, ordered)):
        return ordered
    return [one for one in ordered if one.weight] + [one for one in ordered if not one.weight]


def _sorted(contenders: Sequence[Contender], ranks: Sequence[Rank]) -> list[Contender]:
    keys: Sequence[Any] = ranks
    return list(map(contenders.__getitem__, sorted(range(len(keys)), key=keys.__getitem__)))


def turned(contenders: Sequence[Contender], turn: int) -> list[Contender]:
    """Return those that may be chosen from the one on whose turn it is, then the others."""
    open_to = [contender for contender in contenders if contender.healthy and contender.weight]
    first = turn % len(open_to) if open_to else 0
    shut = [contender for contender in contenders if not (contender.healthy and contender.weight)]
    return [*open_to[first:], *open_to[:first], *shut]


def middling(values: Iterable[float | None]) -> list[Rank]:
    """Return ranks for values of which some are not known: those stand in the middle, behind their equals."""
    given = list(values)
    levels = filled(given)
    if levels == given:
        return [*levels]
    return [(level, value != level) for value, level in zip(given, levels, strict=True)]


def filled(values: Sequence[float | None]) -> list[float]:
    """Return the values with the middle of what is known in the place of what is not; 0 where nothing is."""
    known = [value for value in values if value is not None]
    if not all(map(isfinite, known)):
        known = [value for value in known if isfinite(value)]
    if len(known) == len(values):
        return known
    if not known:
        return [0.0] * len(values)
    middle = median(known)
    return [value if value is not None and isfinite(value) else middle for value in values]


def better_of_two(contenders: Sequence[Contender], costs: Sequence[float], rng: Random) -> list[Contender]:
    """Choose the better of two drawn at random, so that not everybody runs to the same one; the rest stand by cost.

    A weight of two makes up for a cost twice as high. Now and then any healthy one is chosen.
    """
    weights = list(map(_WEIGHT, contenders))
    even = weights.count(1) == len(weights)
    ranks = costs if even else [cost / (weight or 1) for weight, cost in zip(weights, costs, strict=True)]
    ordered = ranked_by_weight(contenders, ranks)
    open_to = len([one for one in contenders if one.healthy and one.weight > 0])
    if open_to < 2:
        return ordered
    if rng.random() < EXPLORED:
        return _led_by(ordered, rng.randrange(open_to))
    return _led_by(ordered, min(rng.sample(range(open_to), 2)))


def explored(ordered: list[Contender], rng: Random) -> list[Contender]:
    """Put any healthy one first now and then."""
    open_to = len([one for one in ordered if one.healthy])
    return _led_by(ordered, rng.randrange(open_to)) if open_to > 1 and rng.random() < EXPLORED else ordered


def _led_by(ordered: list[Contender], place: int) -> list[Contender]:
    return [ordered[place], *ordered[:place], *ordered[place + 1 :]] if place else ordered
