"""Chooses what is expected to send its first token soonest, of two drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, better_of_two
from switchyard.core.sentence import sentence
from switchyard.core.stats import score_ttft

if TYPE_CHECKING:
    from random import Random


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return the better of two first, the rest by what is expected of them."""
    costs = [score_ttft(one.measured, one.in_flight) for one in contenders]
    return better_of_two(contenders, costs, rng)


STRATEGY = Strategy("fastest", sentence("Fastest"), order)
