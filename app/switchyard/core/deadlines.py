"""How long an attempt may take, by its step, its deployment and what is left of the chain's time."""

from __future__ import annotations

from typing import NamedTuple

from switchyard.core.catalog import Place
from switchyard.core.chain import Step
from switchyard.core.guard import Guard
from switchyard.core.moves import Candidate, Resume, Try
from switchyard.core.route import Reason

IDLE_S = 30.0
REASONING_IDLE_S = 60.0
LOADING_S = 300.0


class Clock:
    """The chain's clock: it runs to the first shown text, over all attempts, and may stand."""

    def __init__(self, seconds: float, now: float) -> None:
        self._left_s = seconds
        self._since: float | None = now

    def stand(self, now: float) -> None:
        """A local model loads or a countdown runs: time stands until `run`."""
        if self._since is not None:
            self._left_s -= now - self._since
            self._since = None

    def run(self, now: float) -> None:
        """Time goes on."""
        if self._since is None:
            self._since = now

    def left_s(self, now: float) -> float:
        """Return what is left."""
        return self._left_s - (now - self._since if self._since is not None else 0.0)


class TimedCall(NamedTuple):
    """A call with its time: `left_s` is the chain's, `share_s` what falls to this attempt of it."""

    candidate: Candidate
    guard: Guard
    stream: bool
    left_s: float
    share_s: float
    tokens: int

    def move(self, n: int, reason: Reason, resume: Resume | None, *, hedged: bool, trim: bool) -> Try:
        """Return the move with every deadline in force."""
        candidate, stream, step = self.candidate, self.stream, self.candidate.step
        deployment = candidate.deployment
        loads_unseen = deployment.place is not Place.CLOUD and deployment.loads_unseen
        share = None if loads_unseen else self.share_s
        return Try(
            candidate=candidate,
            n=n,
            reason=reason,
            before_sent_s=self.left_s,
            first_token_s=self._first_token_s(share) if stream else None,
            idle_s=_idle_s(step, IDLE_S) if stream else None,
            reasoning_idle_s=_idle_s(step, REASONING_IDLE_S) if stream else None,
            total_s=None if stream else share,
            loading_s=_loading_s(step) if stream else LOADING_S,
            loads_unseen=loads_unseen,
            resume=resume,
            hedge_s=self._hedge_s() if hedged and stream else None,
            trim=trim,
        )

    def _first_token_s(self, share: float | None) -> float | None:
        step = self.candidate.step
        own: float | None
        if step.first_token_s == "none":
            own = None
        elif step.first_token_s == "auto":
            own = (
                None
                if self.candidate.deployment.reasons_silently
                else self.guard.first_token_s(self.candidate, self.tokens)
            )
        else:
            own = step.first_token_s
        known = [seconds for seconds in (own, share) if seconds is not None]
        return min(known) if known else None

    def _hedge_s(self) -> float | None:
        hedge = self.candidate.step.hedge
        if hedge == "none":
            return None
        return self.guard.hedge_s(self.candidate, self.tokens, None if hedge == "auto" else hedge)


def waits_for_loading(step: Step) -> bool:
    """Whether the route stays with a model that loads, however long: it leaves only where the step names seconds."""
    return step.first_token_s in ("auto", "none")


def _idle_s(step: Step, auto_s: float) -> float | None:
    if step.idle_s == "none":
        return None
    return auto_s if step.idle_s == "auto" else step.idle_s


def _loading_s(step: Step) -> float:
    """A number of the step's own is meant for loading as well."""
    return step.first_token_s if isinstance(step.first_token_s, int | float) else LOADING_S
