"""What is said of something that is not called for now: what happened to it, and what helps."""

from __future__ import annotations

from collections.abc import Mapping

from switchyard.core.failure_words import Cause, cause_of, summary_of
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import HealthState, HealthView
from switchyard.core.scopes import Scope, ScopeKind
from switchyard.core.sentence import Sentence, sentence

_K = FailureKind
_BY_ITSELF = sentence("It is tried again by itself.")
_ANEW = sentence("It goes on by itself when the quota begins anew.")
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
    return summary_of(Failure(view.kind, code=view.message), name_of(view.scope))


def what_helps(view: HealthView) -> Sentence | None:
    """Return what to do about it; None where it is well."""
    if view.kind is None:
        return None
    if view.state is not HealthState.PARKED:
        return _BY_ITSELF
    if cause_of(Failure(view.kind, code=view.message)) is Cause.SPENT:
        return _ANEW
    return _ADVICE.get(view.kind, _BY_ITSELF)
