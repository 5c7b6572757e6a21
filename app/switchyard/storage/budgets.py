"""The budgets' rows, what was spent under each, and what the person has been told of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from switchyard.core.budget import (
    Action,
    Budget,
    Granted,
    Period,
    Refused,
    Scope,
    Standing,
    Verdict,
    admit,
    chain_budget,
)
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.reservations import Call, Reservation, Reservations
from switchyard.storage.statements import insert, update

Windows = Mapping[Period, tuple[int, int]]  # for each period, when the present one began and when it ends


class StoredBudget(NamedTuple):
    """A budget, and its target by the name that the person knows ("" where it is for everything)."""

    budget: Budget
    target_name: str = ""


class Wanted(NamedTuple):
    """A call that is about to be made. `account` and `chain` are names, `workspace` is a uid.

    `day_nanos` is the chain's own budget. What it may cost is as `core.budget.admit` takes it.
    """

    call: Call
    account: str
    provider: str
    chain: str | None
    workspace: str | None
    day_nanos: int | None
    worst_nanos: int | None
    least_nanos: int | None
    agreed: bool


class Forbidden(NamedTuple):
    """A budget that forbids a call, and what it is for by the name that the person knows."""

    refused: Refused
    target_name: str


# A workspace, a chain or an account that was removed has no budget while it is gone.
_LIVE = (
    "SELECT b.uid, b.scope, b.target, b.period, b.limit_nanos, b.warn_share, b.action,"
    " CASE b.scope WHEN 'account' THEN a.name WHEN 'chain' THEN c.name WHEN 'workspace' THEN w.name"
    " ELSE b.target END AS target_name FROM budget b"
    " LEFT JOIN account a ON b.scope = 'account' AND a.uid = b.target AND a.deleted_ms IS NULL"
    " LEFT JOIN chain c ON b.scope = 'chain' AND c.uid = b.target AND c.deleted_ms IS NULL"
    " LEFT JOIN workspace w ON b.scope = 'workspace' AND w.uid = b.target AND w.deleted_ms IS NULL"
    " WHERE b.deleted_ms IS NULL AND target_name IS NOT NULL ORDER BY b.id"
)
_THE_SAME = "scope = ? AND target = ? AND period = ? AND deleted_ms IS NULL"
_SPENT = "SELECT coalesce(sum(a.cost_nanos), 0) FROM attempt a {join} WHERE a.queued_ms >= ? AND a.queued_ms < ?"
_NOT_SIMULATED = " AND coalesce(a.simulated, 0) = 0"
_OF_CHAIN = (
    "JOIN route r ON r.id = a.route JOIN chain_version v ON v.id = r.chain_version"
    " JOIN chain c ON c.id = v.chain AND c.uid = ?"
)
_OF_WORKSPACE = "JOIN route r ON r.id = a.route JOIN workspace w ON w.id = r.workspace AND w.uid = ?"
_SPENT_BY: Mapping[Scope, str] = {
    Scope.EVERYTHING: _SPENT.format(join="") + _NOT_SIMULATED,
    Scope.WORKSPACE: _SPENT.format(join=_OF_WORKSPACE) + _NOT_SIMULATED,
    Scope.PROVIDER: _SPENT.format(join="") + _NOT_SIMULATED + " AND a.provider = ?",
    Scope.ACCOUNT: _SPENT.format(join="") + _NOT_SIMULATED + " AND a.account = ?",
    Scope.CHAIN: _SPENT.format(join=_OF_CHAIN) + _NOT_SIMULATED,
}
_UID_OF: Mapping[Scope, str] = {
    Scope.WORKSPACE: "SELECT uid FROM workspace WHERE name = ? AND deleted_ms IS NULL ORDER BY seq, id",
    Scope.ACCOUNT: "SELECT uid FROM account WHERE name = ? AND deleted_ms IS NULL",
    Scope.CHAIN: "SELECT uid FROM chain WHERE name = ? AND deleted_ms IS NULL",
}
_TELL = (
    "INSERT INTO budget_notice (uid, budget, verdict, start_ms) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (budget, verdict) DO UPDATE SET start_ms = excluded.start_ms WHERE start_ms < excluded.start_ms"
)


class BudgetStore:
    """Reads and writes budgets."""

    def __init__(self, database: Database, reservations: Reservations) -> None:
        self._database = database
        self._reservations = reservations

    async def all(self) -> list[StoredBudget]:
        """Return every budget, the oldest first."""
        return await self._database.read(read_budgets)

    async def uid_of(self, scope: Scope, name: str) -> str | None:
        """Return the uid of a workspace, an account or a chain of that name."""
        return await self._database.read(lambda connection: uid_of(connection, scope, name))

    async def put(self, budget: Budget) -> str:
        """Keep a budget in the place of one for the same thing and period; return its uid."""
        row = {
            "limit_nanos": budget.limit_nanos,
            "warn_share": budget.warn_share,
            "action": budget.action.value,
        }

        def work(connection: sqlite3.Connection) -> str:
            same = (budget.scope.value, budget.target, budget.period.value)
            found = connection.execute(f"SELECT uid FROM budget WHERE {_THE_SAME}", same).fetchone()
            if found is not None:
                update(connection, "budget", row, "uid = ?", found[0])
                connection.execute("DELETE FROM budget_notice WHERE budget = ?", (found[0],))
                return str(found[0])
            uid = new_uid()
            named = {"uid": uid, "scope": same[0], "target": same[1], "period": same[2], "created_ms": now_ms()}
            insert(connection, "budget", named | row)
            return uid

        return await self._database.write(work)

    async def remove(self, uid: str) -> None:
        """Mark a budget as removed."""
        await self._database.write(lambda c: update(c, "budget", {"deleted_ms": now_ms()}, "uid = ?", uid))

    async def restore(self, uid: str) -> None:
        """Take the mark off, unless there is another budget for the same thing and period by now."""

        def work(connection: sqlite3.Connection) -> None:
            same = connection.execute("SELECT scope, target, period FROM budget WHERE uid = ?", (uid,)).fetchone()
            if not connection.execute(f"SELECT 1 FROM budget WHERE {_THE_SAME}", same).fetchone():
                update(connection, "budget", {"deleted_ms": None}, "uid = ?", uid)

        await self._database.write(work)

    async def stand(
        self, windows: Windows, others: Sequence[StoredBudget] = (), *, chain: tuple[str, int] | None = None
    ) -> list[tuple[StoredBudget, Standing]]:
        """Return where every budget stands, with others that are not stored, and a chain's own by its name."""

        def work(connection: sqlite3.Connection) -> list[tuple[StoredBudget, Standing]]:
            held = self._reservations.live(connection)
            budgets = [*read_budgets(connection), *others]
            if chain is not None:
                budgets += _own_budget(connection, *chain)
            return [(stored, _standing(connection, stored.budget, windows, held)) for stored in budgets]

        return await self._database.read(work)

    async def reserve(self, wanted: Wanted, windows: Windows) -> Granted | Forbidden:
        """Reserve what a call may cost, in the transaction that looks whether it may be made."""
        self._reservations.expect(wanted.call)
        reserved = False
        try:
            result = await self._database.write(lambda connection: self._reserve(connection, wanted, windows))
            reserved = isinstance(result, Granted) and result.nanos is not None
        finally:
            if not reserved:
                self._reservations.forget(wanted.call)
        return result

    async def tell(self, budget: str, verdict: Verdict, start_ms: int) -> bool:
        """Note that the person is told what a sum means; False where that was told since then already."""
        values = (new_uid(), budget, verdict.value, start_ms)
        return await self._database.write(lambda connection: connection.execute(_TELL, values).rowcount > 0)

    def _reserve(self, connection: sqlite3.Connection, wanted: Wanted, windows: Windows) -> Granted | Forbidden:
        account = uid_of(connection, Scope.ACCOUNT, wanted.account) or ""
        chain = uid_of(connection, Scope.CHAIN, wanted.chain) or "" if wanted.chain is not None else ""
        targets = {
            Scope.EVERYTHING: "",
            Scope.WORKSPACE: wanted.workspace,
            Scope.PROVIDER: wanted.provider,
            Scope.ACCOUNT: account,
            Scope.CHAIN: chain,
        }
        budgets = [one for one in read_budgets(connection) if one.budget.target == targets[one.budget.scope]]
        if chain and wanted.day_nanos is not None:
            budgets.append(StoredBudget(chain_budget(chain, wanted.day_nanos), wanted.chain or ""))
        held = self._reservations.clear(connection)
        standings = [_standing(connection, one.budget, windows, held) for one in budgets if one.budget.holds]
        result = admit(standings, wanted.worst_nanos, wanted.least_nanos, agreed=wanted.agreed)
        if isinstance(result, Refused):
            names = {one.budget.uid: one.target_name for one in budgets}
            return Forbidden(result, names[result.standing.budget.uid])
        if result.nanos is not None:
            self._reservations.add(
                connection,
                wanted.call,
                account=account,
                provider=wanted.provider,
                chain=chain,
                workspace=wanted.workspace or "",
                amount_nanos=result.nanos,
            )
        return result


def read_budgets(connection: sqlite3.Connection) -> list[StoredBudget]:
    """Return every budget."""
    return [_stored(row) for row in connection.execute(_LIVE)]


def uid_of(connection: sqlite3.Connection, scope: Scope, name: str) -> str | None:
    """Return the uid of a workspace, an account or a chain of that name; of workspaces alike the first."""
    row = connection.execute(_UID_OF[scope], (name,)).fetchone()
    return str(row[0]) if row is not None else None


def _own_budget(connection: sqlite3.Connection, chain: str, day_nanos: int) -> list[StoredBudget]:
    uid = uid_of(connection, Scope.CHAIN, chain)
    return [StoredBudget(chain_budget(uid, day_nanos), chain)] if uid is not None else []


def _standing(
    connection: sqlite3.Connection, budget: Budget, windows: Windows, held: Sequence[Reservation]
) -> Standing:
    """Return where a budget stands.

    What is reserved counts whenever it was: what a call costs may belong to the next day by the time it ends.
    """
    start_ms, end_ms = windows[budget.period]
    values: tuple[Any, ...] = (start_ms, end_ms)
    if budget.scope in (Scope.CHAIN, Scope.WORKSPACE):
        values = (budget.target, *values)
    elif budget.scope is not Scope.EVERYTHING:
        values = (*values, budget.target)
    spent = int(connection.execute(_SPENT_BY[budget.scope], values).fetchone()[0])
    return Standing(budget, spent, sum(one.amount_nanos for one in held if one.is_under(budget)))


def _stored(row: tuple[Any, ...]) -> StoredBudget:
    uid, scope, target, period, limit_nanos, warn_share, action, name = row
    budget = Budget(uid, Scope(scope), target, Period(period), limit_nanos, warn_share, Action(action))
    return StoredBudget(budget, name)
