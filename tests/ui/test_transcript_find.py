"""Words are found in a thread: counted everywhere, marked in their place, gone through, folded or far away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered, asked

from switchyard.core.message import Message
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.find_bar import FindBar
from switchyard.ui.transcript.finding import Query
from switchyard.ui.transcript.markdown.reader import Reader
from switchyard.ui.transcript.pieces.base import Piece
from switchyard.ui.transcript.pieces.code import CodePiece
from switchyard.ui.transcript.surface import cursor_x, paint_found

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier

LONG_CODE = "```python\n" + "\n".join(f"line_{n} = {n}" for n in range(60)) + "\nneedle = 1\n```"


class Found:
    """A thread in which words are looked for."""

    def __init__(self, qtbot: QtBot, theme: Theme, *messages: Message) -> None:
        self.rig = ThreadRig(qtbot, theme, *messages)
        self.qtbot = qtbot

    @property
    def bar(self) -> FindBar:
        return self.rig.view.find_bar

    def look(self, words: str) -> str:
        self.bar.open()
        self.bar.field.edit.setText(words)
        return self.settled()

    def settled(self) -> str:
        self.qtbot.waitUntil(lambda: not self.rig.view.finder.busy, timeout=20_000)
        self.rig.settle()
        return self.bar.count.text()

    def press(self, key: Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> str:
        QTest.keyClick(self.bar.field.edit, key, modifiers)
        return self.settled()

    def pieces(self) -> Iterator[Piece]:
        for widget in self.rig.view.findChildren(QWidget):
            if isinstance(widget, Piece) and not widget.isHidden():
                yield widget

    def now(self) -> str:
        """Return the words that are looked at, as they stand on the screen; they have to be in view."""
        piece = next(piece for piece in self.pieces() if piece.surface.found_now is not None)
        assert piece.surface.found_now is not None
        start, end = piece.surface.found_now
        place = piece.surface.range_rect((start, end)).translated(piece.origin().toPointF()).toRect()
        top = piece.mapTo(self.rig.view, place.topLeft())
        assert 0 <= top.y() <= self.rig.view.height() - place.height()
        covered = self.bar.isVisible() and self.bar.geometry().contains(top)
        assert not covered, "the bar covers what was found"
        return piece.surface.shown_text()[start:end]

    def marks(self) -> int:
        return sum(len(piece.surface.found) for piece in self.pieces())


def test_hits_are_counted_marked_and_gone_through(qtbot: QtBot, dark: Theme) -> None:
    found = Found(
        qtbot, dark, asked("u", "A cat?"), answered("a", "A **ca**t is no dog. Cats purr.\n\n- a CAT\n- none")
    )
    assert found.look("cat") == "1 of 4"
    assert found.marks() == 4
    assert found.now() == "cat"
    assert found.press(Key.Key_Return) == "2 of 4"
    assert found.press(Key.Key_Return) == "3 of 4"
    assert found.now() == "Cat"
    assert found.press(Key.Key_Return) == "4 of 4"
    assert found.now() == "CAT"
    assert found.press(Key.Key_Return) == "1 of 4"
    assert found.press(Key.Key_Return, SHIFT) == "4 of 4"
    found.bar.previous.click()
    assert found.settled() == "3 of 4"
    assert found.look("horse") == "Not found"
    assert found.marks() == 0
    assert not found.bar.following.isEnabled()
    assert found.look("") == ""


def test_the_line_makes_room_for_a_long_count(qtbot: QtBot, dark: Theme) -> None:
    found = Found(qtbot, dark, asked("u", "no " * 1_234))
    found.look("no")
    assert found.press(Key.Key_Return, SHIFT) == "1234 of 1234"
    label = found.bar.count
    assert label.width() >= label.fontMetrics().horizontalAdvance(label.text()) + 12
    assert found.bar.geometry().right() < found.rig.view.width()


def test_a_message_that_is_not_laid_out_is_found_and_shown(qtbot: QtBot, dark: Theme) -> None:
    many = [message for n in range(300) for message in (asked(f"u{n}", f"Ask {n}"), answered(f"a{n}", f"Say *{n}*"))]
    many[40:40] = [answered("x", "Filler.\n\n" * 80 + "The **nee**dle")]
    found = Found(qtbot, dark, *many)
    assert found.rig.stage.items[40].view is None
    assert found.look("the needle") == "1 of 1"
    qtbot.waitUntil(lambda: any(piece.surface.found_now for piece in found.pieces()))
    assert found.now() == "The needle"
    assert found.look("ask") == f"{found.rig.view.finder.at} of 300"
    bar = found.rig.stage.verticalScrollBar()
    bar.setValue(0)
    found.rig.settle()
    shown = [item for _, item in found.rig.stage.shown() if item.view is not None]
    assert all(item.view is not None and item.view.marked for item in shown), "what scrolls into view is marked"


def test_folded_code_and_thoughts_are_opened_where_the_words_are(qtbot: QtBot, dark: Theme) -> None:
    found = Found(qtbot, dark, answered("a", f"Look:\n\n{LONG_CODE}\n\nDone", reasoning="I want a needle\nhere"))
    assert found.look("needle") == "1 of 2"
    assert found.now() == "needle"
    code = next(piece for piece in found.pieces() if isinstance(piece, CodePiece))
    assert code._folded
    assert found.press(Key.Key_Return) == "2 of 2"
    assert not code._folded
    assert found.now() == "needle"


def test_only_where_the_text_turns_is_qt_asked_to_mark_what_was_found(qapp: QApplication) -> None:
    document = QTextDocument("one two one two\n\u0645\u0639 English one")
    document.setTextWidth(400)
    picture = QImage(400, 60, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    left: list[str] = []
    latin, mixed = document.firstBlock(), document.lastBlock()
    painter, clip, red = QPainter(picture), QRectF(picture.rect()), QBrush(Qt.GlobalColor.red)
    for block, words in ((latin, "one"), (mixed, "English"), (mixed, "one")):
        found = [(match.start(), match.end()) for match in re.finditer(words, block.text())]
        origin = document.documentLayout().blockBoundingRect(block).topLeft()
        left += [block.text()[start:end] for start, end in paint_found(painter, block, origin, clip, found, red)]
    painter.end()
    assert left == ["English"]
    first = latin.layout().lineAt(0)
    middle = round(first.position().y() + document.documentMargin() + first.height() / 2)

    def marked(column: int) -> bool:
        x = document.documentMargin() + cursor_x(latin.layout(), 0, column)
        return picture.pixelColor(round(x) + 2, middle) == QColor(Qt.GlobalColor.red)

    assert [marked(column) for column in (0, 4, 8, 12)] == [True, False, True, False]


def test_words_in_a_table_are_marked_in_their_cells(qtbot: QtBot, light: Theme) -> None:
    found = Found(qtbot, light, answered("a", "| a | b |\n|---|---|\n| x needle | y |\n| z | Needle |"))
    assert found.look("needle") == "1 of 2"
    assert found.now() == "needle"
    (table,) = found.pieces()

    def grounds() -> list[str]:
        """Return what both words stand on, and what a word beside them does."""
        picture, shown, found_there = table.grab().toImage(), table.surface.shown_text(), []
        for words in ("needle", "Needle", "y"):
            start = shown.find(words)
            box = table.surface.range_rect((start, start + len(words))).translated(table.origin().toPointF()).toRect()
            inside = [(x, y) for x in range(box.left(), box.right()) for y in range(box.top() + 4, box.bottom() - 4)]
            found_there.append(Counter(picture.pixelColor(*at).name() for at in inside).most_common(1)[0][0])
        return found_there

    first, second, none = grounds()
    assert first == light.color("warn.signal").name()
    assert second not in (first, none)
    assert found.press(Key.Key_Return) == "2 of 2"
    assert found.now() == "Needle"
    assert grounds() == [second, first, none]


def test_formulas_are_found_by_their_source(qtbot: QtBot, dark: Theme) -> None:
    found = Found(qtbot, dark, answered("a", "The sum $\\alpha + 1$ and\n\n$$\n\\alpha^2\n$$\n\nand alpha"))
    assert found.look("alpha") == "1 of 3"
    assert found.marks() == 3
    assert found.press(Key.Key_Return) == "2 of 3"
    assert found.press(Key.Key_Return) == "3 of 3"
    assert found.now() == "alpha"


def test_escape_takes_the_marks_away_and_gives_the_focus_back(qtbot: QtBot, dark: Theme) -> None:
    found = Found(qtbot, dark, asked("u", "needle"), answered("a", "no"))
    found.rig.message(0).setFocus()
    assert found.look("needle") == "1 of 1"
    assert found.bar.field.edit.hasFocus()
    QTest.keyClick(found.bar.field.edit, Key.Key_Escape)
    assert found.bar.isHidden()
    assert found.marks() == 0
    assert QApplication.focusWidget() is found.rig.message(0)
    found.bar.open()
    assert found.settled() == "1 of 1", "the words of last time are looked for at once"
    assert found.bar.field.edit.selectedText() == "needle"


def test_nothing_is_said_of_words_that_are_still_looked_for(qtbot: QtBot, dark: Theme) -> None:
    found = Found(qtbot, dark, asked("u", "A cat?"), answered("a", "A **cat**."))
    assert found.look("cat") == "1 of 2"
    found.press(Key.Key_Escape)
    found.bar.open()
    assert (found.rig.view.finder.busy, found.bar.count.text()) == (True, "")
    assert found.settled() == "1 of 2"
    found.bar.field.edit.setText("dog")
    assert (found.rig.view.finder.busy, found.bar.count.text()) == (True, "")
    assert found.settled() == "Not found"


def test_what_is_found_follows_the_thread(qtbot: QtBot, dark: Theme) -> None:
    found = Found(qtbot, dark, asked("u", "needle"), answered("z", "Nothing, but read."))
    assert found.look("needle") == "1 of 1"
    found.rig.view.append(answered("a", "A needle and a *need*le"))
    assert found.settled() == "1 of 3"
    found.rig.view.remove("u")
    assert found.settled() == "2 found"
    assert found.press(Key.Key_Return) == "1 of 2"


@pytest.mark.parametrize("words", ["a b", "x_y", "(z)", "1*2", "&", "é", "ß", "日本"])
def test_the_quick_look_never_misses_what_the_exact_one_finds(words: str) -> None:
    written = [
        "a **b** x_y `(z)` 1\\*2 &amp; é ß 日*本*",
        "a\nb",
        "[a](http://x) b",
        "| a b | x_y |\n|--|--|\n| 1\\*2 | 日本 |",
    ]
    query = Query(words)
    for text in written:
        count = query.count(Reader().read(text))
        assert not count or query.may_be_in(text)


def test_places_are_counted_as_qt_counts_them() -> None:
    assert list(Query("x").ranges("😀x Xé")) == [(2, 3), (4, 5)]
    assert list(Query("😀").ranges("é😀😀 x😀")) == [(1, 3), (3, 5), (7, 9)]


def test_a_text_is_looked_through_again_only_where_it_has_changed(qtbot: QtBot, dark: Theme) -> None:
    table = "| a cat |\n|---|\n| another cat |"
    found = Found(qtbot, dark, answered("a", f"A cat, [here](https://a.example).\n\n{table}\n\n```\ncat\n```"))
    query = Query("cat")
    pieces = list(found.pieces())
    before = [piece.surface.find(query) for piece in pieces]
    assert [len(places) for places in before] == [1, 2, 1]
    assert all(piece.surface.find(query) is places for piece, places in zip(pieces, before, strict=True))
    assert [len(piece.surface.find(Query("a"))) for piece in pieces] == [2, 4, 1]
    body = found.rig.message(0).body
    body.show_all(
        Reader().read(f"[It](https://b.example) is no cat: cats.\n\n{table}\n| cat |\n\n```\n🐈 cat cat\n```")
    )
    assert [len(piece.surface.find(query)) for piece in pieces] == [2, 3, 2]
    assert pieces[2].surface.find(query) == ((3, 6), (7, 10))
    assert pieces[0].surface.links() == [("https://b.example", (0, 2))]


def test_what_is_gone_is_not_gone_to_while_the_rest_is_looked_through_again(qtbot: QtBot, dark: Theme) -> None:
    thread = Found(qtbot, dark, *(asked(f"m{n}", f"needle {n}") for n in range(4)))
    assert thread.look("needle") == "1 of 4"
    view = thread.rig.view
    view.cut(2)
    view.finder.step(-1)  # the last of those that are left, before anything was read again
    assert thread.settled() == "2 of 2"
    view.set_messages([asked("other", "needle")], {})
    view.finder.step(1)
    assert thread.settled() == "1 found"
