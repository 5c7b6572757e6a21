"""The second screen of the welcome: in which order the first chain asks what works."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.services.onboarding import Choice
from switchyard.ui.setup.track import TrackColumn
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.choice import CheckBox
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.mark import MarkLabel

_WIDTH_PX = 520
_ROW_PX = 52


class OrderScreen(QWidget):
    """`start_requested` once the person agrees; `chosen` is what they agreed to."""

    start_requested = Signal()
    back_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices: list[Choice] = []
        self._left_out: set[str] = set()
        self._shown: list[ChoiceRow] = []
        self._sentence = Paragraph(theme, "", "body", "text.secondary", centred=True)
        self._rows = TrackColumn(theme, "bg.window")
        self.start = Button(theme, self.tr("Start chatting"), "primary", size="large")
        self.start.clicked.connect(self.start_requested)
        self.back = Button(theme, self.tr("Back"), "ghost", size="large")
        self.back.clicked.connect(self.back_requested)
        self._arrange()
        theme.changed.connect(self.update)

    @property
    def chosen(self) -> list[Choice]:
        """What the chain asks, in order."""
        return [choice for choice in self._choices if choice.account not in self._left_out]

    def row(self, number: int) -> ChoiceRow:
        """Return the row at a place."""
        return self._shown[number]

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Propose an order."""
        self._choices = list(choices)
        self._left_out = set()
        self._refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self._theme.color("bg.window"))

    def _arrange(self) -> None:
        middle = QWidget()
        middle.setFixedWidth(_WIDTH_PX)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        title = Label(self._theme, self.tr("Your chain Everyday"), "welcome")
        column.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        column.addWidget(self._sentence)
        column.addSpacing(28)
        column.addWidget(self._rows)
        column.addSpacing(16)
        note = self.tr("You can change this at any time under Chains.")
        column.addWidget(Paragraph(self._theme, note, "secondary", "text.tertiary", centred=True))
        column.addSpacing(24)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.back)
        buttons.addWidget(self.start)
        buttons.addStretch(1)
        column.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 32, 32, 32)
        outer.addStretch(2)
        outer.addWidget(middle, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def _refresh(self, *, keep: tuple[str, int] | None = None) -> None:
        """Show order and sentence anew; `keep` is the account and the step whose button stays under the keyboard."""
        self._shown = [self._make_row(number, choice) for number, choice in enumerate(self._choices)]
        self._rows.set_rows(self._shown, self._node_tokens())
        stops = [*(stop for row in self._shown for stop in (row.tick, row.up, row.down)), self.back, self.start]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)
        self._sentence.setText(self._order_sentence())
        self.start.setEnabled(bool(self.chosen))
        if keep is not None:
            row = next(row for row in self._shown if row.choice.account == keep[0])
            row.focus_mover(keep[1])

    def _make_row(self, number: int, choice: Choice) -> ChoiceRow:
        row = ChoiceRow(self._theme, choice, taken=choice.account not in self._left_out)
        row.up.setEnabled(number > 0)
        row.down.setEnabled(number < len(self._choices) - 1)
        row.up.clicked.connect(partial(self._move, choice, -1))
        row.down.clicked.connect(partial(self._move, choice, 1))
        row.tick.toggled.connect(partial(self._tick, choice))
        return row

    def _node_tokens(self) -> list[str]:
        return ["border.strong" if choice.account in self._left_out else "accent.text" for choice in self._choices]

    def _order_sentence(self) -> str:
        names = [_named(choice, self._choices) for choice in self.chosen]
        if not names:
            return self.tr("Tick at least one: a chain needs something to ask.")
        if len(names) == 1:
            return self.tr("It asks {first}, and nobody else.").format(first=names[0])
        then = self.tr(", then ").join(names[1:])
        return self.tr("It asks {first} first; when that fails, {then}.").format(first=names[0], then=then)

    def _move(self, choice: Choice, step: int) -> None:
        at = self._choices.index(choice)
        self._choices.insert(at + step, self._choices.pop(at))
        self._refresh(keep=(choice.account, step))

    def _tick(self, choice: Choice, taken: bool) -> None:
        self._left_out.symmetric_difference_update({choice.account})
        self._rows.set_tokens(self._node_tokens())
        self._sentence.setText(self._order_sentence())
        self.start.setEnabled(bool(self.chosen))


class ChoiceRow(Card):
    """One vendor: its tick, its model, and two buttons that move it."""

    def __init__(self, theme: Theme, choice: Choice, *, taken: bool) -> None:
        super().__init__(theme)
        self.choice = choice
        self.setFixedHeight(_ROW_PX)
        self.tick = CheckBox(theme, "")
        self.tick.setChecked(taken)
        self.tick.setAccessibleName(self.tr("Ask {provider}").format(provider=choice.provider_name))
        self.up = IconButton(
            theme, "chevron-up", self.tr("Move {provider} up").format(provider=choice.provider_name), size=24
        )
        self.down = IconButton(
            theme, "chevron-down", self.tr("Move {provider} down").format(provider=choice.provider_name), size=24
        )
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.tick)
        row.addWidget(MarkLabel(theme, choice.provider, choice.provider_name))
        row.addWidget(Label(theme, choice.provider_name, weight=500))
        row.addWidget(ElidedLabel(theme, choice.model, "secondary", "text.tertiary"), 1)
        row.addWidget(self.up)
        row.addWidget(self.down)
        self.body.addLayout(row)

    def focus_mover(self, step: int) -> None:
        """Keep the keyboard where it was; at an end the other button takes it."""
        wanted, other = (self.up, self.down) if step < 0 else (self.down, self.up)
        (wanted if wanted.isEnabled() else other).setFocus(Qt.FocusReason.OtherFocusReason)


def _named(choice: Choice, choices: Sequence[Choice]) -> str:
    """Return the vendor's name, with the account's where there are two of one vendor."""
    alone = sum(each.provider_name == choice.provider_name for each in choices) == 1
    return choice.provider_name if alone else f"{choice.provider_name} ({choice.account})"
