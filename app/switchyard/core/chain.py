"""A chain as a value: tracks of steps, each a pool of deployments, with limits and policies."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import chain as _joined
from types import MappingProxyType
from typing import Literal

from switchyard.core.condition import Condition
from switchyard.core.failures import FailureKind
from switchyard.core.value import field, value

Seconds = float | Literal["auto", "none"]
ORDERED = "ordered"  # the strategy of a step that names none
TURN_COST_NANOS = 500_000_000


@value
class DeploymentName:
    """`account/model`, split at the first slash: models hold `/` and `:`."""

    account: str
    model: str

    def __str__(self) -> str:
        return f"{self.account}/{self.model}"


def parse_deployment(text: str) -> DeploymentName | None:
    """Return the deployment that `account/model` names; None where there is no slash or a side is empty."""
    account, slash, model = text.partition("/")
    return DeploymentName(account, model) if slash and account and model else None


class AfterText(StrEnum):
    """What may happen when a stream breaks after text was shown."""

    CONTINUE = "continue"
    RESTART = "restart"
    ASK = "ask"


class OnRefusal(StrEnum):
    """Whether another model may be tried when one declined."""

    ASK = "ask"
    ALWAYS = "always"
    NEVER = "never"


class Overflow(StrEnum):
    """What happens to a conversation that is longer than a deployment can read."""

    FIT = "fit"  # only deployments whose window fits
    TRIM = "trim"
    ASK = "ask"


@value
class Summarise:
    """An overflow policy: the older messages are summarised by this deployment."""

    by: DeploymentName


class OnLimit(StrEnum):
    """What happens where a rate limit would be exceeded."""

    ELSEWHERE = "elsewhere"
    WAIT = "wait"


class LeaveOn(StrEnum):
    """The words for what lets a route pass on from a step."""

    RATE_LIMIT = "rate_limit"
    SLOW = "slow"
    ERROR = "error"
    NETWORK = "network"
    CONTEXT = "context"
    AUTH = "auth"
    CREDIT = "credit"
    GONE = "gone"
    EMPTY = "empty"
    UNSUPPORTED = "unsupported"


_K = FailureKind
LEAVES: Mapping[FailureKind, LeaveOn] = {  # source: docs/chain-format.md; what is not in it follows other rules
    _K.RATE_LIMIT: LeaveOn.RATE_LIMIT,
    _K.TIMEOUT_TTFT: LeaveOn.SLOW,
    _K.STALL: LeaveOn.SLOW,
    _K.LOADING: LeaveOn.SLOW,
    _K.SERVER: LeaveOn.ERROR,
    _K.OVERLOADED: LeaveOn.ERROR,
    _K.BAD_EVENT: LeaveOn.ERROR,
    _K.UNKNOWN: LeaveOn.ERROR,
    _K.CONNECT: LeaveOn.NETWORK,
    _K.CUT: LeaveOn.NETWORK,
    _K.OFFLINE: LeaveOn.NETWORK,
    _K.CONTEXT: LeaveOn.CONTEXT,
    _K.AUTH: LeaveOn.AUTH,
    _K.PERMISSION: LeaveOn.AUTH,
    _K.QUOTA: LeaveOn.CREDIT,
    _K.MODEL_GONE: LeaveOn.GONE,
    _K.EMPTY: LeaveOn.EMPTY,
    _K.BAD_REQUEST: LeaveOn.UNSUPPORTED,
}


@value
class Limits:
    """Limits of one message: `deadline_s` to the first shown text, `calls` upstream, `turn_cost` asks above it.

    `deadline_s` runs over all attempts. `day_cost_nanos` is the chain's own budget of a day. Money is nano-dollars;
    None is no limit.
    """

    deadline_s: float = 120.0
    calls: int = 6
    turn_cost_nanos: int | None = TURN_COST_NANOS
    day_cost_nanos: int | None = None


@value
class Policy:
    """What the person has decided beforehand."""

    after_text: AfterText = AfterText.CONTINUE
    refusal: OnRefusal = OnRefusal.ASK
    overflow: Overflow | Summarise = Overflow.FIT
    rate_limit: OnLimit = OnLimit.ELSEWHERE


@value
class Member:
    """A deployment of a pool; `weight` counts for the weighted strategies, 0 is never chosen by them."""

    to: DeploymentName
    weight: int = 1


@value
class Step:
    """One place in a track: a pool, the strategy that orders it, and what lets the route pass on.

    `tries`: members to try before the step is left, None for all. `retries` is a ceiling (0 to 3), "auto" the decision
    table. `leave_on`: None is all. `hedge`: after how many seconds a second call is made beside the first.
    `max_cost_nanos`: one call, upper estimate.
    """

    pool: tuple[Member, ...]
    pick: str = ORDERED
    tries: int | None = None
    first_token_s: Seconds = "auto"
    idle_s: Seconds = "auto"
    retries: int | Literal["auto"] = "auto"
    leave_on: frozenset[LeaveOn] | None = None
    hedge: Seconds = "none"
    max_cost_nanos: int | None = None
    only: Condition | None = None
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    note: str | None = None

    @property
    def use(self) -> DeploymentName:
        """The first of the pool."""
        return self.pool[0].to

    def leaves_on(self, kind: FailureKind) -> bool:
        """Whether the route may pass on from this step after such a failure."""
        word = LEAVES.get(kind)
        return self.leave_on is None or word is None or word in self.leave_on


def step_to(
    deployment: DeploymentName,
    *,
    first_token_s: Seconds = "auto",
    idle_s: Seconds = "auto",
    retries: int | Literal["auto"] = "auto",
    note: str | None = None,
) -> Step:
    """Return the step of one deployment."""
    return Step((Member(deployment),), first_token_s=first_token_s, idle_s=idle_s, retries=retries, note=note)


@value
class Track:
    """Steps in order, taken when `when` holds; `then` names the track where the route goes on after the last of them.

    `stop` refuses with that sentence instead. `name` is None for the only track of a plain chain.
    """

    name: str | None
    steps: tuple[Step, ...] = ()
    when: Condition | None = None
    then: str | None = None
    stop: str | None = None
    note: str | None = None


@value
class Chain:
    """A named, immutable version of a chain. `system` and `parameters` hold for every step of it."""

    name: str
    tracks: tuple[Track, ...]
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    local_only: bool = False
    system: str | None = None
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    note: str | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all tracks, in order."""
        if len(self.tracks) == 1:
            return self.tracks[0].steps
        return tuple(_joined.from_iterable(track.steps for track in self.tracks))

    @property
    def plain(self) -> bool:
        """Whether it is but a list of steps."""
        return len(self.tracks) == 1 and self.tracks[0].name is None


def plain_chain(name: str, steps: tuple[Step, ...], limits: Limits | None = None, note: str | None = None) -> Chain:
    """Return a chain that is but a list of steps."""
    return Chain(name, (Track(None, steps),), limits=limits or Limits(), note=note)


def single(deployment: DeploymentName) -> Chain:
    """Return the chain of one step that a pinned model is."""
    return plain_chain(str(deployment), (step_to(deployment),))
