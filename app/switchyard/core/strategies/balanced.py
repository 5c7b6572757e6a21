"""Weighs cost, speed, quality and health against each other, by weights that the person sees and sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, better_of_two, filled
from switchyard.core.sentence import sentence

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
    if not contenders:
        return []
    _, _, _, measured, in_flight, _, estimates, qualities = zip(*contenders, strict=True)  # at once: many are looked at
    costs = [cost + ALIKE_NANOS for cost in filled(estimates)]
    waits = [
        (one.ttft_p50_ms if one.ttft_p50_ms > one.ewma_ttft_ms else one.ewma_ttft_ms) * (calls + 1) + ALIKE_MS
        for one, calls in zip(measured, in_flight, strict=True)
    ]
    scores = filled(qualities)
    if min(scores) < 0:
        scores = [max(score, 0.0) for score in scores]
    of_cost, of_speed = by_cost * min(costs), by_speed * min(waits)
    of_quality = by_quality / (max(scores) or 1)
    lacks = [
        1 - of_cost / cost - of_speed / wait - of_quality * score - by_health * (1 - one.p_fail) ** CALLS
        for one, cost, wait, score in zip(measured, costs, waits, scores, strict=True)
    ]
    return better_of_two(contenders, lacks, rng)


STRATEGY = Strategy("balanced", sentence("Balanced"), order)
