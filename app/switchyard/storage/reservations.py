"""What calls under way may cost at most, kept while they run, so that no two of them spend the same cent."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from switchyard.core.budget import Budget, Scope
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.liveness import Liveness

Call = tuple[str, int]  # a route, and which of its calls


class Reservation(NamedTuple):
    """What one call may cost. `workspace`, `account` and `chain` are uids, "" where there is none."""

    route: str
    n: int
    owner: str
    account: str
    provider: str
    chain: str
    workspace: str
    amount_nanos: int

    def is_under(self, budget: Budget) -> bool:
        """Whether it counts towards a budget."""
        return budget.scope is Scope.EVERYTHING or budget.target == {
            Scope.WORKSPACE: self.workspace,
            Scope.PROVIDER: self.provider,
            Scope.ACCOUNT: self.account,
            Scope.CHAIN: self.chain,
        }.get(budget.scope)


_ALL = "SELECT route, n, owner, account, provider, chain, workspace, amount_nanos FROM reservation"
_ADD = (
    "INSERT INTO reservation (uid, route, n, owner, account, provider, chain, workspace, amount_nanos, created_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_REMOVE = "DELETE FROM reservation WHERE route = ? AND n = ?"


class Reservations:
    """Knows which reservations of this process still count; those of dead processes never do.

    A row that is left over, where its end could not be written, counts no longer once the call is told to be over, and
    goes with the next one that is written.
    """

    def __init__(self, database: Database, liveness: Liveness) -> None:
        self._database = database
        self._liveness = liveness
        self._held: set[Call] = set()

    def expect(self, call: Call) -> None:
        """Something is about to be reserved for a call."""
        self._held.add(call)

    async def give_back(self, route: str, n: int | None) -> None:
        """A call is over, or all of a route: what is still reserved is given back."""
        over = [call for call in tuple(self._held) if call[0] == route and n in (None, call[1])]
        if over:
            self._held.difference_update(over)
            await self._database.write(lambda connection: connection.executemany(_REMOVE, over))

    def forget(self, call: Call) -> None:
        """Nothing came of what was expected."""
        self._held.discard(call)

    # --- on the thread ------------------------------------------------------------------------------------------

    def live(self, connection: sqlite3.Connection) -> list[Reservation]:
        """Return what is reserved by calls that are still made."""
        return [one for one in _read(connection) if self._counts(one)]

    def clear(self, connection: sqlite3.Connection) -> list[Reservation]:
        """Remove what does not count any more, and return the rest; part of a transaction."""
        counting: list[Reservation] = []
        dead: dict[str, bool] = {}
        for one in _read(connection):
            if one.owner not in dead:
                dead[one.owner] = self._liveness.is_dead(one.owner)
            if dead[one.owner] or (one.owner == self._liveness.owner and (one.route, one.n) not in self._held):
                connection.execute(_REMOVE, (one.route, one.n))
            else:
                counting.append(one)
        return counting

    def add(
        self,
        connection: sqlite3.Connection,
        call: Call,
        *,
        account: str,
        provider: str,
        chain: str,
        workspace: str,
        amount_nanos: int,
    ) -> None:
        """Reserve an amount for a call; part of a transaction. Nothing where nobody expects it any more."""
        if call in self._held:
            self._liveness.hold()
            owner = self._liveness.owner
            values = (new_uid(), *call, owner, account, provider, chain, workspace, amount_nanos, now_ms())
            connection.execute(_ADD, values)

    def end(self, connection: sqlite3.Connection, call: Call) -> None:
        """Give back what is reserved for a call, in the transaction that keeps what it has cost."""
        if call in self._held:
            self._held.discard(call)
            connection.execute(_REMOVE, call)

    def _counts(self, one: Reservation) -> bool:
        if one.owner == self._liveness.owner:
            return (one.route, one.n) in self._held
        return not self._liveness.is_dead(one.owner)


def _read(connection: sqlite3.Connection) -> list[Reservation]:
    return [Reservation(*row) for row in connection.execute(_ALL)]
