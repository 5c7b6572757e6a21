"""One step of a chain in its form: its model or its pool, its limits, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.strategies import STRATEGIES
from switchyard.ui.pages.chains.draft import MemberDraft, StepDraft
from switchyard.ui.pages.chains.draft_check import STEP_LIMITS, Problem
from switchyard.ui.pages.chains.step_rules import StepRules, rules_words
from switchyard.ui.setup.result_line import ResultLine
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import ElidedLabel, Label
from switchyard.ui.widgets.mark import MarkLabel
from switchyard.ui.words import Words

_WEIGHT_PX = 76

Provider = Callable[[str], tuple[str, str]]


class StepRow(Card):
    """`edited` carries the step as it stands now, `reshaped` one with another pool; the rest is the editor's.

    `provider` tells the id and the name of an account's provider.
    """

    edited = Signal(object)
    reshaped = Signal(object)
    move_requested = Signal(int)
    member_requested = Signal()
    remove_requested = Signal()

    def __init__(self, theme: Theme, number: int, step: StepDraft, provider: Provider, words: Words) -> None:
        super().__init__(theme, padding=12)
        self._step = step
        self._row_theme = theme
        self._provider = provider
        self._words = words
        self._number = number + 1
        self.setAccessibleName(
            self.tr("Step {n}, {model} through {account}").format(
                n=self._number, model=step.use.model, account=step.use.account
            )
        )
        self.up = self._button("chevron-up", self.tr("Move step {n} up"))
        self.up.clicked.connect(lambda: self.move_requested.emit(-1))
        self.down = self._button("chevron-down", self.tr("Move step {n} down"))
        self.down.clicked.connect(lambda: self.move_requested.emit(1))
        self.add = self._button("plus", self.tr("Add a model beside step {n}"))
        self.add.clicked.connect(self.member_requested)
        self.remove = self._button("close", self.tr("Remove step {n}"))
        self.remove.clicked.connect(self.remove_requested)
        self.strategy = Combo(theme, self.tr("Strategy of step {n}").format(n=self._number), self)
        for key, strategy in STRATEGIES.items():
            self.strategy.add_choice(key, words.translate(strategy.title))
        self.strategy.set_current(step.pick)
        self.strategy.activated.connect(self._on_edited)
        self.rules = StepRules(theme, step, words)
        self.rules.changed.connect(self._on_edited)
        self.fold = Button(theme, self.tr("Rules"), "ghost", size="small")
        self.fold.setAccessibleName(self.tr("Rules of step {n}").format(n=self._number))
        self.fold.clicked.connect(lambda: self.unfold(self.rules.isHidden()))
        self._summary = ElidedLabel(theme, "", "secondary", "text.tertiary")
        self.weights: list[Field] = []
        self._member_stops: list[QWidget] = []
        self._problems = QVBoxLayout()
        self._problems.setSpacing(4)
        self._lines: list[ResultLine] = []
        self.body.setSpacing(10)
        self._arrange()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Say what is wrong with this step: limits beside their fields, the rest below."""
        errors: dict[str, str] = {problem.place: problem.text for problem in problems}
        for name, field in self.rules.fields.items():
            field.set_error(errors.get(name))
        if not STEP_LIMITS.isdisjoint(errors):
            self.unfold(True)
        say_all(self._lines, self._problems, self._row_theme, [p for p in problems if p.place in ("use", "weight")])

    def place_of(self, problem: Problem) -> QWidget:
        """Return what the keyboard has to stand on to mend a problem."""
        field = self.rules.fields.get(problem.place)
        if field is not None:
            return field.edit
        return self.weights[0].edit if problem.place == "weight" and self.weights else self.add

    def stops(self) -> list[QWidget]:
        """Return what Tab stops at, in order."""
        pool = [self.strategy, *self._member_stops] if self._step.more else []
        return [self.up, self.down, self.add, self.remove, *pool, self.fold, *self.rules.stops()]

    @property
    def unfolded(self) -> bool:
        """Whether the rules are shown."""
        return not self.rules.isHidden()

    def unfold(self, on: bool) -> None:
        """Show the rules, or a line that says what is special in them."""
        self.rules.setVisible(on)
        self.fold.set_icon("chevron-down" if on else "chevron-right")
        self._summary.setVisible(not on)
        self.fold.setAccessibleDescription(self._summary.text())

    def focus_mover(self, by: int, reason: Qt.FocusReason) -> None:
        """Keep the keyboard where it was; at an end the other button takes it."""
        wanted, other = (self.up, self.down) if by < 0 else (self.down, self.up)
        (wanted if wanted.isEnabled() else other).setFocus(reason)

    def _button(self, icon: str, words: str) -> IconButton:
        return IconButton(self._row_theme, icon, words.format(n=self._number), size=24)

    def _arrange(self) -> None:
        self.body.addLayout(self._make_head())
        if self._step.more:
            for at, member in enumerate(self._step.pool):
                self.body.addLayout(self._make_member(at, member))
        line = QHBoxLayout()
        line.setSpacing(6)
        line.setContentsMargins(-8, 0, 0, 0)  # the words of a ghost button stand in line with what is above
        line.addWidget(self.fold)
        line.addWidget(self._summary, 1)
        line.addStretch(0)
        self.body.addLayout(line)
        self.body.addWidget(self.rules)
        self.body.addLayout(self._problems)
        self._summary.setText(rules_words(self._step, self._words))
        self.unfold(False)
        for field in self.weights:
            # Qt follows a proxy on its way along the tab order, which would then go round in a circle.
            field.setFocusProxy(None)  # type: ignore[arg-type]  # its way to have none
            field.changed.connect(self._on_edited)

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if self._step.more:
            row.addWidget(Label(self._row_theme, self.tr("Pool"), weight=500))
            row.addWidget(self.strategy)
            row.addStretch(1)
        else:
            self.strategy.hide()
            self._add_name(row, self._step.pool[0], weight=500)
        row.addSpacing(4)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self.up, self.down, self.add, self.remove):
            buttons.addWidget(button)
        row.addLayout(buttons)
        return row

    def _make_member(self, at: int, member: MemberDraft) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._add_name(row, member, weight=400)
        weight = Field(self._row_theme, self.tr("Weight of {model}").format(model=member.use.model), member.weight)
        weight.setFixedWidth(_WEIGHT_PX)
        words = self.tr("Take {model} out of step {n}").format(model=member.use.model, n=self._number)
        remove = IconButton(self._row_theme, "close", words, size=24)
        remove.clicked.connect(partial(self._on_member_removed, at))
        row.addWidget(Label(self._row_theme, self.tr("Weight"), "secondary", "text.tertiary"))
        row.addWidget(weight)
        row.addWidget(remove)
        self.weights.append(weight)
        self._member_stops += [weight.edit, remove]
        return row

    def _add_name(self, row: QHBoxLayout, member: MemberDraft, *, weight: int) -> None:
        use = member.use
        row.addWidget(MarkLabel(self._row_theme, *self._provider(use.account)))
        row.addWidget(ElidedLabel(self._row_theme, use.model, weight=weight), 3)
        account = ElidedLabel(self._row_theme, use.account, "secondary", "text.tertiary")
        account.setAlignment(Qt.AlignmentFlag.AlignRight)
        row.addWidget(account, 1)

    def _on_edited(self) -> None:
        weights = [field.text() for field in self.weights] or [self._step.weight]
        pool = tuple(MemberDraft(member.use, weight) for member, weight in zip(self._step.pool, weights, strict=True))
        self._step = self.rules.read(replace(self._step.with_pool(pool), pick=self.strategy.current or self._step.pick))
        self._summary.setText(rules_words(self._step, self._words))
        self.edited.emit(self._step)

    def _on_member_removed(self, at: int) -> None:
        pool = self._step.pool
        self.reshaped.emit(self._step.with_pool((*pool[:at], *pool[at + 1 :])))


def say_all(lines: list[ResultLine], column: QVBoxLayout, theme: Theme, problems: Sequence[Problem]) -> None:
    """Say each problem in a line of its own; `lines` are those of the column, and grow as needed."""
    while len(lines) < len(problems):
        line = ResultLine(theme)
        column.addWidget(line)
        lines.append(line)
    for line in lines[len(problems) :]:
        line.clear()
    for line, problem in zip(lines, problems, strict=False):
        if line.text() != problem.text:
            line.say("bad" if problem.blocks else "warn", problem.text)
