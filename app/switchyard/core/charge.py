"""What an attempt cost, from what is known of it when it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from switchyard.core.catalog import Deployment
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import CostSource, Usage, compute_cost, estimate_tokens

_NEVER_WORKED = (FailureKind.CONNECT, FailureKind.LOCAL, FailureKind.OFFLINE)


class Charge(NamedTuple):
    """Tokens, nano-dollars (None is unknown) and where the figure comes from."""

    usage: Usage | None
    cost_nanos: int | None
    source: CostSource


def charge(
    deployment: Deployment,
    *,
    failure: Failure | None,
    usage: Usage | None,
    reported_nanos: int | None,
    prompt_tokens: int,
    said: str,
    ended: bool = True,
) -> Charge:
    """Settle an attempt; `ended` tells whether the provider itself ended the reply.

    A call refused with an HTTP error cost nothing. Where words came without a count of tokens, they are estimated
    (docs/routing.md, cost facts), and so are those of a reply that broke off: what was counted until then is a
    beginning. A call that said nothing and told nothing has an unknown cost.
    """
    if reported_nanos is not None:
        return Charge(usage, reported_nanos, CostSource.REPORTED)
    if failure is not None and (failure.kind in _NEVER_WORKED or ((failure.status or 0) >= 300 and not said)):
        return Charge(None, 0, CostSource.COMPUTED)
    if usage is not None and not ended and estimate_tokens(said) > (usage.output or 0):
        usage = replace(usage, output=None)
    counted = _completed(usage, prompt_tokens, said)
    if deployment.free:
        return Charge(counted, 0, CostSource.FREE)
    if deployment.price is None:
        return Charge(counted, None, CostSource.UNPRICED)
    if counted is None:
        return Charge(None, None, CostSource.UNPRICED)
    source = CostSource.ESTIMATED if counted.estimated else CostSource.COMPUTED
    return Charge(counted, compute_cost(counted, deployment.price), source)


def _completed(usage: Usage | None, prompt_tokens: int, said: str) -> Usage | None:
    """Fill in what the provider did not count, where something was said."""
    if usage is not None and usage.input is not None and usage.output is not None:
        return usage
    if not said:
        return usage
    known = usage or Usage()
    return replace(
        known,
        input=known.input if known.input is not None else prompt_tokens,
        output=known.output if known.output is not None else estimate_tokens(said),
        estimated=True,
    )
