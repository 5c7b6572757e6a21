"""Widgets of a thread are made anew under somebody, as after a change of theme: nothing of what was done is lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered, asked

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.image_viewer import ImageViewer

LONG = "\n\n".join(f"Paragraph number {n} says a little." for n in range(40))
END = "Now. More is [there](https://a.example)."


@pytest.fixture
def rig(qtbot: QtBot, dark: Theme) -> ThreadRig:
    messages = [each for n in range(12) for each in (asked(f"u{n}", f"Question {n}"), answered(f"a{n}", LONG))]
    made = ThreadRig(qtbot, dark, *messages, asked("last", "And now?"), answered("end", END))
    made.view.activateWindow()
    return made


def focused(rig: ThreadRig) -> str | None:
    """Return the message that has the focus."""
    return rig.view.acts.focused


def test_the_focus_stays_on_its_message(rig: ThreadRig, dark: Theme) -> None:
    rig.view.walk.go(len(rig.stage.items) - 1)
    before = rig.message(-1)
    at = rig.stage.verticalScrollBar().value()
    dark.changed.emit()
    rig.settle()
    assert rig.message(-1) is not before
    assert (focused(rig), rig.message(-1).ringed, rig.stage.verticalScrollBar().value()) == ("end", True, at)
    QTest.keyClick(rig.message(-1), Qt.Key.Key_Backtab)
    assert focused(rig) == "last"


def test_nothing_scrolls_under_the_focus(rig: ThreadRig, dark: Theme) -> None:
    rig.view.walk.go(5)
    rig.stage.verticalScrollBar().setValue(rig.stage.verticalScrollBar().value() + 90)
    rig.settle()
    at = rig.stage.verticalScrollBar().value()
    dark.changed.emit()
    rig.settle()
    assert (focused(rig), rig.stage.verticalScrollBar().value()) == (rig.stage.items[5].message.uid, at)


def test_what_a_click_gave_the_focus_shows_no_ring_for_it(rig: ThreadRig, dark: Theme) -> None:
    rig.click(rig.place(-1, "Now."))
    dark.changed.emit()
    rig.settle()
    assert (focused(rig), rig.message(-1).ringed) == ("end", False)


def test_the_focus_inside_a_message_goes_back_to_the_message(rig: ThreadRig, dark: Theme) -> None:
    rig.message(-1).inner_stops()[0].setFocus(Qt.FocusReason.TabFocusReason)
    dark.changed.emit()
    rig.settle()
    assert focused(rig) == "end"
    assert rig.message(-1).hasFocus()


def test_the_focus_of_a_message_far_away_is_taken_elsewhere(rig: ThreadRig, dark: Theme) -> None:
    released: list[bool] = []
    rig.view.focus_released.connect(lambda: released.append(True))
    rig.view.walk.go(len(rig.stage.items) - 1)
    rig.stage.verticalScrollBar().setValue(0)
    dark.changed.emit()
    rig.settle()
    assert (focused(rig), released) == (None, [True])


def test_the_focus_stays_on_a_message_that_says_something_else(rig: ThreadRig) -> None:
    rig.view.walk.go(len(rig.stage.items) - 1)
    rig.view.replace(answered("end", "Later."))
    rig.settle()
    assert focused(rig) == "end"
    rig.view.replace(asked("last", "Not now?"))
    rig.settle()
    assert focused(rig) == "end"


def test_an_image_can_be_closed_whose_opener_is_gone(rig: ThreadRig, dark: Theme) -> None:
    button = QPushButton(rig.view)
    button.show()
    button.setFocus()
    viewer = ImageViewer(dark, rig.view, QImage(10, 10, QImage.Format.Format_RGB32))
    button.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    assert viewer.isHidden()
