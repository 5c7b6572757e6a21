"""What was said before is not read again to send a message, unless it is no longer how the conversation ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from tests.fakes.desk import Desk
from tests.fakes.replies import streamed

from switchyard.core.errors import UnknownName
from switchyard.core.filing import Change
from switchyard.core.message import ConversationId, Message, MessageState
from switchyard.services.chat import Prompt


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.account("a")
        await desk.chain("a")
        desk.play("a", *[streamed("answer")] * 9)
        yield desk


async def begun(desk: Desk) -> tuple[ConversationId, Sequence[Message]]:
    await desk.send(Prompt("first words"))
    uid = await desk.services.conversations.latest()
    assert uid is not None
    return uid, (await desk.services.conversations.open(uid))[1]


def told(past: Sequence[Message], words: str) -> Sequence[Message]:
    """Return the past with other words in its first message, so that what is sent tells where it was taken from."""
    return [replace(past[0], text=words), *past[1:]]


async def sent(desk: Desk, prompt: Prompt) -> str:
    await desk.send(prompt)
    return desk.received("a")[-1].body.decode()


async def test_what_the_caller_knows_is_sent(desk: Desk) -> None:
    uid, past = await begun(desk)
    assert "as it was known" in await sent(desk, Prompt("more", conversation=uid, past=told(past, "as it was known")))


async def test_what_is_no_longer_the_end_is_read(desk: Desk) -> None:
    uid, past = await begun(desk)
    await desk.send(Prompt("between", conversation=uid))
    body = await sent(desk, Prompt("more", conversation=uid, past=told(past, "as it was known")))
    assert "between" in body
    assert "first words" in body
    assert "as it was known" not in body


async def test_a_reply_that_was_coming_is_read(desk: Desk) -> None:
    uid, past = await begun(desk)
    coming = [*told(past, "as it was known")[:-1], replace(past[-1], text="ans", state=MessageState.STREAMING)]
    assert "as it was known" not in await sent(desk, Prompt("more", conversation=uid, past=coming))


async def test_nothing_is_sent_in_a_deleted_conversation(desk: Desk) -> None:
    uid, past = await begun(desk)
    await desk.services.library.change([uid], Change(deleted=True))
    with pytest.raises(UnknownName):
        await desk.send(Prompt("more", conversation=uid, past=past))
