"""Names the groups in which conversations are listed: by day for a month, by month before that."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from PySide6.QtCore import QLocale

from switchyard.ui.words import translate


class Calendar:
    """Knows which day it is; made anew whenever groups are made."""

    def __init__(self, now: datetime, locale: QLocale) -> None:
        """Take the time as a naive local one, as `datetime.now()` gives it."""
        self._locale = locale
        self._year = now.year
        self._month: tuple[int, int, str] | None = None
        midnight = datetime.combine(now.date(), time())
        self._recent = [
            (_ms(midnight), translate("Calendar", "Today")),
            (_ms(midnight - timedelta(days=1)), translate("Calendar", "Yesterday")),
            (_ms(midnight - timedelta(days=7)), translate("Calendar", "Previous 7 days")),
            (_ms(midnight - timedelta(days=30)), translate("Calendar", "Previous 30 days")),
        ]

    def group(self, utc_ms: int) -> str:
        """Return the title of the group that a moment belongs to."""
        for since_ms, title in self._recent:
            if utc_ms >= since_ms:
                return title
        if self._month is None or not self._month[0] <= utc_ms < self._month[1]:
            self._month = self._make_month(datetime.fromtimestamp(utc_ms / 1000))
        return self._month[2]

    def _make_month(self, day: datetime) -> tuple[int, int, str]:
        """Return where a day's month begins and ends, and its title."""
        first = datetime(day.year, day.month, 1)
        after = datetime(day.year + day.month // 12, day.month % 12 + 1, 1)
        name = self._locale.standaloneMonthName(day.month)
        title = (
            name
            if day.year == self._year
            else translate("Calendar", "{month} {year}").format(month=name, year=day.year)
        )
        return _ms(first), _ms(after), title


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
