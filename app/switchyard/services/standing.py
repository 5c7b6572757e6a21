"""What the router asks and tells of deployments beyond one message: their health, their limits, the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from switchyard.core.chain import Chain
from switchyard.core.content import Parameters
from switchyard.core.failures import Failure
from switchyard.core.filing import WorkspaceId
from switchyard.core.guard import Guard, Unguarded
from switchyard.core.moves import Candidate
from switchyard.core.route import AttemptRecord, Reason
from switchyard.core.scopes import Scopes
from switchyard.core.sentence import Sentence
from switchyard.services.accounts import Resolved
from switchyard.services.ledger import Outlook


class Denial(StrEnum):
    """Why a call is not paid for."""

    BLOCKED = "blocked"
    ASKS = "asks"
    UNPRICED = "unpriced"


class Paid(NamedTuple):
    """A call may be made; its answer may have `max_output` tokens at most, None as many as it likes."""

    max_output: int | None = None


class CallWanted(NamedTuple):
    """A call before it is made. `parameters` are what was set for its answer; `agreed` where the person was asked.

    It counts for the `workspace` of its conversation.
    """

    route: str
    n: int
    candidate: Candidate
    chain: Chain
    pinned: bool
    tokens: int
    parameters: Parameters
    agreed: bool
    workspace: WorkspaceId | None = None


class Standing(Protocol):
    """Knows how deployments stand, and is told what becomes of every call."""

    @property
    def guard(self) -> Guard:
        """What plans ask."""
        ...

    async def ready(self, resolved: Sequence[Resolved]) -> Sequence[Scopes | None]:
        """Return what the health of deployments hangs on, before they are planned with."""
        ...

    async def outlook(self, chain: Chain, *, pinned: bool, workspace: WorkspaceId | None) -> Outlook:
        """Return how far the budgets are spent."""
        ...

    async def reserve(self, wanted: CallWanted) -> Paid | Denial:
        """Set money aside for a call."""
        ...

    async def close(self, route: str, *, spent: bool) -> Sequence[Sentence]:
        """Give back what is still set aside for a route; return what the person is to be told of the budgets."""
        ...

    def begin(self, candidate: Candidate, tokens: int, *, reason: Reason) -> object:
        """Hear that a call goes out; what is returned is given back to `end` or `drop`."""
        ...

    async def end(self, permit: object, candidate: Candidate, record: AttemptRecord) -> Failure | None:
        """Hear how a call ended; return its failure as it looks beside the others: that of a network that is gone."""
        ...

    def learn(self, candidate: Candidate, headers: Mapping[str, str]) -> None:
        """Hear what an answer told of the limits that it counts against."""
        ...

    def drop(self, permit: object, *, sent: bool) -> None:
        """Hear that a call is over, with a verdict or without; `sent` where its request was written."""
        ...


class Alone:
    """Knows nothing, and is told nothing: every call is made."""

    guard: Guard = Unguarded()

    async def ready(self, resolved: Sequence[Resolved]) -> Sequence[Scopes | None]:
        """Nothing hangs on anything."""
        return [None] * len(resolved)

    async def outlook(self, chain: Chain, *, pinned: bool, workspace: WorkspaceId | None) -> Outlook:
        """There are no budgets."""
        return Outlook()

    async def reserve(self, wanted: CallWanted) -> Paid | Denial:
        """Everything is paid for."""
        return _PAID

    async def close(self, route: str, *, spent: bool) -> Sequence[Sentence]:
        """There is nothing to tell."""
        return ()

    def begin(self, candidate: Candidate, tokens: int, *, reason: Reason) -> object:
        """Let it go."""
        return None

    async def end(self, permit: object, candidate: Candidate, record: AttemptRecord) -> Failure | None:
        """Take the failure as it is."""
        return record.failure

    def learn(self, candidate: Candidate, headers: Mapping[str, str]) -> None:
        """Let it pass."""

    def drop(self, permit: object, *, sent: bool) -> None:
        """Let it be."""


_PAID = Paid()
