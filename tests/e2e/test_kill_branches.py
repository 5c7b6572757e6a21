"""Killed while a reply is given again, goes on, fills a hole or is taken over: what was said by then is there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.fakes.desk import Desk
from tests.fakes.replies import broken, failing, streamed, words

from switchyard.bootstrap import open_services
from switchyard.core.message import ConversationId, Message, MessageState
from switchyard.core.route import Outcome
from switchyard.services.app import Services
from switchyard.services.chat import Prompt

DRIVER = str(Path(__file__).with_name("turn_driver.py"))
LIMIT_S = 30.0


@pytest.fixture
async def desk(data_dir: Path) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.chain("a", "b")
        yield desk


async def latest(services: Services) -> ConversationId:
    uid = await services.conversations.latest()
    assert uid is not None
    return uid


async def shown(services: Services) -> Sequence[Message]:
    return (await services.conversations.open(await latest(services)))[1]


async def texts(services: Services) -> list[str]:
    return [message.text for message in await shown(services)]


async def say(desk: Desk, text: str, answer: str) -> None:
    desk.play("a", streamed(answer))
    await desk.send(Prompt(text, conversation=await desk.services.conversations.latest()))


@asynccontextmanager
async def killed(
    desk: Desk, data_dir: Path, check: Callable[[Sequence[Message]], bool], **fields: str
) -> AsyncIterator[Services]:
    """Ask in a process that is killed once the disk holds what is to be there; hand out what comes after it."""
    fields["conversation"] = await latest(desk.services)
    process = await asyncio.create_subprocess_exec(
        sys.executable, DRIVER, str(data_dir), json.dumps(fields), stdout=asyncio.subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LIMIT_S):
            assert await process.stdout.readline() == b"begun\n"
            while not check(await shown(desk.services)):  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(0.01)
            assert process.returncode is None
            assert MessageState.STREAMING in {message.state for message in await shown(desk.services)}
    finally:
        process.kill()
        await process.communicate()
    async with open_services(environment=os.environ) as services:
        yield services


def environment() -> dict[str, str]:
    return os.environ | {f"SWITCHYARD_KEY_{name}": f"sk-{name}-0123456789" for name in "AB"}


async def test_a_reply_that_is_given_again(desk: Desk, data_dir: Path) -> None:
    await say(desk, "one", "first")
    question, first = await shown(desk.services)
    desk.play("a", broken("the second", ending="stall"))
    again = {"retry_of": question.uid}
    async with killed(desk, data_dir, lambda messages: messages[-1].text == "the second", **again) as services:
        reply = (await shown(services))[-1]
        assert (reply.text, reply.state) == ("the second", MessageState.INTERRUPTED)
        assert await services.messages.forks(await latest(services)) == dict.fromkeys(
            (first.uid, reply.uid), (first.uid, reply.uid)
        )
        await services.messages.show(first.uid)
        assert await texts(services) == ["one", "first"]


async def test_a_reply_that_goes_on(desk: Desk, data_dir: Path) -> None:
    desk.play("a", streamed("Half a sen"))
    await desk.send(Prompt("write"))
    question, half = await shown(desk.services)
    desk.play("a", broken("tence, and ", ending="stall"))
    on = {"retry_of": question.uid, "carried": half.text}
    async with killed(desk, data_dir, lambda messages: messages[-1].text.startswith("Half a sen"), **on) as services:
        reply = (await shown(services))[-1]
        assert reply.state is MessageState.INTERRUPTED
        assert reply.text.startswith("Half a sen"), "what it began with is there before a byte leaves"
        desk.play("a", streamed("tence."))
        again = Prompt(conversation=await latest(services), retry_of=question.uid, carried="Half a sen")
        async with services.chat.open(again) as turn:
            async for _ in turn.run:
                pass
        assert await texts(services) == ["write", "Half a sentence."]


async def test_a_reply_in_the_place_of_one_that_never_came(desk: Desk, data_dir: Path) -> None:
    desk.play("a", failing(400))
    await desk.send(Prompt("one"))
    question, hole = await shown(desk.services)
    await say(desk, "two", "second")
    desk.play("a", broken("the first", ending="stall"))
    fills = {"retry_of": question.uid, "in_place_of": hole.uid}
    async with killed(desk, data_dir, lambda messages: messages[1].text == "the first", **fills) as services:
        assert await texts(services) == ["one", "the first", "two", "second"]
        assert (await shown(services))[1].state is MessageState.INTERRUPTED


async def test_a_reply_that_another_model_took_over(desk: Desk, data_dir: Path) -> None:
    await say(desk, "one", "first")
    question, _ = await shown(desk.services)
    begins, goes_on = words(0, 40), words(40, 80)
    desk.play("a", *[broken(*begins)] * 4)
    desk.play("b", broken(*goes_on, ending="stall"))
    whole = "".join((*begins, *goes_on))
    said = {"retry_of": question.uid}
    async with killed(desk, data_dir, lambda messages: messages[-1].text == whole, **said) as services:
        reply = (await shown(services))[-1]
        assert (reply.text, reply.state) == (whole, MessageState.INTERRUPTED)
        assert reply.route is not None
        assert reply.route.attempts[-1].outcome is Outcome.CANCELLED
        assert [attempt.account for attempt in reply.route.attempts][-1] == "b"
        assert reply.route.seams, "where another model went on can still be seen"
