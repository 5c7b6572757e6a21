"""Work that may not hold up the window: whole computations in a thread, long changes of widgets in slices."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

SLICE_S = 0.004
_APART_MS = 50


class _Hand(QObject):
    """Brings one result from the thread to the window's thread; kept by both until it has."""

    arrived = Signal(object)


class Background(QObject):
    """One thread and one queue of slices; what comes after the owner has gone is dropped."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="transcript")
        self._hands: set[_Hand] = set()
        self._slices: deque[Iterator[None]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._run_slices)
        self._jobs: deque[Callable[[], None]] = deque()
        self._pause = QTimer(self)
        self._pause.setInterval(_APART_MS)
        self._pause.timeout.connect(self._run_job)
        self.destroyed.connect(partial(_end, self._thread, self._hands))

    @property
    def busy(self) -> bool:
        """Whether anything is still to come."""
        return bool(self._hands or self._slices or self._jobs)

    def compute(self, compute: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run a pure computation in the thread, and hand its result over in this one."""
        hand = _Hand()
        hands = self._hands
        hands.add(hand)

        def take(result: Any) -> None:
            if hand in hands:
                hands.discard(hand)
                then(result)

        hand.arrived.connect(take)
        self._thread.submit(lambda: hand.arrived.emit(compute())).add_done_callback(_tell_of_bug)

    def slice(self, steps: Iterator[None]) -> None:
        """Run the steps of a generator when nothing else is to do, a few milliseconds at a time."""
        self._slices.append(steps)
        self._timer.start()

    def later(self, job: Callable[[], None]) -> None:
        """Do a small thing that nobody waits for: one at a time, so that no tick of a stream bears two of them."""
        self._jobs.append(job)
        if not self._pause.isActive():
            self._pause.start()

    def _run_job(self) -> None:
        self._jobs.popleft()()
        if not self._jobs:
            self._pause.stop()

    def _run_slices(self) -> None:
        started = perf_counter()
        while self._slices and perf_counter() - started < SLICE_S:
            try:
                next(self._slices[0])
            except StopIteration:
                self._slices.popleft()
        if not self._slices:
            self._timer.stop()


def _end(thread: ThreadPoolExecutor, hands: set[_Hand]) -> None:
    hands.clear()
    thread.shutdown(wait=False, cancel_futures=True)


def _tell_of_bug(job: Future[None]) -> None:
    """A computation that raises is a bug, and goes where the bugs of threads go."""
    error = None if job.cancelled() else job.exception()
    if error is not None:
        threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
