"""Hold the loop's threads to their purpose: they do the work, and what hangs in one holds up nobody's end."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from switchyard.services.threads import DaemonThreads


@pytest.fixture
def threads() -> Iterator[DaemonThreads]:
    pool = DaemonThreads(limit=3)
    yield pool
    pool.shutdown()


def test_results_and_errors_come_back(threads: DaemonThreads) -> None:
    assert threads.submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 7, 0).result()


def test_calls_run_side_by_side_up_to_the_limit_and_the_rest_waits_its_turn(threads: DaemonThreads) -> None:
    together = threading.Barrier(3)
    calls = [threads.submit(together.wait) for _ in range(9)]
    assert sorted(call.result() for call in calls) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_free_thread_is_used_again(threads: DaemonThreads) -> None:
    names = set()
    for _ in range(20):
        names.add(threads.submit(lambda: threading.current_thread().name).result())
    assert len(names) <= 2  # a thread says that it is free a moment after its result is there


def test_a_cancelled_call_that_waits_never_runs(threads: DaemonThreads) -> None:
    gate = threading.Event()
    ran: list[bool] = []
    busy = [threads.submit(gate.wait) for _ in range(3)]
    waiting = threads.submit(ran.append, True)
    assert waiting.cancel()
    gate.set()
    assert all(call.result() for call in busy)
    threads.submit(int).result()
    assert ran == []


def test_after_the_end_nothing_is_taken(threads: DaemonThreads) -> None:
    threads.shutdown()
    with pytest.raises(RuntimeError):
        threads.submit(int)


async def test_asyncio_takes_it_as_its_own() -> None:
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    assert await asyncio.to_thread(lambda: threading.current_thread().daemon)


HANGS = """
import asyncio, threading
from switchyard.services.threads import DaemonThreads

async def main():
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    begun = threading.Event()
    def hang():
        begun.set()
        threading.Event().wait()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(asyncio.to_thread(hang))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
    print("ended in order")

asyncio.run(main())
"""


def test_a_call_that_hangs_does_not_hold_up_the_end() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "ended in order\n", "")
