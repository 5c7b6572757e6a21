"""What an attempt cost, by what is known of it."""

from __future__ import annotations

from dataclasses import replace

from switchyard.core.catalog import Deployment, Place
from switchyard.core.charge import Charge, charge
from switchyard.core.estimate import UNTOLD_SEARCH_NANOS
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import NANOS, CostSource, Iteration, Price, Tier, Usage


def deployment(price: Price | None = None, *, free: bool = False) -> Deployment:
    return Deployment("a", "m", "openai", "OpenAI", Place.CLOUD, has_key=True, price=price, free=free)


PRICED = deployment(Price(NANOS, 2 * NANOS))


def settle(
    where: Deployment,
    failure: Failure | None = None,
    usage: Usage | None = None,
    said: str = "",
    reported: int | None = None,
    *,
    ended: bool = True,
) -> tuple[Usage | None, int | None, CostSource]:
    settled = charge(
        where, failure=failure, usage=usage, reported_nanos=reported, prompt_tokens=100, said=said, ended=ended
    )
    return settled[:3]


def test_a_call_refused_with_an_http_error_cost_nothing() -> None:
    assert settle(PRICED, Failure(FailureKind.SERVER, status=500)) == (None, 0, CostSource.COMPUTED)
    assert settle(deployment(), Failure(FailureKind.CONNECT)) == (None, 0, CostSource.COMPUTED)


def test_a_reported_charge_wins() -> None:
    usage = Usage(1, 1)
    assert settle(PRICED, usage=usage, reported=7) == (usage, 7, CostSource.REPORTED)


def test_counted_and_priced() -> None:
    usage = Usage(1_000_000, 500_000)
    assert settle(PRICED, usage=usage) == (usage, 2 * NANOS, CostSource.COMPUTED)


def test_no_price_is_unknown_and_free_is_nothing() -> None:
    usage = Usage(1, 1)
    assert settle(deployment(), usage=usage) == (usage, None, CostSource.UNPRICED)
    assert settle(deployment(free=True), usage=usage) == (usage, 0, CostSource.FREE)


def test_words_without_a_count_are_estimated() -> None:
    usage, cost, source = settle(PRICED, Failure(FailureKind.CUT), said="word " * 36)
    assert usage == Usage(input=100, output=50, estimated=True)
    assert (cost, source) == (200_000, CostSource.ESTIMATED)


def test_an_early_count_is_kept() -> None:
    usage, _, _ = settle(PRICED, Failure(FailureKind.STALL), usage=Usage(input=42), said="x")
    assert usage is not None
    assert (usage.input, usage.output, usage.estimated) == (42, 1, True)


def test_silence_has_an_unknown_cost() -> None:
    assert settle(PRICED, Failure(FailureKind.TIMEOUT_TTFT)) == (None, None, CostSource.UNPRICED)


def test_a_redirect_that_was_not_followed_cost_nothing() -> None:
    assert settle(PRICED, Failure(FailureKind.UNKNOWN, status=307)) == (None, 0, CostSource.COMPUTED)


def test_words_before_an_error_inside_the_stream_are_charged() -> None:
    usage, cost, source = settle(PRICED, Failure(FailureKind.SERVER, status=502), said="word " * 36)
    assert usage == Usage(input=100, output=50, estimated=True)
    assert (cost, source) == (200_000, CostSource.ESTIMATED)


def test_the_count_of_a_beginning_is_not_taken_for_the_whole() -> None:
    beginning = Usage(input=42, output=1, cached_input=2)
    usage, _, source = settle(PRICED, Failure(FailureKind.CUT), beginning, "word " * 36, ended=False)
    assert usage == Usage(input=42, output=50, cached_input=2, estimated=True)
    assert source is CostSource.ESTIMATED
    assert settle(PRICED, None, beginning, "word " * 36, ended=True)[0] == beginning


PRICES: dict[str | None, Price] = {None: Price(NANOS, 2 * NANOS), "small": Price(NANOS // 10, NANOS // 5)}


def settle_at(
    prices: dict[str | None, Price], usage: Usage | None, served: str | None = None, said: str = ""
) -> Charge:
    return charge(
        PRICED,
        failure=None,
        usage=usage,
        reported_nanos=None,
        prompt_tokens=100,
        said=said,
        served=served,
        price_of=prices.get,
    )


def test_the_model_that_answered_is_priced_and_its_price_is_kept() -> None:
    usage = Usage(1_000_000, 1_000_000)
    assert settle_at(PRICES, usage) == (usage, 3 * NANOS, CostSource.COMPUTED, PRICES[None])
    assert settle_at(PRICES, usage, "small") == (usage, 3 * NANOS // 10, CostSource.COMPUTED, PRICES["small"])
    assert settle_at(PRICES, usage, "m-2026-11-21") == settle_at(PRICES, usage)
    assert settle_at({}, usage, "unheard-of") == (usage, None, CostSource.UNPRICED, None)


def test_a_search_whose_price_nobody_knows_costs_what_was_set_aside_for_it_and_is_estimated() -> None:
    usage = Usage(1_000_000, 500_000, searches=2)
    told, cost, source, price = settle_at(PRICES, usage)
    assert (told, cost, source) == (usage, 2 * NANOS + 2 * UNTOLD_SEARCH_NANOS, CostSource.ESTIMATED)
    assert price == replace(PRICES[None], search_nanos=UNTOLD_SEARCH_NANOS), "what was reckoned with is kept"
    priced: dict[str | None, Price] = {None: replace(PRICES[None], search_nanos=0)}
    assert settle_at(priced, usage)[1:] == (2 * NANOS, CostSource.COMPUTED, priced[None])
    assert settle_at(PRICES, replace(usage, searches=0))[1:] == (2 * NANOS, CostSource.COMPUTED, PRICES[None])
    free = settle(deployment(free=True), usage=usage)
    assert free == (usage, 0, CostSource.FREE)
    assert settle_at({}, usage)[1:] == (None, CostSource.UNPRICED, None)


def test_above_a_tier_a_search_whose_price_nobody_knows_costs_as_much() -> None:
    dear = Tier(1000, Price(2 * NANOS, 2 * NANOS))
    usage = Usage(1_000_000, 0, searches=1)
    settled = settle_at({None: replace(PRICES[None], tiers=(dear,))}, usage)
    assert settled[1:3] == (2 * NANOS + UNTOLD_SEARCH_NANOS, CostSource.ESTIMATED)


def test_a_search_of_a_model_that_shared_a_call_costs_as_much() -> None:
    own, other = Usage(900_000, 0), Usage(100_000, 0, searches=1)
    usage = Usage(1_000_000, 0, searches=3, iterations=(Iteration(None, own), Iteration("small", other)))
    cost = 900_000 * 1000 + 100_000 * 100
    assert settle_at(PRICES, usage)[1:3] == (cost + 3 * UNTOLD_SEARCH_NANOS, CostSource.ESTIMATED)
    half = {None: replace(PRICES[None], search_nanos=0), "small": PRICES["small"]}
    assert settle_at(half, usage)[1:3] == (cost + UNTOLD_SEARCH_NANOS, CostSource.ESTIMATED)


def test_models_that_shared_a_call_are_each_priced_as_their_own() -> None:
    own, other = Usage(900_000, 600_000), Usage(100_000, 400_000)
    usage = Usage(1_000_000, 1_000_000, iterations=(Iteration(None, own), Iteration("small", other)))
    cost = 900_000 * 1000 + 600_000 * 2000 + 100_000 * 100 + 400_000 * 200
    assert settle_at(PRICES, usage) == (usage, cost, CostSource.COMPUTED, PRICES[None])
    searching = {None: replace(PRICES[None], search_nanos=10_000_000), "small": PRICES["small"]}
    assert settle_at(searching, replace(usage, searches=2)).cost_nanos == cost + 20_000_000
    unheard = Usage(2, 2, iterations=(Iteration(None, Usage(1, 1)), Iteration("unheard-of", Usage(1, 1))))
    assert settle_at(PRICES, unheard)[1:3] == (None, CostSource.UNPRICED)


def test_what_was_counted_in_part_is_priced_whole() -> None:
    beginning = Usage(1000, None, iterations=(Iteration("small", Usage(1000, None)),))
    usage, cost, source, _ = settle_at(PRICES, beginning, said="word " * 36)
    assert usage is not None
    assert (usage.input, usage.output, source) == (1000, 50, CostSource.ESTIMATED)
    assert cost == 1000 * 1000 + 50 * 2000


def test_what_is_charged_without_a_price_keeps_none() -> None:
    assert settle_at(PRICES, None).price is None
    reported = charge(PRICED, failure=None, usage=Usage(1, 1), reported_nanos=7, prompt_tokens=1, said="")
    assert reported.price is None
