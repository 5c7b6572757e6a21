"""What an attempt cost, by what is known of it."""

from __future__ import annotations

from switchyard.core.catalog import Deployment, Place
from switchyard.core.charge import charge
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import NANOS, CostSource, Price, Usage


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
    return tuple(  # type: ignore[return-value]
        charge(where, failure=failure, usage=usage, reported_nanos=reported, prompt_tokens=100, said=said, ended=ended)
    )


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
