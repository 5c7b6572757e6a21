"""One model beside the table: what is known and from whom, what the person says instead, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from switchyard.core.catalog_queries import Entry
from switchyard.core.chain import DeploymentName
from switchyard.core.content import Capability
from switchyard.core.facts import NOTHING, Facts
from switchyard.core.usage import Price
from switchyard.ui import model_words as wording
from switchyard.ui.pages.models.said import RATES, SIZES, NotUnderstood, facts_of, texts_of
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.choice import CheckBox
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.mark import LARGE, MarkLabel
from switchyard.ui.widgets.scrolling import scrolling
from switchyard.ui.widgets.tooltip import Tip

_GUTTER_PX = 20
_LABEL_PX = 126
_AS_KNOWN, _YES, _NO = "known", "yes", "no"


class Said(NamedTuple):
    """What the person says of a deployment."""

    name: DeploymentName
    facts: Facts


class Details(QWidget):
    """Says what the person wants; the page does it. `saved` and `added` carry a `Said`."""

    closed = Signal()
    used = Signal(str)
    forced = Signal(str)
    saved = Signal(object)
    added = Signal(object)
    removed = Signal(str)
    retried = Signal(str)
    offered = Signal(str, bool)

    def __init__(self, theme: Theme, locale: QLocale, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._locale = locale
        self._entry: Entry | None = None
        self._mark = MarkLabel(theme, "", "", LARGE)
        self._title = ElidedLabel(theme, "", "heading")
        self._owner = ElidedLabel(theme, "", "secondary", "text.tertiary")
        self.close_button = IconButton(theme, "close", self.tr("Close"), "Esc", size=24)
        self.close_button.clicked.connect(self.closed)
        self.use = Button(theme, self.tr("Use in a chat"), "primary")
        self.use.clicked.connect(lambda: self._tell(self.used.emit))
        self.force = Button(theme, self.tr("Force this model"))
        Tip(theme, self.force, self.tr("It answers everything, whatever a chain says, until that is undone."))
        self.force.clicked.connect(lambda: self._tell(self.forced.emit))
        self.offer = CheckBox(theme, self.tr("Offered where a model is chosen"))
        self.offer.clicked.connect(lambda on: self._tell(lambda name: self.offered.emit(name, on)))
        self.account = Combo(theme, self.tr("Account"))
        self.name = Field(theme, self.tr("Model's name"), mono=True)
        self.facts = FactsForm(theme, locale)
        self._measured = Paragraph(theme, "", "secondary", "text.tertiary")
        self._refused = Paragraph(theme, "", "secondary", "text.secondary")
        self.retry = Button(theme, self.tr("Try again"), size="small")
        self.retry.clicked.connect(lambda: self._tell(self.retried.emit))
        self.save = Button(theme, self.tr("Save"), "primary")
        self.save.clicked.connect(self._on_save)
        self.revert = Button(theme, self.tr("Take all back"), "ghost")
        self.revert.clicked.connect(self._on_forget)
        self.remove = Button(theme, self.tr("Remove model"), "danger", icon="trash")
        self.remove.clicked.connect(lambda: self._tell(self.removed.emit))
        self.facts.changed.connect(lambda: self.save.setEnabled(True))
        self._parts = self._arrange()
        theme.changed.connect(self.update)

    @property
    def shown(self) -> str:
        """Return the deployment that is shown; empty while one is added, or none is there."""
        return self._entry.deployment.name if self._entry is not None else ""

    def show_entry(self, entry: Entry, said: Facts) -> None:
        """Show a model as it is known now."""
        deployment = entry.deployment
        self._entry = entry
        self._mark.set_provider(deployment.provider, deployment.provider_name)
        self._title.setText(deployment.model)
        place = wording.place_name(deployment.place)
        self._owner.setText(f"{wording.owner(deployment)}  ·  {place}")
        self._set_adding(False)
        self.use.setVisible(entry.chat)
        self.force.setVisible(entry.chat)
        self.offer.setVisible(entry.chat and not deployment.simulated)
        self.offer.setChecked(entry.offered)
        self.facts.show_facts(entry, said)
        self.facts.setEnabled(not deployment.simulated)
        speed = _speed_words(entry, self._locale)
        self._measured.setText(f"{speed} {wording.quality_note(entry)}" if entry.quality is not None else speed)
        refused = sorted(deployment.refuses)
        words = self.tr("It was seen not to take: {names}. These are left out.").format(names=", ".join(refused))
        self._refused.setText(words)
        self._parts["refused"].setVisible(bool(refused))
        self.revert.setVisible(said != NOTHING)
        self.remove.setVisible(entry.added)
        self.save.setVisible(not deployment.simulated)
        self.save.setText(self.tr("Save"))
        self.save.setEnabled(False)

    def begin_adding(self, accounts: Sequence[tuple[str, str, str]]) -> None:
        """Take the name of a model that no list has; accounts by name, words and provider."""
        self._entry = None
        self.account.clear()
        for name, words, provider in accounts:
            self.account.add_choice(name, words, provider)
        self._mark.hide()
        self._title.setText(self.tr("Add a model"))
        self._owner.setText(self.tr("A fine-tuned one, or one that the list leaves out."))
        self.name.set_text("")
        self.facts.show_nothing()
        self.facts.setEnabled(True)
        self._set_adding(True)
        for widget in (self.use, self.force, self.offer, self.revert, self.remove, self._parts["refused"]):
            widget.hide()
        self.save.setText(self.tr("Add model"))
        self.save.setVisible(True)
        self.save.setEnabled(True)
        self.name.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line at the left."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.surface"))
        painter.fillRect(0, 0, 1, self.height(), self._theme.color("border.subtle"))

    # --- inside -----------------------------------------------------------------------------------------------------

    def _set_adding(self, adding: bool) -> None:
        self._parts["adding"].setVisible(adding)
        self._parts["measured"].setVisible(not adding)
        self._mark.setVisible(not adding)

    def _tell(self, emit: Callable[[str], None]) -> None:
        if self._entry is not None:
            emit(self._entry.deployment.name)

    def _on_save(self) -> None:
        """Tell what the fields say, or say beside one what it may hold."""
        try:
            facts = self.facts.read()
        except NotUnderstood as error:
            self.facts.show_refused(error)
            return
        if self._entry is not None:
            deployment = self._entry.deployment
            self.saved.emit(Said(DeploymentName(deployment.account, deployment.model), facts))
            return
        name = self.name.text().strip()
        if not name or not self.account.current:
            self.name.set_error(self.tr("Write the name by which the provider knows the model."))
            self.name.setFocus()
            return
        self.added.emit(Said(DeploymentName(self.account.current, name), facts))

    def _on_forget(self) -> None:
        if self._entry is not None:
            deployment = self._entry.deployment
            self.saved.emit(Said(DeploymentName(deployment.account, deployment.model), NOTHING))

    def _arrange(self) -> dict[str, QWidget]:
        adding = _column(_row(self._theme, self.tr("Account"), self.account))
        _add(adding, _row(self._theme, self.tr("Model's name"), self.name))
        measured = _column(Label(self._theme, self.tr("Measured here"), "panel"))
        _add(measured, self._measured)
        refused = _column(self._refused)
        _add(refused, _left(self.retry))
        inside = _column(self.use, spacing=14)
        for part in (self.force, self.offer, adding, self.facts, measured, refused):
            _add(inside, part)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.remove)
        buttons.addWidget(self.revert)
        buttons.addStretch(1)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_head())
        column.addWidget(_scrolling(inside), 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(_GUTTER_PX - 1, 10, _GUTTER_PX, 12)
        foot.addLayout(buttons)
        column.addLayout(foot)
        return {"adding": adding, "measured": measured, "refused": refused}

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(_GUTTER_PX - 1, 14, 12, 6)
        head.setSpacing(10)
        head.addWidget(self._mark)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._owner)
        head.addLayout(words, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        return head


class FactsForm(QWidget):
    """A field for each fact: empty where the sources count, with what they say in grey and who says it below."""

    changed = Signal()

    def __init__(self, theme: Theme, locale: QLocale) -> None:
        super().__init__()
        self._locale = locale
        self._price: Price | None = None
        names = _field_names()
        self.fields = {name: Field(theme, words) for name, words in names.items()}
        self._notes = {name: Label(theme, "", "caption", "text.tertiary", weight=400) for name in names}
        self.can = {skill.capability: Combo(theme, skill.name) for skill in (*wording.skills(), *wording.more_skills())}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(Label(theme, self.tr("What it takes"), "panel"))
        for name in SIZES:
            column.addWidget(_row(theme, names[name], self.fields[name], self._notes[name]))
        column.addSpacing(6)
        column.addWidget(Label(theme, self.tr("Price of a million tokens"), "panel"))
        for name in RATES:
            column.addWidget(_row(theme, names[name], self.fields[name], self._notes[name]))
        column.addSpacing(6)
        column.addWidget(Label(theme, self.tr("What it can do"), "panel"))
        for skill in (*wording.skills(), *wording.more_skills()):
            column.addWidget(_row(theme, skill.name, self.can[skill.capability]))
        for field in self.fields.values():
            field.changed.connect(self.changed)
        for combo in self.can.values():
            combo.activated.connect(self.changed)

    def show_facts(self, entry: Entry, said: Facts) -> None:
        """Show what is known, and in the fields what the person said."""
        deployment = entry.deployment
        self._price = deployment.price
        known = {
            "context": wording.size(deployment.context, self._locale),
            "max_output": wording.size(deployment.max_output, self._locale),
        }
        for name in RATES:
            nanos = getattr(deployment.price, name) if deployment.price is not None else None
            known[name] = self.tr("free") if deployment.free else wording.rate(nanos, self._locale)
        texts = texts_of(said, self._locale)
        for name, field in self.fields.items():
            source = entry.sources.get(name if name in SIZES else "prices")
            field.set_text(texts[name])
            field.edit.setPlaceholderText(known[name])
            self._notes[name].setText(wording.source_name(source) if source is not None else "")
            self._notes[name].setVisible(source is not None and name in (*SIZES, RATES[0]))
        for capability, combo in self.can.items():
            can = deployment.capabilities.get(capability)
            source = entry.sources.get(capability.value)
            _fill(combo, self._as_known(can, capability in said.capabilities), said.capabilities.get(capability))
            combo.setToolTip(wording.source_name(source))

    def show_nothing(self) -> None:
        """Be empty: nothing is known of a model that is only now added."""
        self._price = None
        for name, field in self.fields.items():
            field.set_text("")
            field.edit.setPlaceholderText(self.tr("as the sources say"))
            self._notes[name].hide()
        for combo in self.can.values():
            _fill(combo, self.tr("as the sources say"), None)

    def read(self) -> Facts:
        """Return what the fields say; raises `NotUnderstood`."""
        texts = {name: field.text() for name, field in self.fields.items()}
        can: Mapping[Capability, bool] = {
            capability: combo.current == _YES for capability, combo in self.can.items() if combo.current != _AS_KNOWN
        }
        return facts_of(texts, can, self._price)

    def show_refused(self, error: NotUnderstood) -> None:
        """Say beside a field what it may hold."""
        self.fields[error.field].set_error(error.text)
        self.fields[error.field].setFocus()

    def _as_known(self, can: bool | None, said: bool) -> str:
        if said:
            return self.tr("as the sources say")
        return self.tr("as known: {word}").format(word=wording.can_word(can))


def _field_names() -> dict[str, str]:
    return {
        "context": _tr("Context"),
        "max_output": _tr("Longest answer"),
        "input_nanos": _tr("Prompt"),
        "output_nanos": _tr("Answer"),
        "cached_input_nanos": _tr("From the cache"),
        "cache_write_5m_nanos": _tr("To the cache"),
    }


def _fill(combo: Combo, as_known: str, said: bool | None) -> None:
    """Offer what the sources say, yes and no; choose what the person said."""
    combo.clear()
    combo.add_choice(_AS_KNOWN, as_known)
    combo.add_choice(_YES, wording.can_word(True))
    combo.add_choice(_NO, wording.can_word(False))
    combo.set_current(_AS_KNOWN if said is None else _YES if said else _NO)


def _speed_words(entry: Entry, locale: QLocale) -> str:
    if entry.speed is None:
        return wording.speed_note(entry, locale)
    text = _tr("{first} to the first token, {pace} tok/s. {note}")
    first, pace = wording.first_token(entry, locale), wording.pace(entry, locale)
    return text.format(first=first, pace=pace, note=wording.speed_note(entry, locale))


def _row(theme: Theme, label: str, control: QWidget, note: QWidget | None = None) -> QWidget:
    """Put a label at the left of a control, and a note below it."""
    words = Label(theme, label, token="text.secondary")
    words.setFixedWidth(_LABEL_PX)
    words.setFixedHeight(30)
    words.setBuddy(control)
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    row.addWidget(words, 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(1)
    column.addWidget(control)
    if note is not None:
        column.addWidget(note)
    row.addLayout(column, 1)
    return holder


def _column(first: QWidget, *, spacing: int = 8) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(spacing)
    column.addWidget(first)
    return holder


def _add(holder: QWidget, part: QWidget) -> None:
    layout = holder.layout()
    if layout is not None:
        layout.addWidget(part)


def _left(widget: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(widget)
    row.addStretch(1)
    return holder


def _scrolling(inside: QWidget) -> QScrollArea:
    padded = QWidget()
    column = QVBoxLayout(padded)
    column.setContentsMargins(_GUTTER_PX - 1, 8, _GUTTER_PX, 12)
    column.addWidget(inside)
    column.addStretch(1)
    return scrolling(padded)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
