"""Work that may not hold up the window: whole computations in a thread, long changes of widgets in slices."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

SLICE_S = 0.004


class _Done(QObject):
    """Brings a result from the thread to the window's thread."""

    arrived = Signal(object)


class _Job(QRunnable):
    def __init__(self, compute: Callable[[], Any], done: _Done) -> None:
        super().__init__()
        self._compute = compute
        self._done = done

    def run(self) -> None:
        self._done.arrived.emit(self._compute())


class Background(QObject):
    """One thread and one queue of slices; both end with their owner, and a result that comes too late is dropped."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._waiting: set[_Done] = set()
        self._slices: deque[Iterator[None]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._run_slices)

    @property
    def busy(self) -> bool:
        """Whether anything is still to come."""
        return bool(self._waiting or self._slices)

    def compute(self, compute: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run a pure computation in the thread, and hand its result over in this one."""
        done = _Done()
        self._waiting.add(done)

        def arrived(result: Any) -> None:
            self._waiting.discard(done)
            then(result)

        done.arrived.connect(arrived)
        self._pool.start(_Job(compute, done))

    def slice(self, steps: Iterator[None]) -> None:
        """Run the steps of a generator when nothing else is to do, a few milliseconds at a time."""
        self._slices.append(steps)
        self._timer.start()

    def close(self) -> None:
        """Drop what waits, and wait for what runs."""
        self._timer.stop()
        self._slices.clear()
        self._pool.clear()
        self._pool.waitForDone()
        for done in self._waiting:
            done.arrived.disconnect()
        self._waiting.clear()

    def _run_slices(self) -> None:
        started = perf_counter()
        while self._slices and perf_counter() - started < SLICE_S:
            try:
                next(self._slices[0])
            except StopIteration:
                self._slices.popleft()
        if not self._slices:
            self._timer.stop()
