"""The only way to start a task: from a scope that owns it, and that somebody closes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from switchyard.core.errors import UserError


class TaskScope:
    """Owns tasks: an expected error goes to `on_user_error`, a bug to `on_bug`, siblings live on.

    A scope closes with its owner: `close` cancels and awaits whatever it started, its children's tasks included.
    """

    def __init__(
        self, name: str, *, on_user_error: Callable[[UserError], None], on_bug: Callable[[BaseException], None]
    ) -> None:
        self.name = name
        self._on_user_error = on_user_error
        self._on_bug = on_bug
        self._tasks: set[asyncio.Task[Any]] = set()
        self._groups: dict[str, asyncio.Task[Any]] = {}
        self._children: list[TaskScope] = []
        self._closed = False

    def child(self, name: str) -> TaskScope:
        """Return a scope inside this one: it may close earlier, and closes with it at the latest."""
        scope = TaskScope(f"{self.name}/{name}", on_user_error=self._on_user_error, on_bug=self._on_bug)
        self._children.append(scope)
        return scope

    def start(self, coro: Coroutine[Any, Any, Any], *, name: str, group: str | None = None) -> asyncio.Task[Any] | None:
        """Start a coroutine; what still runs in the same `group` is cancelled first. A closed scope starts nothing."""
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
            task.cancel()

    def running(self, group: str) -> bool:
        """Whether something runs in a group."""
        return group in self._groups

    async def close(self) -> None:
        """Cancel and await everything this scope and its children started; nothing can be started afterwards."""
        self._closed = True
        for child in self._children:
            await child.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(tasks)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        for group, running in list(self._groups.items()):
            if running is task:
                del self._groups[group]
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, UserError):
            self._on_user_error(error)
        elif error is not None:
            self._on_bug(error)
