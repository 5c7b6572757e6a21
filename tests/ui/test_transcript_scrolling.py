"""Scrolling through what was guessed: nothing jumps where a height turns out different, and nothing is left behind."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered, asked

from switchyard.core.message import Message
from switchyard.ui.theme.theme import Theme

KINDS = (
    "Short answer {n}.",
    "# Heading {n}\n\n## Another\n\n### And one more\n\n" + "word " * 80,
    "```python\n" + "x = {n}\n" * 25 + "```\n\nWords after it.",
    "```python\n" + "x = {n}\n" * 60 + "```",
    "| a | b |\n|---|---|\n| {n} | " + "words " * 30 + "|\n| 3 | 4 |\n\n- one\n- two\n  - three",
    "> quoted {n}\n\n1. " + "text " * 40 + "\n2. more **bold** `code`\n\n$$\\frac{a}{b}$$\n\n---\n\n![A](https://a.example/{n}.png)",
    "段落 {n} " + "模型 " * 120,
)  # fmt: skip


def thread(count: int) -> list[Message]:
    made: list[Message] = []
    for n in range(0, count, 2):
        kind = KINDS[n // 2 % len(KINDS)].replace("{n}", str(n))
        made += [
            asked(f"m{n}", f"Question {n} " + "word " * (n % 90)),
            answered(f"m{n + 1}", kind, "Thought." * (n % 3)),
        ]
    return made


def first_seen(rig: ThreadRig) -> tuple[str, int]:
    """Return the first message that begins in view, and at which height; else the one that fills the view."""
    tops = [(item.message.uid, rig.stage._y(at)) for at, item in rig.stage.shown() if item.view is not None]
    return min((each for each in tops if each[1] >= 0), key=lambda each: each[1], default=tops[-1])


def at_edge(rig: ThreadRig) -> tuple[str, int]:
    """Return the message that the upper edge of the view cuts, which is the one that stays, and where it begins."""
    tops = [(item.message.uid, rig.stage._y(at)) for at, item in rig.stage.shown() if item.view is not None]
    return max((each for each in tops if each[1] <= 0), key=lambda each: each[1], default=tops[0])


def top_of(rig: ThreadRig, uid: str) -> int:
    at = next(at for at, item in enumerate(rig.stage.items) if item.message.uid == uid)
    view = rig.stage.items[at].view
    assert view is not None
    above = view.mapTo(rig.stage.viewport(), QPoint(0, 0)).y()
    assert above == rig.stage._y(at), "what is on the screen stands where it is counted"
    return rig.stage._y(at)


def walk(draw: random.Random, steps: int, page: int) -> Iterator[int]:
    """Yield by how much to scroll: a few lines, a page, or far."""
    for _ in range(steps):
        yield draw.choice((-1, -1, 1)) * draw.choice((20, 60, 200, page, page, 5 * page))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_seen_stays_where_it_is_while_heights_are_corrected(qtbot: QtBot, dark: Theme, seed: int) -> None:
    draw = random.Random(seed)
    rig = ThreadRig(qtbot, dark, *thread(300))
    bar = rig.stage.verticalScrollBar()
    bar.setValue(round(bar.maximum() * draw.uniform(0.3, 0.9)))
    rig.settle()
    corrected = 0
    for by in walk(draw, 30, bar.pageStep()):
        uid, y = first_seen(rig)
        total = rig.stage._heights.total
        bar.setValue(bar.value() + by)
        inside = 0 < bar.value() < bar.maximum()
        if inside and abs(by) <= 200:
            assert top_of(rig, uid) == y - by, "it moves by as much as was scrolled, whatever came into view"
        uid, y = at_edge(rig)
        rig.settle()  # by now what came near is read and filled, and formulas have come
        if inside:
            assert top_of(rig, uid) == y
        corrected += rig.stage._heights.total != total
    assert corrected > 3, "no height was corrected, so nothing was tested"


def test_a_long_thread_is_gone_through_page_by_page_and_nothing_is_left_behind(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, *thread(10_000))
    bar = rig.stage.verticalScrollBar()
    most = views = 0
    for start in (1.0, 0.6, 0.2):
        bar.setValue(round(bar.maximum() * start))
        for _ in range(20):
            before = bar.value()
            bar.setValue(before - bar.pageStep())
            rig.settle()
            assert bar.value() < before
            most = max(most, len(rig.view.findChildren(QWidget)))
            views = max(views, sum(item.view is not None for item in rig.stage.items))
    assert views < 60
    assert most < 900
    bar.setValue(0)
    rig.settle()
    assert first_seen(rig)[0] == "m0"
    assert rig.stage._y(0) >= 0


def test_what_stands_above_can_go_and_nothing_is_left_behind(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, *thread(200))
    bar = rig.stage.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    rig.settle()
    before = at_edge(rig)
    rig.view.remove("m2")
    rig.settle()
    assert at_edge(rig) == before
    shown = {item.view for _, item in rig.stage.shown()}
    assert {item.view for item in rig.stage.items if item.view is not None} <= shown


def test_no_spine_is_left_by_the_last_message(qtbot: QtBot, dark: Theme) -> None:
    rig = ThreadRig(qtbot, dark, asked("u", "Only this"))
    rig.view.remove("u")
    picture = rig.view.grab().toImage()
    seen = {picture.pixel(x, y) for x in range(picture.width()) for y in range(0, picture.height(), 4)}
    assert len(seen) == 1
    rig.view.append(asked("v", "And this"))
    assert rig.message(0).isVisible()


def test_the_bar_beside_the_thread_is_stronger_while_it_is_held(qtbot: QtBot, theme: Theme) -> None:
    rig = ThreadRig(qtbot, theme, *thread(30))
    theme.apply(QApplication.instance())  # type: ignore[arg-type]
    bar = rig.stage.verticalScrollBar()

    def drawn() -> set[str]:
        picture = bar.grab().toImage()
        return {picture.pixelColor(picture.width() // 2, y).name() for y in range(picture.height())}

    idle, held = theme.color("border.strong").name(), theme.color("border.control").name()
    assert idle in drawn()
    assert held not in drawn()
    bar.setSliderDown(True)
    assert held in drawn()
    assert idle not in drawn()
    bar.setSliderDown(False)
