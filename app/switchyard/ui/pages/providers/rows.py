"""The rows of the list: accounts by how they are, then what runs here, then what was found and is not used yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.catalog import Place
from switchyard.services.accounts import SIMULATOR, AccountView, TestResult, place_of
from switchyard.services.onboarding import EnvironmentKey, FoundOllama
from switchyard.ui.pages.providers.kinds import COMPATIBLE
from switchyard.ui.setup.side_list import SideRow
from switchyard.ui.setup.verdict import model_count, verdict
from switchyard.ui.widgets.lamp import LampState

KEY_PREFIX = "found-key:"
FOUND_OLLAMA = "found-ollama"


def rows_of(
    views: Sequence[AccountView],
    results: Mapping[str, TestResult],
    keys: Sequence[EnvironmentKey],
    ollama: FoundOllama | None,
    locale: QLocale,
) -> list[str | SideRow]:
    """Return headings and rows; `results` are this session's tests by account."""
    here = [view for view in views if place_of(view.account) is Place.COMPUTER]
    away = [view for view in views if view not in here]
    needy = [view for view in away if needs_attention(view, results)]
    fine = [view for view in away if view not in needy]
    rows: list[str | SideRow] = []
    for heading, group in ((_tr("Connected"), fine), (_tr("Needs attention"), needy)):
        if group:
            rows += [heading, *(account_row(view, results, locale) for view in group)]
    rows += [_tr("On this computer"), *(account_row(view, results, locale) for view in here), _simulator_row()]
    found = [*_found_rows(keys), *_ollama_rows(ollama, locale)]
    return [*rows, _tr("Found, not used yet"), *found] if found else rows


def needs_attention(view: AccountView, results: Mapping[str, TestResult]) -> bool:
    """Whether an account cannot answer as it is."""
    result = results.get(view.account.name)
    return view.lacks_key or (result is not None and result.failure is not None)


def state_of(view: AccountView, results: Mapping[str, TestResult], locale: QLocale) -> tuple[LampState, str]:
    """Return an account's lamp and its state in words."""
    result = results.get(view.account.name)
    if view.lacks_key:
        return "warn", _tr("The key is missing")
    if result is not None and result.failure is not None:
        return "bad", verdict(result, view.account, view.provider_name, locale).text.rstrip(".")
    if view.models_ms is None:
        return "unknown", _tr("Not tested yet")
    return "ok", model_count(len(view.models), locale)


def account_row(view: AccountView, results: Mapping[str, TestResult], locale: QLocale) -> SideRow:
    """Return the row of an account; its name stands beside the provider's where it says more."""
    lamp, words = state_of(view, results, locale)
    account = view.account
    own = account.provider == COMPATIBLE
    return SideRow(
        key=account.name,
        title=account.name if own else view.provider_name,
        beside="" if own or account.name == account.provider else account.name,
        caption=words,
        provider_id=account.provider,
        lamp=lamp,
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


def _ollama_rows(ollama: FoundOllama | None, locale: QLocale) -> list[SideRow]:
    if ollama is None:
        return []
    caption = model_count(len(ollama.models), locale)
    return [
        SideRow(key=FOUND_OLLAMA, title="Ollama", caption=caption, provider_id="ollama", action=_tr("Use it")),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Providers", text)
