"""The zone that this computer is in, with all its changes of the clock, as the operating system knows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

_NONE = timedelta(0)


class LocalZone(tzinfo):
    """Asks the system for the offset of each moment: a fixed offset is wrong for half of the year.

    (`zoneinfo` would have to know the zone's name, which no system tells in the same way.)
    """

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """Return how far local time is ahead of UTC; where the clock shows a time twice, by its `fold`."""
        if moment is None:
            return _NONE
        wall = moment.replace(tzinfo=None)
        utc = datetime.fromtimestamp(wall.timestamp(), UTC).replace(tzinfo=None)
        return wall.replace(fold=0) - utc

    def dst(self, moment: datetime | None) -> None:
        """Nobody needs to know how much of the offset is summer time."""

    def tzname(self, moment: datetime | None) -> str:
        """Return what it is called here."""
        return "local"

    def fromutc(self, moment: datetime) -> datetime:
        """Return the local time of a moment that is given in UTC."""
        local = datetime.fromtimestamp(moment.replace(tzinfo=UTC).timestamp())
        return local.replace(tzinfo=self)
