"""What is wider than the column tells so and is scrolled sideways: by wheel, by keys, and to what is looked for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered, asked

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.pieces.base import BLEED, Piece
from switchyard.ui.transcript.pieces.code import CodePiece
from switchyard.ui.transcript.pieces.formula import FormulaPiece
from switchyard.ui.transcript.pieces.over_button import OverButton
from switchyard.ui.transcript.pieces.sideways import SidewaysBar
from switchyard.ui.transcript.pieces.table import TablePiece

CTRL, SHIFT, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier(0)
Key = Qt.Key
EDGE_PX = 2
ARABIC = "مرحبا بالعالم الواسع"


def table(columns: int, rows: int = 3, word: str = "unbreakable_word", dashes: str = "---") -> str:
    head = "|".join(f"{word}_{n}" for n in range(columns))
    body = "".join(f"|{'|'.join(f'{word}_{row}_{n}' for n in range(columns))}|\n" for row in range(rows))
    return f"|{head}|\n|{'|'.join([dashes] * columns)}|\n{body}"


def pieces(rig: ThreadRig, kind: type[Piece], at: int = 0) -> list[Piece]:
    found = [piece for piece in rig.message(at).findChildren(kind) if piece.isVisible()]
    return sorted(found, key=lambda piece: piece.y())


def one_table(rig: ThreadRig) -> TablePiece:
    (piece,) = pieces(rig, TablePiece)
    assert isinstance(piece, TablePiece)
    return piece


def bar_of(piece: Piece) -> SidewaysBar:
    bar = piece.findChild(SidewaysBar)
    assert isinstance(bar, SidewaysBar)
    return bar


def line_fades(piece: TablePiece) -> tuple[bool, bool]:
    """Return whether the line between two rows is gone at the left and the right edge of the table."""
    image = piece.grab().toImage()
    ratio = image.devicePixelRatio()
    y = round((piece.surface.row_tops[2] + 0.5) * ratio)
    ground = piece.kit.theme.color("bg.surface")
    edges = (BLEED + EDGE_PX, piece.width() - BLEED - EDGE_PX)
    return tuple(_alike(image, round(x * ratio), y, ground) for x in edges)  # type: ignore[return-value]


def _alike(image: QImage, x: int, y: int, colour: QColor) -> bool:
    found = QColor(image.pixel(x, y))
    return abs(found.lightness() - colour.lightness()) <= 2


def turn(piece: Piece, dx: int, modifiers: Qt.KeyboardModifier = NONE, dy: int = 0) -> None:
    point = QPointF(40, 20)
    event = QWheelEvent(
        point, piece.mapToGlobal(point), QPoint(), QPoint(dx, dy), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(piece, event)


@pytest.mark.parametrize("word", ["unbreakable_word", "كلمة_طويلة_جدا"])
def test_a_table_fades_out_on_the_side_where_it_goes_on(qtbot: QtBot, theme: Theme, word: str) -> None:
    rig = ThreadRig(qtbot, theme, answered("a", table(14, word=word)))
    piece = one_table(rig)
    bar = bar_of(piece)
    from_right = piece.surface.from_right
    assert from_right is (word != "unbreakable_word")
    beginning, middle, end = (False, True), (True, True), (True, False)
    assert line_fades(piece) == (beginning[::-1] if from_right else beginning)
    bar.setValue(bar.maximum() // 2)
    assert line_fades(piece) == middle
    bar.setValue(bar.maximum())
    assert line_fades(piece) == (end[::-1] if from_right else end)


def test_what_fits_has_no_faded_edges_and_no_bar(qtbot: QtBot, dark: Theme) -> None:
    piece = one_table(ThreadRig(qtbot, dark, answered("a", table(3))))
    assert line_fades(piece) == (False, False)
    assert piece.findChild(SidewaysBar) is None


@pytest.mark.parametrize("dashes", ["---", "--:", ":-:"])
@pytest.mark.parametrize("word", ["unbreakable_word", "كلمة_طويلة_جدا"])
@pytest.mark.parametrize("columns", [1, 3, 14])
def test_the_button_covers_no_heading(qtbot: QtBot, dark: Theme, columns: int, word: str, dashes: str) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", table(columns, word=word, dashes=dashes)))
    piece = one_table(rig)
    if columns == 14:
        bar_of(piece).setValue(bar_of(piece).maximum())
    button = piece.findChild(OverButton)
    assert isinstance(button, OverButton)
    start = piece.surface.text(0, piece.surface.length).split("\n")[0].rfind("\t") + 1
    heading = piece.surface.range_rect((start, start + len(f"{word}_{columns - 1}")))
    assert heading.width() > 40
    assert not heading.translated(piece.origin().toPointF()).toRect().intersects(button.geometry())


def test_all_stretches_of_a_table_stand_at_the_same_place(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", table(14, rows=70)), height=4_000)
    stretches = pieces(rig, TablePiece)
    assert len(stretches) == 3
    for turned in stretches:
        before = [piece.origin().x() for piece in stretches]
        turn(turned, -120)
        assert [piece.origin().x() for piece in stretches] == [x - 60 for x in before]
    turn(stretches[0], 0, SHIFT, dy=-120)
    assert len({piece.origin().x() for piece in stretches}) == 1
    assert stretches[0].origin().x() == BLEED - 240


def test_columns_of_a_text_from_the_right_begin_at_the_right(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", "| المدينة | العدد |\n|---|--:|\n| برلين | 12 |\n| Köln | 7 |\n"))
    piece = one_table(rig)
    surface = piece.surface
    text = surface.text(0, surface.length)
    assert text == "المدينة\tالعدد\nبرلين\t12\nKöln\t7"
    starts = {word: text.replace("\t", "\n").index(word) for word in ("المدينة", "العدد", "برلين", "12", "Köln", "7")}
    boxes = {word: surface.range_rect((at, at + len(word))) for word, at in starts.items()}
    assert boxes["المدينة"].right() == pytest.approx(boxes["برلين"].right(), abs=1)
    assert boxes["Köln"].right() == pytest.approx(boxes["برلين"].right(), abs=1)
    assert boxes["العدد"].right() < boxes["المدينة"].left()
    assert boxes["12"].right() == pytest.approx(boxes["7"].right(), abs=1)
    for word, box in boxes.items():
        left, right = surface.word_at(surface.hit(box.center()))
        assert surface.text(left, right) == word


def test_a_long_table_from_the_right_is_so_in_every_stretch(qtbot: QtBot, dark: Theme) -> None:
    rows = "".join(f"| a{n} | b{n} |\n" for n in range(60))
    rig = ThreadRig(qtbot, dark, answered("a", f"| المدينة | العدد |\n|---|---|\n{rows}"), height=3_000)
    for piece in pieces(rig, TablePiece):
        assert isinstance(piece, TablePiece)
        assert piece.surface.from_right
        last = piece.surface.length
        assert piece.surface.range_rect((0, 1)).x() > piece.surface.range_rect((last, last)).x()


# --- by keys ---


def stops(rig: ThreadRig) -> list[QWidget]:
    """Go round inside the last message; return what had the focus."""
    rig.view.walk.step(0)
    rig.view.walk.enter()
    found: list[QWidget] = []
    while (focused := QApplication.focusWidget()) is not None and focused not in found:
        found.append(focused)
        rig.view.walk.tab(forward=True)
    return found


def activate(rig: ThreadRig) -> None:
    rig.view.activateWindow()
    rig.qtbot.waitUntil(rig.view.isActiveWindow)


@pytest.mark.parametrize("text", [table(14), "```\n" + "x" * 400 + "\n```"])
def test_the_bar_is_a_stop_whose_arrows_scroll(qtbot: QtBot, dark: Theme, text: str) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", text))
    activate(rig)
    bar = next(each for each in stops(rig) if isinstance(each, SidewaysBar))
    bar.setFocus(Qt.FocusReason.TabFocusReason)
    assert (bar.accessibleName(), bar.ringed) == ("Scroll sideways", True)
    QTest.keyClick(bar, Key.Key_Right)
    QTest.keyClick(bar, Key.Key_Right)
    assert bar.value() == 2 * bar.singleStep()
    QTest.keyClick(bar, Key.Key_Left)
    assert bar.value() == bar.singleStep()
    QTest.keyClick(bar, Key.Key_End)
    assert bar.value() == bar.maximum()
    QTest.keyClick(bar, Key.Key_Down)
    QTest.keyClick(bar, Key.Key_Up)
    assert bar.value() == bar.maximum()


def test_arrows_follow_the_eye_where_columns_begin_at_the_right(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", table(14, word="كلمة_طويلة_جدا")))
    piece = one_table(rig)
    before = piece.origin().x()
    assert before == BLEED - bar_of(piece).maximum(), "the right end is seen first"
    QTest.keyClick(bar_of(piece), Key.Key_Left)
    assert piece.origin().x() == before + bar_of(piece).singleStep()
    turn(piece, 120)
    assert piece.origin().x() == before + bar_of(piece).singleStep() + 60


def test_what_has_the_focus_inside_a_long_message_is_seen(qtbot: QtBot, dark: Theme) -> None:
    parts = [f"[Link {n}](https://a.example/{n})\n\n```py\nx = {n}\n```\n\n" + "word " * 700 for n in range(6)]
    rig = ThreadRig(qtbot, dark, answered("a", "\n\n".join(parts)))
    activate(rig)
    rig.view.walk.step(0)
    rig.view.walk.enter()
    seen = 0
    page = rig.stage.viewport().rect()
    first = QApplication.focusWidget()
    while True:
        focused = QApplication.focusWidget()
        assert focused is not None
        place = focused.show_focused() if isinstance(focused, Piece) else focused.rect()
        corner = focused.mapTo(rig.stage.viewport(), place.topLeft())
        assert page.contains(QRect(corner, place.size()))
        seen += 1
        rig.view.walk.tab(forward=True)
        if QApplication.focusWidget() is first:
            break
    assert seen >= 18


# --- to what is looked for, and to where a selection ends ---


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("```\n" + "x " * 300 + "needle " + "y " * 300 + "\n```", CodePiece),
        (table(9) + "|" + "|".join(["a", "b", "c", "d", "e", "f", "needle", "g", "h"]) + "|\n", TablePiece),
    ],
)
def test_a_word_that_is_found_is_scrolled_to(qtbot: QtBot, dark: Theme, text: str, kind: type[Piece]) -> None:
    rig = ThreadRig(qtbot, dark, asked("u", "Hi"), answered("a", text))
    (piece,) = pieces(rig, kind, at=1)
    bar = rig.view.find_bar
    bar.open()
    QTest.keyClicks(QApplication.focusWidget() or bar, "needle")
    qtbot.waitUntil(lambda: piece.surface.found_now is not None)
    found = piece.surface.found_now
    assert found is not None
    box = piece.surface.range_rect(found).translated(piece.origin().toPointF())
    assert BLEED < box.left() < box.right() < piece.width() - BLEED


def test_the_end_of_a_selection_is_scrolled_to(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", "```\n" + "x" * 400 + "\n```"))
    (piece,) = pieces(rig, CodePiece)
    QTest.keyClick(rig.message(0), Key.Key_End, SHIFT)
    assert bar_of(piece).value() > bar_of(piece).maximum() - 100
    QTest.keyClick(rig.message(0), Key.Key_Home, SHIFT)
    assert bar_of(piece).value() == 0


def test_keys_select_towards_the_eye_where_words_run_from_the_right(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", f"{ARABIC}\n\nLatin words"))
    message = rig.message(0)

    def selected() -> str:
        QTest.keyClick(message, Key.Key_C, CTRL)
        return QGuiApplication.clipboard().text()

    for _ in range(3):
        QTest.keyClick(message, Key.Key_Left, SHIFT)
    assert selected() == ARABIC[:3]
    QTest.keyClick(message, Key.Key_Right, SHIFT)
    assert selected() == ARABIC[:2]
    QTest.keyClick(message, Key.Key_Left, SHIFT | CTRL)
    assert selected().strip() == ARABIC.split()[0]
    QTest.keyClick(message, Key.Key_End, SHIFT)
    assert selected() == ARABIC
    QTest.keyClick(message, Key.Key_Left, SHIFT)
    QTest.keyClick(message, Key.Key_Right, SHIFT)
    assert selected() == f"{ARABIC}\nL", "each paragraph has its own direction"


def test_a_formula_that_is_too_wide_is_scrolled(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, answered("a", "$$" + " + ".join(f"x_{{{n}}}" for n in range(60)) + "$$"))
    qtbot.waitUntil(lambda: not rig.view._formulas.busy, timeout=20_000)
    (piece,) = pieces(rig, FormulaPiece)
    bar = bar_of(piece)
    turn(piece, -200)
    assert piece.origin().x() == BLEED - 100
    bar.setValue(bar.maximum())
    image = piece.grab().toImage()
    ground = dark.color("bg.surface")
    assert all(_alike(image, BLEED + 1, y, ground) for y in range(image.height())), "it fades out at the edge"
    assert not all(_alike(image, BLEED + 60, y, ground) for y in range(image.height()))
