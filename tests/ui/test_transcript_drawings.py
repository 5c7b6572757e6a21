"""Formulas, diagrams and images of a reply: drawn by real workers, shown as their source where that is all there is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.diagrams import Diagrams
from switchyard.ui.transcript.formulas import FormulaKey, Formulas
from switchyard.ui.transcript.markdown.reader import Reader
from switchyard.ui.transcript.pictures import Pictures
from switchyard.ui.transcript.pieces.base import Kit, Piece
from switchyard.ui.transcript.pieces.code import CodePiece
from switchyard.ui.transcript.pieces.diagram import DiagramPiece
from switchyard.ui.transcript.pieces.formula import FormulaPiece
from switchyard.ui.transcript.pieces.image import ImagePiece
from switchyard.ui.transcript.pieces.saving import Saving
from switchyard.ui.transcript.pieces.table import TablePiece
from switchyard.ui.transcript.pieces.text import TextPiece
from switchyard.ui.transcript.typesetter import Role, Typesetter
from switchyard.ui.transcript.worker_process import WorkerProcess
from switchyard.ui.widgets.buttons import Button

WIDTH = 700
GRAPH = "```mermaid\ngraph LR\n  A[One] --> B[Two]\n```"


class Press:
    """A body that is filled from Markdown, and waited for."""

    def __init__(self, qtbot: QtBot, window: QWidget) -> None:
        self.qtbot = qtbot
        self.window = window
        self.theme = Theme(reduced_motion=True)
        background = Background(window)
        self.formulas = Formulas(window)
        self.diagrams = Diagrams(self.theme, window)
        self.pictures = Pictures(background, window)
        typesetter = Typesetter(self.theme, self.formulas)
        self.kit = Kit(self.theme, typesetter, background, self.pictures, self.formulas, self.diagrams)
        self.body = Body(self.kit, window)
        self.copied: list[str] = []
        self.body.copy_requested.connect(self.copied.append)
        self.body.resized.connect(self.present)

    def fill(self, text: str) -> None:
        self.body.arrange(WIDTH)
        self.body.show_all(Reader().read(text))
        self.present()

    def show(self, text: str) -> list[Piece]:
        self.fill(text)
        return self.settle()

    def present(self) -> None:
        self.body.arrange(WIDTH)
        self.body.present()

    def settle(self) -> list[Piece]:
        busy = (self.formulas, self.diagrams, self.kit.background)
        self.qtbot.waitUntil(lambda: not any(each.busy for each in busy), timeout=60_000)
        pieces = [piece for piece in self.body.children() if isinstance(piece, Piece) and not piece.isHidden()]
        return sorted(pieces, key=lambda piece: piece.y())

    def press(self, piece: Piece, name: str) -> None:
        next(each for each in piece.findChildren(QWidget) if each.accessibleName() == name).click()  # type: ignore[attr-defined]


@pytest.fixture
def press(qtbot: QtBot) -> Press:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(WIDTH + 40, 900)
    window.show()
    return Press(qtbot, window)


def test_formulas_that_come_together_are_placed_in_one_go(press: Press) -> None:
    told: list[int] = []
    placed: list[int] = []
    press.formulas.drawn.connect(lambda came: told.append(len(came)))
    press.fill("\n\n".join(f"Line {n}\n\n$$\n\\frac{{1}}{{{n}}}\n$$" for n in range(30)))
    press.body.resized.connect(lambda: placed.append(press.body.height()))
    pieces = press.settle()
    assert sum(told) == 30
    assert max(told) <= 8
    assert len(placed) == len(told)
    for above, below in pairwise(pieces):
        assert above.geometry().bottom() < below.geometry().top()
    assert pieces[-1].geometry().bottom() < press.body.height()
    drawn = [piece for piece in pieces if isinstance(piece, FormulaPiece)]
    assert len({piece.height() for piece in drawn}) == 1
    assert drawn[0].height() > 40


def text_of(piece: Piece) -> str:
    return piece.surface.text(0, piece.surface.length)


def test_a_formula_in_a_sentence_is_drawn_and_copied_as_its_source(press: Press) -> None:
    (piece,) = press.show("So $\\frac{a}{b}$ it is, 😀 and \\(x_1\\).")
    assert isinstance(piece, TextPiece)
    assert text_of(piece) == "So $\\frac{a}{b}$ it is, 😀 and \\(x_1\\)."
    laid_out = piece.surface.document.firstBlock().text()
    assert "frac" not in laid_out
    start = laid_out.index("\u00a0")
    box = piece.surface.range_rect((start, start + len("$\\frac{a}{b}$")))
    formula = press.formulas.get(FormulaKey("\\frac{a}{b}"))
    assert formula is not None
    assert box.width() == pytest.approx(formula.width * press.kit.typesetter.size_px(Role.TEXT), abs=1.0)
    piece.grab()
    inside = piece.origin() + box.center().toPoint()
    assert piece.hit(inside + QPoint(1, 0)) in {start, start + len("$\\frac{a}{b}$")}
    found = piece.formula_at(inside)
    assert found is not None
    assert found[0] == "$\\frac{a}{b}$"


@pytest.mark.parametrize("tex", ["\\frac{a}{", "\\nosuchcommand{x}", "模", "{" * 3_000, "x" * 5_000])
def test_tex_that_cannot_be_drawn_stays_as_it_was_written(press: Press, tex: str) -> None:
    (piece,) = press.show(f"$$\n{tex}\n$$")
    assert isinstance(piece, FormulaPiece)
    assert text_of(piece) == f"$$\n{tex}\n$$"
    assert press.formulas.get(FormulaKey(tex, display=True)) is None


def test_a_high_formula_makes_room_for_itself(press: Press) -> None:
    (low,) = press.show("A line")
    height = low.height()
    (high,) = press.show("A $\\begin{pmatrix}1\\\\2\\\\3\\end{pmatrix}$ line")
    assert high.height() > 1.8 * height


def test_a_formula_of_its_own_is_copied_as_tex_and_follows_the_theme(press: Press) -> None:
    (piece,) = press.show("$$\\int_0^1 x\\,dx$$")
    assert isinstance(piece, FormulaPiece)
    press.press(piece, "Copy formula as TeX")
    assert press.copied == ["\\int_0^1 x\\,dx"]
    assert darkest(piece.grab().toImage()) < 100
    press.theme.set_mode("dark")
    assert brightest(piece.grab().toImage()) > 180


def darkest(image: QImage) -> int:
    return min(QColor(image.pixel(x, y)).lightness() for x in range(image.width()) for y in range(image.height()))


def brightest(image: QImage) -> int:
    return max(QColor(image.pixel(x, y)).lightness() for x in range(image.width()) for y in range(image.height()))


def test_a_worker_that_takes_too_long_is_ended_and_the_next_request_has_a_new_one(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    answers: list[object] = []
    worker = WorkerProcess("formula", owner, limit_ms=1, start_ms=0)
    worker.ask({"tex": "x", "display": False}, answers.append)
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=10_000)
    assert answers == [{}]
    patient = WorkerProcess("formula", owner, limit_ms=60_000)
    patient.ask({"nonsense": 1}, answers.append)  # ends the process
    patient.ask({"tex": "x", "display": False}, answers.append)
    qtbot.waitUntil(lambda: len(answers) == 3, timeout=60_000)
    assert answers[1] == {}
    assert "svg" in answers[2]  # type: ignore[operator]


def test_a_diagram_is_drawn_and_its_source_is_a_press_away(press: Press) -> None:
    pytest.importorskip("mermaidx")
    (piece,) = press.show(GRAPH)
    assert isinstance(piece, DiagramPiece)
    assert piece.shows_picture
    assert text_of(piece) == "graph LR\n  A[One] --> B[Two]"
    press.press(piece, "Show the source of the diagram")
    assert not piece.shows_picture
    press.press(piece, "Show the diagram")
    assert piece.shows_picture


def test_a_diagram_that_is_none_stays_code(press: Press) -> None:
    (piece,) = press.show("```mermaid\ngraph LR\n  A[One --> \n```")
    assert isinstance(piece, DiagramPiece)
    assert not piece.shows_picture
    assert text_of(piece) == "graph LR\n  A[One --> "


def test_a_table_of_many_stretches_is_copied_as_one_csv(press: Press) -> None:
    rows = "".join(f'| {n} | a "b", c |\n' for n in range(60))
    pieces = press.show(f"| n | *text* |\n|---|---|\n{rows}")
    assert [type(piece) for piece in pieces] == [TablePiece] * 3
    press.press(pieces[0], "Copy table as CSV")
    lines = press.copied[0].split("\r\n")
    assert lines[:2] == ["n,text", '0,"a ""b"", c"']
    assert len(lines) == 62


def test_code_is_saved_under_the_ending_of_its_language(press: Press, tmp_path: Path) -> None:
    (piece,) = press.show("```py\nx = 1\n```")
    assert isinstance(piece, CodePiece)
    press.press(piece, "Save code as a file")
    dialog = press.window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.selectedFiles()[0].endswith(".py")
    dialog.close()
    saving = piece.findChild(Saving)
    assert isinstance(saving, Saving)
    saving.save(str(tmp_path / "it.py"), piece.block.text)
    press.settle()
    assert (tmp_path / "it.py").read_text(encoding="utf-8") == "x = 1\n"
    saving.save(str(tmp_path / "no" / "such.py"), piece.block.text)
    press.settle()
    assert "such.py was not saved" in piece._said


def test_an_image_of_the_web_is_asked_for_by_its_button_alone(press: Press) -> None:
    asked: list[str] = []
    press.pictures.asked_for.connect(asked.append)
    (piece,) = press.show("![A map](https://pictures.example/map.png)")
    assert isinstance(piece, ImagePiece)
    assert asked == []
    assert piece.host == "pictures.example"
    button = piece.findChild(Button)
    assert isinstance(button, Button)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert asked == ["https://pictures.example/map.png"]
    press.pictures.take_loaded(asked[0], b"", "It took too long.")
    assert button.text() == "Try again"
    press.press(piece, "Load image from pictures.example")
    press.pictures.take_loaded(asked[1], png(), "")
    press.settle()
    assert piece.height() == 90
    (again,) = press.show("![A map](https://pictures.example/map.png)")
    assert again.height() == 90
    assert len(asked) == 2


def png() -> bytes:
    image = QImage(120, 90, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
