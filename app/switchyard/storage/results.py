"""The way back from the database's thread: what a job came to is told to those who wait for it on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque
from typing import Any


class Results:
    """Tells results through the loop's own way for other threads."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def tell(self, future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
        """Settle a future of the loop; for any thread. Nothing happens where the loop has ended."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(_settle, future, result, error)

    def close(self) -> None:
        """No result comes any more; for the loop's thread."""


if sys.platform == "linux":

    class EventResults(Results):
        """Tells results through an event descriptor: half of what the loop's own way costs (see `make bench`)."""

        def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
            super().__init__(loop)
            self._settled: deque[tuple[asyncio.Future[Any], object, BaseException | None]] = deque()
            self._event = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
            loop.add_reader(self._event, self._take)

        def tell(self, future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
            """Settle a future of the loop; for any thread."""
            self._settled.append((future, result, error))
            os.eventfd_write(self._event, 1)

        def close(self) -> None:
            """No result comes any more; for the loop's thread."""
            self.loop.remove_reader(self._event)
            os.close(self._event)

        def _take(self) -> None:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._event)
            while self._settled:
                _settle(*self._settled.popleft())


def results_for(loop: asyncio.AbstractEventLoop) -> Results:
    """Return the cheapest way to a loop: asyncio's own take event descriptors, Qt's has a way of its own."""
    if sys.platform == "linux" and isinstance(loop, asyncio.SelectorEventLoop):
        return EventResults(loop)
    return Results(loop)


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
