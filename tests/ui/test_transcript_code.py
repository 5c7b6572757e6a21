"""Blocks of code: folded, wrapped, copied, saved and coloured, also where that comes late or the block comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QEnterEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered, asked

from switchyard.core.events import AttemptStarted, Shown
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Reason
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.pieces.base import Piece
from switchyard.ui.transcript.pieces.code import FOLD_LINES, HEAD, CodePiece
from switchyard.ui.transcript.pieces.diagram import DiagramPiece
from switchyard.ui.transcript.pieces.over_button import OverButton
from switchyard.ui.transcript.pieces.sideways import SidewaysBar
from switchyard.ui.transcript.pieces.table import TablePiece
from switchyard.ui.widgets.buttons import Button

CALLED = AttemptRecord(1, 1, Reason.FIRST, "work/gpt-5", "work", "openai", "gpt-5", 1_000)
LINE = 19


def code(lines: int, language: str = "python", wide: str = "") -> str:
    body = "".join(f"class Name_{n}: pass{wide}\n" for n in range(lines))
    return f"```{language}\n{body}```\n"


def piece_of(rig: ThreadRig, at: int = 0, kind: type[Piece] = CodePiece) -> CodePiece:
    piece = next(each for each in rig.message(at).findChildren(kind) if each.isVisible())
    assert isinstance(piece, CodePiece)
    return piece


def button(piece: QWidget, text: str) -> Button:
    return next(each for each in piece.findChildren(Button) if each.text() == text)


def names(piece: QWidget) -> set[str]:
    return {each.accessibleName() for each in piece.findChildren(Button) if each.isVisible()}


def keywords(piece: CodePiece) -> bool:
    """Whether the first lines are painted with the colour of keywords."""
    image = piece.grab().toImage()
    wanted = piece.kit.theme.color("code.keyword")
    return any(image.pixelColor(x, y) == wanted for x in range(60) for y in range(HEAD, HEAD + 2 * LINE))


def away_and_back(rig: ThreadRig, *, after: Callable[[], None] = lambda: None) -> None:
    """Scroll to the other end of the thread and back."""
    bar = rig.stage.verticalScrollBar()
    here = bar.value()
    bar.setValue(0 if here > bar.maximum() // 2 else bar.maximum())
    rig.settle()
    after()
    bar.setValue(here)
    rig.settle()


def long_thread(message: Message) -> list[Message]:
    return [*(asked(f"u{n}", "word " * 80) for n in range(60)), message]


@pytest.fixture
def streaming(qtbot: QtBot, dark: Theme) -> ThreadRig:
    rig = ThreadRig(qtbot, dark, *long_thread(asked("v", "Write it")))
    reply = Message(MessageId("live"), None, Role.ASSISTANT, MessageState.STREAMING, "", 0)
    rig.view.begin_reply(reply)
    rig.settle()
    rig.view.streams.timer.stop()
    rig.view.apply("live", AttemptStarted(CALLED))
    return rig


def show(rig: ThreadRig, text: str) -> None:
    rig.view.apply("live", Shown(1, text, ""))
    while (stream := rig.view.streams.find("live")) is not None and stream.live.has_text:
        rig.view.streams.tick()
    rig.view.streams.tick()


# --- what comes late ---


def test_colours_and_buttons_come_after_the_fence_in_moments_of_their_own(streaming: ThreadRig) -> None:
    show(streaming, "```python\nclass A:\n    pass\n")
    show(streaming, "```\n")
    piece = piece_of(streaming, -1)
    assert names(piece) == set()
    streaming.settle()
    streaming.qtbot.waitUntil(lambda: keywords(piece))
    assert names(piece) == {"Copy code", "Save code as a file"}


def test_colours_and_buttons_that_come_while_nobody_looks_are_there_afterwards(streaming: ThreadRig) -> None:
    show(streaming, "```python\nclass A:\n    pass\n")
    show(streaming, "```\n")
    before = piece_of(streaming, -1)
    away_and_back(streaming)
    piece = piece_of(streaming, -1)
    assert piece is before, "a reply that streams keeps its widget"
    assert names(piece) == {"Copy code", "Save code as a file"}
    streaming.qtbot.waitUntil(lambda: keywords(piece))


def test_colours_and_buttons_are_there_when_a_reply_ended_out_of_sight(streaming: ThreadRig) -> None:
    text = "```python\nclass A:\n    pass\n```\n"
    show(streaming, text)

    bar = streaming.stage.verticalScrollBar()
    bar.setValue(0)
    done = Message(MessageId("live"), None, Role.ASSISTANT, MessageState.COMPLETE, text, 0)
    streaming.view.settle(done)
    bar.setValue(100)
    assert streaming.stage.items[-1].view is None
    streaming.settle()
    bar.setValue(bar.maximum())
    streaming.settle()
    piece = piece_of(streaming, -1)
    assert names(piece) == {"Copy code", "Save code as a file"}
    streaming.qtbot.waitUntil(lambda: keywords(piece))


def test_a_change_of_theme_while_colours_are_on_their_way_ends_in_the_new_ones(streaming: ThreadRig) -> None:
    show(streaming, "```python\nclass A:\n    pass\n")
    show(streaming, "```\n")
    theme = piece_of(streaming, -1).kit.theme
    theme.set_mode("light")
    streaming.settle()
    piece = piece_of(streaming, -1)
    streaming.qtbot.waitUntil(lambda: keywords(piece))
    assert names(piece) == {"Copy code", "Save code as a file"}


# --- folding and wrapping ---


@pytest.mark.parametrize(("lines", "folded"), [(FOLD_LINES, False), (FOLD_LINES + 1, True)])
def test_code_of_more_than_thirty_lines_is_folded(qtbot: QtBot, dark: Theme, lines: int, folded: bool) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", code(lines)))
    piece = piece_of(rig)
    assert (f"Show all {lines} lines" in names(piece)) is folded
    assert abs(piece.height() - HEAD - FOLD_LINES * LINE) < 60
    button(piece, "Copy").click()
    assert QGuiApplication.clipboard().text().count("class") == lines, "what is folded is copied"
    QTest.keyClick(rig.message(0), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(rig.message(0), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().count("class") == lines


def test_what_was_unfolded_and_wrapped_stays_so_where_it_comes_back(qtbot: QtBot, dark: Theme) -> None:
    message = answered("a", f"{code(40)}\n\n{code(3, wide=' ' + 'word ' * 60)}")
    rig = ThreadRig(qtbot, dark, *long_thread(message))
    first, second = (each for each in rig.message(-1).findChildren(CodePiece))
    button(first, "Show all 40 lines").click()
    button(second, "Wrap").click()
    rig.settle()
    heights = [first.height(), second.height()]
    total = rig.message(-1).height()

    def gone() -> None:
        assert rig.stage.items[-1].view is None

    away_and_back(rig, after=gone)
    again = rig.message(-1).findChildren(CodePiece)
    assert [piece.height() for piece in again] == heights
    assert rig.message(-1).height() == total
    assert not any(bar.isVisible() for bar in again[1].findChildren(SidewaysBar))
    dark.set_mode("light")
    rig.settle()
    assert [piece.height() for piece in rig.message(-1).findChildren(CodePiece)] == heights
    button(rig.message(-1).findChildren(CodePiece)[1], "Wrap").click()
    assert rig.message(-1).findChildren(CodePiece)[1].height() < heights[1]


def test_code_that_was_seen_whole_while_it_came_stays_whole(streaming: ThreadRig) -> None:
    text = code(60)
    show(streaming, text)
    height = piece_of(streaming, -1).height()
    done = Message(MessageId("live"), None, Role.ASSISTANT, MessageState.COMPLETE, text, 0)
    streaming.view.settle(done)
    streaming.settle()
    away_and_back(streaming)
    assert piece_of(streaming, -1).height() == height


def test_a_diagram_that_was_turned_to_its_source_stays_so(qtbot: QtBot, dark: Theme) -> None:
    pytest.importorskip("mermaidx")
    rig = ThreadRig(qtbot, dark, *long_thread(answered("a", "```mermaid\ngraph LR\n  A --> B\n```")))
    drawn = lambda: not rig.view._diagrams.busy  # noqa: E731
    qtbot.waitUntil(drawn, timeout=60_000)
    (diagram,) = rig.message(-1).findChildren(DiagramPiece)
    assert diagram.shows_picture
    source = "Show the source of the diagram"
    next(each for each in diagram.findChildren(OverButton) if each.accessibleName() == source).click()
    away_and_back(rig)
    (diagram,) = rig.message(-1).findChildren(DiagramPiece)
    assert not diagram.shows_picture


def test_wrapped_code_is_seen_to_its_end_and_has_no_bar(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", code(2, wide=" " + "word " * 60)))
    piece = piece_of(rig)
    (bar,) = piece.findChildren(SidewaysBar)
    assert bar.isVisible()
    button(piece, "Wrap").click()
    assert not bar.isVisible()
    last = piece.surface.length
    assert piece.surface.range_rect((last, last)).right() < piece.width()
    button(piece, "Wrap").click()
    assert bar.isVisible()


# --- saving ---


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("python", "code.py"), ("Rust", "code.rs"), ("c++", "code.cpp"), ("shell", "code.sh"), ("yml", "code.yaml"),
        ("csharp", "code.cs"), ("tex", "code.tex"), ("nonsense", "code.txt"), ("", "code.txt"),
        ("../../etc/passwd", "code.txt"),
    ],
)  # fmt: skip
def test_a_file_is_named_by_its_language(qtbot: QtBot, dark: Theme, language: str, name: str) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", code(1, language)))
    button(piece_of(rig), "Save").click()
    dialog = rig.view.window().findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.selectedFiles()[0].rpartition("/")[2] == name
    dialog.close()


# --- what is seen under the pointer ---


def hover(widget: QWidget, *, over: bool) -> None:
    point = QPointF(widget.rect().center())
    widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, over)
    entering = QEnterEvent(point, widget.mapTo(widget.window(), point), widget.mapToGlobal(point))
    QApplication.sendEvent(widget, entering if over else QEvent(QEvent.Type.Leave))


def shot(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def test_a_button_over_a_piece_is_drawn_under_the_pointer_and_with_the_focus(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", "| a | b |\n|---|---|\n| c | d |\n"))
    rig.view.activateWindow()
    qtbot.waitUntil(rig.view.isActiveWindow)
    copy = rig.message(0).findChild(OverButton)
    assert isinstance(copy, OverButton)
    empty = shot(copy)
    piece = rig.message(0).findChildren(TablePiece)[0]
    hover(piece, over=True)
    seen = shot(copy)
    assert seen != empty
    hover(piece, over=False)
    assert shot(copy) == empty
    copy.setFocus(Qt.FocusReason.TabFocusReason)
    assert shot(copy) != empty
    assert copy.isVisible(), "for the keyboard and for readers of the screen it is there all the time"


def test_a_bar_is_stronger_under_the_pointer(qtbot: QtBot, theme: Theme) -> None:
    rig = ThreadRig(qtbot, theme, answered("a", code(2, wide="word " * 60)))
    theme.apply(QApplication.instance())  # type: ignore[arg-type]
    bar = piece_of(rig).findChild(SidewaysBar)
    assert isinstance(bar, SidewaysBar)
    middle = (20, bar.height() // 2)
    assert QColor(shot(bar).pixel(*middle)) == theme.color("border.strong")
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=bar.rect().topLeft() + QPointF(*middle).toPoint())
    assert QColor(shot(bar).pixel(*middle)) == theme.color("border.control")
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton)
