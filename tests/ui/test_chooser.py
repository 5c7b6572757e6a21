"""The panel in which one of many is chosen stays where it is, whatever is typed into it."""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.chooser import Chooser, ChooserWords
from switchyard.ui.widgets.option_list import Group, Option

WORDS = ChooserWords("What answers", "Filter", "Filter models", "No model matches.", "Models")
NAMES = ("one", "two", "three", "four", "five", "six")


def find(text: str) -> list[Group]:
    options = [Option(name, name, name) for name in NAMES if text in name]
    return [Group("Models", options)] if options else []


def test_the_field_stays_where_it_is_when_nothing_matches(qtbot: QtBot, dark: Theme) -> None:
    window, anchor = QWidget(), Button(dark, "Everyday")
    qtbot.addWidget(window)
    window.resize(900, 600)
    QVBoxLayout(window).addWidget(anchor)
    window.show()
    chooser = Chooser(dark, window, WORDS, find, width_px=340)
    chooser.open_beside(anchor)
    place = chooser.field.edit.mapTo(window, QPoint())
    chooser.field.set_text("nobody")
    QApplication.processEvents()
    assert not chooser.view.isVisible()
    assert chooser.field.edit.mapTo(window, QPoint()) == place
