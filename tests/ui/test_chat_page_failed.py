"""Replies that never came: each is asked for again alone, and nothing that followed it goes out of sight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.ui.test_chat_page import ALT, eventually, play, refused, said
from tests.ui.test_chat_page_acts import Acts
from tests.ui.test_chat_page_conditions import choose, offered

from switchyard.core.message import MessageState
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.message_view import MessageView

Key = Qt.Key
Run = Callable[..., None]


async def fail(acts: Acts, question: str) -> None:
    play(acts.server, "one", refused(400, "no"))
    await acts.ask(question)
    await acts.settled(MessageState.FAILED)


def asked(acts: Acts) -> list[list[str]]:
    """Return the words of each request."""
    return [[each["content"] for each in request.json()["messages"]] for request in acts.server.received]


def test_a_reply_that_failed_in_the_middle_is_asked_for_alone(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            await fail(acts, "two")
            await acts.say("three", "third")
            release = asyncio.Event()
            play(acts.server, "one", replace(said("second"), gate=release))
            await acts.click("Try again")
            await eventually(lambda: acts.stops)
            assert acts.texts == ["one", "first", "two", "", "three", "third"], "what followed stays in sight"
            focused = acts.page.window().focusWidget()
            assert isinstance(focused, MessageView)
            assert focused is acts.view(3)
            release.set()
            await eventually(lambda: acts.texts == ["one", "first", "two", "second", "three", "third"])
            await eventually(lambda: not acts.stops)
            assert asked(acts)[-1] == ["one", "first", "two"]
            await eventually(lambda: "Earlier branch" in acts.buttons(3))
            await acts.say("four", "fourth")
            assert asked(acts)[-1] == ["one", "first", "two", "second", "three", "third", "four"]
            acts.buttons(3)["Earlier branch"].click()
            await eventually(lambda: acts.texts == ["one", "first", "two", ""])
            acts.view(3).setFocus()
            QTest.keyClick(acts.view(3), Key.Key_Right, ALT)
            await eventually(lambda: acts.texts[-1] == "fourth")

    qrun(main())


def test_only_the_failed_are_asked_for_again(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            assert "Try the failed reply again" not in offered(acts)
            await fail(acts, "two")
            await eventually(lambda: "Try the failed reply again" in offered(acts))
            await acts.say("three", "third")
            await fail(acts, "four")
            count = len(acts.server.received)
            play(acts.server, "one", said("second"), said("fourth"))
            await eventually(lambda: "Try 2 failed replies again" in offered(acts))
            choose(acts, "Try 2 failed replies again")
            await acts.shows_last("fourth")
            assert acts.texts == ["one", "first", "two", "second", "three", "third", "four", "fourth"]
            assert asked(acts)[count:] == [
                ["one", "first", "two"],
                ["one", "first", "two", "second", "three", "third", "four"],
            ]
            assert [each.text for each in await acts.stored()] == acts.texts
            await eventually(lambda: not acts.stops)
            assert not any("failed" in each for each in offered(acts))

    qrun(main())


def test_the_first_that_fails_again_ends_it(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            for question in ("one", "two"):
                await fail(acts, question)
            count = len(acts.server.received)
            play(acts.server, "one", refused(400, "no"))
            await eventually(lambda: "Try 2 failed replies again" in offered(acts))
            choose(acts, "Try 2 failed replies again")
            await eventually(lambda: len(acts.server.received) == count + 1 and not acts.stops)
            await eventually(lambda: acts.shown[1].state is MessageState.FAILED)
            assert acts.texts == ["one", "", "two", ""]
            await eventually(lambda: "Try 2 failed replies again" in offered(acts))

    qrun(main())


def test_what_waited_behind_a_failed_reply_goes_once_that_has_come(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            release = asyncio.Event()
            play(acts.server, "one", replace(refused(400, "no"), gate=release))
            await acts.ask("one")
            await acts.queue("two")
            await acts.queue("three")
            release.set()
            await eventually(lambda: acts.shown[1].state is MessageState.FAILED and not acts.stops)
            strip = acts.page.column.composer.waiting_strip
            await eventually(strip.isVisible)
            assert acts.waiting == ["two", "three"]
            play(acts.server, "one", said("first"), said("second"), said("third"))
            await acts.click("Try again")
            await acts.shows_last("third")
            assert acts.texts == ["one", "first", "two", "second", "three", "third"]
            assert not strip.isVisible()

    qrun(main())


def test_in_a_temporary_chat_too(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            choose(acts, "Make it temporary")
            await fail(acts, "one")
            await acts.say("two", "second")
            play(acts.server, "one", said("first"))
            await acts.click("Try again")
            await eventually(lambda: acts.texts == ["one", "first", "two", "second"] and not acts.stops)
            await acts.say("three", "third")
            assert asked(acts)[-1] == ["one", "first", "two", "second", "three"]

    qrun(main())
