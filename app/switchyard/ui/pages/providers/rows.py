"""The rows of the list: accounts by how they are, then what runs here, then what was found and is not used yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.catalog import Place
from switchyard.core.failures import FailureKind
from switchyard.core.health import HealthView
from switchyard.services.accounts import SIMULATOR, AccountView, TestResult, place_of
from switchyard.services.onboarding import EnvironmentKey, FoundOllama
from switchyard.ui.health_words import LAMPS, of_whole_account, state_words
from switchyard.ui.pages.providers.kinds import COMPATIBLE, OLLAMA, Kind
from switchyard.ui.setup.side_list import SideRow
from switchyard.ui.setup.verdict import model_count, verdict
from switchyard.ui.widgets.lamp import LampState

KEY_PREFIX = "found-key:"
NEW_PREFIX = "new:"
FOUND_OLLAMA = "found-ollama"
Troubles = Mapping[str, Sequence[HealthView]]
_OF_THE_PERSON = frozenset({FailureKind.AUTH, FailureKind.PERMISSION, FailureKind.QUOTA})  # no time mends these


def rows_of(
    views: Sequence[AccountView],
    results: Mapping[str, TestResult],
    troubles: Troubles,
    keys: Sequence[EnvironmentKey],
    ollama: FoundOllama | None,
    kinds: Sequence[Kind],
    locale: QLocale,
) -> list[str | SideRow]:
    """Return headings and rows; `results` are this session's tests by account, `kinds` what can be added.

    `troubles` is what keeps accounts, or some of their models, from being called.
    """
    groups: dict[_Group, list[AccountView]] = {group: [] for group in _Group}
    for view in views:
        groups[_group_of(view, results, troubles)].append(view)
    rows: list[str | SideRow] = []
    for group, heading in _headings().items():
        shown = [account_row(view, state_of(view, results, troubles, locale)) for view in groups[group]]
        if group is _Group.HERE:
            shown.append(_simulator_row())
        if shown:
            rows += [heading, *shown]
    if found := [*_found_rows(keys), *_ollama_rows(ollama, locale)]:
        rows += [_tr("Found, not used yet"), *found]
    known = {*(view.account.provider for view in views), *(key.provider for key in keys)}
    if ollama is not None:
        known.add(OLLAMA)
    if new := _new_rows(kinds, known):
        rows += [_tr("Not connected"), *new]
    return rows


class _Group(Enum):
    """How an account is, or where it runs."""

    CONNECTED = auto()
    FAILING = auto()
    KEYLESS = auto()
    NETWORK = auto()
    HERE = auto()


def _group_of(view: AccountView, results: Mapping[str, TestResult], troubles: Troubles) -> _Group:
    """Return where an account stands in the list; one that runs here does so however it is."""
    place = place_of(view.account)
    if place is Place.COMPUTER:
        return _Group.HERE
    if view.lacks_key:
        return _Group.KEYLESS
    result = results.get(view.account.name)
    if result is not None and result.failure is not None:
        return _Group.FAILING
    if any(one.kind in _OF_THE_PERSON and of_whole_account(one) for one in troubles.get(view.account.name, ())):
        return _Group.FAILING
    return _Group.NETWORK if place is Place.NETWORK else _Group.CONNECTED


def _headings() -> dict[_Group, str]:
    return {
        _Group.CONNECTED: _tr("Connected"),
        _Group.FAILING: _tr("Needs attention"),
        _Group.KEYLESS: _tr("Key missing"),
        _Group.NETWORK: _tr("In my network"),
        _Group.HERE: _tr("On this computer"),
    }


def state_of(
    view: AccountView, results: Mapping[str, TestResult], troubles: Troubles, locale: QLocale
) -> tuple[LampState, str]:
    """Return an account's lamp and its state in words: the one that is shown wherever the account is."""
    lamp, words = _state_alone(view, results, locale)
    found = troubles.get(view.account.name, ())
    if not found or lamp not in {"ok", "unknown"}:
        return lamp, words
    whole = next(filter(of_whole_account, found), None)
    if whole is not None:
        return LAMPS[whole.state], state_words(whole.state)
    count = len({one.scope for one in found if one.kind is not FailureKind.MODEL_GONE})
    if not count:
        return lamp, words  # a name that nobody knows says nothing about the account
    failing = _tr("1 model fails") if count == 1 else _tr("{n} models fail").format(n=count)
    return "warn", f"{words}, {failing}" if lamp == "ok" else failing


def _state_alone(view: AccountView, results: Mapping[str, TestResult], locale: QLocale) -> tuple[LampState, str]:
    result = results.get(view.account.name)
    if view.lacks_key:
        return "warn", _tr("The key is missing")
    if result is not None and result.failure is not None:
        return "bad", verdict(result, view.account, view.provider_name, locale).text.rstrip(".")
    if view.models_ms is None:
        return "unknown", _tr("Not tested yet")
    return "ok", model_count(len(view.models), locale)


def account_row(view: AccountView, state: tuple[LampState, str]) -> SideRow:
    """Return the row of an account; its name stands beside the provider's where it says more."""
    lamp, words = state
    account = view.account
    own = account.provider == COMPATIBLE
    return SideRow(
        key=account.name,
        title=account.name if own else view.provider_name,
        beside="" if own or account.name == account.provider else account.name,
        caption=words,
        provider_id=account.provider,
        lamp=lamp,
        action=_tr("Add key") if view.lacks_key else "",
    )


def _simulator_row() -> SideRow:
    return SideRow(
        key=SIMULATOR.name,
        title=_tr("Simulator"),
        caption=_tr("No key, no network"),
        provider_id=SIMULATOR.provider,
        lamp="ok",
        lamp_words=_tr("ready"),
    )


def _found_rows(keys: Sequence[EnvironmentKey]) -> list[SideRow]:
    return [
        SideRow(
            key=KEY_PREFIX + key.provider,
            title=key.provider_name,
            caption=key.variable,
            provider_id=key.provider,
            action=_tr("Use it"),
        )
        for key in keys
    ]


def _new_rows(kinds: Sequence[Kind], known: set[str]) -> list[SideRow]:
    """Return the providers that there is nothing of yet; a server of one's own can always be added."""
    rows = []
    for kind in kinds:
        is_open = kind.id == COMPATIBLE
        if is_open or (kind.provider not in known and kind.provider != COMPATIBLE):
            action = _tr("Add key") if kind.needs_key else "" if is_open else _tr("Add")
            name = _tr("Any OpenAI-compatible server") if is_open else kind.name
            rows.append(SideRow(key=NEW_PREFIX + kind.id, title=name, provider_id=kind.provider, action=action))
    return rows


def _ollama_rows(ollama: FoundOllama | None, locale: QLocale) -> list[SideRow]:
    if ollama is None:
        return []
    caption = model_count(len(ollama.models), locale)
    return [
        SideRow(key=FOUND_OLLAMA, title="Ollama", caption=caption, provider_id="ollama", action=_tr("Use it")),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Providers", text)
