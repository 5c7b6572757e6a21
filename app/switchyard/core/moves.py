"""What the planner wants next, and of whom: the moves of one message over one chain, as values."""

from __future__ import annotations

from enum import StrEnum

from switchyard.core.catalog import Deployment
from switchyard.core.chain import Step
from switchyard.core.events import Finish
from switchyard.core.failures import Failure
from switchyard.core.route import Question, Reason, SkipReason
from switchyard.core.scopes import Scopes
from switchyard.core.value import value


@value
class Candidate:
    """A deployment at its place in a chain, and why it may not be called at all.

    `index` is the step's, from 1 within its track; `weight` is the pool's. `estimate_nanos` is the upper estimate of
    one call, None where there is no price.
    """

    index: int
    step: Step
    deployment: Deployment
    barred: SkipReason | None = None
    track: str | None = None
    scopes: Scopes | None = None
    estimate_nanos: int | None = None
    weight: int = 1

    @property
    def host(self) -> str:
        """Scheme, host and port of its account; empty where nobody said."""
        return self.scopes.host.name if self.scopes is not None else ""


class Resume(StrEnum):
    """How an attempt goes on where another one broke off after text was shown."""

    RESTART = "restart"  # what was shown is taken back
    CONTINUE = "continue"  # behind a seam


@value
class Try:
    """Call this deployment. None means no deadline of that kind.

    `before_sent_s` runs until the request is written, the others from there; `total_s` bounds a whole reply;
    `loading_s` replaces `first_token_s` while a local model loads. `hedge_s`: when a second call may be made beside
    it. `trim`: the conversation is shortened to the deployment's window.
    """

    candidate: Candidate
    n: int
    reason: Reason
    before_sent_s: float
    first_token_s: float | None
    idle_s: float | None
    reasoning_idle_s: float | None
    total_s: float | None
    loading_s: float
    loads_unseen: bool
    resume: Resume | None = None
    hedge_s: float | None = None
    trim: bool = False


@value
class Wait:
    """Sleep, then ask again: `candidate` is tried next. The clock of the chain stands for a limit.

    `instead` could be called at once, where the person does not want to wait.
    """

    candidate: Candidate
    seconds: float
    rate_limited: bool
    clock_stands: bool
    instead: str | None = None


class End(StrEnum):
    """How a route ends."""

    ANSWERED = "answered"
    FAILED = "failed"
    CUT = "cut"
    ASKED = "asked"
    CANCELLED = "cancelled"


@value
class Done:
    """Nothing more to do. `failure` is set where no attempt was made."""

    end: End
    finish: Finish | None
    question: Question | None = None
    failure: Failure | None = None


Move = Try | Wait | Done
