"""A reply that comes in while somebody reads, selects or looks elsewhere in its thread."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered, asked

from switchyard.core.events import AttemptStarted, RouteEvent, Shown, TakenBack
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Reason
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.pieces.base import Piece
from switchyard.ui.transcript.streams import TICK_MS

Key = Qt.Key
CALLED = AttemptRecord(1, 1, Reason.FIRST, "work/gpt-5", "work", "openai", "gpt-5", 0)
LINES = "\n\n".join(f"Paragraph number {n} says a little." for n in range(30))


class Streaming(ThreadRig):
    """A long thread at whose end a reply comes in, tick by tick."""

    def __init__(self, qtbot: QtBot, theme: Theme, *, short: bool = False) -> None:
        before = answered("a", "Briefly." if short else LINES)
        super().__init__(qtbot, theme, asked("u", "Tell me"), before, asked("v", "And now?"))
        message = Message(MessageId("live"), None, Role.ASSISTANT, MessageState.STREAMING, "", 0)
        self.view.begin_reply(message)
        self.settle()
        self.view.streams.timer.stop()
        self.tick(AttemptStarted(CALLED))

    @property
    def newer(self) -> bool:
        """Whether the way to new text is offered."""
        return self.view._floats.newer.isVisible()

    @property
    def at(self) -> int:
        """How far down the view is."""
        return self.stage.verticalScrollBar().value()

    def tick(self, *events: RouteEvent) -> None:
        """Take in events, and show what came."""
        for event in events:
            self.view.apply("live", event)
        self.view.streams.tick()

    def say(self, *pieces: str) -> None:
        """Let words come."""
        self.tick(*(Shown(1, piece, "") for piece in pieces))

    def begin_tick(self, *events: RouteEvent) -> None:
        """Take in events, and let a tick begin: its first turn is over, the others come with the loop."""
        for event in events:
            self.view.apply("live", event)
        self.view.streams.timer.timeout.emit()

    def said(self) -> str:
        """Return what is seen of the reply."""
        pieces = (child for child in self.message(3).body.children() if isinstance(child, Piece))
        return "\n".join(piece.surface.shown_text() for piece in pieces if not piece.isHidden())

    def finish_tick(self) -> None:
        """Let the loop take the other turns, and whatever else is to be done."""
        self.qtbot.waitUntil(lambda: not self.view.streams._turns)
        self.settle()

    def end(self, text: str) -> None:
        """Let the reply be complete."""
        self.view.settle(Message(MessageId("live"), None, Role.ASSISTANT, MessageState.COMPLETE, text, 0))

    def select(self, first: str, last: str) -> None:
        """Select from the beginning of some words to the end of others, and hold the button."""
        self.press(self.place(3, first))
        self.drag(self.place(3, last, after=True))

    def selected(self) -> str:
        """Return the selected words of the reply."""
        body = self.message(3).body
        return body.selection.text().strip()


@pytest.fixture
def rig(qtbot: QtBot, dark: Theme) -> Streaming:
    return Streaming(qtbot, dark)


def test_words_of_a_finished_block_stay_selected(rig: Streaming) -> None:
    rig.say("The first paragraph is whole.\n\nThe second one")
    rig.select("first", "whole")
    assert rig.selected() == "first paragraph is whole"
    rig.say(" goes on", " and on.\n\n", "A third.")
    assert rig.selected() == "first paragraph is whole"


def test_words_of_the_open_block_stay_selected(rig: Streaming) -> None:
    rig.say("The first.\n\nThe second one")
    rig.select("second", "second")
    assert rig.selected() == "second"
    rig.say(" goes on", " and **on**", ".\n\nA third.")
    assert rig.selected() == "second"
    rig.end("The first.\n\nThe second one goes on and **on**.\n\nA third.")
    rig.settle()
    assert rig.selected() == "second"


def test_nothing_moves_under_somebody_who_selects(rig: Streaming) -> None:
    rig.say("The first paragraph is here.\n\n")
    rig.select("first", "here")
    before = rig.at
    rig.say("\n\n".join(f"Line {n}." for n in range(30)))
    assert rig.at == before
    assert rig.newer
    rig.release(rig.place(3, "here", after=True))
    rig.say("\n\nMore.")
    assert (rig.at, rig.selected()) == (before, "first paragraph is here")
    rig.view._floats.newer.click()
    rig.say("\n\nAnd more.")
    assert rig.at == rig.stage.verticalScrollBar().maximum()
    assert not rig.newer
    assert rig.view.selection.empty is False


def test_a_short_thread_does_not_rise_under_somebody_who_selects(qtbot: QtBot, dark: Theme) -> None:
    rig = Streaming(qtbot, dark, short=True)
    rig.say("The first paragraph is here.\n\n")
    rig.select("first", "here")
    before = rig.place(3, "first").y()
    for _ in range(3):
        rig.say("\n\nOne more line." * 8)
        assert rig.place(3, "first").y() == before
    assert rig.newer
    rig.release(rig.place(3, "here", after=True))
    QTest.keyClick(rig.view, Key.Key_End)
    rig.say("\n\nThe last line.")
    assert rig.at == rig.stage.verticalScrollBar().maximum()
    assert not rig.newer


def test_new_text_is_offered_until_it_was_seen(rig: Streaming) -> None:
    rig.say("One.\n\n" * 30)
    rig.stage.verticalScrollBar().setValue(0)
    assert not rig.newer
    rig.say("Two.")
    assert rig.newer
    rig.end("One.\n\n" * 30 + "Two.")
    assert rig.newer
    rig.view.setFocus()
    QTest.keyClick(rig.view, Key.Key_End)
    assert not rig.newer
    rig.stage.verticalScrollBar().setValue(0)
    assert not rig.newer


def test_new_text_is_reached_by_tab_behind_the_last_message(rig: Streaming) -> None:
    released: list[bool] = []
    rig.view.focus_released.connect(lambda: released.append(True))
    rig.view.activateWindow()
    rig.say("One.\n\n" * 30)
    rig.stage.verticalScrollBar().setValue(0)
    rig.say("Two.\n\n")
    rig.view.show_message("live")
    rig.say("Three.\n\n" * 20)
    assert rig.newer
    newer = rig.view._floats.newer
    QTest.keyClick(rig.message(3), Key.Key_Tab)
    assert newer.hasFocus()
    QTest.keyClick(newer, Key.Key_Backtab)
    assert rig.message(3).hasFocus()
    QTest.keyClick(rig.message(3), Key.Key_Tab)
    QTest.keyClick(newer, Key.Key_Space)
    assert not rig.newer
    assert rig.at == rig.stage.verticalScrollBar().maximum()
    assert released


def test_forty_pixels_from_the_end_are_the_end(rig: Streaming) -> None:
    rig.say("One.\n\n" * 30)
    bar = rig.stage.verticalScrollBar()
    bar.setValue(bar.maximum() - 40)
    rig.say("Two.\n\n" * 10)
    assert bar.value() == bar.maximum()
    bar.setValue(bar.maximum() - 41)
    before = bar.value()
    rig.say("Three.\n\n" * 10)
    assert bar.value() == before


# --- between the turns of a tick --------------------------------------------------------------------------------------


def test_a_timer_need_not_wait_for_a_whole_tick(rig: Streaming) -> None:
    seen: list[str] = []
    beside = QTimer(rig.view, interval=0)
    beside.timeout.connect(lambda: seen.append(rig.said()))
    beside.start()
    rig.begin_tick(Shown(1, "Hello", ""))
    rig.finish_tick()
    beside.stop()
    assert seen[0] == ""
    assert rig.said() == "Hello"


def test_what_is_taken_back_between_two_turns_is_not_seen(rig: Streaming) -> None:
    rig.say("Old")
    rig.begin_tick(Shown(1, " words", ""))
    rig.view.apply("live", TakenBack(1))
    rig.finish_tick()
    assert rig.said() == "Old"
    rig.say("New")
    assert rig.said() == "New"


def test_words_are_there_once_when_the_theme_changes_between_two_turns(rig: Streaming, dark: Theme) -> None:
    rig.say("One")
    rig.begin_tick(Shown(1, " two\n\nthree\n\nfour", ""))
    dark.set_mode("light")
    rig.finish_tick()
    rig.say(" five")
    assert rig.said().splitlines() == ["One two", "three", "four five"]


def test_a_new_beginning_is_there_once_when_the_theme_changes_between_two_turns(rig: Streaming, dark: Theme) -> None:
    rig.say("Old")
    rig.begin_tick(TakenBack(1), Shown(1, "New", ""))
    dark.set_mode("light")
    rig.finish_tick()
    rig.say(" words")
    assert rig.said() == "New words"


def test_a_reply_may_end_between_two_turns(rig: Streaming) -> None:
    rig.say("One")
    rig.begin_tick(Shown(1, " two", ""))
    rig.end("One two")
    rig.finish_tick()
    assert rig.said() == "One two"


def test_a_thread_may_be_cleared_between_two_turns(rig: Streaming) -> None:
    rig.begin_tick(Shown(1, "One", ""))
    rig.view.clear()
    rig.finish_tick()
    assert not rig.view.streams
    assert not rig.stage.items


def test_a_tick_is_gone_through_however_late_its_turns_come(rig: Streaming) -> None:
    rig.begin_tick(Shown(1, "One", ""))
    for _ in range(4):  # each turn takes so long that the next tick is due before it
        rig.view.streams._turn.timeout.emit()
        rig.view.streams.timer.timeout.emit()
    assert rig.said() == "One"
    rig.finish_tick()
    rig.say(" two")
    assert rig.said() == "One two"


def test_what_was_laid_out_is_there_when_the_thread_is_seen_again(rig: Streaming) -> None:
    rig.begin_tick(Shown(1, "One", ""))
    rig.view.streams._turn.timeout.emit()
    rig.view.hide()
    rig.view.streams.timer.timeout.emit()
    rig.view.show()
    rig.view.streams.timer.stop()
    rig.say()
    assert rig.said() == "One"


def test_words_that_come_between_two_turns_wait_for_the_next_tick(rig: Streaming) -> None:
    rig.begin_tick(Shown(1, "One", ""))
    rig.view.apply("live", Shown(1, " two", ""))
    rig.finish_tick()
    assert rig.said() == "One"
    assert rig.view.streams.timer.interval() == TICK_MS
