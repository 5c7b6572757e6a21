"""Rehearses chains against faults: with the accounts, prices and figures of this person, and nothing sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from switchyard.core.content import PLAIN
from switchyard.core.message import ChatMessage, Role
from switchyard.core.needs import demand_of
from switchyard.core.simulate import PROMPT_TOKENS, Fault, Rehearsal, Setup, rehearse
from switchyard.services.aims import Aims
from switchyard.services.figures import Figures


class Rehearsals:
    """Plays a chain's messages in virtual time."""

    def __init__(self, aims: Aims, figures: Figures) -> None:
        self._aims = aims
        self._figures = figures

    async def play(self, chain: str, faults: Sequence[Fault], *, turns: int, seed: int) -> Rehearsal:
        """Rehearse a chain's current version; raises `UnknownName`. The work is done in a thread."""
        aim = await self._aims.take_chain_named(chain)
        message = ChatMessage(Role.USER, "word " * PROMPT_TOKENS)
        candidates = self._aims.candidates(aim, demand_of((message,), PLAIN))
        await self._figures.load()
        measured = {
            candidate.deployment.name: self._figures.measured(candidate.deployment, PROMPT_TOKENS)
            for candidate in candidates
        }
        setup = Setup(aim.chain, candidates, measured, tuple(faults), turns=turns, seed=seed)
        return await asyncio.to_thread(rehearse, setup)
