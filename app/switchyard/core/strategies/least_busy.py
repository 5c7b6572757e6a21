"""Tries what has the fewest calls running for its weight; the idle take turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, ranked_by_weight, turned
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from random import Random


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return them by their running calls, equals from the one on whose turn it is."""
    in_turn = turned(contenders, view.turn)
    return ranked_by_weight(in_turn, [(one.in_flight + 1) / (one.weight or 1) for one in in_turn])


STRATEGY = Strategy("least_busy", sentence("Least busy"), order)
