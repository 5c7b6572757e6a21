"""A chain while it is edited: what a person typed, as they typed it.

The form shows a part of a chain. The rest goes through it unseen, and comes out as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from switchyard.core.budget import read_dollars
from switchyard.core.chain import (
    ORDERED,
    AfterText,
    Chain,
    DeploymentName,
    LeaveOn,
    Limits,
    Member,
    OnLimit,
    OnRefusal,
    Overflow,
    Policy,
    Seconds,
    Step,
    Summarise,
    Track,
    plain_chain,
    step_to,
)
from switchyard.core.condition import Condition, Holds, Need, Never, Word
from switchyard.core.step_dict import TRIES_MAX
from switchyard.core.usage import NANOS, dollars
from switchyard.ui.widgets.quantity import parse_count, parse_seconds

KEPT = "kept"  # a condition or a policy that the form cannot say; it stays as it was
OTHERWISE = "otherwise"
CONDITIONS: Mapping[str, Condition | None] = {
    OTHERWISE: None,
    "vision": Holds(Word.NEEDS, Need.VISION),
    "files": Holds(Word.NEEDS, Need.FILES),
    "tools": Holds(Word.NEEDS, Need.TOOLS),
    "reasoning": Holds(Word.NEEDS, Need.REASONING),
    "long": Holds(Word.NEEDS, Need.LONG),
    "private": Holds(Word.PRIVATE),
    "offline": Holds(Word.OFFLINE),
    "over_budget": Holds(Word.OVER_BUDGET),
    "never": Never(),
}
ALWAYS = "always"
ONLY: Mapping[str, Condition | None] = {
    ALWAYS: None,
    **{key: one for key, one in CONDITIONS.items() if key not in (OTHERWISE, "never")},
    "online": Holds(Word.OFFLINE, False),
    "within_budget": Holds(Word.OVER_BUDGET, False),
}
LONGEST_S = 86_400
MOST_RETRIES = 3
_AUTO = frozenset({"", "auto"})


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """A model that stands in a pool beside the first."""

    use: DeploymentName
    weight: str = "1"


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step; an empty limit is "auto", and an empty one of the last three is none. `base` is the step that it was.

    `weight` is that of `use`, and `more` the rest of its pool. `track` is the place of its track. `only` is one of
    `ONLY`, or `KEPT`. A new step has no `base`.
    """

    use: DeploymentName
    first_token: str = ""
    idle: str = ""
    retries: str = ""
    base: Step | None = None
    weight: str = "1"
    more: tuple[MemberDraft, ...] = ()
    pick: str = ORDERED
    track: int = 0
    only: str = ALWAYS
    leave_on: frozenset[LeaveOn] = frozenset(LeaveOn)
    hedge: str = ""
    tries: str = ""
    max_cost: str = ""

    @property
    def pool(self) -> tuple[MemberDraft, ...]:
        """Every model of it."""
        return (MemberDraft(self.use, self.weight), *self.more)

    def with_pool(self, pool: tuple[MemberDraft, ...]) -> StepDraft:
        """Return the step with another pool."""
        return replace(self, use=pool[0].use, weight=pool[0].weight, more=pool[1:])


@dataclass(frozen=True, slots=True)
class TrackDraft:
    """A track; the name of the only one of a plain chain is None. `when` is one of `CONDITIONS`, or `KEPT`."""

    name: str | None = None
    when: str = OTHERWISE
    then: str = ""
    base: Track | None = None

    @property
    def stops(self) -> bool:
        """Whether it answers with a sentence of its own, and asks nobody."""
        return self.base is not None and self.base.stop is not None


@dataclass(frozen=True, slots=True)
class Draft:
    """A chain as its form holds it. `base` is the chain that it was, None for a new one. No sum is no limit.

    `steps` are those of all tracks, in order.
    """

    name: str
    note: str = ""
    steps: tuple[StepDraft, ...] = ()
    deadline: str = field(default_factory=lambda: seconds_written(Limits().deadline_s))
    calls: str = field(default_factory=lambda: str(Limits().calls))
    base: Chain | None = None
    turn_cost: str = field(default_factory=lambda: _sum_written(Limits().turn_cost_nanos))
    day_cost: str = ""
    after_text: str = Policy().after_text.value
    refusal: str = Policy().refusal.value
    overflow: str = Overflow.FIT.value
    rate_limit: str = Policy().rate_limit.value
    tracks: tuple[TrackDraft, ...] = (TrackDraft(),)

    @property
    def plain(self) -> bool:
        """Whether it is but a list of steps."""
        return len(self.tracks) == 1 and self.tracks[0].name is None

    def with_step(self, number: int, step: StepDraft) -> Draft:
        """Return the draft with another step at a place."""
        return replace(self, steps=(*self.steps[:number], step, *self.steps[number + 1 :]))

    def with_new_step(self, use: DeploymentName, track: int) -> Draft:
        """Return the draft with a step more at the end of a track."""
        at = sum(step.track <= track for step in self.steps)
        return replace(self, steps=(*self.steps[:at], StepDraft(use, track=track), *self.steps[at:]))

    def without_step(self, number: int) -> Draft:
        """Return the draft without a step."""
        return replace(self, steps=(*self.steps[:number], *self.steps[number + 1 :]))

    def with_moved(self, number: int, by: int) -> Draft:
        """Return the draft with a step at another place."""
        steps = list(self.steps)
        steps.insert(number + by, steps.pop(number))
        return replace(self, steps=tuple(steps))

    def may_move(self, number: int, by: int) -> bool:
        """Whether a step has a neighbour in its track to change places with."""
        other = number + by
        return 0 <= other < len(self.steps) and self.steps[other].track == self.steps[number].track

    def with_new_track(self, name: str, rest: str) -> Draft:
        """Return the draft with a track before the others; a plain list becomes the track of that name after it."""
        tracks = (replace(self.tracks[0], name=rest),) if self.plain else self.tracks
        steps = tuple(replace(step, track=step.track + 1) for step in self.steps)
        return replace(self, tracks=(TrackDraft(name, "vision"), *tracks), steps=steps)

    def with_moved_track(self, at: int, by: int) -> Draft:
        """Return the draft with a track at another place, its steps with it."""
        order = list(range(len(self.tracks)))
        order.insert(at + by, order.pop(at))
        steps = (replace(step, track=order.index(step.track)) for step in self.steps)
        tracks = tuple(self.tracks[old] for old in order)
        return replace(self, tracks=tracks, steps=tuple(sorted(steps, key=lambda step: step.track)))

    def with_track(self, at: int, track: TrackDraft) -> Draft:
        """Return the draft with another track at a place; those that went on to it still do."""
        old = self.tracks[at].name
        tracks = [replace(one, then=track.name or "") if old and one.then == old else one for one in self.tracks]
        tracks[at] = track
        return replace(self, tracks=tuple(tracks))

    def without_track(self, at: int) -> Draft:
        """Return the draft without a track and its steps; one track alone is a plain list."""
        gone = self.tracks[at].name
        left = [replace(one, then="" if one.then == gone else one.then) for one in self.tracks]
        del left[at]
        if len(left) == 1 and not left[0].stops:
            left = [replace(left[0], name=None, when=OTHERWISE, then="")]
        steps = (replace(one, track=one.track - (one.track > at)) for one in self.steps if one.track != at)
        return replace(self, tracks=tuple(left), steps=tuple(steps))


# --- from a chain and back --------------------------------------------------------------------------------------------


def draft_of(chain: Chain) -> Draft:
    """Return a chain as its form shows it."""
    policy = chain.policy
    return Draft(
        name=chain.name,
        note=chain.note or "",
        steps=tuple(_step_draft(step, at) for at, track in enumerate(chain.tracks) for step in track.steps),
        deadline=seconds_written(chain.limits.deadline_s),
        calls=str(chain.limits.calls),
        base=chain,
        turn_cost=_sum_written(chain.limits.turn_cost_nanos),
        day_cost=_sum_written(chain.limits.day_cost_nanos),
        after_text=policy.after_text.value,
        refusal=policy.refusal.value,
        overflow=KEPT if isinstance(policy.overflow, Summarise) else policy.overflow.value,
        rate_limit=policy.rate_limit.value,
        tracks=tuple(map(_track_draft, chain.tracks)),
    )


def _track_draft(track: Track) -> TrackDraft:
    when = next((key for key, condition in CONDITIONS.items() if condition == track.when), KEPT)
    return TrackDraft(track.name, when, track.then or "", track)


def _step_draft(step: Step, track: int) -> StepDraft:
    pool = [MemberDraft(member.to, str(member.weight)) for member in step.pool]
    return StepDraft(
        use=pool[0].use,
        first_token=seconds_written(step.first_token_s),
        idle=seconds_written(step.idle_s),
        retries="" if step.retries == "auto" else str(step.retries),
        base=step,
        weight=pool[0].weight,
        more=tuple(pool[1:]),
        pick=step.pick,
        track=track,
        only=next((key for key, condition in ONLY.items() if condition == step.only), KEPT),
        leave_on=frozenset(LeaveOn) if step.leave_on is None else step.leave_on,
        hedge=_hedge_written(step.hedge),
        tries="" if step.tries is None else str(step.tries),
        max_cost=_sum_written(step.max_cost_nanos),
    )


def chain_of(draft: Draft) -> Chain:
    """Return the chain that a draft means whose every text can be read. What the form does not show stays as it was."""
    base = draft.base or plain_chain("", ())
    was = draft_of(base)
    return replace(
        base,
        name=draft.name.strip(),
        note=base.note if draft.note == was.note else draft.note.strip() or None,
        limits=_limits_of(draft, was, base.limits),
        policy=Policy(
            AfterText(draft.after_text),
            OnRefusal(draft.refusal),
            base.policy.overflow if draft.overflow == KEPT else Overflow(draft.overflow),
            OnLimit(draft.rate_limit),
        ),
        tracks=tuple(_track_of(track, at, draft.steps) for at, track in enumerate(draft.tracks)),
    )


def _limits_of(draft: Draft, was: Draft, base: Limits) -> Limits:
    deadline, calls = parse_seconds(draft.deadline), parse_count(draft.calls)
    assert deadline is not None
    assert calls is not None
    return Limits(
        base.deadline_s if draft.deadline == was.deadline else deadline,
        calls,
        base.turn_cost_nanos if draft.turn_cost == was.turn_cost else read_sum(draft.turn_cost),
        base.day_cost_nanos if draft.day_cost == was.day_cost else read_sum(draft.day_cost),
    )


def _track_of(track: TrackDraft, at: int, steps: tuple[StepDraft, ...]) -> Track:
    base = track.base or Track(None)
    when = base.when if track.when == KEPT else CONDITIONS[track.when]
    own = tuple(_step_of(step) for step in steps if step.track == at)
    name = track.name.strip() if track.name is not None and track.name != base.name else track.name
    return replace(base, name=name, when=when, then=track.then or None, steps=own)


def _step_of(step: StepDraft) -> Step:
    base = step.base or step_to(step.use)
    retries, hedge = read_retries(step.retries), read_hedge(step.hedge)
    weights = [parse_count(member.weight) for member in step.pool]
    assert retries is not None
    assert hedge is not None
    left_on = frozenset(LeaveOn) if base.leave_on is None else base.leave_on
    return replace(
        base,
        pool=tuple(Member(one.use, weight or 0) for one, weight in zip(step.pool, weights, strict=True)),
        pick=step.pick,
        first_token_s=_seconds_of(step.first_token, base.first_token_s),
        idle_s=_seconds_of(step.idle, base.idle_s),
        retries=retries,
        only=base.only if step.only == KEPT else ONLY[step.only],
        leave_on=base.leave_on if step.leave_on == left_on else _leave_on_of(step.leave_on),
        hedge=base.hedge if step.hedge == _hedge_written(base.hedge) else hedge,
        tries=read_tries(step.tries),
        max_cost_nanos=base.max_cost_nanos
        if step.max_cost == _sum_written(base.max_cost_nanos)
        else read_sum(step.max_cost),
    )


def _leave_on_of(words: frozenset[LeaveOn]) -> frozenset[LeaveOn] | None:
    return None if words == frozenset(LeaveOn) else words


def _seconds_of(text: str, was: Seconds) -> Seconds:
    """Return what a limit's text means; one that nobody changed means what it was, to the last digit."""
    seconds = was if text == seconds_written(was) else read_seconds(text)
    assert seconds is not None
    return seconds


# --- texts ------------------------------------------------------------------------------------------------------------


def read_seconds(text: str) -> Seconds | None:
    """Return what a limit's text means; None where it means nothing."""
    word = text.strip().casefold()
    if word in _AUTO:
        return "auto"
    if word == "none":
        return "none"
    seconds = parse_seconds(word)
    return seconds if seconds is not None and 0 < seconds <= LONGEST_S else None


def read_retries(text: str) -> int | Literal["auto"] | None:
    """Return what the text of the retries means; None where it means nothing."""
    word = text.strip().casefold()
    if word in _AUTO:
        return "auto"
    count = parse_count(word)
    return count if count is not None and 0 <= count <= MOST_RETRIES else None


def read_hedge(text: str) -> Seconds | None:
    """Return after how long a second call is made; an empty text is never. None where it means nothing."""
    return read_seconds(text) if text.strip() else "none"


def read_tries(text: str) -> int | None:
    """Return how many models of a pool are tried; None for an empty text, which is all, and for what is no number."""
    count = parse_count(text) if text.strip() else None
    return count if count is not None and 1 <= count <= TRIES_MAX else None


def read_sum(text: str) -> int | None:
    """Return the nano-dollars that a text means; None for an empty one, which is no limit, and for what is no sum."""
    return read_dollars(text) if text.strip() else None


def seconds_written(seconds: Seconds) -> str:
    """Return a limit as its field shows it."""
    if seconds == "auto":
        return ""
    if seconds == "none":
        return "none"
    return f"{seconds:g} s"


def _hedge_written(seconds: Seconds) -> str:
    if seconds == "auto":
        return "auto"
    return "" if seconds == "none" else seconds_written(seconds)


def _sum_written(nanos: int | None) -> str:
    written = dollars(nanos)
    if nanos is None or written is None:
        return ""
    return f"${nanos / NANOS:.2f}" if not nanos % (NANOS // 100) else f"${written}"
