"""The controls do what they look like: keys, names, focus, live themes."""

import asyncio

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QEnterEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, invalidate

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.banner import Banner
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.chip import Chip
from switchyard.ui.widgets.choice import CheckBox
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.dialog import Dialog
from switchyard.ui.widgets.field import Field, FormRow
from switchyard.ui.widgets.focus import FocusRing
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.lamp import Lamp
from switchyard.ui.widgets.mark import HUGE, MarkLabel
from switchyard.ui.widgets.menu import Menu
from switchyard.ui.widgets.popover import Popover
from switchyard.ui.widgets.quantity import parse_count, parse_seconds
from switchyard.ui.widgets.segmented import Segmented
from switchyard.ui.widgets.separator import Separator
from switchyard.ui.widgets.toast import Toast, Toasts
from switchyard.ui.widgets.tooltip import TipBubble


@pytest.fixture
def window(qtbot: QtBot, dark: Theme) -> QWidget:
    window = QWidget()
    window.resize(900, 600)
    QVBoxLayout(window)
    qtbot.addWidget(window)
    return window


def shown(window: QWidget, *widgets: QWidget) -> None:
    layout = window.layout()
    assert layout is not None
    for widget in widgets:
        layout.addWidget(widget)
    window.show()
    window.activateWindow()
    QApplication.processEvents()


def pointer_on(widget: QWidget) -> None:
    QApplication.sendEvent(widget, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))


# --- Focus ------------------------------------------------------------------------------------------------------------


def test_the_ring_shows_after_the_tab_key_and_not_after_the_mouse(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    first, second = Button(dark, "First"), Button(dark, "Second")
    shown(window, first, second)
    first.setFocus(Qt.FocusReason.OtherFocusReason)
    assert window.findChild(FocusRing) is None
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    ring = window.findChild(FocusRing)
    assert second.hasFocus()
    assert ring is not None
    assert ring.isVisible()
    assert ring.geometry() == second.geometry().adjusted(-4, -4, 4, 4)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert second.hasFocus(), "a press of the mouse leaves the focus where it was"
    first.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not ring.isVisible()


def test_the_ring_follows_its_control_and_survives_a_new_theme(window: QWidget, dark: Theme) -> None:
    button = Button(dark, "Move")
    shown(window, QLineEdit(), button)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    ring = window.findChild(FocusRing)
    assert ring is not None
    window.resize(700, 500)
    QApplication.processEvents()
    assert ring.geometry() == button.geometry().adjusted(-4, -4, 4, 4)
    dark.set_mode("light")
    assert ring.isVisible()


def test_the_ring_goes_with_its_control(window: QWidget, dark: Theme) -> None:
    button = Button(dark, "Gone")
    shown(window, QLineEdit(), button)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    button.hide()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.findChild(FocusRing) is None


# --- Buttons ----------------------------------------------------------------------------------------------------------


def test_a_busy_button_keeps_its_width_and_cannot_be_pressed(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    button = Button(dark, "Test", icon="retry")
    shown(window, button)
    width = button.sizeHint().width()
    presses: list[bool] = []
    button.clicked.connect(lambda: presses.append(True))
    button.set_busy(True)
    assert button.busy
    assert button.sizeHint().width() == width
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert presses == []
    button.set_busy(False)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert len(presses) == 2


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_presses_a_button_as_the_space_bar_does(window: QWidget, dark: Theme, qtbot: QtBot, key: Qt.Key) -> None:
    presses: list[str] = []
    for button, name in ((Button(dark, "Start"), "Start"), (IconButton(dark, "copy", "Copy"), "Copy")):
        shown(window, button)
        button.clicked.connect(lambda *_, name=name: presses.append(name))
        qtbot.keyClick(button, key)
        held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True)
        QApplication.sendEvent(button, held)
        qtbot.keyClick(button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        button.setEnabled(False)
        qtbot.keyClick(button, key)
    assert presses == ["Start", "Copy"]


def test_enter_in_a_dialog_takes_the_button_that_has_the_focus(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    shown(window)
    dialog = Dialog(dark, window, "Delete the account?")
    cancel = dialog.add_button("Keep it", accepts=False)
    dialog.add_button("Delete", "delete", accepts=True, first=True)
    dialog.open()
    cancel.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(cancel, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Rejected
    assert not dialog.isVisible()


def test_the_ring_of_a_busy_button_turns_only_where_motion_is_wanted(qapp: QApplication, qtbot: QtBot) -> None:
    lively = Theme(reduced_motion=False)
    lively.apply(qapp)
    button = Button(lively, "Test")
    qtbot.addWidget(button)
    button.resize(80, 28)
    button.set_busy(True)
    before = button.grab().toImage()
    with qtbot.waitSignal(button._turn.valueChanged):
        pass
    qtbot.waitUntil(lambda: button.grab().toImage() != before)
    button.set_busy(False)


def test_buttons_have_the_heights_of_the_design(dark: Theme, qtbot: QtBot) -> None:
    for size, height in (("small", 24), ("normal", 28), ("large", 34)):
        button = Button(dark, "Publish", size=size)  # type: ignore[arg-type]
        qtbot.addWidget(button)
        assert button.sizeHint().height() == height


def test_an_icon_button_is_named_by_its_tooltip(window: QWidget, dark: Theme) -> None:
    button = IconButton(dark, "copy", "Copy reply", "Ctrl+Shift+C")
    shown(window, button)
    assert button.accessibleName() == "Copy reply"
    button.set_icon("check", "Copied")
    assert button.accessibleName() == "Copied"
    interface = QAccessible.queryAccessibleInterface(button)
    assert interface is not None
    assert interface.role() == QAccessible.Role.Button


def test_a_tooltip_waits_and_then_moves_along_at_once(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    one, two = IconButton(dark, "copy", "Copy"), IconButton(dark, "retry", "Retry")
    shown(window, one, two)
    pointer_on(one)
    early = window.findChild(TipBubble)
    assert early is None or not early.isVisible()
    one._tip.show_now()
    bubble = window.findChild(TipBubble)
    assert bubble is not None
    assert bubble.isVisible()
    assert window.rect().contains(bubble.geometry().adjusted(8, 8, -8, -8))
    QApplication.sendEvent(one, QEvent(QEvent.Type.Leave))
    assert not bubble.isVisible()
    assert bubble.warm
    pointer_on(two)
    qtbot.waitUntil(bubble.isVisible)


# --- Text -------------------------------------------------------------------------------------------------------------


def test_a_paragraph_grows_as_it_narrows(dark: Theme, qtbot: QtBot) -> None:
    text = Paragraph(dark, "Keys go to the system keyring. Chats stay in one file on this computer.")
    qtbot.addWidget(text)
    assert text.heightForWidth(2000) == 20
    assert text.heightForWidth(150) >= 60
    assert text.heightForWidth(150) % 20 == 0


def test_a_long_name_loses_its_middle_and_says_itself_in_the_tooltip(window: QWidget, dark: Theme) -> None:
    name = "hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:Q4_K_M"
    label = ElidedLabel(dark, name)
    label.setFixedWidth(178)
    shown(window, label)
    assert label.shown_text().startswith("hf.co")
    assert label.shown_text().endswith("K_M")
    assert "…" in label.shown_text()
    label._tip.show_now()
    assert window.findChild(TipBubble) is not None
    label.setText("qwen3:8b")
    assert label.shown_text() == "qwen3:8b"


def test_labels_take_the_colours_of_a_new_theme(window: QWidget, dark: Theme) -> None:
    label = Label(dark, "Today", "secondary", "text.tertiary")
    shown(window, label)
    dark.set_mode("light")
    assert label.palette().windowText().color() == dark.color("text.tertiary")
    label.set_token("bad.text")
    assert label.palette().windowText().color() == dark.color("bad.text")


def test_everything_repaints_in_a_new_theme(window: QWidget, dark: Theme) -> None:
    card = Card(dark)
    card.body.addWidget(Label(dark, "Card"))
    card.set_line("focus.ring")
    banner = Banner(dark)
    combo = Combo(dark, "Model")
    combo.add_choice("a", "gpt-5", "openai")
    widgets = [
        Button(dark, "Primary", "primary"),
        IconButton(dark, "copy", "Copy"),
        Chip(dark, "answered", "ok"),
        CheckBox(dark, "Offered"),
        Segmented(dark, "Theme", [("a", "A"), ("b", "B")], "a"),
        MarkLabel(dark, "openai", "OpenAI", HUGE),
        Lamp(dark, "warn", "Slow"),
        Separator(dark),
        Field(dark, "Name", "text", icon="search"),
        card,
        combo,
    ]
    shown(window, *widgets, banner)
    banner.show_fact("bad", "Offline.", "Local models answer.")
    before = [widget.grab().toImage() for widget in (*widgets, banner)]
    dark.set_mode("light")
    after = [widget.grab().toImage() for widget in (*widgets, banner)]
    same = [type(widget).__name__ for widget, a, b in zip((*widgets, banner), before, after, strict=True) if a == b]
    assert same == []


# --- Fields -----------------------------------------------------------------------------------------------------------


def test_an_error_shows_below_the_field_until_somebody_types(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    field = Field(dark, "Base URL", "http//localhost")
    shown(window, field)
    calm = field.edit.grab().toImage()
    field.set_error("Start with http:// or https://")
    assert field.error() == "Start with http:// or https://"
    assert field.edit.accessibleDescription() == "Start with http:// or https://"
    assert field.edit.grab().toImage().pixelColor(60, 0) == dark.color("bad.signal") != calm.pixelColor(60, 0)
    qtbot.keyClick(field.edit, Qt.Key.Key_End)
    qtbot.keyClick(field.edit, Qt.Key.Key_X)
    assert field.error() is None
    assert field.text() == "http//localhostx"


def test_a_password_is_not_shown_and_return_submits(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    field = Field(dark, "API key", password=True, mono=True)
    shown(window, field)
    field.set_text("sk-secret")
    assert "secret" not in field.edit.displayText()
    with qtbot.waitSignal(field.submitted):
        qtbot.keyClick(field.edit, Qt.Key.Key_Return)


def test_a_field_glows_while_it_has_the_focus(window: QWidget, dark: Theme) -> None:
    field, other = Field(dark, "Name"), QLineEdit()
    shown(window, other, field)
    other.setFocus()
    assert window.findChild(FocusRing) is None
    field.setFocus()
    glow = window.findChild(FocusRing)
    assert glow is not None
    assert glow.width() == field.width() + 4
    other.setFocus()
    assert not glow.isVisible()


def test_a_form_row_names_its_control(window: QWidget, dark: Theme) -> None:
    field = Field(dark, "Base URL")
    row = FormRow(dark, "Base URL", field, "Where the provider answers.")
    shown(window, row)
    label = row.findChildren(Label)[0]
    assert label.buddy() is field
    assert label.width() == 150


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8", 8), ("8s", 8), ("500 ms", 0.5), ("2 min", 120), ("1.5 H", 5400), ("", None), ("8x", None), ("-1", None)],
)
def test_seconds_are_read_as_people_write_them(text: str, seconds: float | None) -> None:
    assert parse_seconds(text) == (pytest.approx(seconds) if seconds is not None else None)


@pytest.mark.parametrize(
    ("text", "count"), [("4", 4), ("8,192", 8192), ("200k", 200_000), ("1.2M", 1_200_000), ("1.5", None), ("k", None)]
)
def test_counts_are_read_as_people_write_them(text: str, count: int | None) -> None:
    assert parse_count(text) == count


# --- Choices ----------------------------------------------------------------------------------------------------------


def test_a_check_box_is_one_for_a_screen_reader(window: QWidget, dark: Theme) -> None:
    box = CheckBox(dark, "Offered")
    shown(window, box)
    interface = QAccessible.queryAccessibleInterface(box)
    assert interface is not None
    assert interface.role() == QAccessible.Role.CheckBox
    assert interface.text(QAccessible.Text.Name) == "Offered"


def test_space_and_a_press_on_the_words_turn_a_check_box(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    box = CheckBox(dark, "Offered")
    shown(window, box)
    off = box.grab().toImage()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()
    assert box.grab().toImage() != off
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center())
    assert not box.isChecked()


def test_arrow_keys_choose_a_segment(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    control = Segmented(dark, "Theme", [("system", "System"), ("light", "Light"), ("dark", "Dark")], "system")
    shown(window, control)
    segment = control._segments["system"]
    segment.setFocus()
    with qtbot.waitSignal(control.chosen) as chosen:
        qtbot.keyClick(segment, Qt.Key.Key_Right)
    assert chosen.args == ["light"]
    assert control.current == "light"
    with qtbot.assertNotEmitted(control.chosen):
        control.set_current("dark")
    assert control.current == "dark"
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is control._segments["dark"]  # Tab lands on what is in force
    for key, chosen_id in ((Qt.Key.Key_Left, "light"), (Qt.Key.Key_Left, "system"), (Qt.Key.Key_Right, "light")):
        focused = QApplication.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, key)
        assert control.current == chosen_id


def test_a_passing_wheel_changes_no_choice(window: QWidget, dark: Theme) -> None:
    combo = Combo(dark, "Model")
    for key in ("a", "b", "c"):
        combo.add_choice(key, f"model {key}", "openai")
    shown(window, combo)
    combo.set_current("b")
    turn = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(combo, turn)
    assert combo.current == "b"
    assert not turn.isAccepted()


def test_a_combo_opens_and_chooses_by_keys(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    combo = Combo(dark, "Model")
    for key in ("a", "b"):
        combo.add_choice(key, f"model {key}", "openai" if key == "a" else "")
    shown(window, combo)
    combo.showPopup()
    assert combo.view().isVisible()
    combo.view().grab()
    qtbot.keyClick(combo.view(), Qt.Key.Key_Down)
    qtbot.keyClick(combo.view(), Qt.Key.Key_Return)
    assert combo.current == "b"
    combo.hidePopup()


# --- Menu -------------------------------------------------------------------------------------------------------------


def test_a_menu_stays_inside_its_window(window: QWidget, dark: Theme) -> None:
    window.resize(600, 300)
    anchor = Button(dark, "More")
    anchor.setFixedWidth(80)
    shown(window, anchor)
    anchor.move(520, 40)
    menu = Menu(dark, window)
    menu.add("Keep it on this computer and nowhere else", anchor.click)
    menu.open_below(anchor)
    assert menu.mapToGlobal(menu.rect().topRight()).x() == anchor.mapToGlobal(anchor.rect().topRight()).x()
    menu.close()


def test_a_menu_opens_without_waiting_and_goes_when_it_closes(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    anchor = Button(dark, "Use another model")
    shown(window, anchor)
    chosen: list[str] = []
    menu = Menu(dark, window)
    menu.add("Fish & chips", lambda: chosen.append("fish"), icon="copy", shortcut="Ctrl+B")
    menu.add("gpt-5", lambda: chosen.append("gpt-5"))
    menu.open_below(anchor)
    assert menu.isVisible()
    rows = [menu.actionGeometry(action) for action in menu.actions()]
    assert [row.height() for row in rows] == [30, 30]
    gone = []
    menu.destroyed.connect(lambda: gone.append(True))
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert chosen == ["fish"]
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert gone == [True]


def test_a_menu_shows_its_icons_whatever_becomes_of_what_python_knows_of_its_rows(
    window: QWidget, dark: Theme, qtbot: QtBot
) -> None:
    shown(window)
    chosen: list[str] = []
    menu = Menu(dark, window)
    rows = [menu.add("Copy", lambda: chosen.append("copy"), icon="copy"), menu.add("Delete", lambda: None, danger=True)]
    menu.popup(window.mapToGlobal(QPoint(20, 20)))
    before = menu.grab().toImage()
    for row in rows:
        invalidate(row)  # as PySide does it to those of the first menu that a process opens from an event of its own
    assert menu.grab().toImage() == before
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert chosen == ["copy"]


def test_the_glow_of_a_field_goes_around_its_corners(window: QWidget, dark: Theme) -> None:
    field = Field(dark, "Name")
    shown(window, field)
    field.edit.setFocus()
    QApplication.processEvents()
    picture = window.grab().toImage()
    inside, above = (field.edit.mapTo(window, point) for point in (QPoint(1, 1), QPoint(40, -1)))
    assert picture.pixelColor(inside).blue() >= picture.pixelColor(above).blue()


# --- Popover ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(window: QWidget, dark: Theme) -> tuple[Popover, QLineEdit, QLineEdit]:
    composer, inside = QLineEdit(), QLineEdit()
    anchor = Button(dark, "Everyday")
    shown(window, anchor, composer)
    composer.setFocus()
    popover = Popover(dark, window, "Chains and models", 280)
    popover.body.addWidget(inside)
    popover.open_beside(anchor)
    inside.setFocus()
    return popover, inside, composer


def test_esc_closes_a_popover_and_gives_the_focus_back(
    opened: tuple[Popover, QLineEdit, QLineEdit], qtbot: QtBot
) -> None:
    popover, inside, composer = opened
    assert popover.isVisible()
    with qtbot.waitSignal(popover.closed):
        qtbot.keyClick(inside, Qt.Key.Key_Escape)
    assert not popover.isVisible()
    assert composer.hasFocus()


def test_a_press_outside_closes_a_popover_and_one_inside_does_not(
    opened: tuple[Popover, QLineEdit, QLineEdit], qtbot: QtBot
) -> None:
    popover, inside, _ = opened
    panel = inside.parentWidget()
    assert panel is not None
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert popover.isVisible()
    qtbot.mouseClick(popover, Qt.MouseButton.LeftButton, pos=QPoint(popover.width() - 3, popover.height() - 3))
    assert not popover.isVisible()


def test_a_popover_closes_when_the_focus_or_the_window_moves(
    opened: tuple[Popover, QLineEdit, QLineEdit], window: QWidget, dark: Theme
) -> None:
    popover, _, composer = opened
    composer.setFocus()
    assert not popover.isVisible()
    popover.open_beside(window.findChildren(Button)[0])
    window.resize(600, 400)
    QApplication.processEvents()
    assert not popover.isVisible()


def test_a_popover_that_opens_over_another_gives_the_focus_back_to_what_opened_that_one(
    opened: tuple[Popover, QLineEdit, QLineEdit], window: QWidget, dark: Theme, qtbot: QtBot
) -> None:
    before, _, composer = opened
    after, inside = Popover(dark, window, "Sampling", 280), QLineEdit()
    after.body.addWidget(inside)
    after.open_beside(window.findChildren(Button)[0])
    inside.setFocus()
    assert not before.isVisible()
    delete(before)
    qtbot.keyClick(inside, Qt.Key.Key_Escape)
    assert not after.isVisible()
    assert composer.hasFocus()


def test_a_popover_closes_where_what_opened_it_is_gone(
    opened: tuple[Popover, QLineEdit, QLineEdit], qtbot: QtBot
) -> None:
    popover, inside, composer = opened
    delete(composer)
    qtbot.keyClick(inside, Qt.Key.Key_Escape)
    assert not popover.isVisible()


def test_a_popover_grows_with_what_is_in_it(opened: tuple[Popover, QLineEdit, QLineEdit]) -> None:
    popover, inside, _ = opened
    panel = inside.parentWidget()
    assert panel is not None
    high, top = panel.height(), panel.y()
    inside.setFixedHeight(inside.height() + 40)
    popover.fit()
    assert (panel.height(), panel.y()) == (high + 40, top)


def test_a_popover_has_room_for_words_that_are_a_little_wider(window: QWidget, dark: Theme) -> None:
    anchor = Button(dark, "Everyday")
    shown(window, anchor)
    popover = Popover(dark, window, "Context", 280)
    words = Paragraph(dark, "Words that would need a little more than the panel has", "secondary")
    assert 270 < words.sizeHint().width() < 520
    popover.body.addWidget(words)
    popover.open_beside(anchor)
    popover.body.activate()
    assert words.height() == words.heightForWidth(words.width()) == 2 * dark.line_height("secondary")


# --- Toasts and banner ------------------------------------------------------------------------------------------------


def test_toasts_stand_at_the_bottom_right_the_newest_below_and_at_most_three(window: QWidget, dark: Theme) -> None:
    toasts = Toasts(window, dark)
    shown(window)
    for number in range(4):
        toasts.show(f"Chat {number} deleted", "ok", "Undo")
    assert [toast.text.text() for toast in toasts.shown] == [f"Chat {number} deleted" for number in (1, 2, 3)]
    tops = [toast.y() for toast in toasts.shown]
    assert tops == sorted(tops)
    newest = toasts.shown[-1].geometry().adjusted(8, 8, -8, -8)
    assert (newest.width(), newest.height()) == (360, 40)
    assert newest.right() == window.width() - 16 - 1
    window.resize(700, 500)
    QApplication.processEvents()
    assert toasts.shown[-1].geometry().adjusted(8, 8, -8, -8).bottom() == 500 - 16 - 1


def test_a_repeated_note_takes_the_place_of_the_first(window: QWidget, dark: Theme) -> None:
    toasts = Toasts(window, dark)
    shown(window)
    toasts.show("1 chat deleted", key="deleted")
    toasts.show("2 chats deleted", key="deleted")
    assert [toast.text.text() for toast in toasts.shown] == ["2 chats deleted"]


def test_undo_acts_once_and_the_toast_goes(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    toasts = Toasts(window, dark)
    shown(window)
    undone: list[bool] = []
    toasts.show("Chat deleted", "ok", "Undo", lambda: undone.append(True))
    button = toasts.shown[0].action
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert undone == [True]
    assert toasts.shown == ()


def test_a_toast_goes_by_itself_but_not_under_the_pointer(window: QWidget, dark: Theme) -> None:
    toasts = Toasts(window, dark)
    shown(window)
    toasts.show("Chat deleted")
    toast: Toast = toasts.shown[0]
    assert toast._timer.isActive()
    assert toast._timer.interval() == 5000
    pointer_on(toast)
    assert not toast._timer.isActive()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast._timer.isActive()
    toast._timer.timeout.emit()
    assert toasts.shown == ()


def test_a_banner_says_the_last_fact_and_offers_its_action(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    banner = Banner(dark)
    shown(window, banner)
    assert not banner.isVisible()
    banner.show_fact("warn", "No keyring.", "Keys last until you quit.", [("Learn more", lambda: None)])
    pressed: list[str] = []
    banner.show_fact("bad", "Offline.", "Local models answer.", [("Try again", lambda: pressed.append("again"))])
    assert banner.accessibleName() == "Offline. Local models answer."
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    (button,) = banner.findChildren(Button)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == ["again"]
    assert banner.height() == 44


# --- Dialog -----------------------------------------------------------------------------------------------------------


def question(window: QWidget, theme: Theme) -> Dialog:
    dialog = Dialog(theme, window, "Delete this chain?")
    dialog.add_button("Keep", accepts=False, first=True)
    dialog.add_button("Delete chain", "delete", accepts=True)
    return dialog


async def asked(window: QWidget, theme: Theme, press: str) -> bool:
    async with asyncio.TaskGroup() as group:
        answer = group.create_task(question(window, theme).ask())
        await asyncio.sleep(0)
        dialog = window.findChild(QDialog)
        assert dialog is not None
        assert dialog.isVisible()
        assert dialog.width() == 420
        if press == "Esc":
            dialog.reject()
        else:
            next(button for button in dialog.findChildren(Button) if button.text() == press).click()
    return answer.result()


@pytest.mark.parametrize(("press", "expected"), [("Delete chain", True), ("Keep", False), ("Esc", False)])
async def test_a_question_is_awaited(window: QWidget, dark: Theme, press: str, expected: bool) -> None:
    shown(window)
    assert await asked(window, dark, press) is expected
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.findChildren(QWidget) == [], "the dialog and its shade are gone"


async def test_enter_on_a_dangerous_question_is_safe(window: QWidget, dark: Theme, qtbot: QtBot) -> None:
    shown(window)
    async with asyncio.TaskGroup() as group:
        answer = group.create_task(question(window, dark).ask())
        await asyncio.sleep(0)
        dialog = window.findChild(QDialog)
        assert dialog is not None
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert answer.result() is False


async def test_a_cancelled_question_leaves_no_dialog(window: QWidget, dark: Theme) -> None:
    shown(window)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(question(window, dark).ask())
        await asyncio.sleep(0)
        task.cancel()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.findChildren(QWidget) == []


# --- The rest ---------------------------------------------------------------------------------------------------------


def test_chip_lamp_and_mark_say_their_state_in_words(dark: Theme, qtbot: QtBot) -> None:
    chip, lamp, mark = Chip(dark, "answered", "ok"), Lamp(dark, "ok", "Works"), MarkLabel(dark, "openai", "OpenAI")
    for widget in (chip, lamp, mark):
        qtbot.addWidget(widget)
    chip.set_state("failed", "bad", "warning")
    lamp.set_state("bad", "The key was rejected")
    mark.set_provider("anthropic", "Anthropic")
    assert (chip.text(), lamp.accessibleName(), mark.accessibleName()) == (
        "failed",
        "The key was rejected",
        "Anthropic",
    )
