"""Two calls side by side: who is heard, and who is given up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from switchyard.core.events import Shown
from switchyard.core.failures import Failure, FailureKind
from switchyard.services.hedging import Lane, Race
from switchyard.services.outbox import Outbox


@dataclass
class Runs:
    """A call that is given up, or ends when it is let go."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    given_up: FailureKind | None = None
    has_begun: bool = False

    async def run(self) -> Failure | None:
        await self.go.wait()
        return Failure(self.given_up) if self.given_up is not None else None

    def give_up(self, kind: FailureKind) -> None:
        self.given_up = kind
        self.go.set()


async def test_who_comes_when_another_has_won_is_over_before_it_began() -> None:
    race: Race[Runs] = Race()
    outbox = Outbox()
    first, second = Lane(race, outbox), Lane(race, outbox)
    quick, late = Runs(), Runs()
    race.enter(first, quick)

    async def beside() -> Lane:
        first.put([Shown(1, "I am here", "")])  # while the second call is made ready
        race.enter(second, late)
        quick.go.set()
        return second

    async with asyncio.timeout(10):
        await race.run(first, beside, 0.0)
    assert late.given_up is FailureKind.CANCELLED
    assert quick.given_up is None
    assert [lane for lane, _ in race.in_order] == [second, first]


async def test_of_two_the_first_that_says_something_is_heard() -> None:
    race: Race[Runs] = Race()
    outbox = Outbox()
    first, second = Lane(race, outbox), Lane(race, outbox)
    slow, quick = Runs(), Runs()
    race.enter(first, slow)

    async def beside() -> Lane:
        race.enter(second, quick)
        second.put([Shown(2, "I am quick", "")])
        first.put([Shown(1, "I am slow", "")])
        quick.go.set()
        return second

    async with asyncio.timeout(10):
        await race.run(first, beside, 0.0)
    assert slow.given_up is FailureKind.CANCELLED
    assert await outbox.take() == [Shown(2, "I am quick", "")]
