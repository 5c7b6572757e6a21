"""The rows of a side list as they are drawn: which of their words gives way where there is no room for all."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from switchyard.ui.setup.side_list import SideList, SideRow
from switchyard.ui.theme.theme import Theme

NARROW_PX = 248
TITLE = "OpenRouter"
_WORDS_LEFT_PX = 8 + 10 + 28 + 10


def drawn(theme: Theme, qtbot: QtBot, beside: str) -> QImage:
    """Return a narrow list of one row with an action at its end."""
    column = SideList(theme, "Providers", "Add", NARROW_PX)
    qtbot.addWidget(column)
    column.resize(NARROW_PX, 200)
    column.set_rows([SideRow("router", TITLE, "4 models", beside, provider_id="openrouter", action="Add key")])
    column.show()
    return column.view.grab(QRect(0, 0, NARROW_PX, 48)).toImage()


def test_the_title_stays_whole_and_the_word_beside_it_goes_below(theme: Theme, qtbot: QtBot) -> None:
    upper, lower = QRect(_WORDS_LEFT_PX, 0, 90, 25), QRect(_WORDS_LEFT_PX, 25, 90, 23)
    alone, together = drawn(theme, qtbot, ""), drawn(theme, qtbot, "the account of the whole house and its guests")
    assert alone.copy(upper) == together.copy(upper)
    assert alone.copy(lower) != together.copy(lower)


def test_a_short_word_stays_beside_the_title(theme: Theme, qtbot: QtBot) -> None:
    upper, lower = QRect(_WORDS_LEFT_PX, 0, 110, 25), QRect(_WORDS_LEFT_PX, 25, 90, 23)
    alone, together = drawn(theme, qtbot, ""), drawn(theme, qtbot, "me")
    assert alone.copy(upper) != together.copy(upper)
    assert alone.copy(lower) == together.copy(lower)
