"""Calls of two processes that begin, end, break off and crash in any order: no limit is passed, nothing stays reserved.

Fault 38 of docs/routing: reservations that leaked until a key was "over" with most of its money left.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tests.fakes.books import Begun, Books, Clock

from switchyard.core.budget import Action, Period, Scope
from switchyard.core.filing import WorkspaceId
from switchyard.services.ledger import Reserved
from switchyard.storage.ids import new_uid
from switchyard.storage.paths import Paths

T = TypeVar("T")
LIMIT = 100
OF_WORK = 60  # what the workspace may have of it
PROCESSES = 2


class _Open(NamedTuple):
    process: int
    granted: int
    at_work: bool


class Ledgers(RuleBasedStateMachine):
    """Two processes over one database, with a limit for everything and one for a workspace."""

    reserved = Bundle("reserved")
    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.paths = Paths(self.folder / "data")
        self.clock = Clock()
        self.books: list[Books] = []
        self.open: dict[str, _Open] = {}  # by route
        self.spent = [0, 0]  # outside of the workspace, and in it
        self.work: WorkspaceId | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        for _ in range(PROCESSES):
            self.books.append(self.run(Books.open(self.paths, self.clock)))
        self.run(self.books[0].ledger.set(Scope.EVERYTHING, "", Period.DAY, LIMIT, action=Action.BLOCK))
        self.work = self.run(self.books[0].shelves.add_workspace("Work")).uid
        self.run(self.books[0].ledger.set(Scope.WORKSPACE, "Work", Period.DAY, OF_WORK, action=Action.BLOCK))
        self.clock.s += 1

    @rule(
        target=reserved,
        process=st.integers(0, PROCESSES - 1),
        worst=st.integers(1, 60),
        least=st.integers(0, 60),
        at_work=st.booleans(),
    )
    def reserve(self, process: int, worst: int, least: int, *, at_work: bool) -> str:
        route = new_uid()
        room = LIMIT - self.taken()
        if at_work:
            room = min(room, OF_WORK - self.taken(at_work=True))
        work = self.work if at_work else None
        result = self.run(self.books[process].reserve(route, worst, least=least, workspace=work))
        if isinstance(result, Reserved):
            assert result.nanos == min(worst, room)
            self.open[route] = _Open(process, result.nanos, at_work)
        else:
            assert room < max(min(worst, least), 1)
        return route

    @rule(target=running, route=consumes(reserved))
    def start(self, route: str) -> tuple[str, Begun | None]:
        at = self.open.get(route)
        if at is None:
            return route, None
        return route, self.run(self.books[at.process].begin(route, workspace=self.work if at.at_work else None))

    @rule(route=consumes(reserved))
    def leave_before_it_begins(self, route: str) -> None:
        at = self.open.pop(route, None)
        if at is not None:
            self.run(self.books[at.process].ledger.settle(route, 1))

    @rule(call=consumes(running), share=st.floats(0, 1), settled=st.booleans())
    def end(self, call: tuple[str, Begun | None], share: float, *, settled: bool) -> None:
        route, begun = call
        at = self.open.pop(route, None)
        if at is None or begun is None:
            return
        cost = int(at.granted * share)
        self.run(self.books[at.process].end(begun, cost))
        self.spent[at.at_work] += cost
        if settled:
            self.run(self.books[at.process].ledger.settle(route, 1))

    @rule(process=st.integers(0, PROCESSES - 1))
    def crash(self, process: int) -> None:
        self.run(self.books[process].close())
        self.open = {route: at for route, at in self.open.items() if at.process != process}
        self.books[process] = self.run(Books.open(self.paths, self.clock))

    @invariant()
    def the_limit_holds_and_both_know_what_is_reserved(self) -> None:
        for books in self.books:
            whole, work = self.run(books.ledger.spent_view())
            assert whole.spent_nanos == sum(self.spent)
            assert work.spent_nanos == self.spent[True]
            assert whole.spent_nanos + whole.reserved_nanos == self.taken() <= LIMIT
            assert work.spent_nanos + work.reserved_nanos == self.taken(at_work=True) <= OF_WORK

    @rule(process=st.integers(0, PROCESSES - 1))
    def rename_the_workspace(self, process: int) -> None:
        assert self.work is not None
        self.run(self.books[process].shelves.rename(self.work, new_uid()))

    def taken(self, *, at_work: bool = False) -> int:
        granted = sum(one.granted for one in self.open.values() if one.at_work or not at_work)
        return granted + (self.spent[True] if at_work else sum(self.spent))

    def teardown(self) -> None:
        for books in self.books:
            self.run(books.close())
        self.runner.close()
        shutil.rmtree(self.folder)


Ledgers.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
test_nobody_passes_the_limit_and_nothing_stays_reserved = Ledgers.TestCase
