"""Knows what each message of a chat weighs, so that a long one is not reckoned up anew with every key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from switchyard.core.content import Attachment
from switchyard.core.estimate import long_output
from switchyard.core.media import ImageLimits
from switchyard.core.message import Message, MessageId, Role, as_sent
from switchyard.core.needs import Weight, weigh
from switchyard.services.attachments import Attachments

_Known = Mapping[MessageId, tuple[Message, Weight | None]]
_Attached = Mapping[MessageId, tuple[Attachment, ...]]
_NOTHING: _Known = MappingProxyType({})


class Weighed(NamedTuple):
    """What each message of a chat weighs, None where nothing of it can be sent, and how long its answers are."""

    weights: Sequence[Weight | None] = ()
    p95_output: int | None = None


class Weighing:
    """Remembers the chat that was weighed last. Counts in a thread."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments
        self._past: Sequence[Message] = ()
        self._weighed = Weighed()
        self._known = _NOTHING

    async def weigh(self, past: Sequence[Message], limits: ImageLimits) -> Weighed:
        """Return what each message weighs, as it would be sent.

        Raises `UserError` for an attached file that is damaged.
        """
        if past is self._past:
            return self._weighed
        known = self._known
        attached: dict[MessageId, tuple[Attachment, ...]] = {}
        for message in await asyncio.to_thread(_with_files, past, known):
            attached[message.uid] = await self._attachments.load(message.files, limits)
        weighed, known = await asyncio.to_thread(_weigh, past, known, attached)
        self._past, self._weighed, self._known = past, weighed, known
        return weighed


def _with_files(past: Sequence[Message], known: _Known) -> Sequence[Message]:
    """Return the messages whose files have to be read before they can be weighed."""
    return [each for each in past if each.files and each.role is Role.USER and not _is_known(each, known)]


def _weigh(past: Sequence[Message], known: _Known, attached: _Attached) -> tuple[Weighed, _Known]:
    weighed = {
        each.uid: (each, known[each.uid][1] if _is_known(each, known) else _weight(each, attached.get(each.uid, ())))
        for each in past
    }
    return Weighed([weighed[each.uid][1] for each in past], long_output(_outputs(past))), weighed


def _outputs(past: Sequence[Message]) -> Iterator[int]:
    """Yield how many tokens each answer has, where that was told."""
    for message in past:
        answer = message.route.answered_by if message.route is not None else None
        if answer is not None and answer.usage is not None and answer.usage.output is not None:
            yield answer.usage.output


def _is_known(message: Message, known: _Known) -> bool:
    """Whether a message is as it was, but for marks that weigh nothing."""
    found = known.get(message.uid)
    if found is None:
        return False
    before = found[0]
    return before is message or (
        before.text == message.text and before.files == message.files and before.calls == message.calls
    )


def _weight(message: Message, attached: tuple[Attachment, ...]) -> Weight | None:
    sent = as_sent(message, attached)
    return weigh(sent) if sent is not None else None
