"""Tries what failed least of late; differences of less than five in a hundred do not count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, explored, ranked
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from random import Random


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return them by the probability that a call fails."""
    return explored(ranked(contenders, [int(contender.measured.p_fail * 20) for contender in contenders]), rng)


STRATEGY = Strategy("health_aware", sentence("Health aware"), order)
