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
    """Return the better of two first, the rest by what each lacks of being the best in everything.

    On each side the best has 1, and what costs or takes twice as much, or has half the score, 0.5.
    """
    by_cost, by_speed, by_quality, by_health = view.balance.shares()
    costs = [cost + ALIKE_NANOS for cost in filled([one.estimate_nanos for one in contenders])]
    waits = [_wait_ms(one.measured, one.in_flight) + ALIKE_MS for one in contenders]
    scores = [score if score > 0 else 0.0 for score in filled([one.quality for one in contenders])]
    of_cost = by_cost * min(costs, default=0)
    of_speed = by_speed * min(waits, default=0)
    of_quality = by_quality / (max(scores, default=0) or 1)
    lacks = [
        1 - of_cost / cost - of_speed / wait - of_quality * score - by_health * (1 - one.measured.p_fail) ** CALLS
        for one, cost, wait, score in zip(contenders, costs, waits, scores, strict=True)
    ]
    return better_of_two(contenders, lacks, rng)


def _wait_ms(measured: Measured, in_flight: int) -> float:
    p50_ms, ewma_ms = measured.ttft_p50_ms, measured.ewma_ttft_ms
    return (p50_ms if p50_ms > ewma_ms else ewma_ms) * (in_flight + 1)


STRATEGY = Strategy("balanced", sentence("Balanced"), order)
