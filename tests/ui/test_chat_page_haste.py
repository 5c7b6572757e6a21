"""A person who is faster than the disk: keys that come twice, and a row that is pressed while it opens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import Key, begun, chat, eventually, keep, make_chain, play, said
from tests.ui.test_chat_page_acts import Acts

from switchyard.core.message import MessageState
from switchyard.ui.theme.theme import Theme

Run = Callable[..., None]


async def take_turns(count: int) -> None:
    """Let the loop go round so often."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_a_chat_that_is_opened_again_while_it_opens_is_whole(
    qrun: Run, dark: Theme, data_dir: Path, turns: int
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await keep(rig.services, "alpha")
            await rig.hear_of_latest()
            await eventually(lambda: rig.titles == ["alpha"])
            rig.open("alpha")
            await take_turns(turns)
            rig.open("alpha")
            await eventually(lambda: rig.page.column.header.title.text() == "alpha")
            assert rig.shown

    qrun(main())


def test_enter_twice_lets_one_message_wait(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            play(server, "one", begun("Half an"), said("Two."), said("Three."))
            await rig.ask("first")
            await eventually(lambda: rig.stops)
            rig.type("second")
            rig.press(Key.Key_Return)
            rig.press(Key.Key_Return)
            await eventually(lambda: not rig.composer)
            await rig.queue("third")
            assert rig.waiting == ["second", "third"]

    qrun(main())


@pytest.mark.parametrize("turns", [0, 3, 20])
def test_words_that_are_on_their_way_do_not_stay_in_the_next_new_chat(
    qrun: Run, dark: Theme, data_dir: Path, turns: int
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            play(acts.server, "one", said("first"))
            acts.type("one")
            acts.press(Key.Key_Return)
            await take_turns(turns)
            acts.new()
            acts.type("...")
            await eventually(lambda: acts.titles == ["one"])
            await eventually(lambda: acts.composer == "...")
            assert not acts.shown
            acts.open("one")
            await acts.shows_last("first")
            assert acts.composer == ""

    qrun(main())


@pytest.mark.parametrize("turns", [0, 3, 10])
def test_esc_right_after_enter_stops_the_reply(qrun: Run, dark: Theme, data_dir: Path, turns: int) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            play(acts.server, "one", begun("Half an"))
            acts.type("one")
            acts.press(Key.Key_Return)
            await take_turns(turns)
            acts.press(Key.Key_Escape)
            await acts.settled(MessageState.STOPPED)
            assert acts.shown[0].text == "one"
            play(acts.server, "one", said("Whole."))
            await acts.ask("two")
            await acts.shows_last("Whole.")

    qrun(main())
