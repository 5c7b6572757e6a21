"""Where the composer of a new chat stands, and that it stays there while it is written in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.hint import Offer
from switchyard.ui.pages.chat.thread_column import ThreadColumn
from switchyard.ui.theme.theme import Theme

WIDE, NARROW = (1120, 900), (912, 640)


@pytest.fixture
def column(dark: Theme, qtbot: QtBot) -> ThreadColumn:
    column = ThreadColumn(dark)
    qtbot.addWidget(column)
    column.around.set_recent([Conversation(ConversationId("one"), "Mutex or semaphore", 0, 0, 2)])
    return column


def resized(column: ThreadColumn, size: tuple[int, int]) -> None:
    column.resize(*size)
    column.show()
    settle()


def settle() -> None:
    for _ in range(4):
        QApplication.processEvents()


def words_at(column: ThreadColumn) -> QPoint:
    """Return where the text begins on the page."""
    return column.composer.box.mapTo(column, QPoint(0, 0))


def say(column: ThreadColumn) -> None:
    column.composer.say("This seems to hold a key, and goes to a cloud model.", "warn", [Offer("Send", lambda: None)])


def estimate(column: ThreadColumn) -> None:
    column.composer.estimate.show("28 tok in, about $0.0010 to $0.0615")


def grow(column: ThreadColumn) -> None:
    column.composer.box.insertPlainText("one\ntwo\nthree\nfour\nfive\nsix")


@pytest.mark.parametrize(
    ("size", "happen"), [(WIDE, say), (WIDE, estimate), (WIDE, grow), (NARROW, say), (NARROW, estimate)]
)
def test_the_words_of_a_new_chat_stay_where_they_are(
    column: ThreadColumn, size: tuple[int, int], happen: Callable[[ThreadColumn], None]
) -> None:
    resized(column, size)
    before, height = words_at(column), column.composer.height()
    happen(column)
    settle()
    assert words_at(column) == before
    if happen is not estimate or size == NARROW:
        assert column.composer.height() > height


def test_a_new_chat_stands_in_the_middle(column: ThreadColumn) -> None:
    resized(column, WIDE)
    above = column.question.y() - column.header.height()
    below = column.height() - column.around.geometry().bottom() - 1
    assert abs(above - below) <= 1


def test_a_composer_that_is_very_high_still_ends_on_the_page(column: ThreadColumn) -> None:
    resized(column, NARROW)
    grow(column)
    grow(column)
    say(column)
    estimate(column)
    settle()
    assert column.question.y() >= column.header.height()
    assert column.composer.geometry().bottom() < column.height()
