"""Work that may not hold up the window: whole computations in a thread, long changes of widgets in slices."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import count
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

SLICE_S = 0.004
_APART_MS = 50


class _Hand(QObject):
    """Brings results from the thread to the window's thread, each under its number; kept by every job in the thread."""

    arrived = Signal(int, object)


class Background(QObject):
    """One thread and one queue of slices; what comes after the owner has gone is dropped."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="transcript")
        self._hand = _Hand()
        self._hand.arrived.connect(self._take)
        self._awaited: dict[int, Callable[[Any], None]] = {}
        self._numbers = count()
        self._slices: deque[Iterator[None]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._run_slices)
        self._jobs: deque[Callable[[], None]] = deque()
        self._pause = QTimer(self)
        self._pause.setInterval(_APART_MS)
        self._pause.timeout.connect(self._run_job)
        self.destroyed.connect(partial(_end, self._thread, self._awaited))

    @property
    def busy(self) -> bool:
        """Whether anything is still to come."""
        return bool(self._awaited or self._slices or self._jobs)

    def compute(self, compute: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run a pure computation in the thread, and hand its result over in this one."""
        number, hand = next(self._numbers), self._hand
        self._awaited[number] = then
        self._thread.submit(lambda: hand.arrived.emit(number, compute())).add_done_callback(_tell_of_bug)

    def slice(self, steps: Iterator[None]) -> None:
        """Run the steps of a generator when nothing else is to do, a few milliseconds at a time."""
        self._slices.append(steps)
        self._timer.start()

    def later(self, job: Callable[[], None]) -> None:
        """Do a small thing that nobody waits for: one at a time, so that no tick of a stream bears two of them."""
        self._jobs.append(job)
        if not self._pause.isActive():
            self._pause.start()

    def _take(self, number: int, result: Any) -> None:
        then = self._awaited.pop(number, None)
        if then is not None:
            then(result)

    def _run_job(self) -> None:
        job = self._jobs.popleft()
        if not self._jobs:
            self._pause.stop()  # before the job, which may fail, or ask for another
        job()

    def _run_slices(self) -> None:
        started = perf_counter()
        while self._slices and perf_counter() - started < SLICE_S:
            try:
                next(self._slices[0])
            except StopIteration:
                self._slices.popleft()
        if not self._slices:
            self._timer.stop()


def _end(thread: ThreadPoolExecutor, awaited: dict[int, Callable[[Any], None]]) -> None:
    awaited.clear()
    thread.shutdown(wait=False, cancel_futures=True)


def _tell_of_bug(job: Future[None]) -> None:
    """A computation that raises is a bug, and goes where the bugs of threads go."""
    error = None if job.cancelled() else job.exception()
    if error is not None:
        threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
