"""What lies over a message that is not sent: its words can still be read."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.ui.test_theme import contrast

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.marks_row import Veil


def _seen(theme: Theme, qtbot: QtBot, token: str) -> QColor:
    """Return a colour as it is seen through the veil."""
    under = QWidget()
    qtbot.addWidget(under)
    under.resize(8, 8)
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Window, theme.color(token))
    under.setPalette(palette)
    under.setAutoFillBackground(True)
    Veil(theme, under).resize(8, 8)
    return under.grab().toImage().pixelColor(4, 4)


@pytest.mark.parametrize("ground", ["bg.surface", "bg.raised", "bg.hover"])
def test_words_that_are_left_out_are_dim_and_can_be_read(theme: Theme, qtbot: QtBot, ground: str) -> None:
    words = _seen(theme, qtbot, "text.primary")
    assert contrast(words, _seen(theme, qtbot, ground)) >= 4.5
    assert contrast(words, theme.color("bg.surface")) < contrast(theme.color("text.primary"), theme.color("bg.surface"))
