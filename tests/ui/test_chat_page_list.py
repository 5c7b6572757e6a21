"""The conversation list: its groups, its rows, its keys, and its size."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, QModelIndex, QPoint, Qt, SignalInstance
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from switchyard.core.filing import Filing
from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.arrangement import Shown, View
from switchyard.ui.pages.chat.conversation_list import ConversationList
from switchyard.ui.pages.chat.conversation_model import ConversationModel, Live, spend
from switchyard.ui.pages.chat.dates import Calendar
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.menu import Menu

NOW = datetime(2026, 11, 21, 9, 30)
EARLIER = NOW - timedelta(minutes=5)
Key = Qt.Key


def at(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def conversation(name: str, moment: datetime = NOW, **facts: object) -> Conversation:
    values: dict[str, object] = {"uid": ConversationId(name), "title": f"Chat {name}", "created_ms": 0, "messages": 2}
    return Conversation(**{**values, "updated_ms": at(moment), **facts})  # type: ignore[arg-type]


def heard(signal: SignalInstance) -> list[list[object]]:
    """Return a list to which every emission of a signal adds its arguments."""
    found: list[list[object]] = []
    signal.connect(lambda *arguments: found.append(list(arguments)))
    return found


def rows(model: ConversationModel) -> list[str]:
    return [str(model.index(row).data()) for row in range(model.rowCount())]


@pytest.fixture
def model(qapp: QApplication) -> ConversationModel:
    """Return a model that lives on one day, watched by Qt's own tester."""
    model = ConversationModel(now=lambda: NOW)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    assert tester.model() is model
    return model


@pytest.fixture
def listed(qtbot: QtBot, dark: Theme, model: ConversationModel) -> ConversationList:
    """Return the list with three chats of two days."""
    yesterday = NOW - timedelta(days=1)
    model.set_conversations([conversation("a"), conversation("b", EARLIER), conversation("c", yesterday)])
    listed = ConversationList(dark, model)
    listed.resize(268, 600)
    qtbot.addWidget(listed)
    listed.show()
    return listed


# --- groups and figures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "title"),
    [
        (datetime(2026, 11, 21, 0, 0), "Today"),
        (datetime(2026, 11, 20, 23, 59), "Yesterday"),
        (datetime(2026, 11, 19, 12, 0), "Previous 7 days"),
        (datetime(2026, 11, 14, 0, 0), "Previous 7 days"),
        (datetime(2026, 11, 13, 23, 59), "Previous 30 days"),
        (datetime(2026, 10, 22, 0, 0), "Previous 30 days"),
        (datetime(2026, 10, 21, 23, 59), "October"),
        (datetime(2026, 1, 1, 0, 0), "January"),
        (datetime(2025, 12, 31, 23, 59), "December 2025"),
    ],
)
def test_days_are_grouped(moment: datetime, title: str) -> None:
    assert Calendar(NOW, QLocale()).group(at(moment)) == title


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"cost_nanos": 12_100_000}, "$0.0121"),
        ({"cost_nanos": 840_000_000, "simulated": True}, "$0.84"),
        ({"cost_nanos": 0, "free": True}, "free"),
        ({"simulated": True}, "simulated"),
        ({"cost_nanos": 0}, ""),
        ({}, ""),
    ],
)
def test_a_row_shows_what_was_spent_or_nothing(facts: dict[str, Any], shown: str) -> None:
    assert spend(conversation("a", **facts)) == shown


# --- the model --------------------------------------------------------------------------------------------------------


def test_rows_follow_the_conversations(model: ConversationModel) -> None:
    old = NOW - timedelta(days=1)
    model.set_conversations([conversation("a"), conversation("b", old), conversation("c", old)])
    assert rows(model) == ["Today", "Chat a", "Yesterday", "Chat b", "Chat c"]
    model.put([conversation("c", EARLIER)])
    assert rows(model) == ["Today", "Chat a", "Chat c", "Yesterday", "Chat b"]
    model.put([conversation("c", EARLIER, title="Renamed")])
    assert rows(model) == ["Today", "Chat a", "Renamed", "Yesterday", "Chat b"]
    model.set_conversations([conversation("b", old)])
    assert rows(model) == ["Yesterday", "Chat b"]
    model.set_conversations([])
    assert rows(model) == []


def test_a_row_that_stays_keeps_its_place(model: ConversationModel) -> None:
    model.set_conversations([conversation("a"), conversation("b", EARLIER)])
    resets, moved = heard(model.modelReset), heard(model.rowsInserted)
    model.put([conversation("b", EARLIER, title="Renamed")])
    assert (resets, moved) == ([], [])


@given(
    st.lists(st.permutations("abcdefgh").flatmap(lambda uids: st.integers(0, 8).map(lambda n: uids[:n])), max_size=6)
)
def test_rows_are_what_they_are_to_be_whatever_they_were(lists: list[list[str]]) -> None:
    model = ConversationModel(now=lambda: NOW)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    assert tester.model() is model
    places: list[int] = []
    for signal in (model.rowsAboutToBeRemoved, model.rowsRemoved, model.rowsInserted):
        signal.connect(lambda *_: places.append(model.index_of("a").row()))
    for uids in lists:
        days = [NOW - timedelta(days=n // 3) for n in range(len(uids))]
        model.set_conversations([conversation(uid, day) for uid, day in zip(uids, days, strict=True)])
        assert [uid for uid in rows(model) if uid.startswith("Chat")] == [f"Chat {uid}" for uid in uids]
        assert [model.index_of(uid).data() for uid in uids] == [f"Chat {uid}" for uid in uids]
        assert model.index_of("z").row() == -1
        for at, uid in enumerate(uids):
            for by in (-2, -1, 1, 2):
                found = model.beside(uid, by)
                assert (found.uid if found else None) == (uids[at + by] if 0 <= at + by < len(uids) else None)
        first = model.beside(None, -1)
        assert (first.uid if first else None) == (uids[0] if uids else None)


def test_headings_can_be_neither_chosen_nor_renamed(model: ConversationModel) -> None:
    model.set_conversations([conversation("a")])
    heading, row = model.index(0), model.index(1)
    assert model.flags(heading) == Qt.ItemFlag.NoItemFlags
    assert model.flags(row) & Qt.ItemFlag.ItemIsEditable
    assert not model.setData(heading, "No")


def test_a_new_title_is_told_and_an_empty_one_is_not(model: ConversationModel) -> None:
    model.set_conversations([conversation("a")])
    renamed = heard(model.renamed)
    model.setData(model.index(1), "  \n ")
    model.setData(model.index(1), "Chat a")
    model.setData(model.index(1), " Another   one ")
    assert renamed == [["a", "Another one"]]


def test_a_row_says_what_it_shows(model: ConversationModel) -> None:
    model.set_conversations([conversation("a", cost_nanos=12_100_000)])
    model.set_live({ConversationId("a"): Live.STREAMING})
    assert model.index(1).data(Qt.ItemDataRole.AccessibleTextRole) == "Chat a, $0.0121, answering"


def test_ten_thousand_chats_are_listed_as_far_as_they_are_seen(qtbot: QtBot, dark: Theme) -> None:
    model = ConversationModel(now=lambda: NOW)
    many = [conversation(str(n), NOW - timedelta(minutes=30 * n)) for n in range(10_000)]
    model.set_conversations(many)
    listed = ConversationList(dark, model)
    listed.resize(268, 600)
    qtbot.addWidget(listed)
    listed.show()
    assert model.rowCount() < 1_000
    before = model.rowCount()
    listed.view.scrollToBottom()
    qtbot.waitUntil(lambda: model.rowCount() > before)
    listed.set_shown(ConversationId("9000"))
    assert listed.view.indexAt(listed.view.visualRect(model.index_of("9000")).center()).data() == "Chat 9000"
    while model.canFetchMore(QModelIndex()):
        model.fetchMore(QModelIndex())
    assert sum(model.conversation(model.index(row)) is not None for row in range(model.rowCount())) == 10_000


def test_no_chats_are_said_to_be_none(qtbot: QtBot, dark: Theme, model: ConversationModel) -> None:
    listed = ConversationList(dark, model)
    qtbot.addWidget(listed)
    listed.show()
    words = [each for each in listed.findChildren(type(listed._nothing)) if each.isVisible()]
    assert not words
    listed.set_loaded()
    assert listed._nothing.isVisible()


def test_the_bin_is_grouped_by_when_it_was_filled(model: ConversationModel) -> None:
    last_month = NOW - timedelta(days=25)
    gone = Filing(deleted_ms=at(NOW)), Filing(deleted_ms=at(NOW - timedelta(days=1)))
    model.set_binned([conversation("a", last_month, filing=gone[0]), conversation("b", NOW, filing=gone[1])])
    model.set_view(View(Shown.BIN))
    assert rows(model) == ["Today", "Chat a", "Yesterday", "Chat b"]


# --- keys and pointer -------------------------------------------------------------------------------------------------


def test_keys_walk_over_headings_open_and_delete(listed: ConversationList, model: ConversationModel) -> None:
    opened, deleted = heard(listed.open_requested), heard(listed.delete_requested)
    view = listed.view
    view.setFocus()
    assert view.currentIndex().data() == "Chat a"
    for _ in range(2):
        QTest.keyClick(view, Key.Key_Down)
    assert view.currentIndex().data() == "Chat c"
    QTest.keyClick(view, Key.Key_Return)
    QTest.keyClick(view, Key.Key_Delete)
    assert opened[0] == ["c"]
    assert deleted[0] == ["c"]


def test_f2_opens_a_line_for_the_title(qtbot: QtBot, listed: ConversationList, model: ConversationModel) -> None:
    renamed = heard(model.renamed)
    view = listed.view
    view.setCurrentIndex(model.index(1))
    QTest.keyClick(view, Key.Key_F2)
    editor = view.findChild(QLineEdit)
    assert editor is not None
    assert editor.selectedText() == "Chat a"
    QTest.keyClicks(editor, "Better")
    QTest.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: bool(renamed))
    assert renamed[0] == ["a", "Better"]
    QTest.keyClick(view, Key.Key_F2)
    editor = view.findChildren(QLineEdit)[-1]
    qtbot.waitUntil(editor.isVisible)
    QTest.keyClicks(editor, "Never mind")
    QTest.keyClick(editor, Key.Key_Escape)
    assert len(renamed) == 1


def test_a_title_that_is_being_written_stays_when_its_row_changes(
    listed: ConversationList, model: ConversationModel
) -> None:
    view = listed.view
    view.setCurrentIndex(model.index(1))
    QTest.keyClick(view, Key.Key_F2)
    editor = view.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "Bet")
    model.set_live({ConversationId("a"): Live.STREAMING})
    model.put([conversation("a", cost_nanos=12_100_000)])
    QTest.keyClicks(editor, "ter")
    assert editor.text() == "Better"


def test_an_open_editor_survives_another_chat_coming_first(listed: ConversationList, model: ConversationModel) -> None:
    view = listed.view
    view.setCurrentIndex(model.index(1))
    QTest.keyClick(view, Key.Key_F2)
    model.put([conversation("c", NOW + timedelta(minutes=1))])
    assert view.currentIndex().data() == "Chat a"
    editor = view.findChild(QLineEdit)
    assert editor is not None
    assert editor.isVisible()
    assert editor.y() == view.visualRect(view.currentIndex()).y()


def test_the_pointer_shows_what_can_be_done_with_its_row(listed: ConversationList, model: ConversationModel) -> None:
    deleted = heard(listed.delete_requested)
    view = listed.view
    names = {each.accessibleName(): each for each in view.findChildren(IconButton)}
    assert not names["Delete"].isVisible()
    QTest.mouseMove(view.viewport(), view.visualRect(model.index(2)).center())
    assert names["Delete"].isVisible()
    names["Delete"].click()
    assert deleted[0] == ["b"]
    QTest.mouseMove(view.viewport(), view.visualRect(model.index(0)).center())
    assert not names["Delete"].isVisible()


def test_a_click_opens_and_a_heading_does_not(listed: ConversationList, model: ConversationModel) -> None:
    opened = heard(listed.open_requested)
    view = listed.view
    for row in (0, 2):
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(model.index(row)).center())
    assert opened == [["b"]]


def test_the_menu_offers_the_same(listed: ConversationList, model: ConversationModel) -> None:
    deleted = heard(listed.delete_requested)
    view = listed.view
    place = view.visualRect(model.index(2)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.mapToGlobal(QPoint(place)))
    QApplication.sendEvent(view.viewport(), event)
    menu = listed.findChild(Menu)
    assert menu is not None
    actions = {action.text(): action for action in menu.actions()}
    assert {"Open", "Rename", "Delete"} <= set(actions)
    actions["Delete"].trigger()
    menu.close()
    assert deleted[0] == ["b"]
