"""When a track is taken or a step is admitted: conditions over the state of things and over the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from switchyard.core.value import value


class Word(StrEnum):
    """What a condition may speak of. The first five are about the state of things, the others about the message."""

    OVER_BUDGET = "over_budget"
    OFFLINE = "offline"
    PRIVATE = "private"  # the conversation is local-only
    WORKSPACE = "workspace"
    HOURS = "hours"
    NEEDS = "needs"
    TOKENS_OVER = "tokens_over"
    TOKENS_UNDER = "tokens_under"
    HINT = "hint"
    SHARE = "share"  # [from, to]: a stable number from 0 to 99 of conversation and chain


class Need(StrEnum):
    """What `needs` may name."""

    VISION = "vision"
    TOOLS = "tools"
    FILES = "files"
    JSON = "json"
    REASONING = "reasoning"
    LONG = "long"


@value
class Holds:
    """A word with its one value: a number, a text, a `Need`, a pair of numbers, or True for a word alone.

    `hours` is a pair of minutes since local midnight, which may go over it.
    """

    word: Word
    value: str | int | tuple[int, int] | bool = True


@value
class AnyOf:
    """At least one holds."""

    of: tuple[Condition, ...]


@value
class AllOf:
    """Every one holds."""

    of: tuple[Condition, ...]


@value
class Not:
    """The condition does not hold."""

    of: Condition


@value
class Never:
    """Never holds: a track that is reached by `then` alone."""


Condition = Holds | AnyOf | AllOf | Not | Never


@value
class Circumstances:
    """What conditions are asked about: `minute` is the local time in minutes since midnight, `share` from 0 to 99."""

    over_budget: bool = False
    offline: bool = False
    private: bool = False
    workspace: str | None = None
    minute: int = 0
    needs: frozenset[Need] = frozenset()
    tokens: int = 0
    hint: str | None = None
    share: int = 0


def holds(condition: Condition | None, now: Circumstances) -> bool:
    """Whether a condition holds; none always does."""
    if condition is None:
        return True
    if isinstance(condition, Holds):
        return _TESTS[condition.word](condition.value, now)
    if isinstance(condition, AnyOf):
        return any(holds(one, now) for one in condition.of)
    if isinstance(condition, AllOf):
        return all(holds(one, now) for one in condition.of)
    return isinstance(condition, Not) and not holds(condition.of, now)


def _within(pair: object, value: int) -> bool:
    if not isinstance(pair, tuple):
        return False
    first, last = pair
    return bool(first <= value <= last)


def _at_this_hour(pair: object, minute: int) -> bool:
    if not isinstance(pair, tuple):
        return False
    begin, end = pair
    return bool(begin <= minute < end if begin <= end else minute >= begin or minute < end)


_TESTS: Mapping[Word, Callable[[str | int | tuple[int, int] | bool, Circumstances], bool]] = {
    Word.OVER_BUDGET: lambda value, now: now.over_budget is bool(value),
    Word.OFFLINE: lambda value, now: now.offline is bool(value),
    Word.PRIVATE: lambda value, now: now.private is bool(value),
    Word.WORKSPACE: lambda value, now: now.workspace == value,
    Word.HOURS: lambda value, now: _at_this_hour(value, now.minute),
    Word.NEEDS: lambda value, now: value in now.needs,
    Word.TOKENS_OVER: lambda value, now: isinstance(value, int) and now.tokens > value,
    Word.TOKENS_UNDER: lambda value, now: isinstance(value, int) and now.tokens < value,
    Word.HINT: lambda value, now: now.hint == value,
    Word.SHARE: lambda value, now: _within(value, now.share),
}
