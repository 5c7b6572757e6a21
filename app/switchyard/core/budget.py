"""What a person will spend: limits of a day, a week or a month, their time, and what a sum means for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple

from switchyard.core.usage import NANOS
from switchyard.core.value import value

WARN_SHARE = 80
MOST_NANOS = 1_000_000 * NANOS  # a limit above a million dollars is a slip of the keyboard


class Period(StrEnum):
    """How long a budget counts before it begins anew."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Scope(StrEnum):
    """What a budget is for."""

    EVERYTHING = "everything"
    WORKSPACE = "workspace"
    PROVIDER = "provider"
    ACCOUNT = "account"
    CHAIN = "chain"


class Action(StrEnum):
    """What happens at the limit.

    BLOCK is exact: the most that a call may cost is reserved first, and what would pass the limit is not called.
    DOWNGRADE and ASK begin once the limit is reached: from then on nothing is called that costs money, or the person
    is asked first. WARN tells and does nothing else.
    """

    WARN = "warn"
    DOWNGRADE = "downgrade"
    ASK = "ask"
    BLOCK = "block"


class Verdict(StrEnum):
    """What a sum means for a budget."""

    OK = "ok"
    WARNED = "warned"
    REACHED = "reached"


@value
class Budget:
    """A limit in nano-dollars, None for none. `target` is a provider's id, a workspace's, an
    account's or a chain's uid, else "".

    `warn_share` is the percentage of the limit at which the person is told.
    """

    uid: str
    scope: Scope
    target: str
    period: Period
    limit_nanos: int | None
    warn_share: int = WARN_SHARE
    action: Action = Action.WARN

    @property
    def holds(self) -> bool:
        """Whether it can keep a call from being made."""
        return self.limit_nanos is not None and self.action is not Action.WARN

    @property
    def blocks(self) -> bool:
        """Whether nothing may ever pass it."""
        return self.limit_nanos is not None and self.action is Action.BLOCK


DEFAULT = Budget("default", Scope.EVERYTHING, "", Period.DAY, 5 * NANOS)
"""What holds until the person sets a budget for everything. It is not stored."""


def chain_budget(chain: str, limit_nanos: int) -> Budget:
    """Return the budget of a day that a chain has of its own (`day_cost`); `chain` is its uid."""
    return Budget(f"day_cost:{chain}", Scope.CHAIN, chain, Period.DAY, limit_nanos, action=Action.BLOCK)


def window(period: Period, now_ms: int, zone: tzinfo) -> tuple[int, int]:
    """Return when the period began that now is in, and when it ends, in UTC milliseconds.

    Days begin at local midnight, however long they are, and where midnight is skipped, at the moment it is skipped.
    Weeks begin on Monday.
    """
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    if period is Period.DAY:
        first, after = today, today + timedelta(days=1)
    elif period is Period.WEEK:
        first = today - timedelta(days=today.weekday())
        after = first + timedelta(days=7)
    else:
        first = today.replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
    return _midnight_ms(first, zone), _midnight_ms(after, zone)


def verdict(budget: Budget, spent: int, reserved: int = 0, wanted: int = 0) -> Verdict:
    """Say what has been spent means for a budget, with what is reserved, for a call that may cost `wanted`.

    A warning goes by what was spent alone: what is reserved is mostly given back.
    """
    limit = budget.limit_nanos
    if limit is None:
        return Verdict.OK
    taken = spent + reserved
    if taken >= limit or taken + wanted > limit:
        return Verdict.REACHED
    return Verdict.WARNED if spent * 100 >= budget.warn_share * limit else Verdict.OK


def room(budget: Budget, spent: int, reserved: int) -> int | None:
    """Return how much may still be reserved; None is no limit."""
    return None if budget.limit_nanos is None else max(budget.limit_nanos - spent - reserved, 0)


class Standing(NamedTuple):
    """Where a budget stands: what was spent in its present time, and what is reserved under it."""

    budget: Budget
    spent_nanos: int
    reserved_nanos: int


class Granted(NamedTuple):
    """A call may be made. It may cost `nanos` at most, which is to be reserved; None: nothing has to be."""

    nanos: int | None


class Refused(NamedTuple):
    """A call may not be made, and where the budget stands that forbids it. `unpriced`: nobody knows what it costs."""

    standing: Standing
    unpriced: bool = False


def admit(
    standings: Sequence[Standing], worst_nanos: int | None, least_nanos: int | None = None, *, agreed: bool = False
) -> Granted | Refused:
    """Say whether a call may be made under every budget that it counts towards.

    `worst_nanos` is the most that it may cost, None where it has no price. It is granted less where there is less
    room, down to `least_nanos`; None is all or nothing. `agreed`: the person was asked, and wants it sent.
    """
    if worst_nanos == 0:
        return Granted(None)
    blocking = [one for one in standings if one.budget.blocks]
    least = 1 if worst_nanos is None else worst_nanos if least_nanos is None else min(least_nanos, worst_nanos)
    for one in blocking:
        if (room(*one) or 0) < max(least, 1):
            return Refused(one)
    reached = [one for one in standings if one.budget.holds and not one.budget.blocks and _is_reached(one)]
    for action in (Action.DOWNGRADE,) if agreed else (Action.DOWNGRADE, Action.ASK):
        for one in reached:
            if one.budget.action is action:
                return Refused(one)
    if worst_nanos is None or not blocking:
        unknown = worst_nanos is None and bool(blocking) and not agreed
        return Refused(blocking[0], unpriced=True) if unknown else Granted(None)
    return Granted(min(worst_nanos, *(room(*one) or 0 for one in blocking)))


def _is_reached(standing: Standing) -> bool:
    return verdict(standing.budget, standing.spent_nanos) is Verdict.REACHED


def amount(nanos: int) -> str:
    """Return an amount for a sentence: $4.00, below ten cents $0.0121, never $0.00 for a paid call."""
    if nanos == 0 or nanos >= NANOS // 10:
        return f"${nanos / NANOS:,.2f}"
    return f"${nanos / NANOS:.4f}" if nanos >= NANOS // 10_000 else "<$0.0001"


def read_dollars(text: str) -> int | None:
    """Return an amount of US dollars that a person wrote, in nano-dollars; None where it is none."""
    try:
        value = Decimal(text.strip().removeprefix("$").strip())
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= MOST_NANOS // NANOS:
        return None
    nanos = value * NANOS
    return int(nanos) if nanos == int(nanos) else None


def _midnight_ms(day: date, zone: tzinfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
