"""A ledger over a real database, and the calls that a test makes under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from tests.fakes import new_database

from switchyard.core.catalog import Account, AccountId
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.filing import WorkspaceId
from switchyard.core.message import MessageId, MessageState
from switchyard.core.route import AttemptRecord, Outcome, Purpose, Reason, RouteRecord
from switchyard.core.usage import CostSource
from switchyard.services.ledger import Denied, Ledger, Reserved
from switchyard.storage.accounts import AccountStore
from switchyard.storage.budgets import BudgetStore
from switchyard.storage.chains import ChainStore
from switchyard.storage.database import Database, open_database
from switchyard.storage.history import History
from switchyard.storage.ids import new_uid
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths
from switchyard.storage.reservations import Reservations
from switchyard.storage.shelves import ShelfStore
from switchyard.storage.turns import NewTurn, TurnEnd, Turns

NOON_MS = 1_795_262_400_000  # 2026-11-21 12:00 UTC
ACCOUNTS = {"work": "openai", "home": "openai", "other": "anthropic"}


@dataclass
class Clock:
    """The wall clock and the monotonic one, as the test sets them."""

    ms: int = NOON_MS
    s: float = 100.0

    def wall(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.s


class Books:
    """One process's ledger. `crash` ends the process as a kill does: nothing is settled."""

    def __init__(self, database: Database, paths: Paths, clock: Clock, zone: tzinfo) -> None:
        self.clock = clock
        self.database = database
        self.paths = paths
        self.paid = True
        self.liveness = Liveness(paths.locks)
        self.reservations = Reservations(database, self.liveness)
        self.turns = Turns(database, self.liveness, self.reservations)
        self.chains = ChainStore(database)
        self.shelves = ShelfStore(database)
        self.ledger = Ledger(
            BudgetStore(database, self.reservations),
            self.reservations,
            self._has_paid_key,
            now_ms=clock.wall,
            zone=zone,
            monotonic=clock.monotonic,
        )

    @classmethod
    async def open(cls, paths: Paths, clock: Clock | None = None, zone: tzinfo = UTC) -> Books:
        new_database.lay(paths.data_dir)
        books = cls(await open_database(paths), paths, clock or Clock(), zone)
        await History(books.database, books.liveness).recover()
        store = AccountStore(books.database)
        for name, provider in ACCOUNTS.items():
            if await store.get(name) is None:
                await store.add(Account(AccountId(new_uid()), name, provider, "", {}, 1))
        if await books.chains.get("Everyday") is None:
            await books.chains.save(plain_chain("Everyday", (step_to(DeploymentName("work", "m")),)))
        return books

    async def close(self) -> None:
        await self.database.close()
        self.liveness.release()

    async def _has_paid_key(self) -> bool:
        return self.paid

    async def reserve(
        self,
        route: str,
        worst: int | None,
        n: int = 1,
        *,
        least: int | None = None,
        account: str = "work",
        chain: str | None = None,
        day: int | None = None,
        simulated: bool = False,
        agreed: bool = False,
        workspace: WorkspaceId | None = None,
    ) -> Reserved | Denied:
        return await self.ledger.reserve(
            route,
            n,
            account=account,
            provider=ACCOUNTS.get(account, account),
            chain=chain,
            worst_nanos=worst,
            least_nanos=least,
            day_nanos=day,
            simulated=simulated,
            agreed=agreed,
            workspace=workspace,
        )

    async def begin(
        self,
        route: str,
        *,
        account: str = "work",
        chain: str | None = None,
        simulated: bool = False,
        purpose: Purpose = Purpose.CHAT,
        workspace: WorkspaceId | None = None,
    ) -> Begun:
        """Keep a call as running."""
        attempt = AttemptRecord(
            1,
            1,
            Reason.FIRST,
            f"{account}/m",
            account,
            ACCOUNTS.get(account, account),
            "m",
            self.clock.ms,
            simulated=simulated,
            purpose=purpose,
        )
        turn = NewTurn(
            conversation=None,
            is_new=False,
            title="",
            user=None,
            reply=None,
            parent=MessageId(""),
            route=route,
            chain=chain,
            deployment=None,
            stream=True,
            system=None,
            steps=1,
            created_ms=self.clock.ms,
            attempt=attempt,
            workspace=workspace,
        )
        await self.turns.begin(turn)
        return Begun(turn, attempt)

    async def end(self, begun: Begun, cost: int | None) -> None:
        """Keep its end, with what it has cost."""
        source = CostSource.UNPRICED if cost is None else CostSource.COMPUTED
        attempt = replace(begun.attempt, outcome=Outcome.COMPLETED, duration_ms=5, cost_nanos=cost, cost_source=source)
        record = RouteRecord(begun.turn.route, begun.turn.chain, (attempt,))
        await self.turns.end(begun.turn, TurnEnd(record, MessageState.COMPLETE, attempt, "", "", None))

    async def spend(
        self,
        cost: int | None,
        *,
        account: str = "work",
        chain: str | None = None,
        simulated: bool = False,
        purpose: Purpose = Purpose.CHAT,
        workspace: WorkspaceId | None = None,
    ) -> None:
        """Make a call that nothing is reserved for."""
        route = new_uid()
        begun = await self.begin(
            route, account=account, chain=chain, simulated=simulated, purpose=purpose, workspace=workspace
        )
        await self.end(begun, cost)
        await self.ledger.settle(route, 1)


@dataclass(frozen=True)
class Begun:
    """A call under way."""

    turn: NewTurn
    attempt: AttemptRecord
