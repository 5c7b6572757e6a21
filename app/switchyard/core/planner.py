"""The router's decisions without its effects: ask `next` what to do, then `feed` what came of it.

The rules are those of docs/routing.md. Times are seconds of one monotonic clock that the caller reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from switchyard.core import questions
from switchyard.core.catalog import Deployment
from switchyard.core.chain import Chain, Limits, OnRefusal, Overflow
from switchyard.core.condition import Circumstances
from switchyard.core.content import Capability
from switchyard.core.deadlines import Clock, TimedCall, waits_for_loading
from switchyard.core.events import Finish
from switchyard.core.failure_words import summary_of
from switchyard.core.failures import DECISIONS, Failure, FailureKind, Leave
from switchyard.core.guard import Guard, Repute, Unguarded
from switchyard.core.moves import Candidate, Done, End, Move, Resume, Try, Wait
from switchyard.core.places import Lineup, Place
from switchyard.core.resume import BREAKS, Progress, resumption
from switchyard.core.route import Question, QuestionKind, Reason, Skip, SkipReason
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import replace
from switchyard.core.waits import Waits
from switchyard.core.why import Chosen, why

JITTER_BASE_S = 0.5
_REFUSALS = (FailureKind.REFUSED_INPUT, FailureKind.REFUSED_OUTPUT)
_FAILED = Done(End.FAILED, Finish.ERROR)
_CUT = Done(End.CUT, Finish.INCOMPLETE)


class Plan:
    """The course of one message over one chain.

    Every deployment is admitted at its turn or skipped with a reason; the plan always ends, after `limits.calls` calls
    at the latest. `jitter` returns a number in [0, 1). `answers` are a person's to questions asked before, by kind;
    `tried` are the deployments that were asked before that, and are not asked again. `carries_on`: text of an earlier
    route stays, and the first call goes on behind it.
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
        guard: Guard | None = None,
        circumstances: Circumstances | None = None,
        answers: Mapping[QuestionKind, str] | None = None,
        tried: frozenset[str] = frozenset(),
        needs: frozenset[Capability] = frozenset(),
        carries_on: bool = False,
    ) -> None:
        self._chain = chain
        self._prompt_tokens = prompt_tokens
        self._stream = stream
        self._pinned = pinned
        self._jitter = jitter
        self._guard = guard or Unguarded()
        self._circumstances = circumstances or Circumstances()
        self._answers = answers or {}
        self._lineup = Lineup(
            chain,
            candidates,
            self._guard,
            self._circumstances,
            prompt_tokens=prompt_tokens,
            pinned=pinned,
            tried=tried,
            overflow_answer=self._answers.get(QuestionKind.OVERFLOW),
            needs=needs,
        )
        self._broken: Candidate | None = None  # whose reply broke off: somebody like it is to go on
        self._running: dict[int, Place] = {}
        self._reputes: dict[int, tuple[Reason, Repute | None]] = {}
        self.why: tuple[Sentence, ...] = ()  # for who answered
        self._move: Move | None = None
        self._waited_for = False
        self._calls = 0
        self._waits = Waits(self._lineup)
        self._clock = Clock(chain.limits.deadline_s, now)
        self._text_shown = carries_on
        self._left_once = False  # after a failure that leads to another deployment once only
        self._resume = Resume.CONTINUE if carries_on else None
        self.clock_stands = self._clock.stand
        self.clock_runs = self._clock.run
        self.warnings: list[Sentence] = []

    @property
    def skipped(self) -> list[Skip]:
        """Who was passed over, with the reasons."""
        return self._lineup.skipped

    @property
    def decision(self) -> list[Sentence]:
        """What was decided, in words."""
        return self._lineup.decision

    # --- what happens during an attempt -------------------------------------------------------------------------

    @property
    def continues(self) -> bool:
        """Whether what was shown stays, and another attempt is to go on behind it."""
        return self._resume is Resume.CONTINUE

    def lost(self, n: int) -> None:
        """Tell that an attempt was cancelled since another one beside it was quicker."""
        place = self._running.pop(n)
        self.decision.append(sentence("{deployment} was slower.", deployment=place.candidate.deployment.name))

    def text_shown(self) -> None:
        """Text of the answer was released: from here on another deployment starts over only by the chain's policy."""
        self._text_shown = True

    # --- decisions ----------------------------------------------------------------------------------------------

    def next(self, now: float) -> Move:
        """Return what to do now; asking again without `feed` gives the next one after a `Wait`, else the same."""
        if self._move is None or (self._waited_for and isinstance(self._move, Wait)):
            self._move = self._decide(now)
        self._waited_for = isinstance(self._move, Wait)
        return self._move

    def feed(
        self,
        failure: Failure | None,
        finish: Finish | None,
        now: float,
        *,
        n: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Tell how an attempt ended, the last one that was asked for unless `n` names another.

        No failure means that it answered. While another one still runs beside it, nothing follows from a failure.
        """
        number = self._calls if n is None else n
        place = self._running.pop(number, None)
        if place is None:
            raise ValueError("feed without a Try")
        name = place.candidate.deployment.name
        if failure is None:
            self.decision.append(sentence("{deployment} answered.", deployment=name))
            chosen = _chosen(self._chain, self._lineup, place, *self._reputes[number])
            chosen = replace(chosen, pinned=self._pinned, nearest=self._broken is not None)
            self.why = why(chosen, self._circumstances)
            self._move = Done(End.ANSWERED, finish)
            return
        self.decision.append(summary_of(failure, name))
        if self._running and failure.kind is not FailureKind.CANCELLED:
            self._waits.note_limit(place, failure, now)
            return
        move = self._after(place, failure, finish, now, progress or Progress())
        self._move = _CUT if move is _FAILED and self._text_shown else move

    def deny(self, reason: SkipReason) -> None:
        """The attempt that `next` asked for is not made: nothing was sent, and it does not count."""
        place = self._running.pop(self._calls, None)
        if place is None or not isinstance(self._move, Try):
            raise ValueError("deny without a Try")
        self._calls -= 1
        self._lineup.give_back(place, calls=self._calls)
        self._lineup.skip(place, reason)
        self._move = None

    def pass_over(self) -> None:
        """The person does not want to wait for the one that `next` has named: it is skipped."""
        place = self._waits.over()
        if place is None or not isinstance(self._move, Wait):
            raise ValueError("pass_over without a Wait")
        self._lineup.skip(place, SkipReason.LIMITED)
        self._move = None

    def ask(self, kind: QuestionKind) -> None:
        """The attempt that `next` asked for waits for a person's word: the route ends with a question."""
        place = self._running.pop(self._calls, None)
        if place is None:
            raise ValueError("ask without a Try")
        deployment = place.candidate.deployment
        make = questions.budget if kind is QuestionKind.BUDGET else questions.unpriced
        self._calls -= 1
        self._move = Done(End.ASKED, None, make(deployment))

    def hedge(self, now: float) -> Try | None:
        """Return a second call beside the one that runs, at another host; None where there is no use in one."""
        if len(self._running) != 1 or self._text_shown or self._calls >= self._chain.limits.calls:
            return None
        slow = next(iter(self._running.values())).candidate
        if self._guard.hedge_s(slow, self._prompt_tokens, 0.0) is None:  # others had theirs meanwhile
            return None
        place = next((one for one in self._lineup.admitted(now) if one.candidate.host != slow.host), None)
        if place is None or place.wait_until is not None:
            return None
        move = self._try(place, Reason.HEDGE, now)
        return move if isinstance(move, Try) else None

    def instead(self, now: float) -> str | None:
        """Return who would be called if nobody waited any longer for the call that runs; None where nobody would."""
        place = self._running.get(self._calls)
        if place is None or self._pinned or self._calls >= self._chain.limits.calls:
            return None
        leaves = place.candidate.step.leaves_on(FailureKind.TIMEOUT_TTFT)
        within = self._lineup.within or (None if leaves else place.stage)
        return self._lineup.instead_of(place, now, within=within)

    def _decide(self, now: float) -> Move:
        if self._lineup.stop is not None and not self._lineup.stages:
            return Done(End.FAILED, Finish.ERROR, failure=Failure(FailureKind.LOCAL, self._lineup.stop))
        waited = self._waits.over() if isinstance(self._move, Wait) else None
        if waited is not None and self._lineup.recheck(waited, now):
            return self._try(waited, Reason.RETRY if waited.called else self._reason(), now)
        place = self._pick(now)
        if place is None:
            return self._open_up(now) or (_CUT if self._text_shown else self._none_left())
        return self._try(place, self._reason(), now)

    def _reason(self) -> Reason:
        return Reason.FIRST if self._calls == 0 else Reason.FALLBACK

    def _pick(self, now: float) -> Place | None:
        """Return who is next: by the chain's order, or who is nearest to the one that broke off."""
        admitted, broken = self._lineup.admitted(now), self._broken
        if broken is None:
            return next(admitted, None)
        return min(admitted, key=lambda place: _kinship(place.candidate, broken), default=None)

    # --- after a failure ----------------------------------------------------------------------------------------

    def _after(
        self, place: Place, failure: Failure, finish: Finish | None, now: float, progress: Progress
    ) -> Move | None:
        """Decide what follows a failure; None means: on to the next deployment."""
        kind = failure.kind
        again, self._left_once = self._left_once, self._left_once or DECISIONS[kind].leave is Leave.ONCE
        if again and DECISIONS[kind].leave is Leave.ONCE:
            return _FAILED
        if kind is FailureKind.CANCELLED:
            return Done(End.CANCELLED, Finish.CANCELLED)
        if DECISIONS[kind].leave is Leave.ASK:
            return self._after_no_answer(kind, finish, now)
        silent = self._resume is Resume.CONTINUE and not progress.chars and progress.spliceable
        if self._text_shown and not silent:  # who was to go on and has said nothing is as one before any text
            return self._after_text(place, kind, now, progress)
        if kind is FailureKind.LOADING:
            return self._after_loading(place, now)
        if not _may_leave(self._lineup, failure):
            return _FAILED
        if DECISIONS[kind].leave is Leave.FITS:
            self._lineup.outgrown = max(self._lineup.outgrown, place.candidate.deployment.context or 0)
        self._waits.note_limit(place, failure, now)
        if self._calls >= self._chain.limits.calls:
            return _FAILED
        if not place.candidate.step.leaves_on(kind):
            self._lineup.within = place.stage
        return None if self._pick(now) is not None else self._again(place, failure, now)

    def _after_no_answer(self, kind: FailureKind, finish: Finish | None, now: float) -> Move | None:
        """A refusal, or thoughts without an answer: the chain may have decided, else the person does."""
        policy = self._chain.policy.refusal
        if kind in _REFUSALS and policy is OnRefusal.NEVER:
            return Done(End.FAILED, finish or Finish.REFUSAL)
        other = None if self._pinned else self._pick(now)
        if kind in _REFUSALS and policy is OnRefusal.ALWAYS and other is not None:
            self._resume = Resume.RESTART if self._text_shown else None
            self._text_shown = False
            return None
        question = questions.of_failure(kind, other.candidate.deployment if other is not None else None)
        if question is None:
            return Done(End.FAILED, finish or Finish.REFUSAL)
        return Done(End.ASKED, finish, question)

    def _after_text(self, place: Place, kind: FailureKind, now: float, progress: Progress) -> Move | None:
        """A stream broke after text was shown: one other deployment may go on, or start over."""
        again = (self._resume is not None and progress.chars > 0) or not progress.has_room
        if self._pinned or again or kind not in BREAKS or self._calls >= self._chain.limits.calls:
            return _CUT
        if not place.candidate.step.leaves_on(kind):
            self._lineup.within = place.stage
        resume = self._resume or resumption(self._chain.policy.after_text, progress)
        if resume is not None:
            self._broken = self._broken or place.candidate
        other = self._pick(now)
        if other is None:
            return _CUT
        if resume is None:
            broken, spliceable = place.candidate.deployment, progress.spliceable
            question = questions.after_text(broken, other.candidate.deployment, spliceable=spliceable)
            return Done(End.ASKED, Finish.INCOMPLETE, question)
        self._resume = resume
        if self._resume is Resume.RESTART:
            self._text_shown = False
        return None

    def _after_loading(self, place: Place, now: float) -> Move | None:
        """The attempt waited until its patience was over: only a number of the step's own leads to another model."""
        stays = not self._stream or waits_for_loading(place.candidate.step)
        if stays or not place.candidate.step.leaves_on(FailureKind.LOADING):
            return _FAILED
        return None if self._pick(now) is not None else _FAILED

    def _again(self, place: Place, failure: Failure, now: float) -> Move:
        """Nothing fresh is left: retry the last one after a moment, wait out the nearest limit, or give up."""
        retries = DECISIONS[failure.kind].retries
        ceiling = place.candidate.step.retries
        if ceiling != "auto":
            retries = min(retries, ceiling)
        if place.limited_until is None and place.retries < retries and self._guard.retry_token(place.candidate):
            fixed = DECISIONS[failure.kind].delay_s
            delay = fixed if fixed is not None else self._jitter() * JITTER_BASE_S * 2**place.retries
            place.retries += 1
            if delay < self._clock.left_s(now):
                return self._waits.pause(place, delay)
        return self._open_up(now) or _FAILED

    # --- where nobody is free -----------------------------------------------------------------------------------

    def _open_up(self, now: float) -> Move | None:
        """Everybody is shut or limited: wait for the nearest, or let one call through to who fails of late."""
        if self._calls >= self._chain.limits.calls:
            return None
        found = self._waits.open_up(now)
        if isinstance(found, Wait) or found is None:
            return found
        return self._try(found, Reason.PROBE, now)

    def _none_left(self) -> Done:
        if self._calls:
            return _FAILED
        reasons = {skip.reason for skip in self.skipped}
        shut = next((place.shut for place in self._lineup.places if place.shut is not None), None)
        first = next((skip.deployment for skip in self.skipped), "")
        if len(reasons) == 1 and (kind := _ALL_SKIPPED.get(next(iter(reasons)))) is not None:
            return Done(End.FAILED, Finish.ERROR, failure=Failure(kind, summary_of(Failure(kind), first).english()))
        kind = shut.kind if shut is not None else FailureKind.LOCAL
        message = (shut.message if shut is not None else "") or summary_of(Failure(kind), first).english()
        return Done(End.FAILED, Finish.ERROR, failure=Failure(kind, message))

    # --- calls --------------------------------------------------------------------------------------------------

    def _try(self, place: Place, reason: Reason, now: float) -> Move:
        if place.wait_until is not None and place.wait_until > now:
            wait = self._waits.wait_for(place, place.wait_until - now)
            if wait is None:
                self._lineup.skip(place, SkipReason.LIMITED)
                return self._decide(now)
            return replace(wait, instead=self._lineup.instead_of(place, now))
        question = self._asked_first(place, now)
        if question is not None:
            return Done(End.ASKED, None, question)
        left = self._clock.left_s(now) if not self._text_shown else self._chain.limits.deadline_s
        if left <= 0 or self._calls >= self._chain.limits.calls:
            return _CUT if self._text_shown else _FAILED
        place.fresh = False
        place.called = True
        place.limited_until = None
        place.shut = None
        place.stage.calls += 1
        self._lineup.anybody_called = True
        self._calls += 1
        self._running[self._calls] = place
        self._reputes[self._calls] = (reason, self._guard.repute(place.candidate, self._prompt_tokens))
        share = left / (1 + self._lineup.could(now, self._chain.limits.calls - self._calls))
        hedged = reason is not Reason.HEDGE and self._resume is None
        call = TimedCall(place.candidate, self._guard, self._stream, left, share, self._prompt_tokens)
        return call.move(self._calls, reason, self._resume, hedged=hedged, trim=place.trim)

    def _asked_first(self, place: Place, now: float) -> Question | None:
        """Return what a person has to decide before this call is made."""
        candidate, estimate = place.candidate, place.candidate.estimate_nanos
        limit = self._chain.limits.turn_cost_nanos
        if estimate is not None and limit is not None and not candidate.deployment.simulated:
            if estimate > limit and self._answers.get(QuestionKind.TURN_COST) != questions.GO:
                return questions.turn_cost(candidate.deployment, estimate, limit)
        elif limit not in (None, Limits().turn_cost_nanos) or candidate.step.max_cost_nanos is not None:
            self.warnings += [one for one in _unpriced(candidate.deployment) if one not in self.warnings]
        if not self._lineup.too_long_for(candidate) or place.trim or self._chain.policy.overflow is not Overflow.ASK:
            return None
        place.fresh = False
        fitting = (one for one in self._lineup.admitted(now) if not self._lineup.too_long_for(one.candidate))
        other = next(fitting, None)
        return questions.overflow(candidate.deployment, other.candidate.deployment if other is not None else None)


_ALL_SKIPPED: Mapping[SkipReason, FailureKind] = {
    SkipReason.OFFLINE: FailureKind.OFFLINE,
    SkipReason.WINDOW: FailureKind.CONTEXT,
    SkipReason.BUDGET: FailureKind.BUDGET,
}

# What a provider's sentence names when it did not accept something: docs/routing.md, BAD_REQUEST.
_NAMED: Sequence[tuple[Capability, re.Pattern[str]]] = (
    (Capability.VISION, re.compile(r"\bimages?\b|\bvision\b|image_url", re.IGNORECASE)),
    (Capability.FILES, re.compile(r"\bpdf\b|\bdocuments?\b|\bfile input", re.IGNORECASE)),
    (Capability.TOOLS, re.compile(r"\btools?\b|\bfunction.?call", re.IGNORECASE)),
    (Capability.SCHEMA, re.compile(r"response_format|json_schema|structured output", re.IGNORECASE)),
)


def named_capability(failure: Failure) -> Capability | None:
    """Return what a model would have to be able to do, by the words of the one that did not accept the request."""
    return next((able for able, words in _NAMED if words.search(f"{failure.code or ''} {failure.message}")), None)


def _unpriced(deployment: Deployment) -> Sequence[Sentence]:
    """Return what is said where a limit on costs has nothing to go by."""
    if deployment.simulated or deployment.free or deployment.price is not None:
        return ()
    unlimited = sentence(
        "{deployment} has no price: the chain's limit on costs could not be applied.", deployment=deployment.name
    )
    return (unlimited,)


def _kinship(candidate: Candidate, broken: Candidate) -> int:
    """The same model at another host goes on best, then one of its family, then whoever is next."""
    model, other = candidate.deployment.model, broken.deployment.model
    if model == other:
        return 0 if candidate.host != broken.host else 1
    return 2 if _family(model) == _family(other) else 3


def _family(model: str) -> str:
    return re.split(r"[-.:/\d]", model.rpartition("/")[2].lower(), maxsplit=1)[0]


def _may_leave(lineup: Lineup, failure: Failure) -> bool:
    """Whether the class lets anybody else be tried: what one did not accept, another may that can do it."""
    if DECISIONS[failure.kind].leave is not Leave.NO:
        return True
    named = named_capability(failure) if failure.kind is FailureKind.BAD_REQUEST else None
    if named is not None:
        lineup.required.add(named)
    return named is not None


def _chosen(chain: Chain, lineup: Lineup, place: Place, reason: Reason, repute: Repute | None) -> Chosen:
    """Return what was known of who answered; `repute` as it was before it did."""
    candidate = place.candidate
    track = next((one for one in chain.tracks if one.name == candidate.track), None)
    return Chosen(
        step=candidate.index,
        reason=reason,
        pick=candidate.step.pick,
        pool=len(place.stage.places),
        repute=repute,
        track=candidate.track,
        when=track.when if track is not None else None,
        follows=candidate.track != lineup.stages[0].places[0].candidate.track,
    )
