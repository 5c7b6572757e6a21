"""Where a key undoes what was done with chats and messages, and where it undoes what was typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from tests.ui.test_chat_library import Library, library
from tests.ui.test_chat_page import CTRL, SHIFT, eventually, play, said
from tests.ui.test_chat_page_acts import Acts

from switchyard.ui.theme.theme import Theme

Key = Qt.Key
Run = Callable[..., None]


def press(widget: QWidget, key: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, key, modifier)


async def quiet() -> None:
    """Let whatever a key began come to its end."""
    for _ in range(20):
        await asyncio.sleep(0.005)


async def delete(shown: Library, *titles: str) -> list[str]:
    """Delete chats by a key in the list; return what is left."""
    before = len(shown.rows)
    shown.rig.page.activateWindow()
    shown.choose(*titles)
    shown.press(Key.Key_Delete)
    await eventually(lambda: shown.rig.wishes.toasts and len(shown.rows) < before)
    return shown.rows


def test_several_deleted_chats_come_back_and_go_again_by_keys_in_the_list(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three") as shown:
            everything = shown.rows
            left = await delete(shown, "one", "two")
            for modifier, rows in ((CTRL, everything), (CTRL | SHIFT, left), (CTRL, everything)):
                shown.view.setFocus()
                shown.press(Key.Key_Z, modifier)
                await eventually(lambda rows=rows: shown.rows == rows)  # type: ignore[misc]

    qrun(main())


def test_a_field_undoes_its_own_words_alone(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two") as shown:
            everything = shown.rows
            left = await delete(shown, "one")
            composer = shown.rig.page.column.composer.box
            search = shown.list.search.field.edit
            for field in (composer, search):
                field.setFocus()
                QTest.keyClicks(field, "words")
                for _ in range(8):
                    press(field, Key.Key_Z, CTRL)
                await quiet()
                assert len(shown.rig.wishes.toasts) == 1, "nothing but the words was undone"
            assert (composer.toPlainText(), search.text()) == ("", "")
            assert shown.rows == left
            shown.view.setFocus()
            shown.press(Key.Key_Z, CTRL)
            await eventually(lambda: shown.rows == everything)

    qrun(main())


def test_messages_that_come_back_while_a_reply_comes_stand_beside_it(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first"), ("two", "second")) as acts:
            acts.choose(2, "Delete with what follows")
            await eventually(lambda: acts.texts == ["one", "first"] and acts.wishes.undo is not None)
            undo, release = acts.wishes.undo, asyncio.Event()
            assert undo is not None
            play(acts.server, "one", replace(said("third"), gate=release), said("fourth"))
            await acts.ask("three")
            await eventually(lambda: acts.stops)
            undo()
            await eventually(lambda: acts.wishes.toasts[-1] == "The messages are back.")
            release.set()
            await acts.shows_last("third")
            assert acts.texts == ["one", "first", "three", "third"] == [each.text for each in await acts.stored()]
            await eventually(lambda: "Earlier branch" in acts.buttons(2))
            await acts.ask("four")
            await acts.shows_last("fourth")
            assert acts.sent == ["one", "first", "three", "third", "four"]
            acts.buttons(2)["Earlier branch"].click()
            await eventually(lambda: acts.texts == ["one", "first", "two", "second"])

    qrun(main())


def test_a_message_comes_back_by_a_key_in_the_thread(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first"), ("two", "second"), ("three", "third")) as acts:
            everything = acts.texts

            def comes_back() -> bool:
                """Press again until the window is the active one, which the menu's window was."""
                place = acts.view(0) if acts.texts else acts.page.list.view
                acts.page.activateWindow()
                place.setFocus()
                press(place, Key.Key_Z, CTRL)
                return acts.texts == everything

            for at, left in ((5, 5), (2, 2), (0, 0)):  # the last, one in the middle, the first
                acts.choose(at, "Delete with what follows")
                await eventually(lambda left=left: acts.texts == everything[:left])  # type: ignore[misc]
                await eventually(comes_back)
                assert [each.text for each in await acts.stored()] == everything

    qrun(main())
