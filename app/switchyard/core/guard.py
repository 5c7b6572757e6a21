"""What a plan asks about the world beyond its message: health, limits, figures. It never changes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from switchyard.core.content import Capability
from switchyard.core.failures import FailureKind
from switchyard.core.moves import Candidate
from switchyard.core.route import SkipReason
from switchyard.core.value import value

FIRST_TOKEN_S = 20.0  # "auto" while nothing was measured


@value
class Shut:
    """Why a deployment may not be called now, and until when on the plan's clock; None is until somebody edits it.

    `may_bypass`: where everything else is shut too, one call may go through and is the probe.
    """

    reason: SkipReason
    kind: FailureKind
    until: float | None
    may_bypass: bool = False
    message: str = ""


class MessageFacts(NamedTuple):
    """What a strategy may know of a message: the tokens of its prompt, and what it needs."""

    tokens: int
    needs: frozenset[Capability] = frozenset()


class Repute(NamedTuple):
    """What is known of a deployment: how often it was measured, and whether nothing is against it at present."""

    samples: int
    healthy: bool


class Guard(Protocol):
    """Knows what is known of deployments beyond this message. Times are those of the plan's clock."""

    def shut(self, candidate: Candidate, tokens: int, now: float, *, forced: bool) -> Shut | None:
        """Return why a deployment may not be called now; `forced` where the person wants this one and no other."""
        ...

    def offline(self, now: float) -> bool:
        """Whether this computer has no network."""
        ...

    def order(self, chain: str, pool: Sequence[Candidate], message: MessageFacts, now: float) -> Sequence[Candidate]:
        """Return the members of a step's pool in the order in which its strategy would try them."""
        ...

    def retry_token(self, candidate: Candidate) -> bool:
        """Take what one retry costs from the provider's bucket; False where it is empty."""
        ...

    def first_token_s(self, candidate: Candidate, tokens: int) -> float:
        """Return how long a first token is waited for where the chain leaves that to what was measured."""
        ...

    def repute(self, candidate: Candidate, tokens: int) -> Repute | None:
        """Return what is known of a deployment; None where nobody keeps account of it."""
        ...

    def hedge_s(self, candidate: Candidate, tokens: int, own_s: float | None = None) -> float | None:
        """Return after how long a second call is made, which `own_s` says where the chain does.

        None where too little was measured, or too many of late had one beside them.
        """
        ...


class Unguarded:
    """Knows of nothing: every deployment is healthy, in the order of the chain."""

    def shut(self, candidate: Candidate, tokens: int, now: float, *, forced: bool) -> Shut | None:
        """Nothing is shut."""
        return None

    def offline(self, now: float) -> bool:
        """There is a network."""
        return False

    def order(self, chain: str, pool: Sequence[Candidate], message: MessageFacts, now: float) -> Sequence[Candidate]:
        """Keep the order."""
        return pool

    def retry_token(self, candidate: Candidate) -> bool:
        """Retries are free."""
        return True

    def first_token_s(self, candidate: Candidate, tokens: int) -> float:
        """Return what is waited while nothing was measured."""
        return FIRST_TOKEN_S

    def repute(self, candidate: Candidate, tokens: int) -> Repute | None:
        """Nobody keeps account."""
        return None

    def hedge_s(self, candidate: Candidate, tokens: int, own_s: float | None = None) -> float | None:
        """Too little was measured."""
        return own_s
