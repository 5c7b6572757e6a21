"""Tells the person of a key that is rejected, and of an account without credit: others answer, and would hide it."""

from __future__ import annotations

from switchyard.core.failures import FailureKind
from switchyard.core.sentence import sentence
from switchyard.services.health import HealthService, Refusal
from switchyard.services.notices import Level, Notice, Notices


def tell_refusals(health: HealthService, notices: Notices) -> None:
    """Post a notice for each account that is refused, and withdraw it when it is not any more."""

    def tell(refusal: Refusal) -> None:
        id_ = f"refused {refusal.scope.kind} {refusal.scope.name}"
        if refusal.kind is None:
            notices.withdraw(id_)
        else:
            notices.post(_notice(id_, refusal))

    health.refusals.connect(tell)


def _notice(id_: str, refusal: Refusal) -> Notice:
    account = refusal.scope.name
    if refusal.kind is FailureKind.AUTH:
        return Notice(
            id_,
            Level.ERROR,
            sentence("The key of {account} was rejected.", account=account),
            sentence("Chains pass it over until it has another key."),
            account,
        )
    if refusal.spent:
        return Notice(
            id_,
            Level.WARNING,
            sentence("{account} has used up its quota for today.", account=account),
            sentence("Chains pass it over until the quota begins anew. Choose Try now in Providers to see sooner."),
            account,
        )
    return Notice(
        id_,
        Level.ERROR,
        sentence("{account} has no credit.", account=account),
        sentence("Chains pass it over for a day. Add credit at its provider, then choose Try now in Providers."),
        account,
    )
