"""A few hundred spoiled answers for each dialect: nothing but events and failures comes out.

`make conformance` plays a hundred thousand, and watches the memory.
"""

from __future__ import annotations

import pytest
from tests.conformance.mutations import SPEAKERS, Player, seeds_of

ANSWERS = 400


@pytest.mark.parametrize("dialect", SPEAKERS)
async def test_spoiled_answers_are_events_and_failures(dialect: str) -> None:
    player = Player(dialect, seeds_of(dialect))
    for number in range(ANSWERS):
        await player.play(number)
