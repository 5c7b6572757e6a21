"""What an account can be made for, as the form offers it: providers, and servers that people run themselves."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from switchyard.core.catalog import KeySource
from switchyard.services.onboarding import Onboarding

COMPATIBLE = "openai-compatible"
OLLAMA = "ollama"


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the form's choice. `variable` is where the provider's key usually lies in the environment,
    `settings` are the words of its own that an account may have, `regions` names and addresses.
    """

    id: str
    provider: str
    name: str
    base_url: str
    needs_key: bool
    variable: str | None = None
    settings: frozenset[str] = frozenset()
    regions: tuple[tuple[str, str], ...] = ()

    @property
    def says_place(self) -> bool:
        """Whether only the person knows where it runs."""
        return "place" in self.settings


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether the system keeps keys, and by what name."""

    available: bool
    name: str


def kinds_of(onboarding: Onboarding) -> list[Kind]:
    """Return what can be added, servers of one's own last."""
    kinds = [
        Kind(
            preset.id,
            preset.id,
            preset.name,
            preset.base_url,
            preset.key_need.value in ("required", "at_home"),
            preset.key_variable,
            frozenset(preset.settings),
            tuple(preset.regions.items()),
        )
        for preset in onboarding.presets()
        if preset.id != COMPATIBLE
    ]
    own = frozenset(next(preset.settings for preset in onboarding.presets() if preset.id == COMPATIBLE))
    kinds += [
        Kind(server.id, COMPATIBLE, server.name, server.base_url, False, settings=own)
        for server in onboarding.servers()
    ]
    another = _tr("Another OpenAI-compatible server")
    return [*kinds, Kind(COMPATIBLE, COMPATIBLE, another, "", False, settings=own)]


def key_words(source: KeySource, account: str, variable: str | None, keyring: str) -> str:
    """Say where an account's key is."""
    match source:
        case KeySource.KEYRING:
            return _tr("Kept in the system keyring ({name}).").format(name=keyring)
        case KeySource.SESSION:
            return _tr("Kept for this session only. It is gone when Switchyard ends.")
        case KeySource.VARIABLE:
            own = f"SWITCHYARD_KEY_{account.upper().replace('-', '_')}"
            return _tr("From {variable} in the environment.").format(variable=own)
        case KeySource.PROVIDER_VARIABLE:
            return _tr("From {variable} in the environment.").format(variable=variable or "")
        case KeySource.NOT_NEEDED:
            return _tr("None is needed.")
        case _:
            return _tr("The key is missing.")


def keeping_words(keeping: Keeping) -> str:
    """Say where a key that is typed now will be kept."""
    if keeping.available:
        return _tr("Kept in the system keyring ({name}). It cannot be shown again.").format(name=keeping.name)
    return _tr("This system has no keyring: the key is kept for this session only.")


def place_words(place: str) -> str:
    """Say where a server runs."""
    return {
        "local": _tr("This computer"),
        "network": _tr("My network"),
        "cloud": _tr("Elsewhere"),
    }[place]


def region_words(region: str) -> str:
    """Say where a region's servers are."""
    known = {"us": _tr("United States"), "eu": _tr("European Union")}
    return known.get(region, region)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Providers", text)
