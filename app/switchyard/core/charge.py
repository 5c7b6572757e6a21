"""What an attempt cost, from what is known of it when it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from switchyard.core.catalog import Deployment
from switchyard.core.estimate import UNTOLD_SEARCH_NANOS
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import CostSource, Price, Tier, Usage, add_known, estimate_tokens, sum_costs
from switchyard.core.value import replace

PriceOf = Callable[[str | None], Price | None]

_MOST_NANOS = 10**15  # a million dollars: whoever counts so much for one call has counted wrong
_NEVER_WORKED = (FailureKind.CONNECT, FailureKind.LOCAL, FailureKind.OFFLINE)


class Charge(NamedTuple):
    """Tokens, nano-dollars (None is unknown), where the figure comes from, and the price that it was computed with."""

    usage: Usage | None
    cost_nanos: int | None
    source: CostSource
    price: Price | None = None


def charge(
    deployment: Deployment,
    *,
    failure: Failure | None,
    usage: Usage | None,
    reported_nanos: int | None,
    prompt_tokens: int,
    said: str,
    ended: bool = True,
    served: str | None = None,
    price_of: PriceOf | None = None,
) -> Charge:
    """Settle an attempt; `ended` tells whether the provider itself ended the reply, `served` which model it named.

    `price_of` gives the price of a model that answered through this deployment (None: the model that was asked for),
    as it is known when the attempt ends; without it the deployment's own price counts.

    A call refused with an HTTP error cost nothing. Where words came without a count of tokens, they are estimated
    (docs/routing.md, cost facts), and so are those of a reply that broke off: what was counted until then is a
    beginning. A call that said nothing and told nothing has an unknown cost. A search without a price costs what was
    set aside for it, and makes the whole an estimate.
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
    price = _price_of_answer(served, price_of) if price_of is not None else deployment.price
    if counted is None or price is None:
        return Charge(counted, None, CostSource.UNPRICED)
    shares = _shares_of(counted, price, price_of)
    reckoned = [(usage, _with_searches(usage, own)) for usage, own in shares]
    cost_nanos = sum_costs(reckoned) if reckoned else None
    if cost_nanos is None or cost_nanos > _MOST_NANOS:
        return Charge(counted, None, CostSource.UNPRICED, price)
    source = CostSource.ESTIMATED if counted.estimated or reckoned != shares else CostSource.COMPUTED
    return Charge(counted, cost_nanos, source, reckoned[0][1])


def _price_of_answer(served: str | None, price_of: PriceOf) -> Price | None:
    """Return the price of the model that answered. A name that nobody knows is one more name for what was asked for."""
    named = price_of(served) if served is not None else None
    return named if named is not None else price_of(None)


def _shares_of(usage: Usage, price: Price, price_of: PriceOf | None) -> list[tuple[Usage, Price]]:
    """Return what each model used that shared a call, at its own price; nothing where one of them has none."""
    if price_of is None or usage.estimated or not usage.iterations:
        return [(usage, price)]
    told = add_known(iteration.usage.searches for iteration in usage.iterations) or 0
    rest = max((usage.searches or 0) - told, 0)  # searches are counted for the whole call
    shares = [(Usage(0, 0, searches=rest), price)]
    for iteration in usage.iterations:
        own = price_of(iteration.model) if iteration.model is not None else price
        if own is None:
            return []
        shares.append((iteration.usage, own))
    return shares


def _with_searches(usage: Usage, price: Price) -> Price:
    """Return a price that has one for searches too where some were made: what was set aside for each, if nobody knows.

    That is what the dearest asks, so that a budget which counts it is passed by nothing.
    """
    if not usage.searches or price.at(usage.input or 0).search_nanos is not None:
        return price
    tiers = tuple(Tier(tier.above, replace(tier.price, search_nanos=UNTOLD_SEARCH_NANOS)) for tier in price.tiers)
    return replace(price, search_nanos=UNTOLD_SEARCH_NANOS, tiers=tiers)


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
