"""The list kept in order and searched, as a person does it: by keys, menus, the pointer and the field above it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QMimeData, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import Rig, chat, eventually, keep, make_chain, play, said

from switchyard.core.message import Conversation
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chat.arrangement import FolderRow, Heading, Shown, View
from switchyard.ui.pages.chat.conversation_model import DRAGGED, ConversationModel, Live
from switchyard.ui.pages.chat.conversation_view import ConversationView
from switchyard.ui.pages.chat.name_dialog import NameDialog
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.menu import Menu

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
QRun = Callable[..., None]


class Library:
    """The list as a person sees it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.list = rig.page.list

    @property
    def view(self) -> ConversationView:
        return self.list.view

    @property
    def model(self) -> ConversationModel:
        return self.rig.page.model

    @property
    def rows(self) -> list[str]:
        """Return the rows: headings of days are left out, folders in brackets."""
        found = []
        for number in range(self.model.rowCount()):
            row = self.model.row(self.model.index(number))
            if isinstance(row, FolderRow):
                found.append(f"[{row.folder.name} {row.count}]")
            elif isinstance(row, Conversation):
                found.append(row.title)
            elif isinstance(row, Heading) and row.pinned:
                found.append("Pinned:")
        return found

    def lists(self, row: str) -> bool:
        """Whether there is a row of these words."""
        return row in self.rows

    def index(self, title: str) -> QModelIndex:
        """Return where a title stands."""
        rows = (self.model.index(number) for number in range(self.model.rowCount()))
        return next(index for index in rows if index.data() == title)

    def stand_on(self, title: str) -> None:
        """Bring the focus to a row by hand."""
        self.view.setFocus(Qt.FocusReason.TabFocusReason)
        self.view.stand_on(self.index(title))

    def choose(self, *titles: str) -> None:
        """Choose several rows."""
        self.view.setFocus(Qt.FocusReason.TabFocusReason)
        for title in titles:
            self.view.selectionModel().select(self.index(title), QItemSelectionModel.SelectionFlag.Select)

    def press(self, key: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.view, key, modifier)

    async def menu(self, words: str) -> None:
        """Choose a row of the menu that is open."""
        await eventually(lambda: self._action(words))
        action, menu = self._action(words), self._open_menu()
        assert action is not None
        assert menu is not None
        menu.setActiveAction(action)
        QTest.keyClick(menu, Key.Key_Return)

    async def name(self, name: str) -> None:
        """Answer the dialog that asks for a name."""
        await eventually(self._dialog)
        dialog = self._dialog()
        assert dialog is not None
        assert not dialog.button.isEnabled() or dialog.field.text()
        dialog.field.edit.setText(name)
        QTest.keyClick(dialog.field.edit, Key.Key_Return)

    async def row_menu(self, title: str, *words: str) -> None:
        """Choose from the menu of a row, and from the one that it leads to."""
        self.stand_on(title)
        self.view.offer_current()
        for each in words:
            await self.menu(each)

    async def views_menu(self, words: str) -> None:
        """Choose what is listed."""
        self.list.title.click()
        await self.menu(words)

    def hover(self, titles: Sequence[str], onto: str, *, below: bool = False) -> tuple[QMimeData, QPointF]:
        """Drag rows over the upper or the lower half of another."""
        data: QMimeData = self.model.mimeData([self.index(title) for title in titles])
        rect = self.view.visualRect(self.index(onto))
        place = QPointF(rect.center().x(), rect.center().y() + (8 if below else -8))
        how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        self.view.dragMoveEvent(QDragMoveEvent(place.toPoint(), *how))
        return data, place

    def drag(self, titles: Sequence[str], onto: str, *, below: bool = False) -> None:
        """Drag rows onto another."""
        data, place = self.hover(titles, onto, below=below)
        how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        self.view.dropEvent(QDropEvent(place, *how))

    def _open_menu(self) -> Menu | None:
        return next((each for each in self.list.findChildren(Menu) if each.isVisible()), None)

    def _action(self, words: str) -> QAction | None:
        menu = self._open_menu()
        return next((each for each in menu.actions() if each.text() == words), None) if menu is not None else None

    def _dialog(self) -> NameDialog | None:
        found = (each for each in QApplication.topLevelWidgets() if isinstance(each, NameDialog) and each.isVisible())
        return next(found, None)


def _reads(label: QLabel, text: str) -> bool:
    return label.text() == text


@asynccontextmanager
async def library(theme: Theme, data_dir: Path, *texts: str) -> AsyncIterator[Library]:
    """Open the page with these chats, the last one first."""
    async with chat(theme, data_dir) as rig:
        for text in texts:
            await keep(rig.services, text)
            await rig.hear_of_latest()
        await eventually(lambda: len(rig.titles) == len(texts) and rig.page.isActiveWindow())
        yield Library(rig)


# --- order ------------------------------------------------------------------------------------------------------------


def test_a_chat_is_pinned_by_a_key_and_by_its_menu(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three") as shown:
            shown.stand_on("one")
            shown.press(Key.Key_D, CTRL)
            await eventually(lambda: shown.rows == ["Pinned:", "one", "three", "two"])
            assert shown.view.currentIndex().data() == "one"
            await shown.row_menu("two", "Pin")
            await eventually(lambda: shown.rows == ["Pinned:", "one", "two", "three"])
            shown.rig.press(Key.Key_Z, CTRL)
            await eventually(lambda: shown.rows == ["Pinned:", "one", "three", "two"])
            await shown.row_menu("one", "Unpin")
            await eventually(lambda: shown.rows == ["three", "two", "one"])

    qrun(main())


def test_the_shown_chat_is_pinned_from_the_composer(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two") as shown:
            shown.rig.open("one")
            await eventually(lambda: shown.rig.page.column.header.title.text() == "one")
            shown.rig.press(Key.Key_D, CTRL)
            await eventually(lambda: shown.rows == ["Pinned:", "one", "two"])

    qrun(main())


def test_a_folder_is_made_filled_folded_renamed_and_removed(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two") as shown:
            await shown.row_menu("one", "Move to…", "New folder…")
            await shown.name("Gateway")
            await eventually(lambda: shown.rows == ["[Gateway 1]", "one", "two"])
            assert shown.rig.wishes.toasts[-1] == "Moved “one”"
            await shown.row_menu("two", "Move to…", "Gateway")
            await eventually(lambda: shown.rows == ["[Gateway 2]", "two", "one"])
            shown.stand_on("Gateway")
            shown.press(Key.Key_Return)
            await eventually(lambda: shown.rows == ["[Gateway 2]"])
            shown.press(Key.Key_Right)
            await eventually(lambda: len(shown.rows) == 3)
            shown.model.setData(shown.index("Gateway"), "The gateway")
            await eventually(lambda: shown.rows[0] == "[The gateway 2]")
            shown.stand_on("The gateway")
            shown.press(Key.Key_Delete)
            await eventually(lambda: shown.rows == ["two", "one"])
            assert shown.rig.wishes.toasts[-1] == "Removed “The gateway”. Its chats are kept."
            assert shown.rig.wishes.undo is not None
            shown.rig.wishes.undo()
            await eventually(lambda: shown.rows == ["[The gateway 2]", "two", "one"])
            shown.rig.open("one")
            await eventually(lambda: shown.rig.page.column.header.folder.text() == "The gateway")

    qrun(main())


def test_folders_change_places(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one") as shown:
            for name in ("First", "Second"):
                await shown.views_menu("New folder…")
                await shown.name(name)
                await eventually(partial(shown.lists, f"[{name} 0]"))
            await shown.row_menu("Second", "Move up")
            await eventually(lambda: shown.rows == ["[Second 0]", "[First 0]", "one"])
            await shown.row_menu("Second", "Move down")
            await eventually(lambda: shown.rows == ["[First 0]", "[Second 0]", "one"])

    qrun(main())


def test_chats_are_dragged_into_a_folder_and_out_of_it(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three") as shown:
            await shown.views_menu("New folder…")
            await shown.name("Gateway")
            await eventually(lambda: "[Gateway 0]" in shown.rows)
            shown.drag(["one", "two"], "Gateway")
            await eventually(lambda: shown.rows == ["[Gateway 2]", "two", "one", "three"])
            assert shown.rig.wishes.toasts[-1] == "Moved 2 chats"
            shown.drag(["three"], "one")
            await eventually(lambda: shown.rows == ["[Gateway 3]", "three", "two", "one"])
            shown.rig.press(Key.Key_Z, CTRL)
            await eventually(lambda: shown.rows == ["[Gateway 2]", "two", "one", "three"])
            shown.drag(["one"], "three")
            await eventually(lambda: shown.rows == ["[Gateway 1]", "two", "three", "one"])
            foreign = QMimeData()
            foreign.setText("words")
            refused = QDragMoveEvent(
                QPoint(20, 20),
                Qt.DropAction.CopyAction,
                foreign,
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
            )
            shown.view.dragMoveEvent(refused)
            assert not refused.isAccepted()
            assert not foreign.hasFormat(DRAGGED)

    qrun(main())


def test_pins_are_put_in_order_and_out_of_it_by_dragging(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three", "four") as shown:
            for title in ("one", "two"):
                await shown.row_menu(title, "Pin")
                await eventually(lambda: shown.index(title).row() < 4)  # noqa: B023 - awaited within the round
            await eventually(lambda: shown.rows == ["Pinned:", "one", "two", "four", "three"])
            shown.drag(["three"], "two")
            await eventually(lambda: shown.rows == ["Pinned:", "one", "three", "two", "four"])
            shown.drag(["one"], "two", below=True)
            await eventually(lambda: shown.rows == ["Pinned:", "three", "two", "one", "four"])
            shown.drag(["four", "one"], "Pinned")
            await eventually(lambda: shown.rows == ["Pinned:", "four", "one", "three", "two"])
            shown.rig.press(Key.Key_Z, CTRL)
            await eventually(lambda: shown.rows == ["Pinned:", "three", "two", "one", "four"])
            shown.drag(["two"], "four")
            await eventually(lambda: shown.rows == ["Pinned:", "three", "one", "four", "two"])
            await shown.row_menu("one", "Move up")
            await eventually(lambda: shown.rows == ["Pinned:", "one", "three", "four", "two"])
            await shown.row_menu("one", "Move down")
            await eventually(lambda: shown.rows == ["Pinned:", "three", "one", "four", "two"])

    qrun(main())


def test_a_line_shows_where_a_pin_would_come(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two") as shown:
            await shown.row_menu("one", "Pin")
            await eventually(lambda: shown.rows == ["Pinned:", "one", "two"])
            rect = shown.view.visualRect(shown.index("one"))
            accent = dark.color("accent.text").rgb()

            def lines() -> list[int]:
                image = shown.view.viewport().grab().toImage()
                middle = shown.view.viewport().width() // 2
                ratio = image.devicePixelRatio()
                found = [y for y in range(image.height()) if image.pixelColor(round(middle * ratio), y).rgb() == accent]
                return [round(y / ratio) for y in found]

            assert lines() == []
            shown.hover(["two"], "one")
            assert lines() == [rect.top() - 1]
            shown.hover(["two"], "one", below=True)
            assert lines() == [rect.bottom()]
            shown.hover(["one"], "two")
            assert lines() == []

    qrun(main())


def test_several_are_chosen_and_deleted_as_one(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three") as shown:
            assert not shown.list.bar.isVisible()
            shown.stand_on("three")
            shown.press(Key.Key_Down, SHIFT)
            assert [each.title for each in shown.view.chosen()] == ["three", "two"]
            assert shown.list.bar.isVisible()
            shown.press(Key.Key_Escape)
            assert not shown.list.bar.isVisible()
            shown.press(Key.Key_A, CTRL)
            shown.press(Key.Key_Delete)
            await eventually(lambda: shown.rows == [])
            assert shown.rig.wishes.toasts[-1] == "Deleted 3 chats"
            shown.rig.press(Key.Key_Z, CTRL)
            await eventually(lambda: shown.rows == ["three", "two", "one"])
            assert shown.rig.wishes.toasts[-1] == "3 chats are back."
            shown.choose("one", "two")
            shown.list.bar.archive.click()
            await eventually(lambda: shown.rows == ["three"])
            await shown.views_menu("Archive")
            await eventually(lambda: shown.rows == ["two", "one"])
            await shown.row_menu("one", "Take out of the archive")
            await eventually(lambda: shown.rows == ["two"])

    qrun(main())


def test_a_click_with_ctrl_chooses_and_opens_nothing(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two") as shown:
            for title in ("one", "two"):
                place = shown.view.visualRect(shown.index(title)).center()
                QTest.mouseClick(shown.view.viewport(), Qt.MouseButton.LeftButton, CTRL, place)
            assert [each.title for each in shown.view.chosen()] == ["two", "one"]
            assert shown.rig.page.column.question.isVisible()

    qrun(main())


def test_a_click_with_shift_chooses_all_between(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three", "four") as shown:
            for title, modifiers in (("three", CTRL), ("one", SHIFT)):
                place = shown.view.visualRect(shown.index(title)).center()
                QTest.mouseClick(shown.view.viewport(), Qt.MouseButton.LeftButton, modifiers, place)
            assert [each.title for each in shown.view.chosen()] == ["three", "two", "one"]
            assert shown.rig.page.column.question.isVisible()
            data = shown.model.mimeData(shown.view.selectedIndexes())
            assert len(bytes(data.data(DRAGGED).data()).split(b"\n")) == 3
            shown.press(Key.Key_D, CTRL)
            await eventually(lambda: shown.rows[0] == "Pinned:" and len(shown.rows) == 5)
            assert set(shown.rows[1:4]) == {"three", "two", "one"}

    qrun(main())


def test_what_was_deleted_is_put_back_from_the_bin(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two") as shown:
            shown.stand_on("one")
            shown.press(Key.Key_Delete)
            await eventually(lambda: shown.rows == ["two"])
            await shown.views_menu("Bin")
            await eventually(lambda: shown.rows == ["one"])
            assert shown.list.title.text() == "Bin"
            shown.stand_on("one")
            shown.press(Key.Key_Return)
            shown.press(Key.Key_Delete)
            assert not shown.view.rename_current()
            await shown.row_menu("one", "Put back")
            await eventually(lambda: shown.rows == [])
            assert shown.rig.wishes.toasts[-1] == "“one” is back."
            assert shown.rig.page.column.question.isVisible()
            await shown.views_menu("All chats")
            await eventually(lambda: shown.rows == ["two", "one"])

    qrun(main())


def test_a_workspace_holds_what_is_begun_in_it(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one") as shown:
            await shown.views_menu("New workspace…")
            await shown.name("Work")
            await eventually(lambda: shown.list.title.text() == "Work" and shown.rows == [])
            await shown.rig.ask("two")
            await shown.rig.settled()
            await eventually(lambda: shown.rows == ["two"])
            await shown.views_menu("Rename this workspace…")
            await shown.name("The lab")
            await eventually(lambda: shown.list.title.text() == "The lab")
            await shown.views_menu("All chats")
            await eventually(lambda: shown.rows == ["two", "one"])
            await shown.row_menu("one", "Move to…", "Workspace The lab")
            await shown.views_menu("The lab")
            await eventually(lambda: shown.list.title.text() == "The lab" and shown.rows == ["two", "one"])
            await shown.views_menu("Remove this workspace")
            await eventually(lambda: shown.list.title.text() == "Chats")
            assert shown.model.contents.view == View()

    qrun(main())


def test_a_tag_gathers_chats(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two") as shown:
            await shown.row_menu("one", "Tags…", "New tag…")
            await shown.name("urgent")
            await eventually(lambda: shown.model.contents.shelves.tags == ("urgent",))
            role = Qt.ItemDataRole.AccessibleTextRole
            await eventually(lambda: shown.index("one").data(role).startswith("one, urgent"))
            await shown.views_menu("urgent")
            await eventually(lambda: shown.rows == ["one"])
            assert shown.model.contents.view == View(Shown.TAG, "urgent")
            await shown.row_menu("one", "Tags…", "urgent")
            await eventually(lambda: shown.rows == ["two", "one"])

    qrun(main())


def test_the_next_and_the_one_before_are_opened_by_keys(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three") as shown:
            header = shown.rig.page.column.header.title
            for key, title in ((Key.Key_PageDown, "three"), (Key.Key_PageDown, "two"), (Key.Key_PageUp, "three")):
                shown.rig.press(key, CTRL)
                await eventually(partial(_reads, header, title))
                assert [each.title for each in shown.view.chosen()] == [title]
            shown.rig.press(Key.Key_PageUp, CTRL)
            assert header.text() == "three"

    qrun(main())


def test_an_unseen_reply_is_marked_over_a_restart_until_it_is_seen(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", said("An answer"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            rig.new()
            await eventually(lambda: rig.titles and rig.live("question") is Live.UNREAD)
            await eventually(lambda: rig.page.model.conversations[0].unseen is not None)
        async with chat(dark, data_dir) as rig:
            assert rig.live("question") is Live.UNREAD
            rig.open("question")
            await eventually(lambda: rig.page.model.conversations[0].unseen is None)
            assert rig.live("question") is Live.QUIET

    qrun(main())


# --- searching --------------------------------------------------------------------------------------------------------


async def _search(shown: Library, text: str) -> list[str]:
    """Look for something and return the rows once there are any."""
    QTest.keyClick(shown.rig.page.column.composer.box, Key.Key_F, CTRL | SHIFT)
    field = shown.list.search.field.edit
    assert field.hasFocus()
    field.setText(text)
    model = shown.list.search.model
    await eventually(lambda: any(isinstance(model.row(model.index(n)), Heading) for n in range(model.rowCount())))
    return [str(model.index(n).data()) for n in range(model.rowCount())]


async def _filled(shown: Library) -> None:
    while not (await shown.rig.services.search.find("x")).whole:  # noqa: ASYNC110 - it may have been told before
        await asyncio.sleep(0.01)


def test_a_word_is_found_and_opened_where_it_was_said(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "a needle in the hay", "nothing here") as shown:
            await _filled(shown)
            rows = await _search(shown, "need")
            assert rows[0] == "In titles"
            assert rows[1] == "a needle in the hay"
            assert not shown.view.isVisible()
            field = shown.list.search.field.edit
            QTest.keyClick(field, Key.Key_Down)
            QTest.keyClick(field, Key.Key_Down)
            QTest.keyClick(field, Key.Key_Return)
            await eventually(lambda: shown.rig.page.column.header.title.text() == "a needle in the hay")
            await eventually(lambda: shown.rig.thread.find_bar.isVisible())
            assert shown.rig.thread.find_bar.field.text() == "need"
            QTest.keyClick(field, Key.Key_Escape)
            assert shown.view.isVisible()
            assert shown.list.search.text == ""

    qrun(main())


def test_a_search_ends_where_a_new_chat_begins(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", *(said("An answer") for _ in range(3)))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("the first")
            await rig.settled()
            pane = rig.page.list.search
            pane.field.edit.setText("first")
            await rig.ask("and more of it")
            await rig.settled()
            assert pane.text == "first"
            rig.new()
            await eventually(lambda: not rig.shown)
            await rig.ask("the second")
            await eventually(lambda: pane.text == "")
            await eventually(lambda: "the second" in rig.titles)

    qrun(main())


def test_part_of_a_chinese_word_is_found(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "请翻译这份发布说明", "other words") as shown:
            await _filled(shown)
            rows = await _search(shown, "说明")
            assert rows[:4] == ["In titles", "请翻译这份发布说明", "In messages", "请翻译这份发布说明"]
            assert "other words" not in rows

    qrun(main())


def test_nothing_found_is_said_and_a_click_opens_a_title(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two") as shown:
            await _filled(shown)
            pane = shown.list.search
            pane.field.edit.setText("nowhere")
            await eventually(lambda: pane._note.text() == "Nothing was found.")
            await _search(shown, "two")
            index = pane.model.index(1)
            QTest.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=pane.view.visualRect(index).center())
            await eventually(lambda: shown.rig.page.column.header.title.text() == "two")
            pane.order.set_current("best")
            assert pane.best

    qrun(main())


def test_a_message_on_another_branch_is_shown(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", said("The needle"), said("Only hay"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("question")
            await rig.settled()
            stored = await rig.stored()
            again = Prompt(conversation=rig.page.model.conversations[0].uid, retry_of=stored[0].uid)
            async with rig.services.chat.open(again) as turn:
                async for _ in turn.run:
                    pass
            rig.new()
            await eventually(rig.page.column.question.isVisible)
            shown = Library(rig)
            rig.services.conversations.changed.emit(stored[0].uid)  # type: ignore[arg-type]
            await _filled(shown)
            await _search(shown, "needle")
            shown.list.search.view.open_current()
            await eventually(lambda: [message.text for message in rig.shown] == ["question", "The needle"])

    qrun(main())
