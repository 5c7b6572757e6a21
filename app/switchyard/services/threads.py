"""Threads for blocking calls that must never hold up the end of the program, such as a name lookup that hangs."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(ThreadPoolExecutor):
    """A loop's default executor whose threads end with the process.

    The standard one is joined at exit, so that a call stuck in the system's resolver would keep the process of a
    closed window alive for half a minute. It is a `ThreadPoolExecutor` by name only, because `asyncio` insists on one.
    """

    def __init__(self, limit: int = 8) -> None:
        super().__init__(max_workers=limit)
        self._limit = limit
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._free = threading.Semaphore(0)
        self._started = 0
        self._ended = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call in the next free thread, or in a new one while there are few."""
        if self._ended:
            raise RuntimeError("These threads have ended.")
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - it goes to whoever waits for the call
                future.set_exception(error)
            else:
                future.set_result(result)

        self._jobs.put(job)
        if self._started < self._limit and not self._free.acquire(blocking=False):
            self._started += 1
            threading.Thread(target=self._work, name=f"worker {self._started}", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end after what they do now; it waits for none, whatever `wait` says."""
        self._ended = True
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job
            self._free.release()
