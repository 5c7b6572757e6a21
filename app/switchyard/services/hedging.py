"""Two calls for one message, where the first is slow to begin: whoever says something first is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from switchyard.core.events import Produced, RouteEvent, Shown
from switchyard.core.failures import Failure, FailureKind
from switchyard.services.outbox import Outbox


class Runner(Protocol):
    """An attempt as a race sees it."""

    @property
    def has_begun(self) -> bool:
        """Whether its first token came."""
        ...

    async def run(self) -> Failure | None:
        """Make the call."""
        ...

    def give_up(self, kind: FailureKind) -> None:
        """End the call."""
        ...


R = TypeVar("R", bound=Runner)


class Lane:
    """What an attempt tells while another one may run beside it: of the slower one nothing is shown."""

    def __init__(self, race: Race[R], outbox: Outbox) -> None:
        self._race = race
        self._outbox = outbox

    @property
    def full(self) -> bool:
        """Whether the listener is slower than the stream."""
        return self._outbox.full

    def put(self, events: Sequence[RouteEvent]) -> None:
        """Pass on events, unless another one was quicker."""
        if self._race.winner is None and any(isinstance(event, Shown | Produced) for event in events):
            self._race.win(self)
        if self._race.winner in (None, self):
            self._outbox.put(events)

    async def wait_for_room(self) -> None:
        """Wait until the listener has caught up."""
        await self._outbox.wait_for_room()


class Race(Generic[R]):
    """One or two attempts side by side. `winner` is the lane of the first that said something."""

    def __init__(self) -> None:
        self.winner: Lane | None = None
        self.runners: dict[Lane, R] = {}
        self._ended: list[tuple[Lane, Failure | None]] = []

    @property
    def in_order(self) -> list[tuple[Lane, Failure | None]]:
        """Who took part and how it ended, in the order of their ends; the winner stands last."""
        return sorted(self._ended, key=lambda ended: ended[0] is self.winner)

    def enter(self, lane: Lane, runner: R) -> None:
        """Let an attempt take part; where another one has won by now, it is over before it began."""
        self.runners[lane] = runner
        if self.winner is not None:
            runner.give_up(FailureKind.CANCELLED)

    def win(self, winner: Lane) -> None:
        """The others are cancelled at once: nobody listens to them any more."""
        self.winner = winner
        for lane, runner in self.runners.items():
            if lane is not winner:
                runner.give_up(FailureKind.CANCELLED)

    async def run(self, first: Lane, second: Callable[[], Awaitable[Lane | None]], after_s: float) -> None:
        """Run the first, and a second beside it where it has said nothing for so long; return when both have ended."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self._follow(first))
            await asyncio.wait([task], timeout=after_s)
            if not task.done() and not self.runners[first].has_begun:
                beside = await second()
                if beside is not None:
                    group.create_task(self._follow(beside))

    async def _follow(self, lane: Lane) -> None:
        failure = await self.runners[lane].run()
        self._ended.append((lane, failure))
        if failure is None and self.winner is None:
            self.win(lane)
