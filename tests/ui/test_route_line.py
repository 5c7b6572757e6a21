"""The line under a reply as it is drawn: while the reply comes, and once it is there."""

from __future__ import annotations

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.route_facts import Part, RouteFacts
from switchyard.ui.transcript.route_line import HEIGHT, RouteLine

FACTS = RouteFacts("openai", "gpt-5", "openai/gpt-5", (Part("0.74 s to first token", 0), Part("61 tok/s", 1)))
FIGURES_PX = 260


def drawn(theme: Theme, qtbot: QtBot, *, settled: bool) -> QImage:
    """Return the figures of a line that has no room for anything else."""
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.setStyleSheet(f"background: {theme.color('bg.surface').name()}")
    line = RouteLine(theme, ground)
    line.resize(600, HEIGHT)
    line.say(FACTS, settled=settled)
    line.present()
    return ground.grab(line.geometry()).toImage().copy(0, 0, FIGURES_PX, HEIGHT)


def test_a_running_line_looks_like_the_one_that_it_becomes(theme: Theme, qtbot: QtBot) -> None:
    assert drawn(theme, qtbot, settled=False) == drawn(theme, qtbot, settled=True)
