"""Hold both ways back from the database's thread: what was asked for arrives, in order, or nowhere at all."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from switchyard.storage.results import Results, results_for

Make = Callable[[asyncio.AbstractEventLoop], Results]


@pytest.fixture(params=[Results, results_for], ids=["the loop's own", "the cheapest"])
def make(request: pytest.FixtureRequest) -> Make:
    return request.param  # type: ignore[no-any-return]


def in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_results_and_errors_arrive_in_their_order(make: Make) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        results, arrived = make(loop), list[int]()
        futures: list[asyncio.Future[int]] = [loop.create_future() for _ in range(100)]
        for n, future in enumerate(futures):
            future.add_done_callback(lambda _, n=n: arrived.append(n))  # type: ignore[misc]

        def tell() -> None:
            for n, future in enumerate(futures):
                results.tell(future, n, ValueError(str(n)) if n % 2 else None)

        in_a_thread(tell)
        told = await asyncio.gather(*futures, return_exceptions=True)
        assert [str(value) for value in told] == [str(n) for n in range(100)]
        assert [isinstance(value, ValueError) for value in told] == [n % 2 == 1 for n in range(100)]
        assert arrived == list(range(100))
        results.close()

    asyncio.run(main())


def test_a_result_that_nobody_waits_for_any_more_is_dropped(make: Make) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        results = make(loop)
        given_up, awaited = loop.create_future(), loop.create_future()
        given_up.cancel()

        def tell() -> None:
            results.tell(given_up, 1, None)
            results.tell(awaited, 2, None)

        in_a_thread(tell)
        assert await awaited == 2
        assert given_up.cancelled()
        results.close()

    asyncio.run(main())


def test_a_result_after_the_end_of_the_loop_harms_nobody(make: Make) -> None:
    loop = asyncio.new_event_loop()
    results, future = make(loop), loop.create_future()
    loop.close()
    in_a_thread(lambda: results.tell(future, 1, None))
    assert not future.done()
