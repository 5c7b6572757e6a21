"""When a provider's quota of a day is there anew, where that is known: a day is not the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from switchyard.core.failures import Failure

_OF_GOOGLES_DAY = "PerDay"  # in what Google calls the quota that is used up
_TOLD_FROM_S = 3600.0  # a shorter wait goes with every answer of some servers, and is about the limit of a minute
_STANDARD, _SUMMER = timedelta(hours=-8), timedelta(hours=-7)  # California's hours, from UTC


def reset_s(failure: Failure, now_ms: int) -> float | None:
    """Return in how many seconds a quota that is used up begins anew; None where nobody knows."""
    if _OF_GOOGLES_DAY in (failure.code or ""):
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        return (_californian_midnight(now) - now).total_seconds()
    told_s = failure.retry_after_s
    return told_s if told_s is not None and told_s >= _TOLD_FROM_S else None


def _californian_midnight(now: datetime) -> datetime:
    """Return the next midnight in California, in UTC. Not every computer has a list of time zones to look it up."""
    tomorrow = (now + _ahead(now)).date() + timedelta(days=1)
    morning = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=UTC)
    return morning - _ahead(morning - _STANDARD)


def _ahead(moment: datetime) -> timedelta:
    """Return how far California is from UTC: summer is from March's second Sunday to November's first, at two."""
    begins = _first_sunday(moment.year, 3) + timedelta(days=7, hours=2) - _STANDARD
    ends = _first_sunday(moment.year, 11) + timedelta(hours=2) - _SUMMER
    return _SUMMER if begins <= moment < ends else _STANDARD


def _first_sunday(year: int, month: int) -> datetime:
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=6 - first.weekday())
