"""Messages that wait: kept before anything is said of them, and by themselves only for ten minutes of one run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.draft import Draft
from switchyard.core.message import ConversationId
from switchyard.core.unsent import Delay, Hold, Unsent
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt
from switchyard.services.outgoing import LONGEST_S, Outgoing
from switchyard.storage.database import Database, open_database
from switchyard.storage.paths import Paths, prepare
from switchyard.storage.unsent import UnsentQueue

WRITER = Path(__file__).with_name("waiting_writer.py")
PLACE = ConversationId("c1")
SIM = Target(model=DeploymentName("sim", "sim-fast"))


@dataclass
class Clock:
    now_ms: int = 1_000_000

    def __call__(self) -> int:
        self.now_ms += 1
        return self.now_ms


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    paths = Paths(tmp_path / "data")
    prepare(paths)
    opened = await open_database(paths)
    yield opened
    await opened.close()


async def wait(outgoing: Outgoing, text: str, delay: Delay = Delay.REPLY) -> Unsent:
    message = outgoing.new(PLACE, text, (), SIM, delay)
    await outgoing.add(message)
    return message


def texts(outgoing: Outgoing) -> list[str]:
    return [each.text for each in outgoing.of(PLACE)]


async def test_what_a_reply_held_up_goes_on_when_that_has_come_but_not_later_than_it_would_have(
    database: Database,
) -> None:
    clock = Clock()
    outgoing = Outgoing(UnsentQueue(database), now_ms=clock)
    message = await wait(outgoing, "one")
    outgoing.hold(PLACE, Hold.INCOMPLETE)
    assert outgoing.first(PLACE) is None
    outgoing.resume(PLACE)
    assert outgoing.first(PLACE) == message
    for why in (Hold.INCOMPLETE, Hold.NETWORK):
        outgoing.hold(PLACE, why)
    outgoing.resume(PLACE)
    assert outgoing.first(PLACE) is None, "what waits for another reason is left to the person"
    outgoing.release(PLACE)
    assert outgoing.first(PLACE) == message
    late = await wait(outgoing, "two")
    await outgoing.remove(message.uid)
    outgoing.hold(PLACE, Hold.INCOMPLETE)
    clock.now_ms += LONGEST_S * 1000
    outgoing.resume(PLACE)
    assert (outgoing.first(PLACE), outgoing.why_held(PLACE)) == (None, Hold.LATE)
    assert outgoing.of(PLACE) == [late]


async def test_the_first_goes_by_itself_for_ten_minutes(database: Database) -> None:
    clock = Clock()
    outgoing = Outgoing(UnsentQueue(database), now_ms=clock)
    first = await wait(outgoing, "first")
    await wait(outgoing, "second")
    assert outgoing.first(PLACE) == first
    assert outgoing.why_held(PLACE) is None
    clock.now_ms += LONGEST_S * 1000
    assert outgoing.first(PLACE) is None
    assert outgoing.why_held(PLACE) is Hold.LATE
    outgoing.release(PLACE)
    clock.now_ms += LONGEST_S * 1000
    assert outgoing.first(PLACE) == first
    outgoing.hold(PLACE, Hold.INCOMPLETE)
    assert outgoing.first(PLACE) is None
    assert outgoing.why_held(PLACE) is Hold.INCOMPLETE


async def test_after_a_restart_nothing_goes_by_itself(database: Database) -> None:
    await wait(Outgoing(UnsentQueue(database), now_ms=Clock()), "first", Delay.NETWORK)
    outgoing = Outgoing(UnsentQueue(database), now_ms=Clock())
    assert not outgoing.conversations
    await outgoing.load()
    assert outgoing.conversations == {PLACE}
    assert outgoing.first(PLACE) is None
    assert outgoing.why_held(PLACE) is Hold.CLOSED
    outgoing.release(PLACE)
    first = outgoing.first(PLACE)
    assert first is not None
    assert (first.text, first.delay, first.deployment) == ("first", Delay.REPLY, "sim/sim-fast")


async def test_what_was_taken_out_comes_back_in_its_place(database: Database) -> None:
    told: list[ConversationId] = []
    outgoing = Outgoing(UnsentQueue(database), now_ms=Clock())
    outgoing.changed.connect(told.append)
    first = await wait(outgoing, "first")
    await wait(outgoing, "second")
    await outgoing.remove(first.uid)
    assert texts(outgoing) == ["second"]
    await outgoing.put_back(first, goes=True)
    assert texts(outgoing) == ["first", "second"]
    assert outgoing.first(PLACE) == first
    await outgoing.remove(first.uid)
    await outgoing.put_back(first, goes=False)
    assert outgoing.why_held(PLACE) is Hold.PUT_BACK
    assert set(told) == {PLACE}
    assert [each.text for each in await UnsentQueue(database).list()] == ["first", "second"]


async def ask(services: Services, prompt: Prompt) -> ConversationId:
    async with services.chat.open(prompt) as turn:
        async for _ in turn.run:
            pass
    assert turn.conversation is not None
    return turn.conversation


async def test_what_is_sent_is_taken_out_with_the_words_that_are_kept(tmp_path: Path) -> None:
    async with open_services(data_dir=str(tmp_path), environment={}) as services:
        outgoing = services.kept.unsent
        place = await ask(services, Prompt("hello", SIM))
        await services.conversations.keep_draft(place, Draft("again"))
        message = outgoing.new(place, "again", (), SIM, Delay.REPLY)
        await outgoing.add(message)
        assert await services.conversations.draft(place) == Draft()
        await ask(services, Prompt(message.text, SIM, place, unsent=message.uid))
        _, messages = await services.conversations.open(place)
        assert messages[2].text == "again"
        await outgoing.load()
        assert not outgoing.conversations


async def test_what_reached_nobody_waits_in_place_of_standing_in_the_chat(tmp_path: Path) -> None:
    async with open_services(data_dir=str(tmp_path), environment={}) as services:
        outgoing = services.kept.unsent
        place = await ask(services, Prompt("hello", SIM))
        _, (user, _) = await services.conversations.open(place)
        message = outgoing.new(place, user.text, user.files, SIM, Delay.NETWORK)
        assert await outgoing.take_over(message, user.uid, goes=True)
        assert not await outgoing.take_over(message, user.uid, goes=True)
        _, messages = await services.conversations.open(place)
        assert not messages
        assert outgoing.first(place) == message


async def test_killed_at_any_moment_every_message_that_was_told_of_is_there_once(tmp_path: Path) -> None:
    async with open_services(data_dir=str(tmp_path), environment={}) as services:
        place = await ask(services, Prompt("hello", SIM))
    for told in (1, 4):
        process = subprocess.Popen(  # noqa: ASYNC220 - it is read line by line until it is killed
            [sys.executable, str(WRITER), str(tmp_path), place], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(told)]
        process.kill()
        lines += process.stdout.read().split("\n")
        process.communicate()
        told_of = [line for line in lines if line]
        async with open_services(data_dir=str(tmp_path), environment={}) as services:
            outgoing = services.kept.unsent
            await outgoing.load()
            kept = [each.text for each in outgoing.of(place)]
            assert kept[: len(told_of)] == told_of
            assert len(told_of) <= len(kept) <= len(told_of) + 1
            assert outgoing.why_held(place) is Hold.CLOSED
            for message in outgoing.of(place):
                await outgoing.remove(message.uid)
