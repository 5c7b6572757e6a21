"""The deployments of a chain in the order in which a message may try them, and what admits each at its turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from switchyard.core.chain import ORDERED, Chain, OnLimit, Overflow, Step, Track
from switchyard.core.condition import Circumstances, holds
from switchyard.core.content import Capability
from switchyard.core.failures import FailureKind
from switchyard.core.fitting import room_in
from switchyard.core.guard import Guard, MessageFacts, Shut
from switchyard.core.moves import Candidate
from switchyard.core.questions import TRIM
from switchyard.core.route import Skip, SkipReason
from switchyard.core.sentence import Sentence
from switchyard.core.skips import SKIP_SENTENCES
from switchyard.core.value import replace


class Place:
    """What a plan remembers of a candidate during one message.

    `shut` says why it was passed over for the moment, `wait_until` when its turn comes that was admitted to a wait.
    `spared`: it was its step that did not want it, so that it may stand in another one.
    """

    fresh: bool = True  # all these are the class's until they change: most of a pool never have their turn
    called: bool = False
    retries: int = 0
    blind_waits: int = 0
    limited_until: float | None = None
    shut: Shut | None = None
    wait_until: float | None = None
    trim: bool = False
    spared: bool = False

    def __init__(self, candidate: Candidate, stage: Stage) -> None:
        self.candidate = candidate
        self.stage = stage


class Stage:
    """One step of a chain during one message: its pool is put in order when its turn comes."""

    __slots__ = ("calls", "in_order", "places", "step")

    def __init__(self, step: Step) -> None:
        self.step = step
        self.places: list[Place] = []
        self.calls = 0
        self.in_order = False

    @property
    def used_up(self) -> bool:
        """Whether it has tried as many as it may."""
        return self.step.tries is not None and self.calls >= self.step.tries


def taken_tracks(chain: Chain, now: Circumstances) -> tuple[Track, ...]:
    """Return the track whose turn it is, and behind it those where the route goes on when its steps are used up."""
    track = next((track for track in chain.tracks if holds(track.when, now)), None)
    taken: list[Track] = []
    by_name: Mapping[str | None, Track] = {one.name: one for one in chain.tracks}
    while track is not None and track not in taken:
        taken.append(track)
        track = by_name.get(track.then) if track.then is not None else None
    return tuple(taken)


class Lineup:
    """Everyone who may be asked, and why those were passed over who were not.

    `tried` were asked before a person answered a question; `overflow_answer` is the answer to that of a chat too long.
    """

    def __init__(
        self,
        chain: Chain,
        candidates: Sequence[Candidate],
        guard: Guard,
        circumstances: Circumstances,
        *,
        prompt_tokens: int,
        pinned: bool,
        tried: frozenset[str],
        overflow_answer: str | None,
        needs: frozenset[Capability] = frozenset(),
    ) -> None:
        self._needs = needs
        self._chain = chain
        self._guard = guard
        self._circumstances = circumstances
        self._prompt_tokens = prompt_tokens
        self._pinned = pinned
        policy = chain.policy.overflow
        self._asks = policy is Overflow.ASK and overflow_answer is None
        self._trims = overflow_answer == TRIM or policy is Overflow.TRIM or not isinstance(policy, Overflow)
        tracks = taken_tracks(chain, circumstances) if not chain.plain else chain.tracks
        self.stop = next((track.stop for track in tracks if track.stop is not None), None)
        self.stages = self._stages(tracks, candidates)
        self.within: Stage | None = None  # the step that may not be left any more
        self.outgrown = 0  # the largest window that this chat was too long for
        self.required: set[Capability] = set()
        self._tried = tried
        self.anybody_called = bool(tried)
        self.skipped: list[Skip] = []
        self.decision: list[Sentence] = []

    @staticmethod
    def _stages(tracks: Sequence[Track], candidates: Sequence[Candidate]) -> list[Stage]:
        stages: list[Stage] = []
        for track in tracks:
            by_step: dict[int, Stage] = {}
            for candidate in candidates:
                if candidate.track == track.name:
                    stage = by_step.get(candidate.index)
                    if stage is None:
                        stage = by_step[candidate.index] = Stage(candidate.step)
                    stage.places.append(Place(candidate, stage))
            stages += by_step.values()
        return stages

    @property
    def places(self) -> Iterator[Place]:
        """Everyone, in the order of the chain."""
        return (place for stage in self.stages for place in stage.places)

    @property
    def in_reach(self) -> Iterator[Place]:
        """Everyone who may still be asked: of one step alone where that may not be left."""
        return self.places if self.within is None else iter(self.within.places)

    def recheck(self, place: Place, now: float) -> bool:
        """Whether a deployment that was waited for may be called now; else it is passed over, or waited for again.

        Other messages may have met its limit meanwhile, or one of them may be the probe of its breaker.
        """
        if place.called:
            shut = self._guard.shut(place.candidate, self._prompt_tokens, now, forced=self._pinned)
            if shut is None or shut.may_bypass:
                return True
            place.limited_until = shut.until
            return False
        reason = self._shut_reason(place, now)
        if reason is not None:
            self.skip(place, reason)
        return reason is None

    def look_again(self, now: float) -> None:
        """Bring up to date why those are shut that were passed over a while ago: other messages have gone on, too."""
        for place in self.places:
            if place.shut is not None and not place.fresh:
                shut = self._guard.shut(place.candidate, self._prompt_tokens, now, forced=self._pinned)
                place.shut = shut or replace(place.shut, until=now)

    def admitted(self, now: float) -> Iterator[Place]:
        """Walk over those that may be called, from the first; who may not is skipped with a reason on the way."""
        tried = self._no_longer_fresh()
        for stage in self.stages if self.within is None else [self.within]:
            self._put_in_order(stage, now)
            for place in stage.places:
                if not place.fresh or stage.used_up:
                    continue
                reason = self._admit(place, tried, now)
                if reason is None:
                    yield place
                else:
                    self.skip(place, reason)
                    if not place.spared:
                        tried.add(place.candidate.deployment.name)

    def could(self, now: float, at_most: int) -> int:
        """Return how many may still be called, counted up to `at_most`; nobody is skipped by being counted."""
        tried = self._no_longer_fresh()
        able = (
            place
            for place in self.places
            if place.fresh and not place.stage.used_up and self._admit(place, tried, now) is None
        )
        return sum(1 for _ in islice(able, at_most))

    def instead_of(self, place: Place, now: float, *, within: Stage | None = None) -> str | None:
        """Return who could be called at once in place of one that is waited for; nobody is skipped by being named.

        `within` is the step that is not left.
        """
        tried = self._no_longer_fresh()
        able = (
            one.candidate.deployment.name
            for one in (self.places if within is None else within.places)
            if one is not place and one.fresh and not one.stage.used_up
            if self._admit(one, tried, now) is None and one.wait_until is None
        )
        return next(able, None)

    def give_back(self, place: Place, *, calls: int) -> None:
        """A call is not made after all: it does not count, and this is the number of those that were."""
        place.stage.calls -= 1
        place.called = False
        self.anybody_called = calls > 0 or bool(self._tried)

    def _no_longer_fresh(self) -> set[str]:
        passed = [place for stage in self.stages for place in stage.places if not (place.fresh or place.spared)]
        return {place.candidate.deployment.name for place in passed} | self._tried

    def skip(self, place: Place, reason: SkipReason) -> None:
        """Pass over a deployment, free of charge."""
        place.fresh = False
        place.spared = reason in _OF_STEP
        name = place.candidate.deployment.name
        self.skipped.append(Skip(place.candidate.index, name, reason))
        self.decision.append(Sentence(SKIP_SENTENCES[reason].source, {"deployment": name}))

    def revive(self, place: Place) -> None:
        """Take back a skip: the deployment is called after all."""
        name = place.candidate.deployment.name
        place.shut = None
        self.skipped = [skip for skip in self.skipped if skip.deployment != name]
        told = {sentence.source for sentence in SKIP_SENTENCES.values()}
        self.decision = [
            line for line in self.decision if line.source not in told or line.params.get("deployment") != name
        ]

    def too_long_for(self, candidate: Candidate) -> bool:
        """Whether the conversation is known not to fit into a deployment's window, with an answer to it."""
        window = candidate.deployment.context
        if window is None:
            return False
        return self._prompt_tokens > room_in(window) or 0 < window <= self.outgrown

    def _put_in_order(self, stage: Stage, now: float) -> None:
        if not stage.in_order:
            stage.in_order = True
            if len(stage.places) > 1 and stage.step.pick != ORDERED:
                pool = [place.candidate for place in stage.places]
                order = self._guard.order(self._chain.name, pool, MessageFacts(self._prompt_tokens, self._needs), now)
                left = {id(place.candidate): place for place in stage.places}
                stage.places = [left.pop(id(candidate)) for candidate in order]
                stage.places += left.values()

    def _admit(self, place: Place, tried: set[str], now: float) -> SkipReason | None:
        candidate = place.candidate
        reason = candidate.barred or self._unfit(candidate, tried, now)
        if reason is not None:
            return reason
        place.trim = False
        if self.too_long_for(candidate) and not self._asks:
            if not self._trims:
                return SkipReason.WINDOW
            place.trim = True
        return self._shut_reason(place, now)

    def _unfit(self, candidate: Candidate, tried: set[str], now: float) -> SkipReason | None:
        deployment, step = candidate.deployment, candidate.step
        if tried and deployment.name in tried:
            return SkipReason.TRIED
        if self.anybody_called and not deployment.fallback:
            return SkipReason.NOT_FALLBACK
        if self._chain.local_only and not deployment.local:
            return SkipReason.NOT_LOCAL
        if deployment.leaves and self._guard.offline(now):
            return SkipReason.OFFLINE
        if step.only is not None and not holds(step.only, self._circumstances):
            return SkipReason.ONLY
        estimate = candidate.estimate_nanos
        if step.max_cost_nanos is not None and estimate is not None and estimate > step.max_cost_nanos:
            return SkipReason.DEAR
        if not self.required:
            return None
        lacking = next((one for one in sorted(self.required) if deployment.capabilities.get(one) is not True), None)
        return _LACKING[lacking] if lacking is not None else None

    def _shut_reason(self, place: Place, now: float) -> SkipReason | None:
        place.wait_until = None
        shut = self._guard.shut(place.candidate, self._prompt_tokens, now, forced=self._pinned)
        place.shut = shut
        if shut is None:
            return None
        limited = shut.kind is FailureKind.RATE_LIMIT and shut.until is not None
        if limited and self._chain.policy.rate_limit is OnLimit.WAIT:
            place.wait_until = shut.until
            return None
        return shut.reason


_OF_STEP = frozenset({SkipReason.ONLY, SkipReason.DEAR})

_LACKING: Mapping[Capability, SkipReason] = {
    Capability.VISION: SkipReason.NO_VISION,
    Capability.FILES: SkipReason.NO_FILES,
    Capability.TOOLS: SkipReason.NO_TOOLS,
    Capability.SCHEMA: SkipReason.NO_SCHEMA,
    Capability.JSON: SkipReason.NO_SCHEMA,
}
