"""What holds for one step of a chain: how long it may take, when it is asked, and what it is left for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from switchyard.core.chain import LeaveOn
from switchyard.ui.format import money
from switchyard.ui.pages.chains.condition_words import condition_words
from switchyard.ui.pages.chains.draft import ALWAYS, KEPT, ONLY, StepDraft, read_sum
from switchyard.ui.pages.chains.picture_words import leave_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.choice import CheckBox
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Label
from switchyard.ui.words import Words

_COLUMNS = 3


class StepRules(QWidget):
    """`changed` tells that the person changed something; `read` puts it into a step."""

    changed = Signal()

    def __init__(self, theme: Theme, step: StepDraft, words: Words) -> None:
        super().__init__()
        auto = self.tr("Auto")
        self.first_token = Field(theme, self.tr("First token within"), step.first_token, placeholder=auto)
        self.idle = Field(theme, self.tr("Silent for at most"), step.idle, placeholder=auto)
        self.retries = Field(theme, self.tr("Retries"), step.retries, placeholder=auto)
        self.only = Combo(theme, self.tr("Asked for"))
        self._fill_only(step, words)
        self.hedge = Field(theme, self.tr("Second call after"), step.hedge, placeholder=self.tr("Never"))
        self.max_cost = Field(theme, self.tr("A call may cost"), step.max_cost, placeholder=self.tr("Any sum"))
        self.tries = Field(theme, self.tr("Models tried"), step.tries, placeholder=self.tr("All"))
        self.leave_on = {word: CheckBox(theme, text) for word, text in _leave_words().items()}
        for word, box in self.leave_on.items():
            box.setChecked(word in step.leave_on)
            box.clicked.connect(self.changed)
        for field in self.fields.values():
            # Qt follows a proxy on its way along the tab order, which would then go round in a circle.
            field.setFocusProxy(None)  # type: ignore[arg-type]  # its way to have none
            field.changed.connect(self.changed)
        self.only.activated.connect(self.changed)
        self._arrange(theme, is_pool=bool(step.more))

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by the names of what they hold."""
        return {
            "first_token": self.first_token,
            "idle": self.idle,
            "retries": self.retries,
            "hedge": self.hedge,
            "max_cost": self.max_cost,
            "tries": self.tries,
        }

    def read(self, step: StepDraft) -> StepDraft:
        """Return a step with what the form holds now."""
        return replace(
            step,
            first_token=self.first_token.text(),
            idle=self.idle.text(),
            retries=self.retries.text(),
            only=self.only.current,
            leave_on=frozenset(word for word, box in self.leave_on.items() if box.isChecked()),
            hedge=self.hedge.text(),
            tries=self.tries.text(),
            max_cost=self.max_cost.text(),
        )

    def stops(self) -> list[QWidget]:
        """Return what Tab stops at, in order."""
        first = [self.first_token.edit, self.idle.edit, self.retries.edit, self.only]
        return [*first, self.hedge.edit, self.max_cost.edit, self.tries.edit, *self.leave_on.values()]

    def _fill_only(self, step: StepDraft, words: Words) -> None:
        self.only.add_choice(ALWAYS, self.tr("Every message"))
        for key, condition in ONLY.items():
            if condition is not None:
                self.only.add_choice(key, _capital(condition_words(condition, words.locale)))
        if step.only == KEPT and step.base is not None:
            self.only.add_choice(KEPT, _capital(condition_words(step.base.only, words.locale)))
        self.only.set_current(step.only)

    def _arrange(self, theme: Theme, *, is_pool: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(10)
        limits = QGridLayout()
        limits.setHorizontalSpacing(12)
        limits.setVerticalSpacing(10)
        controls = (self.first_token, self.idle, self.retries, self.only, self.hedge, self.max_cost, self.tries)
        for n, control in enumerate(controls):
            name = control.edit.accessibleName() if isinstance(control, Field) else control.accessibleName()
            held = captioned(theme, control, name)
            limits.addWidget(held, n // _COLUMNS, n % _COLUMNS, Qt.AlignmentFlag.AlignTop)
            if control is self.tries and not is_pool:
                held.hide()
        for n in range(_COLUMNS):
            limits.setColumnStretch(n, 1)
        column.addLayout(limits)
        column.addWidget(Label(theme, self.tr("The next step is asked after"), "caption", "text.tertiary", weight=400))
        reasons = QGridLayout()
        reasons.setHorizontalSpacing(12)
        reasons.setVerticalSpacing(2)
        for n, box in enumerate(self.leave_on.values()):
            reasons.addWidget(box, n // _COLUMNS, n % _COLUMNS)
        for n in range(_COLUMNS):
            reasons.setColumnStretch(n, 1)
        column.addLayout(reasons)


def captioned(theme: Theme, control: QWidget, caption: str) -> QWidget:
    """Put a control under its name."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    label = Label(theme, caption, "caption", "text.tertiary", weight=400)
    label.setBuddy(control)
    column.addWidget(label)
    column.addWidget(control)
    return holder


def rules_words(step: StepDraft, words: Words) -> str:
    """Return what a step's rules say that is not as everywhere; empty where all is."""
    cost_nanos = read_sum(step.max_cost)
    texts = (
        (step.first_token, _tr("first token within {value}")),
        (step.idle, _tr("silent for at most {value}")),
        (step.retries, _tr("1 retry") if step.retries.strip() == "1" else _tr("{value} retries")),
        (step.hedge, _tr("second call when it is slow") if step.hedge == "auto" else _tr("second call after {value}")),
        (step.max_cost if cost_nanos is None else money(cost_nanos, words.locale), _tr("at most {value} a call")),
        (step.tries if step.more else "", _tr("{value} models tried")),
    )
    parts = [text.format(value=value.strip()) for value, text in texts if value.strip()]
    if step.only != ALWAYS:
        condition = step.base.only if step.only == KEPT and step.base is not None else ONLY.get(step.only)
        parts.insert(0, _tr("only when: {condition}").format(condition=condition_words(condition, words.locale)))
    if step.leave_on != frozenset(LeaveOn):
        reasons = ", ".join(leave_words(step.leave_on))
        parts.append(_tr("left on: {reasons}").format(reasons=reasons) if step.leave_on else _tr("never left"))
    return "  ·  ".join(parts)


def _leave_words() -> dict[LeaveOn, str]:
    """Return the reasons to leave a step for, in the order of their choice."""
    return {
        LeaveOn.RATE_LIMIT: _tr("A rate limit"),
        LeaveOn.SLOW: _tr("No token in time"),
        LeaveOn.ERROR: _tr("An error of the server"),
        LeaveOn.NETWORK: _tr("A lost connection"),
        LeaveOn.CONTEXT: _tr("A chat too long for it"),
        LeaveOn.AUTH: _tr("A rejected key"),
        LeaveOn.CREDIT: _tr("No credit"),
        LeaveOn.GONE: _tr("An unknown model"),
        LeaveOn.EMPTY: _tr("An empty answer"),
        LeaveOn.UNSUPPORTED: _tr("A refused request"),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tr(text: str) -> str:
    return QCoreApplication.translate("StepRules", text)
