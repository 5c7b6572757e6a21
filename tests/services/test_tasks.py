"""Hold the task scope to its word: it owns what it starts, one failure harms nobody else, and closing ends all."""

import asyncio

import pytest

from switchyard.core.errors import StorageFull, UserError
from switchyard.services.tasks import TaskScope


class _Ears:
    def __init__(self) -> None:
        self.user_errors: list[UserError] = []
        self.bugs: list[BaseException] = []
        self.scope = TaskScope("app", on_user_error=self.user_errors.append, on_bug=self.bugs.append)


@pytest.fixture
def ears() -> _Ears:
    return _Ears()


class _Job:
    """Runs until it is cancelled or told to end, and knows what became of it."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_tidy_up = asyncio.Event()
        self.may_tidy_up.set()
        self.outcome = "not begun"

    async def run(self) -> str:
        self.outcome = "running"
        self.begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            await self.may_tidy_up.wait()
            self.outcome = "cancelled"
            raise
        self.outcome = "completed"
        return "result"


async def test_a_task_runs_to_its_result_under_a_name_that_tells_its_owner(ears: _Ears) -> None:
    job = _Job()
    task = ears.scope.child("window").start(job.run(), name="send")
    assert task is not None
    assert task.get_name() == "app/window/send"
    job.may_end.set()
    assert await task == "result"
    assert ears.user_errors == ears.bugs == []


async def test_a_group_is_exclusive_and_others_are_not_touched(ears: _Ears) -> None:
    first, second, other = _Job(), _Job(), _Job()
    old = ears.scope.start(first.run(), name="search", group="search")
    ears.scope.start(other.run(), name="send", group="send")
    assert old is not None
    await first.begun.wait()
    ears.scope.start(second.run(), name="search", group="search")
    await asyncio.wait([old])
    await second.begun.wait()
    assert (first.outcome, second.outcome, other.outcome) == ("cancelled", "running", "running")
    assert ears.scope.running("search")
    await ears.scope.close()


async def test_cancelling_a_group_is_no_error(ears: _Ears) -> None:
    job = _Job()
    task = ears.scope.start(job.run(), name="send", group="send")
    assert task is not None
    await job.begun.wait()
    ears.scope.cancel("send")
    ears.scope.cancel("nothing of this name")
    assert not ears.scope.running("send")
    await asyncio.wait([task])
    assert task.cancelled()
    assert ears.user_errors == ears.bugs == []


async def test_a_group_is_over_when_its_task_is(ears: _Ears) -> None:
    job = _Job()
    task = ears.scope.start(job.run(), name="send", group="send")
    assert task is not None
    assert ears.scope.running("send")
    job.may_end.set()
    await task
    assert not ears.scope.running("send")


async def test_expected_errors_are_told_and_siblings_live_on(ears: _Ears) -> None:
    sibling = _Job()
    ears.scope.start(sibling.run(), name="sibling")

    async def fails() -> None:
        raise StorageFull

    task = ears.scope.start(fails(), name="save")
    assert task is not None
    await asyncio.wait([task])
    assert [type(error) for error in ears.user_errors] == [StorageFull]
    assert ears.bugs == []
    assert sibling.outcome == "running"
    await ears.scope.close()


async def test_bugs_go_to_the_net_with_the_name_of_the_task_and_siblings_live_on(ears: _Ears) -> None:
    sibling = _Job()
    ears.scope.start(sibling.run(), name="sibling")

    async def fails() -> None:
        raise ValueError("a bug")

    task = ears.scope.child("window").start(fails(), name="send")
    assert task is not None
    await asyncio.wait([task])
    [bug] = ears.bugs
    assert isinstance(bug, ValueError)
    assert bug.__notes__ == ["in task app/window/send"]
    assert ears.user_errors == []
    assert sibling.outcome == "running"
    await ears.scope.close()


async def test_what_a_task_group_bundles_is_told_one_by_one(ears: _Ears) -> None:
    async def raises(error: Exception) -> None:
        raise error

    async def bundle() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(raises(StorageFull()))
            group.create_task(raises(ValueError("a bug")))

    task = ears.scope.start(bundle(), name="hedge")
    assert task is not None
    await asyncio.wait([task])
    assert [type(error) for error in ears.user_errors] == [StorageFull]
    [bug] = ears.bugs
    assert isinstance(bug, ExceptionGroup)
    assert [type(error) for error in bug.exceptions] == [ValueError]


async def test_closing_cancels_and_awaits_everything_below(ears: _Ears) -> None:
    own, childs, grandchilds = _Job(), _Job(), _Job()
    child = ears.scope.child("window")
    grandchild = child.child("page")
    for scope, job in ((ears.scope, own), (child, childs), (grandchild, grandchilds)):
        scope.start(job.run(), name="job")
        await job.begun.wait()
    grandchilds.may_tidy_up.clear()
    asyncio.get_running_loop().call_later(0.01, grandchilds.may_tidy_up.set)
    await ears.scope.close()
    assert [own.outcome, childs.outcome, grandchilds.outcome] == ["cancelled"] * 3


async def test_closing_a_child_leaves_its_parent_alone(ears: _Ears) -> None:
    own, childs = _Job(), _Job()
    child = ears.scope.child("page")
    ears.scope.start(own.run(), name="job")
    child.start(childs.run(), name="job")
    await childs.begun.wait()
    await child.close()
    assert (own.outcome, childs.outcome) == ("running", "cancelled")
    await ears.scope.close()


async def test_nothing_starts_in_what_is_closed(ears: _Ears) -> None:
    child = ears.scope.child("page")
    await ears.scope.close()
    for scope in (ears.scope, child, ears.scope.child("late"), child.child("late")):
        assert scope.start(_Job().run(), name="late") is None


async def test_nothing_starts_below_while_closing_still_waits(ears: _Ears) -> None:
    slow = _Job()
    slow.may_tidy_up.clear()
    ears.scope.child("first").start(slow.run(), name="slow")
    second = ears.scope.child("second")
    await slow.begun.wait()
    closing = asyncio.get_running_loop().create_task(ears.scope.close())
    await asyncio.sleep(0)
    assert second.start(_Job().run(), name="late") is None
    slow.may_tidy_up.set()
    await closing


async def test_a_task_may_close_the_scope_it_runs_in(ears: _Ears) -> None:
    sibling = _Job()
    ears.scope.start(sibling.run(), name="sibling")
    await sibling.begun.wait()

    async def quit_all() -> str:
        await ears.scope.close()
        return "closed"

    task = ears.scope.start(quit_all(), name="quit")
    assert task is not None
    assert await task == "closed"
    assert sibling.outcome == "cancelled"


async def test_a_limit_on_closing_holds(ears: _Ears) -> None:
    stubborn = _Job()
    stubborn.may_tidy_up.clear()
    ears.scope.start(stubborn.run(), name="stubborn")
    await stubborn.begun.wait()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await ears.scope.close()
    stubborn.may_tidy_up.set()
    await ears.scope.close()
    assert stubborn.outcome == "cancelled"


async def test_a_closed_child_is_forgotten(ears: _Ears) -> None:
    child = ears.scope.child("page")
    await child.close()
    assert child not in list(ears.scope._family())
