"""Says what a message would cost while it is still being written: nothing is sent, kept or read from the disk again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from switchyard.core.chat_options import PLAIN_OPTIONS, ChatOptions
from switchyard.core.content import PLAIN, Parameters
from switchyard.core.context import Context, Load, context_of
from switchyard.core.draft import Draft
from switchyard.core.estimate import Estimate
from switchyard.core.filing import Workspace
from switchyard.core.media import image_limits
from switchyard.core.message import ChatMessage, ConversationId, Message, Role
from switchyard.core.needs import Demand, Weight, demand_from, weigh
from switchyard.core.usage import estimate_tokens
from switchyard.services.aims import Aims, Target
from switchyard.services.attachments import Attachments
from switchyard.services.ledger import Ledger
from switchyard.services.weighing import Weighing

TIGHT_SHARE = 0.8  # of what is left today


class Wording(NamedTuple):
    """A message as it stands: what was said before it, how it would be answered, and in which workspace it is."""

    draft: Draft
    target: Target
    past: Sequence[Message] = ()
    conversation: ConversationId | None = None
    parameters: Parameters = PLAIN
    options: ChatOptions = PLAIN_OPTIONS
    workspace: Workspace | None = None


class Forecast(NamedTuple):
    """`tokens` would be sent. `tight`: the most that it can cost is nearly all of what today's budgets have left."""

    tokens: int
    cost: Estimate
    simulated: bool
    tight: bool
    context: Context
    left_nanos: int | None = None


class Forecasts:
    """Counts in a thread: a long chat takes its time."""

    def __init__(self, aims: Aims, attachments: Attachments, ledger: Ledger) -> None:
        self._aims = aims
        self._attachments = attachments
        self._weighing = Weighing(attachments)
        self._ledger = ledger

    async def forecast(self, wording: Wording) -> Forecast:
        """Return what would be sent and what that would cost.

        Raises `UnknownName` for a target that is gone, and `UserError` for an attached file that is damaged.
        """
        workspace = wording.workspace
        aim = await self._aims.take(wording.target, private=wording.options.local_only, workspace=workspace)
        limits = image_limits(frozenset(ready.deployment.provider for ready in aim.resolved if ready is not None))
        system = wording.options.system or aim.chain.system
        weighed = await self._weighing.weigh(wording.past, limits)
        attached = await self._attachments.load(wording.draft.files, limits)
        asked = ChatMessage(Role.USER, wording.draft.text, attached)
        load, demand = await asyncio.to_thread(_load, wording, weighed.weights, asked, system)
        outline = self._aims.outline(aim, wording.conversation or ConversationId(""), demand)
        cost = self._aims.cost(aim, outline, demand, weighed.p95_output)
        context = await asyncio.to_thread(context_of, aim.chain, outline, load)
        chain, of = aim.chain.name if aim.pinned is None else None, workspace.uid if workspace is not None else None
        left_nanos = await self._ledger.left_today(chain, of)
        tight = bool(left_nanos is not None and cost.high_nanos and cost.high_nanos > left_nanos * TIGHT_SHARE)
        readers = [one.deployment.simulated for pool in outline.steps for one in pool]
        return Forecast(context.tokens, cost, bool(readers) and all(readers), tight, context, left_nanos)


def _load(
    wording: Wording, weights: Sequence[Weight | None], asked: ChatMessage, system: str | None
) -> tuple[Load, Demand]:
    """Return what a prompt is made of, and what it asks of whoever answers."""
    system_tokens = estimate_tokens(system) if system else 0
    load = Load(wording.past, weights, weigh(asked), system, system_tokens)
    spoken = [weight for at in load.spoken() if (weight := weights[at]) is not None]
    demand = demand_from([*spoken, load.asked], wording.parameters, system)
    return load._replace(tool_tokens=demand.beside - system_tokens), demand
