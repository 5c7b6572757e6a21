"""Tries what is known to take all that the message needs; what may take it comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.content import Capability
from switchyard.core.picking import Contender, Rank, Strategy, View, ranked
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from random import Random


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return them by how many of the needs they lack, then by how many are not known of them."""
    return ranked(contenders, [_rank(contender, view.needs) for contender in contenders])


def _rank(contender: Contender, needs: frozenset[Capability]) -> Rank:
    can = [contender.deployment.capabilities.get(need) for need in needs]
    return can.count(False), can.count(None)


STRATEGY = Strategy("capability_match", sentence("Capability match"), order)
