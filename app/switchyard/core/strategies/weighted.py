"""Spreads messages over the pool in proportion to the weights."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, ranked_by_weight
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from random import Random


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Draw them one after another without putting any back; those of weight 0 are last."""
    # An exponential variate of the rate w is the least of all with the probability w / sum of the rates.
    draws = [-log(1 - rng.random()) / (contender.weight or 1) for contender in contenders]
    return ranked_by_weight(contenders, draws)


STRATEGY = Strategy("weighted", sentence("Weighted"), order)
