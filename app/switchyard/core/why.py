"""Why a deployment was called and no other, in a few words each: from what the plan knew at that moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from switchyard.core.condition import AllOf, AnyOf, Circumstances, Condition, Holds, Need, Word, holds
from switchyard.core.guard import Repute
from switchyard.core.route import Reason
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import value

_HELD: Mapping[tuple[Word, object], Sentence] = {
    (Word.OVER_BUDGET, True): sentence("the budget is reached"),
    (Word.OVER_BUDGET, False): sentence("the budget is not reached"),
    (Word.OFFLINE, True): sentence("there is no network"),
    (Word.OFFLINE, False): sentence("there is a network"),
    (Word.PRIVATE, True): sentence("the chat stays on this computer"),
    (Word.PRIVATE, False): sentence("the chat may leave this computer"),
    (Word.NEEDS, Need.VISION): sentence("an image is attached"),
    (Word.NEEDS, Need.TOOLS): sentence("tools are offered"),
    (Word.NEEDS, Need.FILES): sentence("a document is attached"),
    (Word.NEEDS, Need.JSON): sentence("an answer in a given form is wanted"),
    (Word.NEEDS, Need.REASONING): sentence("reasoning is wanted"),
    (Word.NEEDS, Need.LONG): sentence("the chat is long"),
}
_MEASURED: Mapping[Word, Sentence] = {
    Word.WORKSPACE: sentence("it is in the workspace {value}"),
    Word.TOKENS_OVER: sentence("it is over {value} tokens"),
    Word.TOKENS_UNDER: sentence("it is under {value} tokens"),
    Word.HINT: sentence("{value} detected"),
}
_HOURS = sentence("it is between {begin} and {end}")
_SHARE = sentence("the chat is of the share that goes there")
_TRACK = sentence("track {track}")
_LEFT_OVER = sentence("the track before it came to nothing")

# By what is known of the deployment's health: that nothing is against it, that something was, or nothing at all.
_FIRST: Mapping[bool | None, Sentence] = {
    True: sentence("first step healthy"),
    False: sentence("first step, tried again after failures"),
    None: sentence("first step"),
}
_STEP: Mapping[bool | None, Sentence] = {
    True: sentence("step {n} healthy"),
    False: sentence("step {n}, tried again after failures"),
    None: sentence("step {n}"),
}
_PINNED: Mapping[bool | None, Sentence] = {
    True: sentence("asked for by name and healthy"),
    False: sentence("asked for by name, after failures"),
    None: sentence("asked for by name"),
}
_CALLED: Mapping[Reason, Sentence] = {
    Reason.RETRY: sentence("called once more"),
    Reason.HEDGE: sentence("called beside a slow one, and quicker"),
}
_NEAREST = sentence("nearest to the one that broke off")
# How a pool was put in order, by the word of `pick`.
PICKED: Mapping[str, Sentence] = {
    "ordered": sentence("by “In order” among {n}"),
    "balanced": sentence("by “Balanced” among {n}"),
    "best_quality": sentence("by “Best quality” among {n}"),
    "capability_match": sentence("by “Capability match” among {n}"),
    "cheapest": sentence("by “Cheapest” among {n}"),
    "fastest": sentence("by “Fastest” among {n}"),
    "health_aware": sentence("by “Health aware” among {n}"),
    "least_busy": sentence("by “Least busy” among {n}"),
    "local_first": sentence("by “Local first” among {n}"),
    "round_robin": sentence("by “Round robin” among {n}"),
    "weighted": sentence("by “Weighted” among {n}"),
}
_ONE_SAMPLE = sentence("1 sample")
_SAMPLES = sentence("{n} samples")
_UNMEASURED = sentence("not measured yet")


@value
class Chosen:
    """What the plan knew as it called a deployment. `step` counts from 1 within its track, `pool` are its members.

    `track` is None in a plain chain; `when` is its condition, `follows` whether another track came to nothing before.
    `repute` is None where nobody keeps account. `nearest`: it goes on where another one broke off.
    """

    step: int
    reason: Reason
    pick: str
    pool: int
    repute: Repute | None
    pinned: bool = False
    nearest: bool = False
    track: str | None = None
    when: Condition | None = None
    follows: bool = False


def why(chosen: Chosen, now: Circumstances) -> tuple[Sentence, ...]:
    """Return the reasons, the one that counts most first; each is a part of one sentence."""
    repute = chosen.repute
    healthy = repute.healthy if repute is not None and chosen.reason is not Reason.RETRY else None
    found: list[Sentence] = []
    if chosen.pinned:
        found.append(_PINNED[healthy])
    elif chosen.step == 1:
        found.append(_FIRST[healthy])
    else:
        found.append(Sentence(_STEP[healthy].source, {"n": chosen.step}))
    if chosen.reason in _CALLED:
        found.append(_CALLED[chosen.reason])
    if chosen.track is not None:
        found.append(Sentence(_TRACK.source, {"track": chosen.track}))
        found.extend([_LEFT_OVER] if chosen.follows else _held(chosen.when, now))
    if chosen.nearest:
        found.append(_NEAREST)
    elif chosen.pool > 1 and chosen.pick in PICKED:
        found.append(Sentence(PICKED[chosen.pick].source, {"n": chosen.pool}))
    if repute is not None:
        found.append(_samples(repute.samples))
    return tuple(found)


def _samples(n: int) -> Sentence:
    if n == 0:
        return _UNMEASURED
    return _ONE_SAMPLE if n == 1 else Sentence(_SAMPLES.source, {"n": n})


def _held(condition: Condition | None, now: Circumstances) -> Iterator[Sentence]:
    """Yield what made a condition hold; what is only not the case goes without saying."""
    if isinstance(condition, Holds):
        found = _words_of(condition) if holds(condition, now) else None
        if found is not None:
            yield found
    elif isinstance(condition, AnyOf):
        yield from next((parts for one in condition.of if (parts := list(_held(one, now)))), [])
    elif isinstance(condition, AllOf):
        for one in condition.of:
            yield from _held(one, now)


def _words_of(condition: Holds) -> Sentence | None:
    word, given = condition.word, condition.value
    if isinstance(given, tuple):
        begin, end = given
        if word is not Word.HOURS:
            return _SHARE
        return Sentence(_HOURS.source, {"begin": _clock(begin), "end": _clock(end)})
    if word in _MEASURED:
        return Sentence(_MEASURED[word].source, {"value": given})
    return _HELD.get((word, given))


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"
