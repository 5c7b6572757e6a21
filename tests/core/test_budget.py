"""Budgets: when their time begins and ends, and what a sum means for them. Fault 39 of docs/routing."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.budget import (
    DEFAULT,
    Action,
    Budget,
    Granted,
    Period,
    Refused,
    Scope,
    Standing,
    Verdict,
    admit,
    chain_budget,
    read_dollars,
    room,
    verdict,
    window,
)
from switchyard.core.usage import NANOS

HOUR_MS = 3_600_000
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [BERLIN, *map(ZoneInfo, ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo"))]


def at(text: str, zone: tzinfo = BERLIN) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def budget(limit: float | None, *, share: int = 80, action: Action = Action.BLOCK) -> Budget:
    nanos = None if limit is None else round(limit * NANOS)
    return Budget("b", Scope.EVERYTHING, "", Period.DAY, nanos, share, action)


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-03-28T12:00", 24), ("2026-03-29T12:00", 23), ("2026-10-25T12:00", 25), ("2026-10-25T02:30", 25)],
)
def test_a_day_lasts_from_local_midnight_to_local_midnight(now: str, hours: int) -> None:
    start_ms, end_ms = window(Period.DAY, at(now), BERLIN)
    assert start_ms == at(f"{now[:10]}T00:00")
    assert end_ms - start_ms == hours * HOUR_MS


def test_a_day_ends_at_its_last_millisecond() -> None:
    midnight = at("2026-07-02T00:00")
    assert window(Period.DAY, midnight - 1, BERLIN)[1] == midnight
    assert window(Period.DAY, midnight, BERLIN)[0] == midnight


def test_where_midnight_is_skipped_the_day_begins_when_it_is() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # 2023-04-28: from 00:00 to 01:00
    start_ms, end_ms = window(Period.DAY, at("2023-04-28T12:00", cairo), cairo)
    assert datetime.fromtimestamp(start_ms / 1000, cairo).isoformat() == "2023-04-28T01:00:00+03:00"
    assert end_ms - start_ms == 23 * HOUR_MS


def test_a_week_begins_on_monday_and_a_month_on_the_first() -> None:
    sunday = at("2026-11-22T23:59")
    assert window(Period.WEEK, sunday, BERLIN) == (at("2026-11-16T00:00"), at("2026-11-23T00:00"))
    assert window(Period.MONTH, sunday, BERLIN) == (at("2026-11-01T00:00"), at("2026-12-01T00:00"))
    assert window(Period.MONTH, at("2028-02-29T10:00"), BERLIN) == (at("2028-02-01T00:00"), at("2028-03-01T00:00"))
    assert window(Period.MONTH, at("2026-12-31T10:00"), BERLIN)[1] == at("2027-01-01T00:00")


@given(
    st.sampled_from(Period),
    st.integers(0, 4_000_000_000_000),
    st.sampled_from(ZONES),
)
def test_now_is_always_within_its_window_and_windows_meet(period: Period, now_ms: int, zone: ZoneInfo) -> None:
    start_ms, end_ms = window(period, now_ms, zone)
    assert start_ms <= now_ms < end_ms
    assert window(period, start_ms, zone) == (start_ms, end_ms)
    assert window(period, end_ms, zone)[0] == end_ms


@pytest.mark.parametrize(
    ("spent", "reserved", "wanted", "says"),
    [
        (0, 0, 0, Verdict.OK),
        (0.799, 0, 0, Verdict.OK),
        (0.8, 0, 0, Verdict.WARNED),
        (0.5, 0.4, 0, Verdict.OK),  # what is reserved warns nobody
        (0.5, 0.4, 0.1, Verdict.OK),
        (0.5, 0.4, 0.100000001, Verdict.REACHED),
        (0.5, 0.5, 0, Verdict.REACHED),
        (1.2, 0, 0, Verdict.REACHED),
    ],
)
def test_what_a_sum_means(spent: float, reserved: float, wanted: float, says: Verdict) -> None:
    sums = (round(each * NANOS) for each in (spent, reserved, wanted))
    assert verdict(budget(1), *sums) is says


def test_fault_39_a_rule_at_99_percent_is_silent_at_2_7_percent() -> None:
    assert verdict(budget(15, share=99), round(0.4 * NANOS)) is Verdict.OK
    assert verdict(budget(15, share=99), round(14.84 * NANOS)) is Verdict.OK
    assert verdict(budget(15, share=99), round(14.85 * NANOS)) is Verdict.WARNED


def test_fault_39_no_limit_is_unlimited_and_a_limit_of_nothing_is_reached() -> None:
    assert verdict(budget(None), 10**18, 10**18, 10**18) is Verdict.OK
    assert room(budget(None), 10**18, 0) is None
    assert not budget(None).blocks
    assert not budget(None).holds
    assert verdict(budget(0), 0) is Verdict.REACHED
    assert room(budget(0), 0, 0) == 0


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_what_fits_into_the_room_never_passes_the_limit(spent: int, reserved: int, wanted: int) -> None:
    limited = budget(500)
    left = room(limited, spent, reserved)
    assert left is not None
    fits = wanted <= left and left > 0
    assert (verdict(limited, spent, reserved, wanted) is not Verdict.REACHED) == fits


def test_which_actions_hold_a_call_back() -> None:
    assert [action for action in Action if budget(1, action=action).holds] == ["downgrade", "ask", "block"]
    assert [action for action in Action if budget(1, action=action).blocks] == ["block"]


def test_every_budget_that_blocks_has_its_say() -> None:
    roomy = Standing(Budget("a", Scope.EVERYTHING, "", Period.MONTH, 100 * NANOS, action=Action.BLOCK), 0, 0)
    full = Standing(Budget("b", Scope.ACCOUNT, "x", Period.DAY, NANOS, action=Action.BLOCK), NANOS - 5, 0)
    for standings in ([roomy, full], [full, roomy]):
        assert admit(standings, 100, 6) == Refused(full)
        assert admit(standings, 100, 5) == Granted(5), "the least room counts"


def test_the_default_warns_at_five_dollars_a_day() -> None:
    assert (DEFAULT.limit_nanos, DEFAULT.period, DEFAULT.action) == (5 * NANOS, Period.DAY, Action.WARN)
    assert verdict(DEFAULT, 4 * NANOS) is Verdict.WARNED


def test_a_chains_own_budget_blocks_by_the_day() -> None:
    own = chain_budget("c1", NANOS)
    assert own.blocks
    assert (own.scope, own.target, own.period) == (Scope.CHAIN, "c1", Period.DAY)


@pytest.mark.parametrize(
    ("text", "nanos"),
    [("5", 5 * NANOS), (" $0.50 ", NANOS // 2), ("0", 0), ("0.000000001", 1), ("1e3", 1000 * NANOS)],
)
def test_dollars_are_read(text: str, nanos: int) -> None:
    assert read_dollars(text) == nanos


@pytest.mark.parametrize("text", ["", "five", "-1", "nan", "inf", "0.0000000001", "1000001", "1,50", "$"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert read_dollars(text) is None


def test_utc_days() -> None:
    assert window(Period.DAY, 0, UTC) == (0, 24 * HOUR_MS)
