"""The form that adds an account: whose, under which name, with which key, at which address."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.catalog import ACCOUNT_NAME
from switchyard.core.errors import NameTaken, UserError
from switchyard.services.accounts import SIMULATOR
from switchyard.services.onboarding import Onboarding
from switchyard.ui.pages.providers.desk import NewAccount
from switchyard.ui.pages.providers.kinds import COMPATIBLE, Keeping, Kind, keeping_words, place_words
from switchyard.ui.setup.key_entry import KeyEntry
from switchyard.ui.setup.verdict import is_here
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field, FormRow
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.segmented import Segmented
from switchyard.ui.words import Words


class AddForm(QWidget):
    """`add_requested` carries a `NewAccount` that can be added as far as the form can tell."""

    add_requested = Signal(object)
    cancelled = Signal()

    def __init__(self, theme: Theme, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._onboarding: Onboarding | None = None
        self._kinds: dict[str, Kind] = {}
        self._taken: set[str] = {SIMULATOR.name}
        self._named_by_person = False
        self._placed_by_person = False
        self.provider = Combo(theme, self.tr("Provider"))
        self.provider.currentIndexChanged.connect(self._on_kind_changed)
        self.name = Field(theme, self.tr("Account name"))
        self.name.edit.textEdited.connect(self._on_name_edited)
        self.name.changed.connect(self._on_name_changed)
        self.key = KeyEntry(theme, self.tr("API key"))
        self.key.changed.connect(self._on_key_changed)
        self._keeping = Paragraph(theme, "", "secondary", "text.tertiary")
        self.address = Field(theme, self.tr("Base URL"), placeholder="https://…/v1", mono=True)
        self.address.changed.connect(self._on_address_changed)
        self.place = Segmented(
            theme,
            self.tr("This server runs on"),
            [(place, place_words(place)) for place in ("local", "network", "cloud")],
            "cloud",
        )
        self.place.chosen.connect(self._on_placed)
        self.add = Button(theme, self.tr("Add and test"), "primary")
        self.add.clicked.connect(self._on_add)
        self.cancel = Button(theme, self.tr("Cancel"), "ghost")
        self.cancel.clicked.connect(self.cancelled)
        for entry in (self.name, self.key, self.address):
            entry.submitted.connect(self._on_add)
        self._arrange(theme)

    def attach(self, onboarding: Onboarding, kinds: Sequence[Kind]) -> None:
        """Know what can be added from now on."""
        self._onboarding = onboarding
        self._kinds = {kind.id: kind for kind in kinds}
        for kind in self._kinds.values():
            self.provider.add_choice(kind.id, kind.name, kind.provider)

    def set_taken(self, names: Sequence[str]) -> None:
        """Know which names are in use; a name that the form proposed itself gives way."""
        self._taken = {SIMULATOR.name, *names}
        if self._kind is not None and not self._named_by_person:
            self.name.set_text(self._free_name(self._kind.id))

    def begin(self, keeping: Keeping, kind: str = "") -> None:
        """Be empty again, for a kind that was named or for the first."""
        self._named_by_person = self._placed_by_person = False
        self.key.set_key("")
        self.show_keeping(keeping)
        self.provider.set_current(kind or next(iter(self._kinds), ""))
        self._on_kind_changed()

    def show_keeping(self, keeping: Keeping) -> None:
        """Say where a key that is typed now will be kept."""
        self._keeping.setText(keeping_words(keeping))

    def show_refused(self, error: UserError) -> None:
        """Say beside the field what is wrong with the account."""
        sentence = " ".join(self._words.translate(part) for part in (error.title, error.hint) if part is not None)
        (self.name if isinstance(error, NameTaken) else self.address).set_error(sentence)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _arrange(self, theme: Theme) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(Label(theme, self.tr("Add a provider"), "heading"))
        column.addSpacing(4)
        key = QWidget()
        under = QVBoxLayout(key)
        under.setContentsMargins(0, 0, 0, 0)
        under.setSpacing(4)
        under.addWidget(self.key)
        under.addWidget(self._keeping)
        key.setFocusProxy(self.key)
        name_hint = self.tr("Stands before the model's name in chains and on the command line.")
        place_hint = self.tr("Chains and the offline switch count a server as local only where you say so.")
        self._place_row = FormRow(theme, self.tr("This server runs on"), _left(self.place), place_hint)
        for row in (
            FormRow(theme, self.tr("Provider"), self.provider),
            FormRow(theme, self.tr("Account name"), self.name, name_hint),
            FormRow(theme, self.tr("API key"), key),
            FormRow(theme, self.tr("Base URL"), self.address),
            self._place_row,
        ):
            column.addWidget(row)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.add)
        column.addSpacing(8)
        column.addLayout(buttons)

    @property
    def _kind(self) -> Kind | None:
        return self._kinds.get(self.provider.current)

    def _on_kind_changed(self) -> None:
        kind = self._kind
        if kind is None:
            return
        if not self._named_by_person:
            self.name.set_text(self._free_name(kind.id))
        self.address.set_text(kind.base_url)
        self._place_row.setVisible(kind.says_place)
        self.key.edit.setPlaceholderText("" if kind.needs_key else self.tr("Only if the server asks for one"))
        self._suggest_place()
        self._check_key()

    def _free_name(self, start: str) -> str:
        names = [start, *(f"{start}-{n}" for n in range(2, 1000))]
        return next(name for name in names if name not in self._taken)

    def _suggest_place(self) -> None:
        """Ollama on this computer is known to run here; of any other server only the person knows."""
        kind = self._kind
        if kind is not None and not self._placed_by_person:
            known = kind.provider != COMPATIBLE and is_here(self.address.text())
            self.place.set_current("local" if known else "cloud")

    def _on_address_changed(self) -> None:
        self._suggest_place()

    def _on_placed(self) -> None:
        self._placed_by_person = True

    def _on_name_edited(self, name: str) -> None:
        self._named_by_person = bool(name)

    def _on_name_changed(self) -> None:
        self.name.set_error(self._name_error())

    def _name_error(self) -> str | None:
        name = self.name.text()
        if not name:
            return self.tr("Give the account a name.")
        if not ACCOUNT_NAME.fullmatch(name):
            return self.tr("Use lower-case letters, digits and hyphens, beginning with a letter or digit.")
        if name in self._taken:
            return self.tr("There is an account named {name} already. Choose another name.").format(name=name)
        return None

    def _on_key_changed(self) -> None:
        self._check_key()

    def _check_key(self) -> None:
        """A key goes to its own provider only: say so where it looks like another's."""
        self.key.set_error(self._foreign_key())

    def _foreign_key(self) -> str | None:
        kind = self._kind
        if self._onboarding is None or kind is None or kind.provider == COMPATIBLE:
            return None
        guess = self._onboarding.recognise(self.key.key)
        if len(guess.providers) == 1 and guess.providers[0] != kind.provider:
            owner = self._kinds[guess.providers[0]].name
            return self.tr("This is a key of {owner}. Choose {owner} above, or paste another key.").format(owner=owner)
        return None

    def _on_add(self) -> None:
        kind = self._kind
        if kind is None or self.add.busy:
            return
        missing = self.tr("Paste a key.") if kind.needs_key and not self.key.key else None
        for entry, error in (
            (self.name, self._name_error()),
            (self.key, self._foreign_key() or missing),
            (self.address, None if self.address.text().strip() else self.tr("Write the address of the server.")),
        ):
            entry.set_error(error)
            if error is not None:
                entry.setFocus()
                return
        said = kind.says_place and (self._placed_by_person or kind.provider == COMPATIBLE)
        place = self.place.current if said else None
        address = self.address.text().strip()
        self.add_requested.emit(NewAccount(kind.provider, self.name.text(), address, self.key.key, place))


def _left(widget: QWidget) -> QWidget:
    """Keep a control at its own width, at the left of its row."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(widget)
    row.addStretch(1)
    holder.setFocusProxy(widget)
    return holder
