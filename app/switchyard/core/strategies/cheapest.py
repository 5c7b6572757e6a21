"""Tries what this message is estimated to cost least with; an unknown price stands in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, middling, ranked
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from random import Random


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return them by their estimates."""
    return ranked(contenders, middling(contender.estimate_nanos for contender in contenders))


STRATEGY = Strategy("cheapest", sentence("Cheapest"), order)
