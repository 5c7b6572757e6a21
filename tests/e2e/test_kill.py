"""Killed in the middle of a stream, twenty times at random moments, while a command line streams beside the window."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.message import Message, MessageState, Role
from switchyard.core.route import Outcome
from switchyard.services.app import Services

DRIVER = Path(__file__).with_name("window_driver.py")
ROUNDS = 20
LATEST_S = 2.6
FRESH_S = 9.0  # of the twenty seconds that a reply of sim-slow takes
PROMISE_S = 1.5  # the promise is a second; the rest is for machines that have more to do


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


class Neighbours:
    """Command lines that stream beside the window; a fresh one begins well before the last one has said everything."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._began_s = float("-inf")
        self.running: dict[str, asyncio.subprocess.Process] = {}

    async def renew(self) -> None:
        """See to it that one streams, and will for as long as a round takes."""
        if time.monotonic() - self._began_s < FRESH_S:
            return
        words = f"beside {len(self.running)}"
        command = process("-m", "switchyard", "ask", words, "--model", "sim/sim-slow")
        self.running[words] = await self._stack.enter_async_context(command)
        await until_it_speaks(words)
        self._began_s = time.monotonic()

    def check(self, said: dict[str, Message]) -> None:
        """The last one streams, and none was taken for dead."""
        *earlier, last = self.running
        assert self.running[last].returncode is None
        assert said[last].state is MessageState.STREAMING
        assert {said[words].state for words in earlier} <= {MessageState.STREAMING, MessageState.COMPLETE}

    async def finish(self) -> list[str]:
        """Let all but the last say everything; return what they were asked."""
        *earlier, _ = self.running
        for words in earlier:
            _, err = await self.running[words].communicate()
            assert self.running[words].returncode == 0, err
        return earlier


@pytest.mark.timeout(280)
@pytest.mark.begins_early
async def test_a_kill_loses_nothing_that_was_said(data_dir: Path) -> None:
    async with open_services(environment=os.environ) as services:
        await services.chains.save(plain_chain("Slow", (step_to(DeploymentName("sim", "sim-slow")),)))
        await services.chains.set_default("Slow")
        await services.settings.change(onboarded=True)
    rng = random.Random(20)
    rounds_with_words = 0
    async with AsyncExitStack() as stack:
        neighbours = Neighbours(stack)
        for number in range(ROUNDS):
            words = f"round {number}"
            before, shown = await one_round(str(data_dir), words, rng.uniform(0.0, LATEST_S), neighbours)
            async with open_services(environment=os.environ) as services:
                said = await replies(services)
            reply = said[words]
            assert reply.state is MessageState.INTERRUPTED
            assert reply.route is not None
            assert [a.outcome for a in reply.route.attempts] == [Outcome.CANCELLED]
            assert reply.text.startswith(before)
            assert reply.text.startswith(shown), "what was shown more than a second ago is lost"
            rounds_with_words += bool(shown)
            neighbours.check(said)
        assert rounds_with_words >= ROUNDS // 5, "too few replies had words on the screen for long enough"
        finished = await neighbours.finish()
    async with open_services(environment=os.environ) as services:
        said = await replies(services)
    assert {said[words].state for words in finished} == {MessageState.COMPLETE}
    assert set(said) == {*neighbours.running, *(f"round {number}" for number in range(ROUNDS))}


async def one_round(data_dir: str, words: str, moment_s: float, neighbours: Neighbours) -> tuple[str, str]:
    """Ask in a window, wait, kill it; return what was on disk just before, and what had been shown for a while."""
    async with process(str(DRIVER), data_dir, words) as window:
        await neighbours.renew()
        assert window.stdout is not None
        line = await asyncio.wait_for(window.stdout.readline(), 60)
        assert line == b"sent\n", (await window.communicate())[1]
        await until_it_is_asked(words)
        await asyncio.sleep(moment_s)
        async with open_services(environment=os.environ) as services:
            before = (await replies(services))[words].text
        killed_s = time.monotonic()
        window.kill()
        printed, _ = await window.communicate()
    return before, shown_by(killed_s - PROMISE_S, printed)


def shown_by(moment_s: float, printed: bytes) -> str:
    """Return the words that the window had shown at a moment; the kill may have torn its last line."""
    looks = [json.loads(line) for line in printed.splitlines(keepends=True) if line.endswith(b"\n")]
    return next((text for time_s, text in reversed(looks) if time_s <= moment_s), "")


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
    """Words are there long before the reply ends."""
    async with process("-m", "switchyard", "ask", "hello", "--model", "sim/sim-slow") as asking:
        await until_it_speaks("hello")
        assert asking.returncode is None
        asking.kill()
    async with open_services(environment=os.environ) as services:
        reply = (await replies(services))["hello"]
    assert (reply.state, bool(reply.text)) == (MessageState.INTERRUPTED, True)
