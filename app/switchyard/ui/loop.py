"""Asyncio's loop on Qt's, with what qasync 0.28 leaves out or does dearly; imported once a QApplication is there."""

from __future__ import annotations

import asyncio
import math
import os
import sys
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimerEvent

os.environ["QT_API"] = "pyside6"  # a person may have set it for other programs, and qasync would obey
import qasync

_LONGEST_MS = 2**31 - 1


class WindowLoop(qasync.QEventLoop):  # type: ignore[misc]  # qasync is not typed
    """Finishes generators that were left in the middle, and lets go of timers that were cancelled.

    Without the first a stream that was given up ends in "async generator ignored GeneratorExit" whenever the
    collector comes by. Without the second `asyncio.timeout(300)` keeps its timer for five minutes, whenever it was
    left, and so does each of the thousands around it; and a timer may be early. What is called soon costs a timer of
    Qt's and a look at its signature otherwise, dozens of times for each message. Each may go when qasync does it.
    """

    def __init__(self, app: QObject) -> None:
        self._timers = _Timers()
        self._soon = _Soon()
        super().__init__(app)

    def run_forever(self) -> None:
        """Run until stopped, with the hooks for generators that every loop of asyncio's sets."""
        before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook)
        try:
            super().run_forever()
        finally:
            sys.set_asyncgen_hooks(*before)

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        """Call when the loop comes to it, in the order in which that was asked for."""
        handle = asyncio.Handle(callback, args, self, context)
        self._soon.put(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Call after a number of seconds."""
        if delay > 0:
            return self.call_at(self.time() + delay, callback, *args, context=context)
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a time of the loop's clock."""
        handle = _Later(when, callback, args, self, context)
        self._timers.start(handle, when - self.time())
        return handle

    def close(self) -> None:
        """Let go of everything."""
        self._timers.clear()
        self._soon.clear()
        super().close()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if isinstance(handle, _Later):
            self._timers.stop(handle)


class _Soon(QObject):
    """One timer of Qt's for all that is called soon; what is asked for meanwhile comes after Qt had its turn."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: deque[asyncio.Handle] = deque()
        self._number = 0

    def put(self, call: asyncio.Handle) -> None:
        """Run a call soon."""
        self._calls.append(call)
        self._start()

    def clear(self) -> None:
        """Forget them all."""
        self._calls.clear()
        self._stop()

    def timerEvent(self, event: QTimerEvent) -> None:
        """Run what was asked for by now; a call that waits in a loop of Qt's leaves the others a timer there."""
        self._stop()
        count = len(self._calls)
        if count > 1:
            self._start()
        try:
            for _ in range(count):
                if self._calls and not (call := self._calls.popleft()).cancelled():
                    call._run()
        finally:
            if self._calls:
                self._start()
            else:
                self._stop()

    def _start(self) -> None:
        if not self._number:
            self._number = self.startTimer(0)

    def _stop(self) -> None:
        if self._number:
            self.killTimer(self._number)
            self._number = 0


class _Later(asyncio.TimerHandle):
    """A call that waits, and the number of its timer."""

    __slots__ = ("number",)

    number: int


class _Timers(QObject):
    """One timer of Qt's for each call, for as long as it waits."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[int, _Later] = {}

    def start(self, call: _Later, delay_s: float) -> None:
        """Run the call when its time has come, and never before: a coarse timer may be early by a twentieth."""
        delay_ms = min(math.ceil(max(delay_s, 0.0) * 1000), _LONGEST_MS)
        call.number = self.startTimer(delay_ms, Qt.TimerType.PreciseTimer)
        self._waiting[call.number] = call

    def stop(self, call: _Later) -> None:
        """Forget a call; the number of one that has run may be another's by now, since Qt gives them out again."""
        if self._waiting.get(call.number) is call:
            del self._waiting[call.number]
            self.killTimer(call.number)

    def clear(self) -> None:
        """Forget them all."""
        for call in list(self._waiting.values()):
            self.stop(call)

    def timerEvent(self, event: QTimerEvent) -> None:
        call = self._waiting.get(event.timerId())
        if call is not None:
            self.stop(call)
            call._run()
