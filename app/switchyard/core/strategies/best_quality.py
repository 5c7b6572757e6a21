"""Tries the model that is said to be best; one without a score stands in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.picking import Contender, Strategy, View, middling, ranked
from switchyard.core.sentence import sentence

if TYPE_CHECKING:
    from random import Random


def order(contenders: Sequence[Contender], view: View, rng: Random) -> Sequence[Contender]:
    """Return them by their scores, the highest first."""
    scores = (None if contender.quality is None else -contender.quality for contender in contenders)
    return ranked(contenders, middling(scores))


STRATEGY = Strategy("best_quality", sentence("Best quality"), order)
