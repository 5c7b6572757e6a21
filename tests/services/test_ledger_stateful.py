"""Calls of two processes that begin, end, break off and crash in any order: no limit is passed, nothing stays reserved.

Fault 38 of docs/routing: reservations that leaked until a key was "over" with most of its money left.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tests.fakes.books import Begun, Books, Clock

from switchyard.core.budget import Action, Period, Scope
from switchyard.services.ledger import Reserved
from switchyard.storage.ids import new_uid
from switchyard.storage.paths import Paths

T = TypeVar("T")
LIMIT = 100
PROCESSES = 2


class Ledgers(RuleBasedStateMachine):
    """Two processes over one database. A call is (process, generation, route, granted); a crash ends a generation."""

    reserved = Bundle("reserved")
    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.paths = Paths(self.folder / "data")
        self.clock = Clock()
        self.books: list[Books] = []
        self.generation = [0] * PROCESSES
        self.open: dict[str, tuple[int, int, int]] = {}  # by route: process, generation, what was granted
        self.spent = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        for _ in range(PROCESSES):
            self.books.append(self.run(Books.open(self.paths, self.clock)))
        self.run(self.books[0].ledger.set(Scope.EVERYTHING, "", Period.DAY, LIMIT, action=Action.BLOCK))
        self.clock.s += 1

    @rule(target=reserved, process=st.integers(0, PROCESSES - 1), worst=st.integers(1, 60), least=st.integers(0, 60))
    def reserve(self, process: int, worst: int, least: int) -> str:
        route = new_uid()
        room = LIMIT - self.spent - sum(self.granted())
        result = self.run(self.books[process].reserve(route, worst, least=least))
        if isinstance(result, Reserved):
            assert result.nanos == min(worst, room)
            self.open[route] = (process, self.generation[process], result.nanos)
        else:
            assert room < max(min(worst, least), 1)
        return route

    @rule(target=running, route=consumes(reserved))
    def start(self, route: str) -> tuple[str, Begun | None]:
        at = self.open.get(route)
        return route, self.run(self.books[at[0]].begin(route)) if at is not None else None

    @rule(route=consumes(reserved))
    def leave_before_it_begins(self, route: str) -> None:
        at = self.open.pop(route, None)
        if at is not None:
            self.run(self.books[at[0]].ledger.settle(route, 1))

    @rule(call=consumes(running), share=st.floats(0, 1), settled=st.booleans())
    def end(self, call: tuple[str, Begun | None], share: float, *, settled: bool) -> None:
        route, begun = call
        at = self.open.pop(route, None)
        if at is None or begun is None:
            return
        cost = int(at[2] * share)
        self.run(self.books[at[0]].end(begun, cost))
        self.spent += cost
        if settled:
            self.run(self.books[at[0]].ledger.settle(route, 1))

    @rule(process=st.integers(0, PROCESSES - 1))
    def crash(self, process: int) -> None:
        self.run(self.books[process].close())
        self.generation[process] += 1
        self.open = {route: at for route, at in self.open.items() if at[0] != process}
        self.books[process] = self.run(Books.open(self.paths, self.clock))

    @invariant()
    def the_limit_holds_and_both_know_what_is_reserved(self) -> None:
        for books in self.books:
            (view,) = self.run(books.ledger.spent_view())
            assert view.spent_nanos == self.spent
            assert view.reserved_nanos == sum(self.granted())
            assert view.spent_nanos + view.reserved_nanos <= LIMIT

    def granted(self) -> list[int]:
        return [granted for _, _, granted in self.open.values()]

    def teardown(self) -> None:
        for books in self.books:
            self.run(books.close())
        self.runner.close()
        shutil.rmtree(self.folder)


Ledgers.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
test_nobody_passes_the_limit_and_nothing_stays_reserved = Ledgers.TestCase
