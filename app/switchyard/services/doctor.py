"""Checks an installation and its data directory, in sentences a person can act on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

from switchyard.core.sentence import Sentence
from switchyard.core.value import value


class Status(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@value
class Check:
    """One finding. `hint` says what to do where something is to be done."""

    id: str
    status: Status
    message: Sentence
    hint: Sentence | None = None


class Doctor:
    """Runs the checks that the composition root gave it, in order."""

    def __init__(self, checks: Sequence[Callable[[], Awaitable[Sequence[Check]]]]) -> None:
        self._checks = tuple(checks)

    async def examine(self) -> list[Check]:
        """Return the findings."""
        return [found for check in self._checks for found in await check()]
