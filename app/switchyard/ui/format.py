"""Writes money, times, tokens and dates the one way in which the whole window shows them."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale

from switchyard.core.route import RouteRecord
from switchyard.core.usage import NANOS, CostSource
from switchyard.ui.words import translate

_CENT_LIMIT_NANOS = NANOS // 10
_LEAST_NANOS = NANOS // 10_000
_EXACT_TOKENS = 20_000
_DASH = "–"


def money(nanos: int, locale: QLocale) -> str:
    """Return a sum of US dollars: $0.0121 below ten cents, $0.84 above, <$0.0001 instead of a paid nothing."""
    if nanos == 0:
        return _dollars(0.0, 2, locale)
    if nanos < _LEAST_NANOS:
        return "<" + _dollars(0.0001, 4, locale)
    places = 4 if round(nanos / NANOS, 4) < 0.1 else 2
    return _dollars(nanos / NANOS, places, locale)


def cost(nanos: int | None, locale: QLocale, *, free: bool = False, simulated: bool = False) -> str:
    """Return what something cost in words: a sum, or why there is none."""
    if simulated:
        return translate("Format", "simulated")
    if free and not nanos:
        return translate("Format", "free")
    return translate("Format", "no price") if nanos is None else money(nanos, locale)


def route_cost(record: RouteRecord, locale: QLocale) -> str | None:
    """Return what a route cost, None where there is nothing to say (no attempt, or only refused ones).

    Where one attempt's charge is unknown and the answering one's is not, the sum is a lower bound and says so.
    """
    answer = record.answered_by
    if answer is None:
        return None
    if record.simulated:
        return cost(None, locale, simulated=True)
    if answer.cost_nanos is None:
        return cost(None, locale)
    known = sum(attempt.cost_nanos or 0 for attempt in record.attempts)
    if record.cost_nanos is None:
        return (
            translate("Format", "at least {sum}").format(sum=money(known, locale))
            if known
            else translate("Format", "cost unknown")
        )
    if known == 0:
        return translate("Format", "free") if answer.cost_source is CostSource.FREE else None
    return money(known, locale)


def duration(ms: int, locale: QLocale) -> str:
    """Return how long a part of a turn took: 2 ms, 0.61 s, 8.4 s, 2 min 4 s."""
    if ms < 10:
        return milliseconds(ms, locale)
    if ms < 995:
        return translate("Format", "{n} s").format(n=_decimal(ms / 1000, 2, locale))
    if ms < 59_950:
        return translate("Format", "{n} s").format(n=_decimal(ms / 1000, 1, locale))
    return whole_seconds(ms / 1000, locale)


def milliseconds(ms: int, locale: QLocale) -> str:
    """Return a short time as tests show it: 214 ms."""
    return translate("Format", "{n} ms").format(n=locale.toString(ms))


def whole_seconds(seconds: float, locale: QLocale) -> str:
    """Return a running or a past time without decimals: 12 s, 2 min 4 s, 1 h 2 min."""
    total = round(seconds)
    if total < 60:
        return translate("Format", "{n} s").format(n=locale.toString(total))
    minutes, rest = divmod(total, 60)
    if minutes < 60:
        return translate("Format", "{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    return translate("Format", "{hours} h {minutes} min").format(hours=locale.toString(hours), minutes=minutes)


def count(n: int, locale: QLocale) -> str:
    """Return a number of tokens: 1,204, then 41k, then 1.2M."""
    if n < _EXACT_TOKENS:
        return locale.toString(n)
    if n < 999_500:
        return translate("Format", "{n}k").format(n=locale.toString(round(n / 1000)))
    return translate("Format", "{n}M").format(n=_decimal(n / 1_000_000, 1 if n < 9_950_000 else 0, locale))


def tokens(n: int, locale: QLocale) -> str:
    """Return a number of tokens with its unit: 1,204 tok."""
    return translate("Format", "{n} tok").format(n=count(n, locale))


def throughput(tokens_per_s: float, locale: QLocale) -> str:
    """Return the speed of a reply: 84 tok/s, 7.5 tok/s."""
    return translate("Format", "{n} tok/s").format(n=_decimal(tokens_per_s, 0 if tokens_per_s >= 9.95 else 1, locale))


def moment(utc_ms: int, locale: QLocale) -> str:
    """Return a date and time in local time, as the locale writes it in short."""
    return locale.toString(QDateTime.fromMSecsSinceEpoch(utc_ms), QLocale.FormatType.ShortFormat)


def time_of_day(utc_ms: int, locale: QLocale) -> str:
    """Return a local time to the second: 14:03:27."""
    return locale.toString(QDateTime.fromMSecsSinceEpoch(utc_ms).time(), "HH:mm:ss")


def hour(utc_ms: int, locale: QLocale) -> str:
    """Return a local time to the minute: 14:03."""
    return locale.toString(QDateTime.fromMSecsSinceEpoch(utc_ms).time(), "HH:mm")


def unknown() -> str:
    """Return what stands for a figure that nobody knows."""
    return _DASH


def _dollars(value: float, places: int, locale: QLocale) -> str:
    return "$" + _decimal(value, places, locale)


def _decimal(value: float, places: int, locale: QLocale) -> str:
    return locale.toString(value, "f", places)
