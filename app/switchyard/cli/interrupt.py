"""Ctrl+C and SIGTERM: the first one ends in order, a second one at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Tells whoever works that the person wants to stop. Nobody working means that the command itself is cancelled."""

    def __init__(self, task: asyncio.Task[int]) -> None:
        self._task = task
        self._stops: list[Callable[[], None]] = []
        self._hurry: Callable[[], None] = lambda: None
        self.happened = False

    def hasten(self, hurry: Callable[[], None]) -> None:
        """Have `hurry` called at an interruption, besides: what is still to be done has to end soon."""
        self._hurry = hurry
        if self.happened:
            hurry()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """While inside, an interruption calls `stop` instead of cancelling the command."""
        self._stops.append(stop)
        try:
            if self.happened:
                stop()
            yield
        finally:
            self._stops.remove(stop)

    def interrupt(self) -> None:
        """The signal came."""
        again, self.happened = self.happened, True
        self._hurry()
        if again or not self._stops:
            self._task.cancel()
            return
        for stop in tuple(self._stops):
            stop()


def listen(interrupt: Interrupt) -> None:
    """Turn the signals into an interruption on the running loop."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        try:
            loop.add_signal_handler(number, interrupt.interrupt)
        except NotImplementedError:  # Windows: the handler runs between bytecodes, and wakes the loop itself
            with contextlib.suppress(ValueError):
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(interrupt.interrupt))
