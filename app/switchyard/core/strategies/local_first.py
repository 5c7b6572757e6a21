"""Tries what runs on this computer, then in my network, then in the cloud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.catalog import Place
from switchyard.core.picking import Contender, Strategy, View, ranked
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from random import Random


_DISTANCE = {Place.COMPUTER: 0, Place.NETWORK: 1, Place.CLOUD: 2}


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return them by their places."""
    return ranked(contenders, [_DISTANCE[contender.deployment.place] for contender in contenders])


STRATEGY = Strategy("local_first", sentence("Local first"), order)
