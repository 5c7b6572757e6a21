"""The router's decisions without its effects: ask `next` what to do, then `feed` what came of it.

The rules are those of docs/routing.md. Times are seconds of one monotonic clock that the caller reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from switchyard.core.catalog import Deployment, Place
from switchyard.core.chain import Chain, Step
from switchyard.core.events import Finish
from switchyard.core.failures import DECISIONS, Failure, FailureKind, Leave
from switchyard.core.route import Option, Question, QuestionKind, Reason, Skip, SkipReason
from switchyard.core.sentence import Sentence, sentence

FIRST_TOKEN_S = 20.0  # "auto" while nothing was measured
IDLE_S = 30.0
REASONING_IDLE_S = 60.0
LOADING_S = 300.0
WAIT_LIMIT_S = 30.0  # countdowns of one message, all together
BLIND_WAIT_S = 5.0  # a limit that names no time: doubling from here
BLIND_WAIT_MAX_S = 60.0
SHORTEST_WAIT_S = 0.5  # "retry after 0 s" must not become a burst of calls
WAIT_MARGIN_S = 0.05  # never a moment before the time that was named
JITTER_BASE_S = 0.5

SKIP_SENTENCES: dict[SkipReason, Sentence] = {
    SkipReason.NO_KEY: sentence("{deployment} was skipped: its account has no key."),
    SkipReason.OFFLINE: sentence("{deployment} was skipped: offline."),
    SkipReason.WINDOW: sentence("{deployment} was skipped: the chat is longer than it can read."),
    SkipReason.NO_ACCOUNT: sentence("{deployment} was skipped: there is no such account."),
    SkipReason.TRIED: sentence("{deployment} was skipped: it was tried already."),
    SkipReason.NO_VISION: sentence("{deployment} was skipped: it cannot see images."),
    SkipReason.NO_FILES: sentence("{deployment} was skipped: it cannot read this document."),
    SkipReason.NO_TOOLS: sentence("{deployment} was skipped: it cannot call tools."),
    SkipReason.NO_SCHEMA: sentence("{deployment} was skipped: it cannot answer in a given form."),
    SkipReason.NO_ATTACHMENTS: sentence("{deployment} was skipped: its account may get no attachments."),
    SkipReason.NOT_FALLBACK: sentence("{deployment} was skipped: its account is not used as a fallback."),
    SkipReason.PARKED: sentence("{deployment} was skipped: it is parked after an earlier failure."),
    SkipReason.BREAKER: sentence("{deployment} was skipped: it failed again and again of late."),
    SkipReason.FROZEN: sentence("{deployment} was skipped: you froze it out."),
    SkipReason.NOT_FORCED: sentence("{deployment} was skipped: you forced another model."),
    SkipReason.NOT_LOCAL: sentence("{deployment} was skipped: it does not run on this computer."),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A step's deployment at its place (`index` counts from 1), and why it may not be called at all."""

    index: int
    step: Step
    deployment: Deployment
    barred: SkipReason | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """Call this deployment. None means no deadline of that kind.

    `before_sent_s` runs until the request is written, the others from there; `total_s` bounds a whole reply;
    `loading_s` replaces `first_token_s` while a local model loads.
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


@dataclass(frozen=True, slots=True)
class Wait:
    """Sleep, then ask again: `candidate` is tried next. The clock of the chain stands for a limit."""

    candidate: Candidate
    seconds: float
    rate_limited: bool
    clock_stands: bool


class End(StrEnum):
    """How a route ends."""

    ANSWERED = "answered"
    FAILED = "failed"
    CUT = "cut"
    ASKED = "asked"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more to do. `failure` is set where no attempt was made."""

    end: End
    finish: Finish | None
    question: Question | None = None
    failure: Failure | None = None


Move = Try | Wait | Done


@dataclass(slots=True)
class _Place:
    """What the plan remembers of a candidate during one message."""

    candidate: Candidate
    fresh: bool = True
    retries: int = 0
    blind_waits: int = 0
    limited_until: float | None = None


class Plan:
    """The course of one message over one chain.

    Every deployment is admitted at its turn or skipped with a reason; the plan always ends, after `limits.calls` calls
    at the latest. `jitter` returns a number in [0, 1).
    """

    def __init__(
        self,
        chain: Chain,
        candidates: Sequence[Candidate],
        *,
        prompt_tokens: int,
        stream: bool,
        pinned: bool,
        now: float,
        jitter: Callable[[], float],
        first_step: int = 1,
    ) -> None:
        self._chain = chain
        self._places = [_Place(c) for c in candidates if c.index >= first_step]
        self._prompt_tokens = prompt_tokens
        self._stream = stream
        self._pinned = pinned
        self._jitter = jitter
        self._current: _Place | None = None
        self._move: Move | None = None
        self._waited_for = False
        self._calls = 0
        self._waited_s = 0.0
        self._clock_left_s = chain.limits.deadline_s
        self._clock_since: float | None = now
        self._outgrown = 0  # the largest window that this chat was too long for
        self._text_shown = False
        self.skipped: list[Skip] = []
        self.decision: list[Sentence] = []

    # --- what happens during an attempt -------------------------------------------------------------------------

    def clock_stands(self, now: float) -> None:
        """A local model loads or a countdown runs: the chain's clock stands until `clock_runs`."""
        if self._clock_since is not None:
            self._clock_left_s -= now - self._clock_since
            self._clock_since = None

    def clock_runs(self, now: float) -> None:
        """The chain's clock goes on."""
        if self._clock_since is None:
            self._clock_since = now

    def text_shown(self) -> None:
        """Text of the answer was released: from here on no other deployment may start over."""
        self._text_shown = True

    # --- decisions ----------------------------------------------------------------------------------------------

    def next(self, now: float) -> Move:
        """Return what to do now; asking again without `feed` gives the next one after a `Wait`, else the same."""
        if self._move is None or (self._waited_for and isinstance(self._move, Wait)):
            self._move = self._decide(now)
        self._waited_for = isinstance(self._move, Wait)
        return self._move

    def feed(self, failure: Failure | None, finish: Finish | None, now: float) -> None:
        """Tell how the attempt that `next` asked for ended. No failure means that it answered."""
        place = self._current
        if place is None or not isinstance(self._move, Try):
            raise ValueError("feed without a Try")
        deployment = place.candidate.deployment
        if failure is None:
            self.decision.append(sentence("{deployment} answered.", deployment=deployment.name))
            self._move = Done(End.ANSWERED, finish)
            return
        self.decision.append(_summary(failure.kind, deployment.name))
        self._move = self._after(place, failure, finish, now)

    def _decide(self, now: float) -> Move:
        current = self._current
        if current is not None and self._waiting_for(current):
            return self._try(current, Reason.RETRY, now)
        place = self._next_fresh()
        if place is None:
            return self._none_left()
        return self._try(place, Reason.FIRST if self._calls == 0 else Reason.FALLBACK, now)

    def _waiting_for(self, place: _Place) -> bool:
        return isinstance(self._move, Wait) and self._move.candidate is place.candidate

    def _after(self, place: _Place, failure: Failure, finish: Finish | None, now: float) -> Move | None:
        """Decide what follows a failure; None means: on to the next deployment."""
        if failure.kind is FailureKind.CANCELLED:
            return Done(End.CANCELLED, Finish.CANCELLED)
        leave = DECISIONS[failure.kind].leave
        if leave is Leave.ASK:
            return self._ask(failure.kind, finish)
        if self._text_shown:
            return Done(End.CUT, Finish.INCOMPLETE)
        if failure.kind is FailureKind.LOADING:
            return self._after_loading(place)
        if leave is Leave.NO:
            return self._failed()
        if leave is Leave.FITS:
            self._outgrown = max(self._outgrown, place.candidate.deployment.context or 0)
        self._note_limit(place, failure, now)
        if self._calls >= self._chain.limits.calls:
            return self._failed()
        if self._next_fresh() is not None:
            return None
        return self._again(place, failure, now)

    def _again(self, place: _Place, failure: Failure, now: float) -> Move:
        """Nothing fresh is left: retry the last one after a moment, wait out the nearest limit, or give up."""
        retries = DECISIONS[failure.kind].retries
        ceiling = place.candidate.step.retries
        if ceiling != "auto":
            retries = min(retries, ceiling)
        if place.limited_until is None and place.retries < retries:
            fixed = DECISIONS[failure.kind].delay_s
            delay = fixed if fixed is not None else self._jitter() * JITTER_BASE_S * 2**place.retries
            place.retries += 1
            if delay < self._time_left(now):
                return Wait(place.candidate, delay, rate_limited=False, clock_stands=False)
        limited = [p for p in self._places if p.limited_until is not None]
        if not limited:
            return self._failed()
        soonest = min(limited, key=lambda p: p.limited_until or 0.0)
        seconds = max((soonest.limited_until or now) - now, 0.0)
        if self._waited_s + seconds > WAIT_LIMIT_S:
            return self._failed()
        self._waited_s += seconds
        self._current = soonest
        return Wait(soonest.candidate, seconds + WAIT_MARGIN_S, rate_limited=True, clock_stands=True)

    def _note_limit(self, place: _Place, failure: Failure, now: float) -> None:
        place.limited_until = None
        limited = failure.kind is FailureKind.RATE_LIMIT
        if not limited and not (failure.kind is FailureKind.OVERLOADED and failure.retry_after_s is not None):
            return
        seconds = failure.retry_after_s
        if seconds is None:
            seconds = min(BLIND_WAIT_S * 2**place.blind_waits, BLIND_WAIT_MAX_S)
            place.blind_waits += 1
        place.limited_until = now + max(seconds, SHORTEST_WAIT_S)

    def _after_loading(self, place: _Place) -> Move | None:
        """The attempt waited until its patience was over: only a number of the step's own leads to another model."""
        waits_on = not self._stream or place.candidate.step.first_token_s in ("auto", "none")
        return self._failed() if waits_on or self._next_fresh() is None else None

    def _ask(self, kind: FailureKind, finish: Finish | None) -> Done:
        other = None if self._pinned else self._next_fresh()
        leave = Option("leave", sentence("Leave it"))
        if kind is FailureKind.EMPTY_ANSWER:
            options = [Option("again", sentence("Ask again")), leave]
            text = sentence("The model thought, but gave no answer. Ask again?")
            if other is not None:
                options.insert(0, _other_option(other))
                text = sentence("The model thought, but gave no answer. Ask again, or try another model?")
            return Done(End.ASKED, finish, Question(QuestionKind.EMPTY_ANSWER, text, tuple(options)))
        if other is None:
            return Done(End.FAILED, finish or Finish.REFUSAL)
        text = sentence("The model declined to answer. Try another one?")
        return Done(End.ASKED, finish, Question(QuestionKind.REFUSAL, text, (_other_option(other), leave)))

    def _failed(self) -> Done:
        return Done(End.FAILED, Finish.ERROR)

    def _none_left(self) -> Done:
        if self._calls:
            return self._failed()
        reasons = {skip.reason for skip in self.skipped}
        if reasons == {SkipReason.OFFLINE}:
            kind = FailureKind.OFFLINE
        elif reasons == {SkipReason.WINDOW}:
            kind = FailureKind.CONTEXT
        else:
            kind = FailureKind.LOCAL
        first = next((skip.deployment for skip in self.skipped), "")
        return Done(End.FAILED, Finish.ERROR, failure=Failure(kind, _summary(kind, first).english()))

    def _next_fresh(self) -> _Place | None:
        """Return the next deployment that may be called; what may not is skipped with its reason on the way."""
        tried = {p.candidate.deployment.name for p in self._places if not p.fresh}
        for place in self._places:
            if not place.fresh:
                continue
            reason = self._admit(place.candidate, tried)
            if reason is None:
                return place
            place.fresh = False
            name = place.candidate.deployment.name
            tried.add(name)
            self.skipped.append(Skip(place.candidate.index, name, reason))
            self.decision.append(Sentence(SKIP_SENTENCES[reason].source, {"deployment": name}))
        return None

    def _admit(self, candidate: Candidate, tried: set[str]) -> SkipReason | None:
        if candidate.barred is not None:
            return candidate.barred
        if candidate.deployment.name in tried:
            return SkipReason.TRIED
        if self._calls and not candidate.deployment.fallback:
            return SkipReason.NOT_FALLBACK
        window = candidate.deployment.context
        if window is not None and (self._prompt_tokens > window or (self._outgrown and window <= self._outgrown)):
            return SkipReason.WINDOW
        return None

    def _try(self, place: _Place, reason: Reason, now: float) -> Move:
        place.fresh = False
        place.limited_until = None
        self._current = place
        left = self._time_left(now)
        if left <= 0 or self._calls >= self._chain.limits.calls:
            return self._failed()
        self._calls += 1
        step, deployment = place.candidate.step, place.candidate.deployment
        loads_unseen = deployment.place is not Place.CLOUD and deployment.loads_unseen
        share = None if loads_unseen else left / self._still_to_try(place)
        return Try(
            candidate=place.candidate,
            n=self._calls,
            reason=reason,
            before_sent_s=left,
            first_token_s=_least(_first_token_s(step, deployment), share) if self._stream else None,
            idle_s=_idle_s(step, IDLE_S) if self._stream else None,
            reasoning_idle_s=_idle_s(step, REASONING_IDLE_S) if self._stream else None,
            total_s=None if self._stream else share,
            loading_s=_loading_s(step) if self._stream else LOADING_S,
            loads_unseen=loads_unseen,
        )

    def _still_to_try(self, place: _Place) -> int:
        tried = {p.candidate.deployment.name for p in self._places if not p.fresh}
        others = [p for p in self._places if p.fresh and p is not place and self._admit(p.candidate, tried) is None]
        return 1 + min(len(others), self._chain.limits.calls - self._calls)

    def _time_left(self, now: float) -> float:
        running = now - self._clock_since if self._clock_since is not None else 0.0
        return self._clock_left_s - running


def _other_option(place: _Place) -> Option:
    return Option("other", sentence("Ask {model}", model=place.candidate.deployment.model))


def _least(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) if known else None


def _first_token_s(step: Step, deployment: Deployment) -> float | None:
    if step.first_token_s == "none":
        return None
    if step.first_token_s == "auto":
        return None if deployment.reasons_silently else FIRST_TOKEN_S
    return step.first_token_s


def _idle_s(step: Step, auto: float) -> float | None:
    if step.idle_s == "none":
        return None
    return auto if step.idle_s == "auto" else step.idle_s


def _loading_s(step: Step) -> float:
    return step.first_token_s if isinstance(step.first_token_s, int | float) else LOADING_S


def _summary(kind: FailureKind, deployment: str) -> Sentence:
    """Return the route's one line on a failure."""
    return Sentence(DECISIONS[kind].summary.source, {"deployment": deployment})
