"""No text box of the program takes Enter for itself while an input method has words under way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered

from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.conversation_row import ConversationRow
from switchyard.ui.pages.chat.header import Header
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.chooser import Chooser, ChooserWords
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.line_edit import LineEdit
from switchyard.ui.widgets.option_list import Group, Option

UI = Path(__file__).resolve().parents[2] / "app" / "switchyard" / "ui"
BOXES = {"QLineEdit", "QPlainTextEdit", "QTextEdit"}
# The boxes that all others are: both leave Enter to the input method. The text of licences is only read.
GUARDED = {("widgets/line_edit.py", "LineEdit"), ("pages/chat/text_box.py", "TextBox")}
READ_ONLY = {"pages/settings/about.py"}


def boxes_of(path: Path) -> Iterator[tuple[str, str]]:
    """Return the text boxes that a module makes by Qt's own classes, or derives from them."""
    where = path.relative_to(UI).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BOXES:
            yield where, node.func.id
        if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id in BOXES for b in node.bases):
            yield where, node.name


def test_every_text_box_is_one_of_those_that_wait() -> None:
    found = {box for path in UI.rglob("*.py") for box in boxes_of(path)}
    assert {box for box in found if box[0] not in READ_ONLY} == GUARDED


def compose(box: QWidget, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(box, event)


def enter(box: QWidget) -> None:
    QTest.keyClick(box, Qt.Key.Key_Return)


Made = tuple[QWidget, QWidget, list[object]]


def line(theme: Theme) -> Made:
    box = LineEdit()
    heard: list[object] = []
    box.returnPressed.connect(lambda: heard.append(box.text()))
    return box, box, heard


def field(theme: Theme) -> Made:
    field = Field(theme, "Name")
    heard: list[object] = []
    field.submitted.connect(lambda: heard.append(field.text()))
    return field, field.edit, heard


def title(theme: Theme) -> Made:
    header = Header(theme)
    header.set_title("old")
    header.edit_title()
    heard: list[object] = []
    header.renamed.connect(heard.append)
    return header, header.edit, heard


def composer(theme: Theme) -> Made:
    composer = Composer(theme)
    heard: list[object] = []
    composer.submitted.connect(heard.append)
    return composer, composer.box, heard


def chooser(theme: Theme) -> Made:
    window = QWidget()
    words = ChooserWords("Choose", "Filter", "Filter", "Nothing", "Options")
    chooser = Chooser(theme, window, words, lambda _: [Group("All", [Option("a", "a", "a")])], width_px=200)
    heard: list[object] = []
    chooser.chosen.connect(heard.append)
    return window, chooser.field.edit, heard


@pytest.mark.parametrize("make", [line, field, title, composer, chooser])
def test_enter_ends_a_composition_and_nothing_else(qtbot: QtBot, dark: Theme, make: Callable[[Theme], Made]) -> None:
    widget, box, heard = make(dark)
    qtbot.addWidget(widget)
    widget.resize(600, 200)
    widget.show()
    assert isinstance(box, QLineEdit | QPlainTextEdit)
    compose(box, "ni")
    enter(box)
    assert heard == []
    compose(box, "", "你")
    enter(box)
    assert len(heard) == 1


def test_a_row_that_is_renamed_waits_too(qtbot: QtBot, dark: Theme) -> None:

    view = QListView()
    qtbot.addWidget(view)
    view.setModel(QStringListModel(["old"], view))
    row = ConversationRow(dark, view, taken_px=0)
    editor = LineEdit(view)
    finished: list[object] = []
    row.commitData.connect(finished.append)
    editor.installEventFilter(row)
    editor.show()
    compose(editor, "ni")
    enter(editor)
    QApplication.processEvents()
    assert finished == []
    compose(editor, "", "你")
    enter(editor)
    qtbot.waitUntil(lambda: bool(finished))


def test_a_search_in_a_thread_goes_on_with_no_enter_that_ends_a_composition(qtbot: QtBot, dark: Theme) -> None:
    thread = ThreadRig(qtbot, dark, answered("a", "needle and needle"))
    bar, finder = thread.view.find_bar, thread.view.finder
    bar.open()
    bar.field.edit.setText("needle")
    qtbot.waitUntil(lambda: finder.count == 2 and not finder.busy)
    assert finder.at == 1
    compose(bar.field.edit, "ni")
    enter(bar.field.edit)
    assert finder.at == 1
    compose(bar.field.edit, "")
    enter(bar.field.edit)
    assert finder.at == 2
