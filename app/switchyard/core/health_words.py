"""What is said of something that is not called for now: what happened to it, and what helps."""

from __future__ import annotations

from collections.abc import Mapping

from switchyard.core.failures import DECISIONS, FailureKind
from switchyard.core.health import HealthState, HealthView
from switchyard.core.scopes import Scope, ScopeKind
from switchyard.core.sentence import Sentence, sentence

_K = FailureKind
_BY_ITSELF = sentence("It is tried again by itself.")
_ADVICE: Mapping[FailureKind, Sentence] = {
    _K.RATE_LIMIT: sentence("It goes on by itself when the limit is over."),
    _K.OVERLOADED: sentence("It goes on by itself when the time is over that the provider asked for."),
    _K.QUOTA: sentence("Add credit at the provider, then have it tried again."),
    _K.AUTH: sentence("Give the account another key."),
    _K.PERMISSION: sentence("Let the key use this model at the provider, or use another model."),
    _K.MODEL_GONE: sentence("Use another model, or have it tried again."),
}


def name_of(scope: Scope) -> str:
    """Return what a scope is called: a model by its name and address."""
    if scope.kind is ScopeKind.MODEL:
        address, _, model = scope.name.rpartition(" ")
        return f"{model} ({address.partition(' ')[2] or address})"
    return scope.name


def what_happened(view: HealthView) -> Sentence | None:
    """Return why something is not called for now; None where it is."""
    if view.kind is None:
        return None
    return Sentence(DECISIONS[view.kind].summary.source, {"deployment": name_of(view.scope)})


def what_helps(view: HealthView) -> Sentence | None:
    """Return what to do about it; None where it is well."""
    if view.kind is None:
        return None
    return _ADVICE.get(view.kind, _BY_ITSELF) if view.state is HealthState.PARKED else _BY_ITSELF
