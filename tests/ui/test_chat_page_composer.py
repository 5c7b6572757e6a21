"""The composer: what sends and what does not, how it grows, and what it says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from switchyard.core.draft import Draft
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.text_box import LINE_PX, MOST_LINES
from switchyard.ui.theme.theme import Theme

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def composer(qtbot: QtBot, dark: Theme) -> Composer:
    """Return a composer as wide as below a thread."""
    composer = Composer(dark)
    composer.set_prominent(False)
    composer.resize(804, 80)
    qtbot.addWidget(composer)
    composer.show()
    return composer


@pytest.fixture
def sent(composer: Composer) -> list[str]:
    """Return what the composer sends."""
    sent: list[str] = []
    composer.submitted.connect(lambda draft: sent.append(draft.text))
    return sent


def compose(composer: Composer, preedit: str, commit: str = "") -> None:
    """Do what an input method does."""
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(composer.box, event)


def test_enter_sends_and_shift_enter_begins_a_line(composer: Composer, sent: list[str]) -> None:
    QTest.keyClicks(composer.box, "one")
    QTest.keyClick(composer.box, Key.Key_Return, SHIFT)
    QTest.keyClicks(composer.box, "two")
    QTest.keyClick(composer.box, Key.Key_Return)
    assert sent == ["one\ntwo"]
    assert composer.text() == "one\ntwo"  # its owner takes it once it is kept
    composer.take()
    assert composer.text() == ""


def test_with_the_other_setting_enter_begins_a_line(composer: Composer, sent: list[str]) -> None:
    composer.box.ctrl_sends = True
    QTest.keyClicks(composer.box, "one")
    QTest.keyClick(composer.box, Key.Key_Return)
    assert (sent, composer.text()) == ([], "one\n")
    QTest.keyClick(composer.box, Key.Key_Enter, CTRL)
    assert sent == ["one"]


def test_nothing_is_sent_while_an_input_method_composes(composer: Composer, sent: list[str]) -> None:
    QTest.keyClicks(composer.box, "ask ")
    compose(composer, "ni hao")
    QTest.keyClick(composer.box, Key.Key_Return)
    composer.send.click()
    assert sent == []
    compose(composer, "", "你好")
    assert sent == []
    assert composer.text() == "ask 你好"
    QTest.keyClick(composer.box, Key.Key_Return)
    assert sent == ["ask 你好"]


def test_a_composition_that_is_given_up_lets_enter_send_again(composer: Composer, sent: list[str]) -> None:
    QTest.keyClicks(composer.box, "ask")
    compose(composer, "x")
    compose(composer, "")
    QTest.keyClick(composer.box, Key.Key_Return)
    assert sent == ["ask"]


@pytest.mark.parametrize("blank", ["", "   ", "\n\n"])
def test_blank_words_are_not_sent(composer: Composer, sent: list[str], blank: str) -> None:
    composer.set_text(blank)
    QTest.keyClick(composer.box, Key.Key_Return)
    assert sent == []
    assert not composer.send.isEnabled()


def test_words_on_their_way_to_the_disk_are_not_sent_twice(composer: Composer, sent: list[str]) -> None:
    QTest.keyClicks(composer.box, "ask")
    QTest.keyClick(composer.box, Key.Key_Return)
    composer.set_sending(True)
    QTest.keyClick(composer.box, Key.Key_Return)
    assert sent == ["ask"]
    assert not composer.send.isEnabled()


def test_what_was_typed_after_sending_stays(composer: Composer) -> None:
    QTest.keyClicks(composer.box, "ask")
    QTest.keyClick(composer.box, Key.Key_Return)
    QTest.keyClicks(composer.box, "more")
    composer.take()
    assert composer.text() == "more"


def test_while_a_reply_comes_enter_sends_and_the_button_stops(composer: Composer, sent: list[str]) -> None:
    stopped: list[bool] = []
    composer.stop_requested.connect(lambda: stopped.append(True))
    composer.set_streaming(True)
    QTest.keyClicks(composer.box, "next")
    QTest.keyClick(composer.box, Key.Key_Return)
    assert sent == ["next"]
    composer.send.click()
    assert stopped == [True]
    composer.set_streaming(False)
    composer.send.click()
    assert sent == ["next", "next"]


def test_words_that_come_back_stand_before_what_was_written_since(composer: Composer) -> None:
    composer.put_before(Draft("first"))
    assert composer.text() == "first"
    composer.put_before(Draft("earlier"))
    assert composer.text() == "earlier\nfirst"


def test_up_is_passed_on_from_an_empty_text_alone(composer: Composer) -> None:
    passed: list[bool] = []
    composer.up_passed.connect(lambda: passed.append(True))
    QTest.keyClick(composer.box, Key.Key_Up)
    assert passed == [True]
    QTest.keyClicks(composer.box, "words")
    QTest.keyClick(composer.box, Key.Key_Up)
    assert passed == [True]


def test_it_grows_to_ten_lines_and_then_scrolls(composer: Composer) -> None:
    heights = []
    for lines in (1, 2, MOST_LINES, MOST_LINES + 5):
        composer.set_text("\n".join("line" for _ in range(lines)))
        heights.append(composer.box.height())
    assert heights == [LINE_PX, 2 * LINE_PX, MOST_LINES * LINE_PX, MOST_LINES * LINE_PX]
    assert composer.box.verticalScrollBar().maximum() > 0
    composer.set_text("word " * 60)  # wrapped, not typed, lines count as well
    assert LINE_PX < composer.box.height() < MOST_LINES * LINE_PX
    composer.set_text("")
    assert composer.box.height() == LINE_PX


def test_lines_of_every_script_are_equally_high(composer: Composer) -> None:
    composer.set_text("latin\n发布说明翻译\nمرحبا بالعالم\n🚂")
    layout = composer.box.document().documentLayout()
    block, heights = composer.box.document().begin(), []
    while block.isValid():
        heights.append(layout.blockBoundingRect(block).height())
        block = block.next()
    assert heights == [LINE_PX] * 4


@pytest.mark.parametrize("paragraphs", [["short", "word " * 40, "last"], ["word " * 40] * 3, ["last", "word " * 40]])
def test_a_draft_is_seen_whole_at_once(composer: Composer, paragraphs: list[str]) -> None:
    composer.set_text("\n".join(paragraphs))
    lines = sum(2 if paragraph.startswith("word") else 1 for paragraph in paragraphs)
    assert composer.box.height() == lines * LINE_PX


def test_only_words_are_pasted(composer: Composer) -> None:
    pasted = QMimeData()
    pasted.setHtml("<b>bold</b>")
    pasted.setText("plain\r\nwords\rhere")
    composer.box.insertFromMimeData(pasted)
    assert composer.text() == "plain\nwords\nhere"


def test_an_endless_word_is_broken_anywhere(composer: Composer) -> None:
    composer.box.insert_text("x" * 60_000)
    assert composer.box.wordWrapMode() == composer.box.wordWrapMode().WrapAnywhere
    composer.set_text("")
    composer.set_text("short words again")
    assert composer.box.wordWrapMode() == composer.box.wordWrapMode().WrapAtWordBoundaryOrAnywhere


def test_undo_and_redo_go_beyond_a_text_in_which_nothing_was_typed(composer: Composer) -> None:
    passed: list[str] = []
    composer.undo_passed.connect(lambda: passed.append("undo"))
    composer.redo_passed.connect(lambda: passed.append("redo"))
    QTest.keyClick(composer.box, Key.Key_Z, CTRL)
    QTest.keyClick(composer.box, Key.Key_Z, CTRL | SHIFT)
    assert passed == ["undo", "redo"]
    QTest.keyClicks(composer.box, "x")
    for _ in range(2):
        QTest.keyClick(composer.box, Key.Key_Z, CTRL)
    assert composer.text() == ""
    for _ in range(2):
        QTest.keyClick(composer.box, Key.Key_Z, CTRL | SHIFT)
    assert composer.text() == "x"
    assert passed == ["undo", "redo"]


def test_every_part_says_what_it_is(composer: Composer) -> None:
    composer.target.set_target("Everyday", "")
    assert composer.box.accessibleName() == "Message"
    assert composer.target.accessibleName() == "Answered by Everyday"
    assert composer.send.accessibleName() == "Send"
    composer.set_streaming(True)
    assert composer.send.accessibleName() == "Stop the reply"
