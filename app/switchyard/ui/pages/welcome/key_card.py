"""The way of a pasted key: whose it is, whether it works, and keys that lie in the environment already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.services.onboarding import Added, EnvironmentKey, Onboarding
from switchyard.ui.pages.welcome.way_card import WayCard
from switchyard.ui.setup.key_entry import KeyEntry
from switchyard.ui.setup.result_line import ResultLine
from switchyard.ui.setup.verdict import model_count, verdict
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import ElidedLabel, Label
from switchyard.ui.widgets.mark import MarkLabel
from switchyard.ui.words import translate

OWN_SERVER = "openai-compatible"
_SHORTEST_KEY = 16
_MOST_OFFERS = 3


@dataclass(frozen=True, slots=True)
class KeyOffer:
    """A key whose owner is clear. `base_url` is None for a provider's own address."""

    provider: str
    key: str
    base_url: str | None = None


class KeyCard(WayCard):
    """Nothing is sent before it is clear to whom a key belongs: `settled` tells that its beginning says so, `unsettled`
    that it was changed since."""

    settled = Signal()
    unsettled = Signal()
    environment_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            theme,
            "key",
            translate("KeyCard", "Paste a key"),
            translate("KeyCard", "The provider is recognised from the key."),
            translate("KeyCard", "Continue"),
            "primary",
        )
        self._theme = theme
        self._onboarding: Onboarding | None = None
        self._connected: Added | None = None
        self._locale = QLocale()
        self.entry = KeyEntry(theme, translate("KeyCard", "Key"), placeholder="sk-…")
        self.entry.changed.connect(self._on_key_changed)
        self.owner = _Owner(theme)
        self.chooser = Combo(theme, translate("KeyCard", "Whose key it is"))
        self.chooser.currentIndexChanged.connect(self._on_chosen)
        self.address = Field(
            theme, translate("KeyCard", "Address of the server"), placeholder="https://…/v1", mono=True
        )
        self.address.changed.connect(self._on_chosen)
        self.result = ResultLine(theme)
        self.another = Button(theme, translate("KeyCard", "Add another"), "link", size="small")
        self.another.setAccessibleName(translate("KeyCard", "Add another key"))
        self.another.clicked.connect(self._on_another)
        self._accepted = QVBoxLayout()
        self._accepted.setSpacing(4)
        self._offers = QVBoxLayout()
        self._offers.setSpacing(4)
        self._arrange()

    # --- asked by the page ------------------------------------------------------------------------------------------

    def attach(self, onboarding: Onboarding) -> None:
        """Know the providers from now on; what was typed before is read now."""
        self._onboarding = onboarding
        self._on_key_changed()

    def offer(self) -> KeyOffer | None:
        """Return the key that waits for its test, if it is clear whose it is."""
        provider, key = self._provider(), self.entry.key
        if not provider or not key or self.works:
            return None
        if provider != OWN_SERVER:
            return KeyOffer(provider, key)
        address = self.address.text().strip()
        return KeyOffer(provider, key, address) if address else None

    @property
    def works(self) -> bool:
        """Whether the key in the field was tested and is connected."""
        return self._connected is not None

    def first_control(self) -> QWidget:
        """Return the field."""
        return self.entry

    def set_busy(self, busy: bool) -> None:
        """Wait for a test: the key stays as it is meanwhile."""
        self.button.set_busy(busy)
        self.entry.edit.setReadOnly(busy or self.works)
        self.chooser.setEnabled(not busy)
        self.address.edit.setReadOnly(busy)

    def show_added(self, added: Added, locale: QLocale) -> None:
        """Say what the test of the key in the field found; one that works can be followed by another."""
        self.result.say_verdict(verdict(added.result, added.account, added.provider_name, locale))
        if added.works:
            self._connected = added
            self._locale = locale
            self.another.show()
            self.entry.edit.setReadOnly(True)
            self.owner.show_owner(added.account.provider, added.provider_name, "")
            self.owner.show()
            self.chooser.hide()
            self.address.hide()

    def show_found_added(self, added: Added, locale: QLocale) -> None:
        """Say what the test of a key from the environment found."""
        if added.works:
            self._accept(added, locale)
        else:
            self.result.say_verdict(verdict(added.result, added.account, added.provider_name, locale))

    def ask_whose(self) -> None:
        """The key cannot be tested before the person has said whose it is, or where its server is."""
        if self.chooser.isHidden():
            if self.result.isHidden():
                self.result.say(
                    "bad",
                    translate("KeyCard", "This is too short for a key."),
                    translate("KeyCard", "Paste all of it."),
                )
        elif self.chooser.current == OWN_SERVER:
            self.address.set_error(
                translate("KeyCard", "Write the address of the server, like http://127.0.0.1:4000/v1.")
            )
            self.address.setFocus()
        else:
            self.result.say("plain", translate("KeyCard", "Choose whose key this is. It is sent to nobody before."))
            self.chooser.setFocus()

    def reset(self) -> None:
        """Forget what was typed and what was shown."""
        _empty(self._accepted)
        self._begin_anew()

    def show_error(self, title: str, hint: str) -> None:
        """Say why the key could not even be tried."""
        self.result.say("bad", title, hint)

    def show_environment(self, keys: Sequence[EnvironmentKey]) -> None:
        """Offer the keys of the environment; they are never just used."""
        _empty(self._offers)
        if keys:
            self._offers.addWidget(
                Label(self._theme, translate("KeyCard", "Found in the environment"), "caption", "text.tertiary")
            )
        for found in keys[:_MOST_OFFERS]:
            line = _Found(self._theme, found)
            line.use.clicked.connect(lambda _=False, provider=found.provider: self.environment_requested.emit(provider))
            self._offers.addWidget(line)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        for hidden in (self.owner, self.chooser, self.address, self.another):
            hidden.hide()
        whose = QHBoxLayout()
        whose.addWidget(self.owner, 1)
        whose.addWidget(self.another)
        self.content.addLayout(self._accepted)
        self.content.addWidget(self.entry)
        self.content.addLayout(whose)
        self.content.addWidget(self.chooser)
        self.content.addWidget(self.address)
        self.content.addWidget(self.result)
        self.content.addLayout(self._offers)
        for late in (self.button, self.address.edit):  # the button was made before all of these, and stands below them
            QWidget.setTabOrder(self.chooser, late)

    def _provider(self) -> str:
        if self._onboarding is None:
            return ""
        guess = self._onboarding.recognise(self.entry.key)
        return guess.providers[0] if len(guess.providers) == 1 else self.chooser.current

    def _on_key_changed(self) -> None:
        self.result.clear()
        self.unsettled.emit()
        if self._onboarding is None:
            return
        key = self.entry.key
        guess = self._onboarding.recognise(key)
        certain = len(guess.providers) == 1
        names = {preset.id: preset.name for preset in self._onboarding.presets()}
        self.owner.setVisible(certain)
        if certain:
            self.owner.show_owner(guess.providers[0], names[guess.providers[0]], translate("KeyCard", "recognised"))
        asks = not certain and len(key) >= _SHORTEST_KEY
        if asks and self.chooser.isHidden():
            self._fill_chooser(guess.providers)
        self.chooser.setVisible(asks)
        self.address.setVisible(asks and self.chooser.current == OWN_SERVER)
        if certain and len(key) >= _SHORTEST_KEY:
            self.settled.emit()

    def _fill_chooser(self, providers: Sequence[str]) -> None:
        """Ask whose key it is: of a plain `sk-` a few, of an unknown beginning anybody."""
        assert self._onboarding is not None
        self.chooser.blockSignals(True)
        self.chooser.clear()
        self.chooser.add_choice("", translate("KeyCard", "Whose key is this?"))
        for preset in self._onboarding.presets():
            if preset.id in providers or (not providers and preset.id != "ollama"):
                name = translate("KeyCard", "A server of your own") if preset.id == OWN_SERVER else preset.name
                self.chooser.add_choice(preset.id, name, preset.id)
        self.chooser.blockSignals(False)
        self.chooser.updateGeometry()

    def _on_chosen(self) -> None:
        """A choice is tested on Continue alone: arrow keys pass through owners that are not meant."""
        self.result.clear()
        own = self.chooser.current == OWN_SERVER
        self.address.setVisible(own and not self.chooser.isHidden())

    def _on_another(self) -> None:
        if self._connected is not None:
            self._accept(self._connected, self._locale)
        self._begin_anew()
        self.entry.setFocus()

    def _accept(self, added: Added, locale: QLocale) -> None:
        """Keep what works in view, in one line."""
        line = _Owner(self._theme)
        models = model_count(len(added.result.models), locale)
        line.show_owner(
            added.account.provider,
            added.provider_name,
            translate("KeyCard", "connected, {models}").format(models=models),
        )
        self._accepted.addWidget(line)

    def _begin_anew(self) -> None:
        self._connected = None
        self.another.hide()
        self.entry.edit.setReadOnly(False)
        self.address.set_text("")
        self.entry.set_key("")


class _Owner(QWidget):
    """A provider's mark and name, and what is known of the key."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._mark = MarkLabel(theme, "", "")
        self._name = ElidedLabel(theme, "", "secondary", weight=500)
        self._state = Label(theme, "", "secondary", "text.tertiary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._name)
        row.addWidget(self._state)
        row.addStretch(1)

    def show_owner(self, provider: str, name: str, state: str) -> None:
        """Name somebody."""
        self._mark.set_provider(provider, name)
        self._name.setText(name)
        self._state.setText(state)
        self.setAccessibleName(f"{name} {state}".strip())


class _Found(QWidget):
    """A key of the environment, and the button that uses it."""

    def __init__(self, theme: Theme, found: EnvironmentKey) -> None:
        super().__init__()
        self.use = Button(theme, translate("KeyCard", "Use it"), "link", size="small")
        self.use.setAccessibleName(translate("KeyCard", "Use {variable}").format(variable=found.variable))
        self.setMinimumHeight(self.use.sizeHint().height())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(MarkLabel(theme, found.provider, found.provider_name))
        row.addWidget(ElidedLabel(theme, found.variable, "secondary", "text.secondary"), 1)
        row.addWidget(self.use)


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
