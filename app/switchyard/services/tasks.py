"""The only way to start a task: from a scope that owns it, and that somebody closes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from switchyard.core.errors import UserError
from switchyard.services.crash import OnBug, tell_place


class TaskScope:
    """Owns tasks: an expected error goes to `on_user_error`, a bug to `on_bug`, siblings live on.

    A scope closes with its owner: `close` cancels and awaits whatever it started, its children's tasks included.
    """

    def __init__(self, name: str, *, on_user_error: Callable[[UserError], None], on_bug: OnBug) -> None:
        self.name = name
        self._on_user_error = on_user_error
        self._on_bug = on_bug
        self._parent: TaskScope | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._cancelled: set[asyncio.Task[Any]] = set()
        self._groups: dict[str, asyncio.Task[Any]] = {}
        self._children: set[TaskScope] = set()
        self._closed = False

    def child(self, name: str) -> TaskScope:
        """Return a scope inside this one: it may close earlier, and closes with it at the latest."""
        scope = TaskScope(f"{self.name}/{name}", on_user_error=self._on_user_error, on_bug=self._on_bug)
        scope._parent = self
        scope._closed = self._closed
        self._children.add(scope)
        return scope

    def start(self, coro: Coroutine[Any, Any, Any], *, name: str, group: str | None = None) -> asyncio.Task[Any] | None:
        """Start a coroutine; what still runs in the same `group` is cancelled first. A closed scope starts nothing.

        Whoever awaits the returned task gets its error as well; the scope has told it by then.
        """
        if self._closed:
            coro.close()
            return None
        if group is not None:
            self.cancel(group)
        task = asyncio.get_running_loop().create_task(coro, name=f"{self.name}/{name}")
        self._tasks.add(task)
        if group is not None:
            self._groups[group] = task
        task.add_done_callback(self._on_done)
        return task

    def cancel(self, group: str) -> None:
        """Cancel what runs in a group; nothing happens where nothing does."""
        task = self._groups.pop(group, None)
        if task is not None:
            self._cancel(task)

    def running(self, group: str) -> bool:
        """Whether something runs in a group."""
        return group in self._groups

    async def close(self) -> None:
        """Cancel and await everything this scope and its children started; nothing can be started afterwards.

        A task may close the scope it runs in: it is the one that is neither cancelled nor awaited.
        """
        closing = asyncio.current_task()
        tasks: set[asyncio.Task[Any]] = set()
        for scope in self._family():
            scope._closed = True
            tasks |= scope._tasks - {closing}
            for task in scope._tasks - {closing}:
                scope._cancel(task)
        if tasks:
            await asyncio.wait(tasks)
        if self._parent is not None:
            self._parent._children.discard(self)

    def _family(self) -> Iterator[TaskScope]:
        yield self
        for child in self._children:
            yield from child._family()

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        """Cancel a task once: a second time would break off its tidying up."""
        if task not in self._cancelled:
            self._cancelled.add(task)
            task.cancel()

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._cancelled.discard(task)
        for group, running in list(self._groups.items()):
            if running is task:
                del self._groups[group]
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._tell(error, task.get_name())

    def _tell(self, error: BaseException, task_name: str) -> None:
        """Tell expected errors to the person and bugs to the net, also where a task group bundled them."""
        expected, bugs = _sort(error)
        for one in expected:
            self._on_user_error(one)
        if bugs is not None:
            tell_place(bugs, f"task {task_name}")
            self._on_bug(bugs)


def _sort(error: BaseException) -> tuple[list[UserError], BaseException | None]:
    if isinstance(error, UserError):
        return [error], None
    if not isinstance(error, BaseExceptionGroup):
        return [], error
    expected: list[UserError] = []
    for part in error.exceptions:
        expected += _sort(part)[0]
    return expected, error.split(UserError)[1]
