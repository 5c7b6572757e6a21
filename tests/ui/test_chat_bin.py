"""What is in the bin goes for good only once the person has said so, and then nothing brings it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from tests.ui.test_chat_library import Library, library
from tests.ui.test_chat_page import eventually

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.dialog import Dialog

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
QRun = Callable[..., None]


def _dialog() -> Dialog | None:
    found = (each for each in QApplication.topLevelWidgets() if isinstance(each, Dialog) and each.isVisible())
    return next(found, None)


async def _answer(words: str) -> str:
    """Press a button of the dialog, and return all that the dialog says."""
    await eventually(_dialog)
    dialog = _dialog()
    assert dialog is not None
    said = " ".join(label.text() for label in dialog.findChildren(QLabel))
    button = next(each for each in dialog.findChildren(Button) if each.text() == words)
    button.click()
    await eventually(lambda: _dialog() is None)
    return said


async def _delete(shown: Library, *titles: str) -> None:
    for title in titles:
        shown.stand_on(title)
        shown.press(Key.Key_Delete)
        await eventually(lambda: title not in shown.rows)  # noqa: B023 - awaited within the round
    await shown.views_menu("Bin")
    await eventually(lambda: set(titles) == set(shown.rows))


def test_the_bin_is_emptied_once_the_person_agrees(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three") as shown:
            assert not shown.list.bin.isVisible()
            await _delete(shown, "one", "two")
            assert shown.list.bin.isVisible()
            shown.list.bin.empty.click()
            said = await _answer("Cancel")
            assert "Empty the bin, with 2 chats in it?" in said
            assert "cannot come back" in said
            assert set(shown.rows) == {"one", "two"}
            shown.list.bin.empty.click()
            await _answer("Empty bin")
            await eventually(lambda: shown.rows == [])
            assert shown.rig.wishes.toasts[-1] == "Deleted 2 chats for good"
            await eventually(lambda: not shown.list.bin.isVisible())
            shown.rig.press(Key.Key_Z, CTRL)
            await shown.views_menu("All chats")
            await eventually(lambda: shown.rows == ["three"])
            assert await shown.rig.services.library.bin.list() == []

    qrun(main())


def test_esc_keeps_the_bin_and_enter_alone_deletes_nothing(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one") as shown:
            await _delete(shown, "one")
            for key in (Key.Key_Escape, Key.Key_Return):
                shown.list.bin.empty.click()
                await eventually(_dialog)
                dialog = _dialog()
                assert dialog is not None
                QTest.keyClick(dialog, key)
                await eventually(lambda: _dialog() is None)
            assert shown.rows == ["one"]

    qrun(main())


def test_one_is_deleted_for_good_by_its_key_and_its_menu(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three") as shown:
            await _delete(shown, "one", "two", "three")
            shown.stand_on("two")
            shown.press(Key.Key_Delete)
            assert "Delete “two” for good?" in await _answer("Delete for good")
            await eventually(lambda: set(shown.rows) == {"one", "three"})
            await shown.row_menu("one", "Delete for good…")
            assert "Delete “one” for good?" in await _answer("Delete for good")
            await eventually(lambda: shown.rows == ["three"])
            shown.rig.press(Key.Key_Z, CTRL)
            await eventually(lambda: shown.rows == [])
            await shown.views_menu("All chats")
            await eventually(lambda: shown.rows == ["three"])

    qrun(main())


def test_several_come_back_or_go_for_good_from_the_bar(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three", "four") as shown:
            await _delete(shown, "one", "two", "three", "four")
            shown.choose("one", "two")
            assert shown.list.bar.erase.isVisible()
            assert not shown.list.bar.delete.isVisible()
            shown.list.bar.erase.click()
            assert "Delete 2 chats for good?" in await _answer("Delete for good")
            await eventually(lambda: set(shown.rows) == {"three", "four"})
            shown.choose("three", "four")
            shown.list.bar.put_back.click()
            await eventually(lambda: shown.rows == [])
            assert shown.rig.wishes.toasts[-1] == "2 chats are back."
            await shown.views_menu("All chats")
            await eventually(lambda: set(shown.rows) == {"three", "four"})

    qrun(main())


def test_the_words_leave_the_disk_while_the_window_is_open(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "zanzibarium", "other") as shown:
            await _delete(shown, "zanzibarium")
            shown.list.bin.empty.click()
            await _answer("Empty bin")
            await eventually(lambda: not _holds(data_dir, b"zanzibarium"))
            assert _holds(data_dir, b"other")

    qrun(main())


def _holds(folder: Path, words: bytes) -> bool:
    return any(words in file.read_bytes() for file in folder.rglob("*.db*") if file.is_file())
