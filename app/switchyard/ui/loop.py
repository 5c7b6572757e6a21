"""Asyncio's loop on Qt's, with the two things that qasync 0.28 leaves out; imported once a QApplication is there."""

from __future__ import annotations

import asyncio
import math
import os
import sys
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
    left, and so does each of the thousands around it; and a timer may be early. Either may go when qasync does it.
    """

    def __init__(self, app: QObject) -> None:
        self._timers = _Timers()
        super().__init__(app)

    def run_forever(self) -> None:
        """Run until stopped, with the hooks for generators that every loop of asyncio's sets."""
        before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook)
        try:
            super().run_forever()
        finally:
            sys.set_asyncgen_hooks(*before)

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Call after a number of seconds."""
        if delay > 0:
            return self.call_at(self.time() + delay, callback, *args, context=context)
        handle: asyncio.Handle = super().call_later(0, callback, *args, context=context)
        return handle

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
        super().close()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if isinstance(handle, _Later):
            self._timers.stop(handle)


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
        """Forget a call."""
        if self._waiting.pop(call.number, None) is not None:
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
