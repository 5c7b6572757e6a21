"""Says how something is that chains may or may not call for now: a lamp, the state in words, and for how long."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.health import HealthState, HealthView
from switchyard.core.scopes import ScopeKind
from switchyard.ui.format import whole_seconds
from switchyard.ui.widgets.lamp import LampState

LAMPS: dict[HealthState, LampState] = {
    HealthState.HEALTHY: "ok",
    HealthState.PARKED: "bad",
    HealthState.OPEN: "bad",
    HealthState.HALF_OPEN: "warn",
}
_OF_ONE_MODEL = frozenset({ScopeKind.MODEL, ScopeKind.DEPLOYMENT})


def of_whole_account(view: HealthView) -> bool:
    """Whether it concerns every model of an account."""
    return view.scope.kind not in _OF_ONE_MODEL


def state_words(state: HealthState) -> str:
    """Return a state in a word or two."""
    return {
        HealthState.HEALTHY: _tr("Healthy"),
        HealthState.PARKED: _tr("Parked"),
        HealthState.OPEN: _tr("Failing"),
        HealthState.HALF_OPEN: _tr("Trying again"),
    }[state]


def standing_words(view: HealthView, now_ms: int, locale: QLocale) -> str:
    """Return a state with the time that it lasts yet."""
    left_s = None if view.until_ms is None else max(0, (view.until_ms - now_ms + 999) // 1000)
    if view.state is HealthState.PARKED and left_s is None:
        return _tr("Parked until something is changed")
    if view.state is HealthState.PARKED and left_s is not None:
        return _tr("Parked for another {time}").format(time=whole_seconds(left_s, locale))
    if view.state is HealthState.OPEN and left_s is not None:
        return _tr("Failing, tried again in {time}").format(time=whole_seconds(left_s, locale))
    return state_words(view.state)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Health", text)
