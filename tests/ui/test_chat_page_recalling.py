"""Up in the composer: what was written before comes back, as far back as one wants, and Down leads on again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import FAST, Rig, begun, chat, eventually, keep, make_chain, play, said

from switchyard.core.chat_options import ChatOptions
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.ui.theme.theme import Theme

Run = Callable[..., None]
Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


async def two_said(rig: Rig) -> None:
    """Open a chat with two messages, the second of two lines."""
    rig.page.presenter.choosing.choose(Target(model=FAST))  # type: ignore[union-attr]
    await rig.ask("first")
    await rig.settled()
    rig.type("second")
    rig.press(Key.Key_Return, SHIFT)
    await rig.ask("below")
    await rig.settled()


def editing(rig: Rig) -> bool:
    return rig.page.column.composer.edit_strip.isVisible()


def test_up_walks_back_through_the_messages_of_the_chat_and_down_on_again(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await two_said(rig)
            rig.press(Key.Key_Up)
            assert (rig.composer, editing(rig)) == ("second\nbelow", True)
            rig.press(Key.Key_Up)  # within the text
            assert rig.composer == "second\nbelow"
            rig.press(Key.Key_Up)
            assert (rig.composer, editing(rig)) == ("first", True)
            rig.press(Key.Key_Up)
            assert rig.composer == "first"
            rig.press(Key.Key_Down)
            assert rig.composer == "second\nbelow"
            rig.press(Key.Key_Down)
            assert (rig.composer, editing(rig)) == ("", False)
            rig.press(Key.Key_Down)
            assert rig.composer == ""

    qrun(main())


def test_words_that_were_changed_are_stepped_over_no_more(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await two_said(rig)
            for _ in range(3):
                rig.press(Key.Key_Up)
            rig.type("!")
            rig.press(Key.Key_Up)
            rig.press(Key.Key_Down)
            assert rig.composer == "first!"
            rig.press(Key.Key_Return)
            await eventually(lambda: [each.text for each in rig.shown][:1] == ["first!"])
            await rig.settled()
            assert [each.text for each in await rig.stored()][::2] == ["first!"]

    qrun(main())


def test_up_in_a_new_chat_brings_what_was_written_last_in_others(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            for text in ("one", "two", "two"):
                await keep(rig.services, text)
            private = Prompt("stays here", Target(model=FAST), options=ChatOptions(local_only=True))
            async with rig.services.chat.open(private) as turn:
                async for _ in turn.run:
                    pass
            rig.press(Key.Key_Up)
            await eventually(lambda: rig.composer == "two")
            assert not editing(rig)
            rig.press(Key.Key_Up)
            assert rig.composer == "one"
            rig.press(Key.Key_Up)
            assert rig.composer == "one"
            rig.press(Key.Key_Down)
            assert rig.composer == "two"
            rig.press(Key.Key_Down)
            assert rig.composer == ""
            await rig.draft_is(None, "")  # type: ignore[arg-type]

    qrun(main())


def test_while_a_reply_comes_up_takes_back_what_waits_and_nothing_else(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            play(server, "one", begun("Half an"), said("Two."))
            await rig.ask("first")
            rig.press(Key.Key_Up)
            assert rig.composer == ""
            await rig.queue("second")
            rig.press(Key.Key_Up)
            assert (rig.composer, editing(rig)) == ("second", False)

    qrun(main())
