"""What the router tells before and after each call, so that nothing happens that is not on disk first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from switchyard.core.content import Extra, Opaque
from switchyard.core.message import MessageState
from switchyard.core.route import AttemptRecord, RouteRecord


class RouteEnd(NamedTuple):
    """How a route ended, in one value for one transaction. `attempt` is the last one; None where there was none."""

    record: RouteRecord
    state: MessageState
    attempt: AttemptRecord | None
    text: str
    reasoning: str
    reasoning_ms: int | None
    extras: Sequence[Extra] = ()
    opaque: Opaque | None = None


class Recorder(Protocol):
    """Keeps a route as it happens. Every method may raise `DataDirError`; only `begin` stops the route by it."""

    async def begin(self, attempt: AttemptRecord | None) -> None:
        """Keep the person's words, the empty reply, the route and its first attempt, before a byte leaves."""
        ...

    async def attempt_started(self, attempt: AttemptRecord) -> None:
        """Keep a later attempt as running, before its call."""
        ...

    async def checkpoint(self, attempt: AttemptRecord, text: str, reasoning: str) -> None:
        """Keep what an attempt has said so far, and the seam that it stands behind."""
        ...

    async def attempt_ended(self, attempt: AttemptRecord, text: str, reasoning: str, *, counts: bool) -> None:
        """Keep the end of an attempt after which the route goes on; what it said may still count."""
        ...

    async def ended(self, end: RouteEnd) -> None:
        """Keep the end of the route together with the end of its last attempt."""
        ...
