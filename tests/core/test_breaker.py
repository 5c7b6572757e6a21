"""When a breaker opens, for how long, and who may go through it. Sources: docs/routing, the circuit breaker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.breaker import FORGIVES_S, ROW_S, Breaker, BreakerState


def breaker(draw: float = 0.5) -> Breaker:
    """Return a breaker whose times are neither stretched nor shortened, unless that is asked for."""
    return Breaker(lambda: draw)


def fail(one: Breaker, now: float, weight: float = 1.0) -> None:
    one.failed(one.enter(), weight, now)


def succeed(one: Breaker, now: float) -> None:
    one.passed(one.enter(), now)


def opened(at: float = 0.0, draw: float = 0.5) -> Breaker:
    one = breaker(draw)
    for _ in range(3):
        fail(one, at)
    assert one.state(at) is BreakerState.OPEN
    return one


def test_three_failures_in_a_row_open_it_for_fifteen_seconds() -> None:
    one = breaker()
    fail(one, 0)
    fail(one, 1)
    assert one.admits(1)
    fail(one, 2)
    assert not one.admits(2)
    assert one.state(16.9) is BreakerState.OPEN
    assert one.state(17) is BreakerState.HALF_OPEN
    assert one.admits(17)


def test_a_success_begins_the_row_anew() -> None:
    one = breaker()
    for now in (0, 300, 600, 900):
        fail(one, now)
        fail(one, now + 1)
        succeed(one, now + 2)
    assert one.closed


def test_failures_in_a_row_that_lie_further_apart_than_ten_minutes_do_not_count_together() -> None:
    one = breaker()
    for n in range(5):
        fail(one, n * (ROW_S / 2))
    assert one.closed
    fail(one, 4 * (ROW_S / 2) + 1)
    assert not one.closed


def test_halves_count_half() -> None:
    one = breaker()
    for n in range(5):
        assert one.closed
        fail(one, n * 150.0, 0.5)
    assert one.closed
    fail(one, 500.0, 0.5)
    fail(one, 501.0, 0.5)
    fail(one, 502.0, 1.0)
    assert not one.closed


def test_half_of_five_calls_within_two_minutes_open_it_too() -> None:
    one = breaker()
    for now, good in enumerate((False, True, False, True)):
        (succeed if good else fail)(one, float(now))
    assert one.closed
    fail(one, 4.0)
    assert not one.closed


def test_calls_of_more_than_two_minutes_ago_do_not_count_in_the_share() -> None:
    one = breaker()
    for now, good in enumerate((False, True, False, True)):
        (succeed if good else fail)(one, float(now))
    fail(one, 200.0)
    assert one.closed


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 12))
def test_each_opening_is_twice_as_long_up_to_five_minutes(draw: float, openings: int) -> None:
    one = opened(0.0, draw)
    for n in range(1, openings + 1):
        assert one.until is not None
        usual = min(15 * 2 ** (n - 1), 300)
        assert usual * 0.8 <= one.until - one.opened_at <= usual * 1.2
        fail(one, one.until)


def test_every_ten_healthy_minutes_forgive_one_opening() -> None:
    one = opened()
    for _ in range(2):
        assert one.until is not None
        fail(one, one.until)
    assert one.until is not None
    assert one.until - one.opened_at == 60
    well = one.until
    succeed(one, well)
    for _ in range(3):
        fail(one, well + 2 * FORGIVES_S)
    assert one.until - one.opened_at == 30, "two of three were forgiven"


def test_a_probe_that_passes_closes_it_and_all_before_is_forgotten() -> None:
    one = opened()
    succeed(one, 20)
    assert one.closed
    fail(one, 21)
    fail(one, 22)
    assert one.closed


def test_one_probe_at_a_time_and_a_cancelled_one_returns_its_permit() -> None:
    one = opened()
    first = one.enter()
    assert first.probe
    assert not one.admits(20)
    assert not one.enter().probe
    one.left(first)
    assert one.admits(20)
    assert one.enter().probe


def test_a_call_from_before_it_opened_tells_nothing() -> None:
    one = breaker()
    early, late = one.enter(), one.enter()
    for _ in range(3):
        fail(one, 0)
    one.passed(early, 1)
    assert one.state(1) is BreakerState.OPEN
    until = one.until
    one.failed(late, 1.0, 16)
    assert one.until == until


def test_a_second_call_beside_the_probe_closes_it_and_never_opens_it_for_longer() -> None:
    one = opened()
    one.enter()
    beside = one.enter()
    until = one.until
    one.failed(beside, 1.0, 20)
    assert one.until == until
    one.passed(one.enter(), 21)
    assert one.closed


def test_the_person_may_have_one_let_through() -> None:
    one = opened()
    assert not one.admits(1)
    one.let_through(1)
    assert one.admits(1)
    fail(one, 1)
    assert not one.admits(1)


def test_failures_that_were_nobodys_fault_are_forgotten_and_so_is_the_opening() -> None:
    one = opened(10.0)
    one.forget_failures(10.0)
    assert one.closed
    for _ in range(2):
        fail(one, 20.0)
    assert one.closed
    fail(one, 20.0)
    assert one.until == pytest.approx(35.0), "the opening that was undone does not count"


def test_an_opening_from_before_stays() -> None:
    one = opened(10.0)
    one.forget_failures(11.0)
    assert not one.closed
