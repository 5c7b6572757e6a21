"""The controls side by side in both themes, as the design's sheet of components shows them."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets import mark
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
from switchyard.ui.widgets.menu import Menu
from switchyard.ui.widgets.paint import draw_row
from switchyard.ui.widgets.segmented import Segmented
from switchyard.ui.widgets.separator import Separator
from switchyard.ui.widgets.toast import Toasts

PROVIDERS = ("openai", "anthropic", "gemini", "mistral", "deepseek", "together", "openrouter", "ollama", "simulator")


class Ground(QWidget):
    """The colour of a page behind what is looked at."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self.theme.color("bg.surface"))


class Rows(QWidget):
    """Rows of a list in every state."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setFixedHeight(120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.theme.font("ui"))
        for index, (words, hovered, selected, focused) in enumerate(
            [
                ("At rest", False, False, False),
                ("Hover shows actions", True, False, False),
                ("Selected", False, True, False),
                ("Keyboard focus", False, False, True),
            ]
        ):
            row = QRectF(0, 30 * index, self.width(), 30)
            draw_row(painter, row, self.theme, hovered=hovered, selected=selected, focused=focused)
            painter.setPen(self.theme.color("text.primary"))
            painter.drawText(row.adjusted(8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)


def group(theme: Theme, title: str, *lines: QWidget | tuple[QWidget, ...]) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 12)
    column.setSpacing(8)
    column.addWidget(Label(theme, title, "secondary", weight=600))
    column.addWidget(Separator(theme))
    for line in lines:
        if isinstance(line, QWidget):
            column.addWidget(line)
        else:
            row = QHBoxLayout()
            row.setSpacing(8)
            for each in line:
                row.addWidget(each)
            row.addStretch(1)
            column.addLayout(row)
    return box


def in_states(theme: Theme, text: str, kind: str) -> tuple[QWidget, ...]:
    """A button at rest, under the pointer, pressed, with the keyboard's focus, disabled and busy."""
    buttons = [Button(theme, text, kind) for _ in range(6)]  # type: ignore[arg-type]
    buttons[1].setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    buttons[2].setDown(True)
    buttons[3].setObjectName("focused")
    buttons[4].setEnabled(False)
    buttons[5].set_busy(True)
    return tuple(buttons)


def left_column(theme: Theme) -> list[QWidget]:
    styles = ("display", "heading", "title", "body", "ui", "secondary", "caption", "code")
    return [
        group(
            theme,
            "Marks",
            tuple(mark.MarkLabel(theme, each, each, mark.LARGE) for each in PROVIDERS),
            (
                mark.MarkLabel(theme, "xai", "xAI", mark.NORMAL),
                mark.MarkLabel(theme, "Lab server", "Lab server", mark.LARGE),
                mark.MarkLabel(theme, "anthropic", "Anthropic", mark.HUGE),
            ),
        ),
        group(theme, "Type", *(Label(theme, f"{each} 0O1lI 1,204 tok $0.0121", each) for each in styles)),
        group(
            theme,
            "Signals",
            (
                Lamp(theme, "ok", "Works"),
                Label(theme, "works", "secondary"),
                Lamp(theme, "warn", "Slow"),
                Label(theme, "slow", "secondary"),
                Lamp(theme, "bad", "Fails"),
                Label(theme, "fails", "secondary"),
                Lamp(theme, "unknown", "Not tried"),
                Label(theme, "unknown", "secondary"),
            ),
        ),
        group(
            theme,
            "Icon buttons",
            tuple(IconButton(theme, each, each) for each in ("copy", "retry", "trash", "settings", "more", "close")),
        ),
        group(theme, "Rows", Rows(theme)),
    ]


def middle_column(theme: Theme) -> list[QWidget]:
    empty = Field(theme, "Search", placeholder="Search chats", icon="search")
    wrong = Field(theme, "Address", "http//localhost", mono=True)
    wrong.set_error("Start with http:// or https://")
    disabled = Field(theme, "Disabled", "Disabled")
    disabled.setEnabled(False)
    box = CheckBox(theme, "Offered")
    box.setChecked(True)
    combo = Combo(theme, "Model")
    combo.add_choice("a", "claude-sonnet-4.5", "anthropic")
    return [
        group(
            theme,
            "Buttons",
            in_states(theme, "Publish", "primary"),
            in_states(theme, "Revert", "default"),
            in_states(theme, "Skip", "ghost"),
            (
                Button(theme, "Copy", "default", "copy", "small"),
                Button(theme, "Continue", "primary", size="large"),
                Button(theme, "Remove provider", "danger", "trash"),
                Button(theme, "Add key", "link"),
            ),
        ),
        group(
            theme, "Fields", empty, wrong, disabled, combo, FormRow(theme, "Timeout", Field(theme, "Timeout", "8 s"))
        ),
        group(
            theme,
            "Choice",
            (
                CheckBox(theme, "Not"),
                box,
                Segmented(theme, "Theme", [("system", "System"), ("light", "Light"), ("dark", "Dark")], "light"),
            ),
        ),
    ]


def right_column(theme: Theme) -> list[QWidget]:
    card = Card(theme)
    card.body.addWidget(Label(theme, "Last 7 days", "panel"))
    card.body.addWidget(
        Paragraph(theme, "A paragraph wraps where the card ends and keeps the line height of its style.")
    )
    narrow = ElidedLabel(theme, "hf.co/unsloth/Qwen3-30B-A3B-Instruct:Q4_K_M")
    narrow.setFixedWidth(178)
    banner = Banner(theme)
    banner.show_fact("warn", "No keyring.", "Keys last until you quit.", [("Learn more", lambda: None)])
    return [
        group(
            theme,
            "Chips",
            (
                Chip(theme, "answered", "ok", "check"),
                Chip(theme, "1 warning", "warn", "warning"),
                Chip(theme, "failed", "bad"),
            ),
            (Chip(theme, "Tools", "accent"), Chip(theme, "draft", small=True)),
        ),
        group(theme, "Card", card, narrow),
        group(theme, "Banner", banner),
    ]


@pytest.fixture
def sheet(theme: Theme, qtbot: QtBot) -> QWidget:
    ground = Ground(theme)
    qtbot.addWidget(ground)
    grid = QGridLayout(ground)
    grid.setContentsMargins(32, 26, 32, 26)
    grid.setHorizontalSpacing(44)
    for index, column in enumerate((left_column(theme), middle_column(theme), right_column(theme))):
        box = QVBoxLayout()
        for each in column:
            box.addWidget(each)
        box.addStretch(1)
        grid.addLayout(box, 0, index)
        grid.setColumnStretch(index, 1)
    ground.resize(1440, 720)
    ground.show()
    for button in ground.findChildren(Button, "focused"):
        FocusRing(theme, button).show()
    return ground


def test_the_controls_look_as_they_did(sheet: QWidget, theme: Theme, golden: Callable[[QWidget, str], None]) -> None:
    golden(sheet, f"widgets-{theme.name}")


def test_menu_dialog_and_toasts_look_as_they_did(
    theme: Theme, golden: Callable[[QWidget, str], None], qtbot: QtBot
) -> None:
    window = Ground(theme)
    qtbot.addWidget(window)
    window.resize(820, 300)
    menu = Menu(theme, window)
    menu.add("Open link", lambda: None, icon="open-external")
    menu.add("Copy as Markdown", lambda: None, icon="copy", shortcut="Ctrl+Shift+C")
    menu.addSeparator()
    menu.add("Delete message", lambda: None, icon="trash", shortcut="Del", danger=True)
    menu.setParent(window, Qt.WindowType.Widget)
    menu.move(24, 24)
    dialog = Dialog(theme, window, "Delete this chain?")
    dialog.body.addWidget(Paragraph(theme, "2 chats use Everyday. They switch to Sonnet first."))
    dialog.add_button("Keep", accepts=False, first=True)
    dialog.add_button("Delete chain", "delete", accepts=True)
    dialog.setParent(window, Qt.WindowType.Widget)
    dialog.move(360, 24)
    toasts = Toasts(window, theme)
    toasts.show("Chat deleted", "ok", "Undo")
    toasts.show("OpenAI fell over 3 times in 5 min", "warn", "Show")
    window.show()
    menu.show()
    dialog.show()
    golden(window, f"widgets-popups-{theme.name}")
