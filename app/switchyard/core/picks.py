"""What a person likes to be answered by, as values."""

from __future__ import annotations

from enum import StrEnum

from switchyard.core.value import value


class PickKind(StrEnum):
    """What can be picked."""

    CHAIN = "chain"
    MODEL = "model"


@value
class Picks:
    """Chains by name and models as `account/model`: the favourites, and those used last."""

    favourites: tuple[tuple[PickKind, str], ...] = ()
    recent: tuple[tuple[PickKind, str], ...] = ()
