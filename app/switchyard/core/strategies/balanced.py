"""Weighs cost, speed, quality and health against each other, by weights that the person sees and sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, better_of_two, filled
from switchyard.core.sentence import sentence
from switchyard.core.stats import Measured

if TYPE_CHECKING:
    from random import Random

ALIKE_NANOS = 1_000_000  # a tenth of a cent more or less is nothing that anybody chooses by
ALIKE_MS = 250  # nor is a quarter of a second
CALLS = 4  # health is how likely it is that none of so many calls fails


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return the better of two first, the rest by their drawbacks."""
    by_cost, by_speed, by_quality, by_health = view.balance.shares()
    costs = _times_the_best(filled([one.estimate_nanos for one in contenders]), ALIKE_NANOS)
    waits = _times_the_best([_wait_ms(one.measured, one.in_flight) for one in contenders], ALIKE_MS)
    flaws = _below_the_best(filled([one.quality for one in contenders]))
    drawbacks = [
        by_cost * cost + by_speed * wait + by_quality * flaw + by_health * (1 - (1 - one.measured.p_fail) ** CALLS)
        for one, cost, wait, flaw in zip(contenders, costs, waits, flaws, strict=True)
    ]
    return better_of_two(contenders, drawbacks, rng)


def _wait_ms(measured: Measured, in_flight: int) -> float:
    p50_ms, ewma_ms = measured.ttft_p50_ms, measured.ewma_ttft_ms
    return (p50_ms if p50_ms > ewma_ms else ewma_ms) * (in_flight + 1)


def _times_the_best(levels: Sequence[float], alike: float) -> list[float]:
    """Return from 0 to 1 how far each is above the least: 0.5 is twice as much."""
    least = min(levels, default=0) + alike
    return [1 - least / (level + alike) for level in levels]


def _below_the_best(levels: Sequence[float]) -> list[float]:
    """Return from 0 to 1 by what share each is below the highest."""
    highest = max(levels, default=0.0)
    if highest <= 0:
        return [0.0] * len(levels)
    return [1 - level / highest if level > 0 else 1.0 for level in levels]


STRATEGY = Strategy("balanced", sentence("Balanced"), order)
