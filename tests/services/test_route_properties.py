"""Routes whose deployments do anything at all, stopped at any moment: what is told and kept stays in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.desk import heard
from tests.services.test_router import GOOD, Ahead, Memory, Scripted, request

from switchyard.core.errors import StorageFull
from switchyard.core.events import (
    Finish,
    Finished,
    ReasoningDelta,
    RouteEvent,
    TextDelta,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.moves import Candidate
from switchyard.core.route import AttemptRecord, Outcome, Reason, RouteRecord
from switchyard.core.scopes import Scope, ScopeKind, Scopes
from switchyard.core.sentence import Sentence
from switchyard.services.router import Router
from switchyard.services.standing import Alone, CallWanted, Denial, Paid

ENDINGS = [Failure(kind) for kind in FailureKind if kind is not FailureKind.CANCELLED]
ENDINGS += [Failure(FailureKind.RATE_LIMIT, retry_after_s=2.0), Failure(FailureKind.OVERLOADED, retry_after_s=100.0)]
pieces = st.sampled_from(
    [TextDelta(" "), TextDelta("few words "), TextDelta("many words " * 30), ReasoningDelta("hm "), 0.5, 3.0, 40.0]
)
ends = st.sampled_from(
    [Finished(Finish.STOP), Finished(Finish.LENGTH), Finished(Finish.CONTENT_FILTER), "silence", *ENDINGS]
)
scripts = st.builds(lambda before, end: [*before, end], st.lists(pieces, max_size=4), ends) | st.just(GOOD)


@dataclass
class Counting(Alone):
    """Lets a call go where it has an answer to that, and counts what was taken and given back."""

    answers: Sequence[Paid | Denial]
    asked: int = 0
    out: set[int] = field(default_factory=set)
    reserved: int = 0
    taken: int = 0

    async def reserve(self, wanted: CallWanted) -> Paid | Denial:
        await asyncio.sleep(0)
        answer = self.answers[self.asked % len(self.answers)]
        self.asked += 1
        self.reserved += isinstance(answer, Paid)
        return answer

    async def close(self, route: str, *, spent: bool) -> Sequence[Sentence]:
        self.reserved = 0
        return ()

    def begin(self, candidate: Candidate, tokens: int, *, reason: Reason) -> object:
        permit = len(self.out) + 1000 * self.asked
        while permit in self.out:
            permit += 1
        self.out.add(permit)
        self.taken += 1
        return permit

    async def end(self, permit: object, candidate: Candidate, record: AttemptRecord) -> Failure | None:
        assert permit in self.out
        return record.failure

    def drop(self, permit: object, *, sent: bool) -> None:
        assert isinstance(permit, int)
        self.out.remove(permit)


def _at(host: str) -> Scopes:
    """Return the scopes of a deployment that shares nothing with the others."""
    return Scopes(
        key=Scope(ScopeKind.KEY, host),
        account=Scope(ScopeKind.ACCOUNT, host),
        model=Scope(ScopeKind.MODEL, host),
        host=Scope(ScopeKind.HOST, host),
        provider=Scope(ScopeKind.PROVIDER, host),
        deployment=Scope(ScopeKind.DEPLOYMENT, host),
    )


@given(
    played=st.lists(st.lists(scripts, min_size=1, max_size=3), min_size=1, max_size=4),
    calls=st.integers(1, 6),
    hedged=st.booleans(),
    stream=st.booleans(),
    denials=st.lists(st.sampled_from([Paid(), Paid(), Paid(), Denial.BLOCKED, Denial.ASKS]), min_size=1, max_size=5),
    stop_after=st.none() | st.integers(0, 12),
    full=st.sets(st.sampled_from(["started", "left", "checkpoint"])),
)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_it_is_told_in_order_kept_whole_and_given_back(
    played: list[list[list[object]]],
    calls: int,
    hedged: bool,
    stream: bool,
    denials: list[Paid | Denial],
    stop_after: int | None,
    full: set[str],
) -> None:
    names = "abcd"[: len(played)]
    wanted = request(*names, calls=calls, stream=stream, deadline_s=60.0)
    candidates = tuple(
        replace(one, scopes=_at(one.deployment.model), step=replace(one.step, hedge=1.0 if hedged else "none"))
        for one in wanted.candidates
    )
    provider = Scripted({name: [list(script) for script in each] for name, each in zip(names, played, strict=True)})
    memory, standing = Memory(full=full), Counting(denials)
    router = Router({"scripted": provider}, wall_ms=lambda: 1_000_000, jitter=lambda: 0.5, standing=standing)
    events: list[RouteEvent] = []

    async def listen() -> set[Any]:
        async with asyncio.timeout(100_000), router.route(wanted._replace(candidates=candidates), memory) as run:
            async for batch in run:
                for event in batch:
                    if stop_after is not None and len(events) == stop_after:
                        run.stop()
                    events.append(event)
        return asyncio.all_tasks() - {asyncio.current_task()}

    with asyncio.Runner(loop_factory=Ahead) as runner:
        left = runner.run(listen())
    check(heard(events), memory, provider, calls)
    assert not left
    assert not standing.out
    assert not standing.reserved


@dataclass
class Penniless(Counting):
    """Cannot look into the books."""

    async def reserve(self, wanted: CallWanted) -> Paid | Denial:
        raise StorageFull


@pytest.mark.parametrize("standing", [Counting([Paid()]), Penniless([Paid()])], ids=["words", "money"])
async def test_a_place_is_given_back_where_the_call_cannot_be_set_up(standing: Counting) -> None:
    """Neither the words nor the money can be kept: the call's place was taken before, and nobody follows the call."""
    wanted = request("a")
    candidates = tuple(replace(one, scopes=_at("a")) for one in wanted.candidates)
    provider = Scripted({"a": [GOOD]})
    router = Router({"scripted": provider}, wall_ms=lambda: 0, jitter=lambda: 0.0, standing=standing)

    async def send() -> None:
        async with router.route(wanted._replace(candidates=candidates), Memory(full={"begin"})) as run:
            async for _ in run:
                pass

    with pytest.raises(StorageFull):
        await send()
    assert (provider.calls, standing.out, standing.reserved) == ([], set(), 0)
    assert standing.taken == 1, "no place was taken: this tests nothing"


def check(record: RouteRecord, memory: Memory, provider: Scripted, calls: int) -> None:
    """The route and what is kept of it say the same."""
    assert len(record.attempts) <= calls
    assert [attempt.n for attempt in record.attempts] == list(range(1, len(record.attempts) + 1))
    assert all(attempt.outcome is not Outcome.RUNNING for attempt in record.attempts)
    assert sum(attempt.outcome is Outcome.COMPLETED for attempt in record.attempts) <= 1
    begun = [line.partition(" ")[2] for line in memory.log if line.split(" ")[0] in ("begin", "started")]
    assert [name for name in begun if name != "-"] == [attempt.deployment for attempt in record.attempts]
    left = sum(line.startswith("left") for line in memory.log)
    last = memory.end is not None and memory.end.attempt is not None
    assert left + last == len(record.attempts), "a call has no end in its row"
    assert memory.log[-1].startswith("ended")
    assert sum(line.startswith("ended") for line in memory.log) == 1
    assert sorted(provider.calls) == sorted(provider.closed)
