"""Where a search looks, what it says of the place of what it found, and that it leads there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.ui.test_chat_library import Library, library
from tests.ui.test_chat_page import eventually, keep, play, said
from tests.ui.test_chat_page_acts import Acts

from switchyard.core.filing import Change, Place
from switchyard.core.message import Conversation, ConversationId
from switchyard.core.search import Hit
from switchyard.ui.pages.chat.arrangement import Heading, Shown, View
from switchyard.ui.pages.chat.found_model import PLACE_ROLE
from switchyard.ui.theme.theme import Theme

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
QRun = Callable[..., None]


def _uid(shown: Library, title: str) -> ConversationId:
    return next(each.uid for each in shown.model.conversations if each.title == title)


def _found(shown: Library, kind: type[Hit] | type[Conversation]) -> list[tuple[str, str]]:
    """Return titles and places of what was found, of question and answer once."""
    model = shown.list.search.model
    indexes = [model.index(row) for row in range(model.rowCount())]
    return sorted(
        {(str(each.data()), str(each.data(PLACE_ROLE))) for each in indexes if isinstance(model.row(each), kind)}
    )


async def _take_in(shown: Library) -> None:
    while not (await shown.rig.services.search.find("x")).whole:  # noqa: ASYNC110 - it may have been told before
        await asyncio.sleep(0.01)


async def _look(shown: Library, text: str) -> None:
    shown.list.search.field.edit.setText(text)
    await eventually(lambda: shown.list.search.model.rowCount())


def test_all_chats_are_searched_unless_one_workspace_is_wanted(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "needle one", "needle two", "needle three") as shown:
            work = await shown.rig.services.library.add_workspace("Work")
            await shown.rig.services.library.change([_uid(shown, "needle one")], Change(place=Place(work.uid)))
            await shown.rig.services.library.change([_uid(shown, "needle two")], Change(archived=True))
            await shown.rig.services.library.change([_uid(shown, "needle three")], Change(deleted=True))
            await _take_in(shown)
            await eventually(lambda: shown.rows == ["needle one"])
            pane = shown.list.search
            await _look(shown, "needle")
            assert not pane.scope.isVisible()
            both = [("needle one", "Work"), ("needle two", "Archive")]
            await eventually(lambda: _found(shown, Hit) == _found(shown, Conversation) == both)

            shown.list.wishes.viewed.emit(View(Shown.WORKSPACE, work.uid))
            await eventually(lambda: shown.list.title.text() == "Work")
            assert pane.text == ""
            assert shown.view.isVisible()
            await _look(shown, "needle")
            assert pane.scope.isVisible()
            await eventually(lambda: _found(shown, Hit) == [("needle one", ""), ("needle two", "Archive")])
            pane.scope._segments["here"].click()
            assert pane.here
            await eventually(lambda: _found(shown, Hit) == _found(shown, Conversation) == [("needle one", "")])
            pane.leave()
            await _look(shown, "needle")
            assert not pane.here

    qrun(main())


def test_the_words_are_marked_where_they_were_said_in_an_archived_chat(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "a needle in the hay", "other") as shown:
            await shown.rig.services.library.change([_uid(shown, "a needle in the hay")], Change(archived=True))
            await _take_in(shown)
            await _look(shown, "needle")
            view = shown.list.search.view
            await eventually(lambda: _found(shown, Hit))
            model = shown.list.search.model
            hit = next(model.index(n) for n in range(model.rowCount()) if isinstance(model.row(model.index(n)), Hit))
            view.setCurrentIndex(hit)
            QTest.keyClick(view, Key.Key_Return)
            await eventually(lambda: shown.rig.page.column.header.title.text() == "a needle in the hay")
            await eventually(lambda: shown.rig.thread.find_bar.isVisible() and not shown.rig.thread.finder.busy)
            assert shown.rig.thread.find_bar.field.text() == "needle"
            assert shown.rig.thread.finder.count

    qrun(main())


def test_what_was_found_on_another_branch_waits_for_the_end_of_a_reply(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("the needle", "first")) as acts:
            shown = Library(acts)
            acts.choose(0, "Edit")
            release = asyncio.Event()
            play(acts.server, "one", replace(said("third"), gate=release))
            acts.page.column.composer.set_text("the hay")
            acts.press(Key.Key_Return)
            await eventually(lambda: acts.stops and acts.texts[0] == "the hay")
            await _take_in(shown)
            await _look(shown, "needle")
            model, view = shown.list.search.model, shown.list.search.view

            def hits() -> list[int]:
                rows = [row for row in range(model.rowCount()) if isinstance(model.row(model.index(row)), Hit)]
                return [row for row in rows if "needle" in str(model.row(model.index(row)))]

            await eventually(hits)
            view.setCurrentIndex(model.index(hits()[0]))
            QTest.keyClick(view, Key.Key_Return)
            await eventually(lambda: acts.wishes.toasts)
            assert "A reply is coming in" in acts.wishes.toasts[-1]
            release.set()
            await acts.shows_last("third")
            assert acts.texts == ["the hay", "third"] == [each.text for each in await acts.stored()]
            QTest.keyClick(view, Key.Key_Return)
            await eventually(lambda: acts.texts == ["the needle", "first"])

    qrun(main())


def test_what_is_said_meanwhile_leaves_the_person_on_their_row(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "needle one", "needle two") as shown:
            await _take_in(shown)
            await _look(shown, "needle")
            edit, view, model = shown.list.search.field.edit, shown.list.search.view, shown.list.search.model
            for _ in range(2):
                QTest.keyClick(edit, Key.Key_Down)
            assert view.currentIndex().data() == "needle one"
            await keep(shown.rig.services, "needle three")
            await shown.rig.hear_of_latest()
            await eventually(lambda: "needle three" in [model.index(row).data() for row in range(model.rowCount())])
            assert view.currentIndex().data() == "needle one"
            QTest.keyClicks(edit, " one")
            await eventually(lambda: not view.currentIndex().isValid())
            QTest.keyClick(edit, Key.Key_Return)
            await eventually(lambda: shown.rig.page.column.header.title.text() == "needle one")

    qrun(main())


def test_what_was_found_is_read_out_with_its_place(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "needle") as shown:
            work = await shown.rig.services.library.add_workspace("Work")
            change = Change(place=Place(work.uid), archived=True)
            await shown.rig.services.library.change([_uid(shown, "needle")], change)
            await _take_in(shown)
            await _look(shown, "needle")
            await eventually(lambda: _found(shown, Hit) == [("needle", "Work · Archive")])
            model = shown.list.search.model
            spoken = [model.index(n).data(Qt.ItemDataRole.AccessibleTextRole) for n in range(model.rowCount())]
            assert spoken[1] == "needle, Work · Archive"
            assert spoken[3].startswith("needle, Work · Archive, ")
            assert isinstance(model.row(model.index(2)), Heading)

    qrun(main())


def test_what_opens_late_takes_the_focus_from_nobody_who_looks_for_something_else(
    qrun: QRun, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "a needle in the hay", "nothing here") as shown:
            await _take_in(shown)
            page, field = shown.rig.page, shown.list.search.field.edit

            def titles() -> set[str]:
                return {title for kind in (Hit, Conversation) for title, _ in _found(shown, kind)}

            for at_a_message in (True, False):
                QTest.keyClick(page.column.composer.box, Key.Key_F, CTRL | SHIFT)
                field.setText("needle")
                await eventually(lambda: titles() == {"a needle in the hay"} and _found(shown, Hit))
                if at_a_message:
                    QTest.keyClick(field, Key.Key_Down)
                    QTest.keyClick(field, Key.Key_Down)
                QTest.keyClick(field, Key.Key_Return)
                QTest.keyClick(field, Key.Key_Escape)
                QTest.keyClick(page.column.composer.box, Key.Key_F, CTRL | SHIFT)
                QTest.keyClicks(field, "no")
                await eventually(lambda: page.column.header.title.text() == "a needle in the hay")
                focused = QApplication.focusWidget()
                assert focused is not None
                QTest.keyClicks(focused, "thing")
                assert (field.text(), page.column.composer.text()) == ("nothing", "")
                QTest.keyClick(field, Key.Key_Escape)
                shown.rig.new()
                await eventually(page.column.question.isVisible)

    qrun(main())
