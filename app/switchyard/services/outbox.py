"""What a route has to tell and its listener has not yet taken: neither waits for the other without need."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from switchyard.core.events import RouteEvent

WAITING_EVENTS = 1024  # of a listener that is slower than the stream; then the stream waits


class Outbox:
    """Events on their way from a route to one listener."""

    def __init__(self) -> None:
        self._waiting: list[RouteEvent] = []
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._awaited = False  # the listener sleeps; most deltas find it awake, and wake nobody
        self._abandoned = False
        self.full = False
        self.closed = False

    def put(self, events: Sequence[RouteEvent]) -> None:
        """Add events; whoever adds many looks at `full` afterwards."""
        if not self._abandoned:
            self._waiting.extend(events)
            self.full = len(self._waiting) > WAITING_EVENTS
            if self._awaited:
                self._awaited = False
                self._news.set()

    async def wait_for_room(self) -> None:
        """Wait until the listener has caught up, or is gone."""
        self._room.clear()
        await self._room.wait()

    async def take(self) -> Sequence[RouteEvent]:
        """Return the events that wait, as soon as there are any; none once the outbox is closed."""
        if not self._waiting and not self.closed:
            self._news.clear()
            self._awaited = True
            await self._news.wait()
        taken, self._waiting = self._waiting, []
        if self.full:
            self._make_room()
        return taken

    def close(self) -> None:
        """Nothing more will come."""
        self.closed = True
        self._news.set()

    def abandon(self) -> None:
        """Nobody listens any more: events are dropped, so that the route can come to its end."""
        self._abandoned = True
        self._waiting.clear()
        self._make_room()

    def _make_room(self) -> None:
        self.full = False
        self._room.set()
