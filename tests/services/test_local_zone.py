"""The computer's own zone, held to a zone that is known by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from switchyard.core.budget import Period, window
from switchyard.services.local_zone import LocalZone

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be changed here")


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Put this process into another zone."""

    def to(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield to
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo"])
def test_it_agrees_with_the_zone_of_that_name_all_year(move: Callable[[str], None], name: str) -> None:
    move(name)
    known, local = ZoneInfo(name), LocalZone()
    for hour in range(0, 24 * 366, 3):
        moment = datetime.fromtimestamp(1_767_225_600 + hour * 3600 + 1800, UTC)
        here, there = moment.astimezone(local), moment.astimezone(known)
        assert here.replace(tzinfo=None) == there.replace(tzinfo=None)
        assert here.fold == there.fold
        assert here.utcoffset() == there.utcoffset()
        assert here.timestamp() == moment.timestamp()


@pytest.mark.parametrize("period", list(Period))
def test_budgets_begin_at_its_midnight(move: Callable[[str], None], period: Period) -> None:
    move("Europe/Berlin")
    for text in ("2026-03-29T12:00", "2026-10-25T02:30", "2026-11-30T23:59"):
        now_ms = round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)
        assert window(period, now_ms, LocalZone()) == window(period, now_ms, ZoneInfo("Europe/Berlin"))
