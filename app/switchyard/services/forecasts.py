"""Says what a message would cost while it is still being written: nothing is sent, kept or read from the disk again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from switchyard.core.chat_options import PLAIN_OPTIONS, ChatOptions
from switchyard.core.content import PLAIN, Parameters, StoredFile
from switchyard.core.draft import Draft
from switchyard.core.estimate import Estimate
from switchyard.core.filing import Workspace
from switchyard.core.media import ImageLimits, image_limits
from switchyard.core.message import ChatMessage, ConversationId, Message, Role
from switchyard.core.needs import demand_of
from switchyard.services.aims import Aims, Target
from switchyard.services.attachments import Attachments
from switchyard.services.ledger import Ledger

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
    """`tight`: the most that it can cost is nearly all that is left of today's budgets."""

    tokens: int
    cost: Estimate
    simulated: bool
    tight: bool


class Forecasts:
    """Counts in a thread: a long chat takes its time."""

    def __init__(self, aims: Aims, attachments: Attachments, ledger: Ledger) -> None:
        self._aims = aims
        self._attachments = attachments
        self._ledger = ledger

    async def forecast(self, wording: Wording) -> Forecast:
        """Return what would be sent and what that would cost.

        Raises `UnknownName` for a target that is gone, and `UserError` for an attached file that is damaged.
        """
        workspace = wording.workspace
        aim = await self._aims.take(wording.target, private=wording.options.local_only, workspace=workspace)
        limits = image_limits(frozenset(ready.deployment.provider for ready in aim.resolved if ready is not None))
        past = [each for each in wording.past if not each.excluded]
        messages = [await self._spoken(each.role, each.text, each.files, limits) for each in past]
        messages.append(await self._spoken(Role.USER, wording.draft.text, wording.draft.files, limits))
        system = wording.options.system or aim.chain.system
        demand = await asyncio.to_thread(demand_of, messages, wording.parameters, system)
        outline = self._aims.outline(aim, wording.conversation or ConversationId(""), demand)
        cost = self._aims.cost(aim, outline, demand)
        chain, of = aim.chain.name if aim.pinned is None else None, workspace.uid if workspace is not None else None
        left_nanos = await self._ledger.left_today(chain, of)
        tight = bool(left_nanos is not None and cost.high_nanos and cost.high_nanos > left_nanos * TIGHT_SHARE)
        asked = [one.deployment.simulated for pool in outline.steps for one in pool]
        return Forecast(demand.prompt_tokens, cost, bool(asked) and all(asked), tight)

    async def _spoken(self, role: Role, text: str, files: Sequence[StoredFile], limits: ImageLimits) -> ChatMessage:
        attached = await self._attachments.load(files, limits) if files and role is Role.USER else ()
        return ChatMessage(role, text, attached)
