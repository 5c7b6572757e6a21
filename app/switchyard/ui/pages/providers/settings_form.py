"""What is said of an account beside its key: its address, how it is reached, and what it is used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.core.catalog import Account, Place
from switchyard.services.accounts import place_of
from switchyard.ui.pages.providers.headers_editor import HeadersEditor
from switchyard.ui.pages.providers.kinds import OLLAMA, Kind, place_words, region_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field, FormRow
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.switch import Switch

HEADER = "header."
ORGANISATION = "header.openai-organization"
_OPENAI = "openai"
_AUTO = ""
_OTHER = "other"
_WORDS = ("system", "none")
_YES, _NO = "yes", "no"
_PLACE_WORDS = {Place.COMPUTER: "local", Place.NETWORK: "network", Place.CLOUD: "cloud"}


class SettingsForm(QWidget):
    """Fields for the settings that a provider has; what it has no field for stays as it is."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._account: Account | None = None
        self._known: frozenset[str] = frozenset()
        self.address = Field(theme, self.tr("Base URL"), mono=True)
        self.region = Combo(theme, self.tr("Region"))
        self.organisation = Field(theme, self.tr("Organisation"), placeholder=self.tr("Optional"), mono=True)
        self.api = _combo(theme, self.tr("API"), self._apis())
        self.version = Field(theme, self.tr("API version"), placeholder=self.tr("The newest"), mono=True)
        self.place = _combo(theme, self.tr("This server runs on"), self._places())
        self.keep_alive = _combo(theme, self.tr("Keep a model loaded"), self._times())
        self.window_size = Field(theme, self.tr("Context window"), placeholder=self.tr("As large as the chat needs"))
        self.proxy = _combo(theme, self.tr("Proxy"), self._proxies())
        self.proxy_address = Field(theme, self.tr("Proxy's address"), placeholder="socks5://proxy:1080", mono=True)
        self.ca_file = Field(theme, self.tr("CA file"), placeholder=self.tr("The system's own trust"), mono=True)
        self.headers = HeadersEditor(theme)
        self.fallback = Switch(theme, self.tr("Fallback"), self.tr("May answer after another model failed"))
        self.attachments = Switch(theme, self.tr("Send attachments"), self.tr("Images and files in the message"))
        self._rows: dict[str, FormRow] = {}
        self._arrange()
        self._connect()

    def show_account(self, account: Account, kind: Kind | None) -> None:
        """Show what is kept, in the fields that the provider's kind of account has."""
        self._account = account
        self._known = kind.settings if kind is not None else frozenset()
        self._show_regions(kind)
        settings = account.settings
        self.address.set_text(account.base_url)
        self.organisation.set_text(settings.get(ORGANISATION, ""))
        self.api.set_current(settings.get("api", _AUTO))
        self.version.set_text(settings.get("api_version", ""))
        self.place.setItemText(0, self._place_told(account))
        self.place.set_current(settings.get("place", _AUTO))
        _choose(self.keep_alive, settings.get("keep_alive", _AUTO))
        self.window_size.set_text(settings.get("num_ctx", ""))
        proxy = settings.get("proxy", _WORDS[0])
        self.proxy.set_current(proxy if proxy in _WORDS else _OTHER)
        self.proxy_address.set_text("" if proxy in _WORDS else proxy)
        self.ca_file.set_text(settings.get("ca_file", ""))
        own = self._has_organisation
        self.headers.show_headers(
            {
                name.removeprefix(HEADER): value
                for name, value in settings.items()
                if name.startswith(HEADER) and not (own and name == ORGANISATION)
            }
        )
        self.fallback.setChecked(settings.get("fallback") != _NO)
        self.attachments.setChecked(settings.get("attachments") != _NO)
        self._on_address()
        self._show_rows()
        self._show_proxy()

    @property
    def edited(self) -> bool:
        """Whether something is written that is not kept."""
        account = self._account
        return account is not None and (self.base_url != account.base_url or self.settings() != dict(account.settings))

    @property
    def base_url(self) -> str:
        """Return the address as it is written."""
        return self.address.text().strip()

    def settings(self) -> dict[str, str]:
        """Return the settings as they are written, with those that have no field here."""
        before = dict(self._account.settings) if self._account is not None else {}
        kept = {name: value for name, value in before.items() if not self._has_field(name)}
        written = {
            "api": self.api.current,
            "api_version": self.version.text().strip(),
            "place": self.place.current,
            "keep_alive": self.keep_alive.current,
            "num_ctx": self.window_size.text().strip().replace(",", ""),
        }
        kept |= {name: value for name, value in written.items() if value and name in self._known}
        kept |= {name: value for name, value in self._network().items() if value}
        uses = {"fallback": self.fallback, "attachments": self.attachments}
        for name, switch in uses.items():
            if not switch.isChecked():
                kept[name] = _NO
            elif before.get(name) == _YES:
                kept[name] = _YES
        return kept

    def show_refused(self, text: str) -> None:
        """Say beside the field that was changed last what is wrong with it."""
        self._blamed().set_error(text)

    # --- inside -----------------------------------------------------------------------------------------------------

    @property
    def _has_organisation(self) -> bool:
        return self._account is not None and self._account.provider == _OPENAI

    def _network(self) -> dict[str, str]:
        """Return how the provider is reached; the system's proxy needs no word."""
        proxy = self.proxy_address.text().strip() if self.proxy.current == _OTHER else self.proxy.current
        before = self._account.settings.get("proxy") if self._account is not None else None
        network = {"proxy": "" if proxy == _WORDS[0] and before != proxy else proxy}
        network["ca_file"] = self.ca_file.text().strip()
        if self._has_organisation:
            network[ORGANISATION] = self.organisation.text().strip()
        return network | {HEADER + name.lower(): value for name, value in self.headers.headers().items()}

    def _has_field(self, name: str) -> bool:
        fixed = {"api", "api_version", "place", "keep_alive", "num_ctx", "proxy", "ca_file", "fallback", "attachments"}
        return name in fixed or name.startswith(HEADER)

    def _blamed(self) -> Field:
        """Return the field that is most likely wrong: the first that differs from what is kept."""
        kept = self._account.settings if self._account is not None else {}
        for name, field in (
            ("proxy", self.proxy_address),
            ("ca_file", self.ca_file),
            ("api_version", self.version),
            ("num_ctx", self.window_size),
        ):
            if field.isVisible() and field.text().strip() and field.text().strip() != kept.get(name, ""):
                return field
        return self.address

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        place_hint = self.tr("What chains and the offline switch take for local.")
        proxy_hint = self.tr("HTTP or SOCKS5. A name and a password in it go to the keyring.")
        groups: Sequence[tuple[str, Sequence[tuple[str, str, QWidget, str]]]] = (
            (
                self.tr("Endpoint"),
                (
                    ("address", self.tr("Base URL"), self.address, ""),
                    ("region", self.tr("Region"), self.region, ""),
                    ("organisation", self.tr("Organisation"), self.organisation, ""),
                    ("api", self.tr("API"), self.api, ""),
                    ("api_version", self.tr("API version"), self.version, ""),
                    ("place", self.tr("This server runs on"), self.place, place_hint),
                    ("keep_alive", self.tr("Keep a model loaded"), self.keep_alive, ""),
                    ("num_ctx", self.tr("Context window"), self.window_size, ""),
                ),
            ),
            (
                self.tr("Network"),
                (
                    ("proxy", self.tr("Proxy"), self.proxy, ""),
                    ("proxy_address", self.tr("Proxy's address"), self.proxy_address, proxy_hint),
                    ("ca_file", self.tr("CA file"), self.ca_file, ""),
                    ("headers", self.tr("Headers"), self.headers, ""),
                ),
            ),
            (
                self.tr("What it is used for"),
                (
                    ("fallback", self.tr("Fallback"), self.fallback, ""),
                    ("attachments", self.tr("Send attachments"), self.attachments, ""),
                ),
            ),
        )
        for heading, rows in groups:
            if column.count():
                column.addSpacing(12)
            column.addWidget(Label(self._theme, heading, "panel"))
            for name, label, control, hint in rows:
                self._rows[name] = FormRow(self._theme, label, control, hint)
                column.addWidget(self._rows[name])

    def _show_regions(self, kind: Kind | None) -> None:
        """Offer the addresses of the regions, where the provider has any."""
        self.region.clear()
        if kind is not None and kind.regions:
            self.region.add_choice(kind.base_url, self.tr("Automatic"))
            for name, address in kind.regions:
                self.region.add_choice(address, region_words(name))
            self.region.add_choice("", self.tr("Another address"))

    def _on_region(self) -> None:
        if self.region.current:
            self.address.set_text(self.region.current)

    def _on_address(self) -> None:
        known = self.region.findData(self.base_url)
        self.region.setCurrentIndex(known if known >= 0 else self.region.count() - 1)

    def _show_rows(self) -> None:
        self._rows["region"].setVisible(self.region.count() > 0)
        for name in ("api", "api_version", "place", "keep_alive", "num_ctx"):
            self._rows[name].setVisible(name in self._known)
        self._rows["organisation"].setVisible(self._has_organisation)

    def _show_proxy(self) -> None:
        self._rows["proxy_address"].setVisible(self.proxy.current == _OTHER)

    def _connect(self) -> None:
        for field in self._fields:
            field.changed.connect(self.changed)
            field.submitted.connect(self.submitted)
        for combo in (self.api, self.place, self.keep_alive, self.proxy):
            combo.activated.connect(self.changed)
        self.proxy.activated.connect(self._show_proxy)
        self.region.activated.connect(self._on_region)
        self.address.changed.connect(self._on_address)
        self.headers.changed.connect(self.changed)
        self.fallback.toggled.connect(self.changed)
        self.attachments.toggled.connect(self.changed)

    @property
    def _fields(self) -> tuple[Field, ...]:
        return (self.address, self.organisation, self.version, self.window_size, self.proxy_address, self.ca_file)

    def _apis(self) -> Mapping[str, str]:
        return {
            _AUTO: self.tr("Whichever suits the model"),
            "chat": self.tr("Chat Completions"),
            "responses": self.tr("Responses"),
        }

    def _places(self) -> Mapping[str, str]:
        return {_AUTO: ""} | {place: place_words(place) for place in ("local", "network", "cloud")}

    def _place_told(self, account: Account) -> str:
        """Return what counts where the person says nothing: alone of an Ollama the address tells where it runs."""
        if account.provider != OLLAMA:
            return self.tr("Not said: counts as elsewhere")
        silent = replace(account, settings={})
        words = place_words(_PLACE_WORDS[place_of(silent)])
        return self.tr("As its address tells: {place}").format(place=words)

    def _times(self) -> Mapping[str, str]:
        return {
            _AUTO: self.tr("As Ollama does by itself"),
            "0": self.tr("Not at all"),
            "5m": self.tr("5 minutes"),
            "30m": self.tr("30 minutes"),
            "2h": self.tr("2 hours"),
            "-1": self.tr("Until Ollama ends"),
        }

    def _proxies(self) -> Mapping[str, str]:
        return {
            "system": self.tr("System proxy"),
            "none": self.tr("None"),
            _OTHER: self.tr("Another one"),
        }


def _combo(theme: Theme, name: str, choices: Mapping[str, str]) -> Combo:
    combo = Combo(theme, name)
    for key, words in choices.items():
        combo.add_choice(key, words)
    return combo


def _choose(combo: Combo, key: str) -> None:
    """Choose a value; one that is not among the choices, since it came by the command line, is added."""
    if combo.findData(key) < 0:
        combo.add_choice(key, key)
    combo.set_current(key)
