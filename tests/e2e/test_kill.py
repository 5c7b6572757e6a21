"""Killed in the middle of a stream, twenty times at random moments, with a command line beside the window."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.chain import Chain, DeploymentName, Step
from switchyard.core.message import Message, MessageState, Role
from switchyard.core.route import Outcome
from switchyard.services.app import Services

DRIVER = Path(__file__).with_name("window_driver.py")
ROUNDS = 20


@asynccontextmanager
async def process(*args: str) -> AsyncIterator[asyncio.subprocess.Process]:
    running = await asyncio.create_subprocess_exec(
        sys.executable, *args, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=os.environ
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def replies(services: Services) -> dict[str, Message]:
    """Return the last message of every conversation by the words that were asked."""
    found = {}
    for row in await services.conversations.list():
        _, messages = await services.conversations.open(row.uid)
        assert messages[0].role is Role.USER
        found[messages[0].text] = messages[-1]
    return found


@pytest.mark.timeout(280)
async def test_a_kill_loses_nothing_that_was_said(data_dir: Path) -> None:
    async with open_services(environment=os.environ) as services:
        await services.chains.save(Chain("Slow", (Step(DeploymentName("sim", "sim-slow")),)))
        await services.chains.set_default("Slow")
        await services.settings.change(onboarded=True)
    rng = random.Random(20)
    async with process("-m", "switchyard", "ask", "beside", "--model", "sim/sim-slow") as beside:
        await until_it_speaks("beside")
        for number in range(ROUNDS):
            words = f"round {number}"
            before = await one_round(str(data_dir), words, rng.uniform(0.0, 2.5))
            async with open_services(environment=os.environ) as services:
                said = await replies(services)
            reply = said[words]
            assert reply.state is MessageState.INTERRUPTED
            assert reply.route is not None
            assert [a.outcome for a in reply.route.attempts] == [Outcome.CANCELLED]
            assert reply.text.startswith(before)
            if beside.returncode is None:
                assert said["beside"].state is MessageState.STREAMING
        _, err = await beside.communicate()
        assert beside.returncode == 0, err
    async with open_services(environment=os.environ) as services:
        said = await replies(services)
    assert said["beside"].state is MessageState.COMPLETE
    assert set(said) == {"beside", *(f"round {number}" for number in range(ROUNDS))}


async def one_round(data_dir: str, words: str, moment_s: float) -> str:
    """Ask in a window, wait, kill it; return what was on disk a moment before."""
    async with process(str(DRIVER), data_dir, words) as window:
        assert window.stdout is not None
        line = await asyncio.wait_for(window.stdout.readline(), 60)
        assert line == b"sent\n", (await window.communicate())[1]
        await until_it_is_asked(words)
        await asyncio.sleep(moment_s)
        async with open_services(environment=os.environ) as services:
            before = (await replies(services))[words].text
        window.kill()
        await window.communicate()
    return before


async def until_it_is_asked(words: str) -> None:
    async with asyncio.timeout(30), open_services(environment=os.environ) as services:
        while words not in await replies(services):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.05)


async def until_it_speaks(words: str) -> None:
    async with asyncio.timeout(30), open_services(environment=os.environ) as services:
        while True:
            said = await replies(services)
            if words in said and said[words].role is Role.ASSISTANT and said[words].text:
                return
            await asyncio.sleep(0.1)


async def test_a_second_after_its_first_words_a_reply_is_on_disk(data_dir: Path) -> None:
    """The promise is one second; what is asserted is that words are there long before the reply ends."""
    async with process("-m", "switchyard", "ask", "hello", "--model", "sim/sim-slow") as asking:
        await until_it_speaks("hello")
        assert asking.returncode is None
        asking.kill()
    async with open_services(environment=os.environ) as services:
        reply = (await replies(services))["hello"]
    assert (reply.state, bool(reply.text)) == (MessageState.INTERRUPTED, True)
