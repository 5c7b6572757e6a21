"""What was spent against what a person will spend: reserves before a call, and tells where the budgets stand."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo
from typing import NamedTuple

from switchyard.core.budget import (
    DEFAULT,
    Action,
    Budget,
    Granted,
    Period,
    Scope,
    Standing,
    Verdict,
    amount,
    verdict,
    window,
)
from switchyard.core.catalog import KeySource
from switchyard.core.errors import UnknownName
from switchyard.core.filing import WorkspaceId
from switchyard.core.sentence import Sentence, sentence
from switchyard.providers.presets import PRESETS
from switchyard.services.accounts import Accounts
from switchyard.services.notices import Level, Notice
from switchyard.services.signal import Signal
from switchyard.storage.budgets import BudgetStore, StoredBudget, Wanted
from switchyard.storage.reservations import Reservations

_UNLIMITED = Budget("", Scope.EVERYTHING, "", Period.DAY, None)
FRESH_S = 1.0  # what another process sets counts after this long at the latest


class Reserved(NamedTuple):
    """A call may be made. It may cost `nanos` at most (`core.estimate.cap_output`); None: as much as it likes."""

    nanos: int | None


class Denied(NamedTuple):
    """A budget forbids a call until `reset_ms` (UTC); one of the action ASK is to be asked about.

    `unpriced`: the budget blocks, and nobody knows what the call would cost. That is to be asked about too.
    """

    budget: Budget
    target_name: str
    spent_nanos: int
    reserved_nanos: int
    reset_ms: int
    unpriced: bool

    def sentence(self) -> Sentence:
        """Say what was spent of what."""
        return spent_sentence(self.budget, self.target_name, self.spent_nanos)


class BudgetView(NamedTuple):
    """Where a budget stands. `share` is what is spent of the limit (1.0 is all of it); None where there is no limit."""

    budget: Budget
    target_name: str
    spent_nanos: int
    reserved_nanos: int
    share: float | None
    resets_ms: int
    state: Verdict

    @property
    def is_default(self) -> bool:
        """Whether the person has not set it."""
        return self.budget.uid == DEFAULT.uid


class Today(NamedTuple):
    """What was spent today, and where that stands against the limit of a day for everything, where there is one."""

    spent_nanos: int = 0
    limit_nanos: int | None = None
    state: Verdict = Verdict.OK


class Outlook(NamedTuple):
    """What the budgets say of a message before it is routed.

    `over_budget`: one that blocks or downgrades is reached. `share` is the highest that is spent or reserved of any
    limit (1.0 is all of it).
    """

    over_budget: bool = False
    share: float = 0.0


class Ledger:
    """Knows the budgets. `has_paid_key` tells whether there is an account that money can be spent with.

    `now_ms` is the wall clock in UTC milliseconds, `zone` the person's, `monotonic` a clock in seconds.
    """

    def __init__(
        self,
        store: BudgetStore,
        reservations: Reservations,
        has_paid_key: Callable[[], Awaitable[bool]],
        *,
        now_ms: Callable[[], int],
        zone: tzinfo,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._reservations = reservations
        self._has_paid_key = has_paid_key
        self._now_ms = now_ms
        self._zone = zone
        self._monotonic = monotonic
        self._known: list[StoredBudget] | None = None
        self._known_at = 0.0
        self._told: set[tuple[str, Verdict, int]] = set()
        self.changed: Signal[None] = Signal()

    # --- calls ------------------------------------------------------------------------------------------------------

    async def reserve(
        self,
        route: str,
        n: int,
        *,
        account: str,
        provider: str,
        chain: str | None,
        worst_nanos: int | None,
        simulated: bool,
        workspace: WorkspaceId | None = None,
        least_nanos: int | None = None,
        day_nanos: int | None = None,
        agreed: bool = False,
    ) -> Reserved | Denied:
        """Reserve the most that a call may cost under every budget that blocks; two can never both get the last cent.

        `worst_nanos` is None where there is no price. Where there is less room, less is granted, down to
        `least_nanos` (None: all or nothing). `day_nanos` is the chain's own budget of a day; `agreed`: the person was
        asked, and wants it sent; `workspace` is that of the conversation. Costs nothing where no budget can hold the
        call back. Whoever got `Reserved` must
        call `settle` in the end, however it ends.
        """
        if simulated or worst_nanos == 0:
            return Reserved(None)
        if day_nanos is None and not await self.may_refuse():
            return Reserved(None)
        windows = self._windows()
        wanted = Wanted((route, n), account, provider, chain, workspace, day_nanos, worst_nanos, least_nanos, agreed)
        result = await self._store.reserve(wanted, windows)
        if isinstance(result, Granted):
            return Reserved(result.nanos)
        (budget, spent_nanos, reserved_nanos), unpriced = result.refused
        reset_ms = windows[budget.period][1]
        return Denied(budget, result.target_name, spent_nanos, reserved_nanos, reset_ms, unpriced)

    async def may_refuse(self) -> bool:
        """Whether there is a budget that can keep a call from being made, so that its price has to be known first."""
        return any(stored.budget.holds for stored in await self._budgets())

    async def settle(self, route: str, n: int | None = None) -> None:
        """Hear that a call is over, or a whole route: what is still reserved is given back. Again does no harm.

        Where the end of the call was kept by `storage.turns`, that has given it back already, and this writes nothing.
        """
        try:
            await self._reservations.give_back(route, n)
        finally:
            self.changed.emit(None)

    async def close(self, route: str, *, spent: bool) -> tuple[Notice, ...]:
        """Hear that a route is over; return what the person is to be told now where it has `spent` anything."""
        await self.settle(route)
        return await self.warnings() if spent else ()

    async def outlook(
        self,
        chain: str | None,
        workspace: WorkspaceId | None = None,
        *,
        day_nanos: int | None = None,
        wanted_nanos: int = 0,
    ) -> Outlook:
        """Return what budgets say of a message that costs `wanted_nanos` at least.

        They are those of everything, of a workspace and of a chain.
        """
        if day_nanos is None and not await self._budgets():
            return Outlook()
        own = (chain, day_nanos) if chain is not None and day_nanos is not None else None
        over, share = False, 0.0
        for stored, standing in await self._store.stand(self._windows(), chain=own):
            budget = stored.budget
            if _concerns(stored, chain, workspace) and budget.limit_nanos is not None:
                over = over or _is_over(standing, wanted_nanos)
                taken = standing.spent_nanos + standing.reserved_nanos
                share = max(share, taken / budget.limit_nanos if budget.limit_nanos else 1.0)
        return Outlook(over, share)

    async def left_today(self, chain: str | None, workspace: WorkspaceId | None = None) -> int | None:
        """Return what may still be spent today under the budgets that `outlook` looks at; None: there is none."""
        left = [
            view.budget.limit_nanos - view.spent_nanos - view.reserved_nanos
            for view in await self._views()
            if view.budget.limit_nanos is not None
            and view.budget.period is Period.DAY
            and _concerns(view, chain, workspace)
        ]
        return max(0, min(left)) if left else None

    # --- what a person sees -----------------------------------------------------------------------------------------

    async def spent_view(self) -> tuple[BudgetView, ...]:
        """Return where every budget stands; the default's too while it holds."""
        views = await self._views()
        return tuple([view for view in views if not view.is_default or view.spent_nanos or await self._has_paid_key()])

    async def today(self) -> Today:
        """Return what was spent today on everything."""
        views = [view for view in await self._views() if view.budget.scope is Scope.EVERYTHING]
        view = next((view for view in views if view.budget.period is Period.DAY), None)
        if view is not None:
            return Today(view.spent_nanos, view.budget.limit_nanos, view.state)
        *_, (_, standing) = await self._store.stand(self._windows(), [StoredBudget(_UNLIMITED)])
        return Today(standing.spent_nanos)

    async def warnings(self) -> tuple[Notice, ...]:
        """Return what the person is to be told now: each budget's share and limit once in its time, by one process."""
        notices: list[Notice] = []
        windows = self._windows()
        for view in await self._views():
            told = (view.budget.uid, view.state, windows[view.budget.period][0])
            if view.state is Verdict.OK or told in self._told:
                continue
            if await self._store.tell(*told):
                notices.append(_notice(view))
            self._told.add(told)
        return tuple(notices)

    # --- changing ---------------------------------------------------------------------------------------------------

    async def set(
        self,
        scope: Scope,
        target_name: str,
        period: Period,
        limit_nanos: int | None,
        *,
        warn_share: int = DEFAULT.warn_share,
        action: Action = Action.WARN,
    ) -> str:
        """Set a budget in the place of one for the same thing and period; return its uid. Raises `UnknownName`."""
        target = await self._target(scope, target_name)
        uid = await self._store.put(Budget("", scope, target, period, limit_nanos, warn_share, action))
        self._told = {told for told in self._told if told[0] != uid}
        self._forget()
        return uid

    async def remove(self, uid: str) -> None:
        """Remove a budget; in the place of the default comes one without a limit."""
        if uid == DEFAULT.uid:
            await self.set(DEFAULT.scope, DEFAULT.target, DEFAULT.period, None)
            return
        await self._store.remove(uid)
        self._forget()

    async def restore(self, uid: str) -> None:
        """Bring a removed budget back."""
        if uid == DEFAULT.uid:
            for stored in await self._store.all():
                if stored.budget.scope is DEFAULT.scope and stored.budget.limit_nanos is None:
                    await self._store.remove(stored.budget.uid)
        else:
            await self._store.restore(uid)
        self._forget()

    async def find(self, scope: Scope, target_name: str, period: Period) -> BudgetView:
        """Return the budget for something and a period; raises `UnknownName`."""
        for view in await self.spent_view():
            if (view.budget.scope, view.target_name, view.budget.period) == (scope, target_name, period):
                return view
        raise UnknownName(
            sentence("There is no such budget."), sentence("List the budgets with: switchyard budget list")
        )

    async def _target(self, scope: Scope, name: str) -> str:
        if scope is Scope.EVERYTHING:
            return DEFAULT.target
        if scope is Scope.PROVIDER:
            if name not in PRESETS:
                raise UnknownName(sentence("There is no provider named {name}.", name=name))
            return name
        uid = await self._store.uid_of(scope, name)
        if uid is None:
            raise UnknownName(Sentence(_UNKNOWN[scope].source, {"name": name}))
        return uid

    def _forget(self) -> None:
        self._known = None
        self.changed.emit(None)

    async def _budgets(self) -> list[StoredBudget]:
        """Return the budgets, remembered so that of many messages in a row not each one reads them again."""
        now = self._monotonic()
        if self._known is None or now - self._known_at >= FRESH_S:
            self._known, self._known_at = await self._store.all(), now
        return self._known

    async def _views(self) -> list[BudgetView]:
        """Return where every budget stands, and the default as long as there is none for everything."""
        windows = self._windows()
        everything = any(stored.budget.scope is DEFAULT.scope for stored in await self._budgets())
        stands = await self._store.stand(windows, [] if everything else [StoredBudget(DEFAULT)])
        return [_view(stored, standing, windows) for stored, standing in stands]

    def _windows(self) -> Mapping[Period, tuple[int, int]]:
        now_ms = self._now_ms()
        return {period: window(period, now_ms, self._zone) for period in Period}


async def has_paid_key(accounts: Accounts) -> bool:
    """Whether there is an account that money can be spent with."""
    keyless = (KeySource.NONE, KeySource.NOT_NEEDED)
    return any(view.key not in keyless and not view.local for view in await accounts.list())


def _concerns(one: StoredBudget | BudgetView, chain: str | None, workspace: WorkspaceId | None) -> bool:
    """Whether a budget is one of everything, of a chain by its name, or of a workspace."""
    if one.budget.scope is Scope.WORKSPACE:
        return one.budget.target == workspace
    return one.budget.scope is Scope.EVERYTHING or (one.budget.scope, one.target_name) == (Scope.CHAIN, chain)


def _is_over(standing: Standing, wanted_nanos: int) -> bool:
    budget, spent, reserved = standing
    if budget.action is Action.BLOCK:
        return verdict(budget, spent, reserved, wanted_nanos) is Verdict.REACHED
    return budget.action is Action.DOWNGRADE and verdict(budget, spent) is Verdict.REACHED


def _view(stored: StoredBudget, standing: Standing, windows: Mapping[Period, tuple[int, int]]) -> BudgetView:
    budget, spent_nanos, reserved_nanos = standing
    limit = budget.limit_nanos
    share = None if limit is None else spent_nanos / limit if limit else 1.0
    state = verdict(budget, spent_nanos)
    resets_ms = windows[budget.period][1]
    return BudgetView(budget, stored.target_name, spent_nanos, reserved_nanos, share, resets_ms, state)


_UNKNOWN = {
    Scope.WORKSPACE: sentence("There is no workspace named {name}."),
    Scope.ACCOUNT: sentence("There is no account named {name}."),
    Scope.CHAIN: sentence("There is no chain named {name}."),
}
_SPENT = {
    Period.DAY: sentence("You have spent {spent} of {limit} today."),
    Period.WEEK: sentence("You have spent {spent} of {limit} this week."),
    Period.MONTH: sentence("You have spent {spent} of {limit} this month."),
}
_SPENT_ON = {
    Period.DAY: sentence("You have spent {spent} of {limit} on {target} today."),
    Period.WEEK: sentence("You have spent {spent} of {limit} on {target} this week."),
    Period.MONTH: sentence("You have spent {spent} of {limit} on {target} this month."),
}
_HINTS = {
    Action.DOWNGRADE: sentence("Until it begins anew, only what is free answers."),
    Action.ASK: sentence("Until it begins anew, you are asked before each message that costs money."),
    Action.BLOCK: sentence("Until it begins anew, nothing is called that could cost more."),
}


def spent_sentence(budget: Budget, target_name: str, spent_nanos: int) -> Sentence:
    """Say what was spent of a budget."""
    sums = {"spent": amount(spent_nanos), "limit": amount(budget.limit_nanos or 0)}
    if target_name:
        of_provider = budget.scope is Scope.PROVIDER and target_name in PRESETS
        target = PRESETS[target_name].name if of_provider else target_name
        return Sentence(_SPENT_ON[budget.period].source, sums | {"target": target})
    return Sentence(_SPENT[budget.period].source, sums)


def _notice(view: BudgetView) -> Notice:
    hint = _HINTS.get(view.budget.action) if view.state is Verdict.REACHED else None
    title = spent_sentence(view.budget, view.target_name, view.spent_nanos)
    return Notice(f"budget-{view.budget.uid}", Level.WARNING, title, hint)
