"""Begins with another member of the pool each time, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, ranked_by_weight, turned
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from random import Random


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return them from the one on whose turn it is."""
    return ranked_by_weight(turned(contenders, view.turn), [0] * len(contenders))


STRATEGY = Strategy("round_robin", sentence("Round robin"), order)
