"""Ready-made chains: nine aims, each met with the deployments that a person has, and why each of them was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from switchyard.core.budget import amount
from switchyard.core.catalog import Place
from switchyard.core.catalog_queries import Entry, typical_cost_nanos, typical_seconds
from switchyard.core.chain import Chain, DeploymentName, Member, Step, Track
from switchyard.core.content import Capability
from switchyard.core.pattern import pattern_of
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import value

STEPS = 3
POOL = 4
LONG_TOKENS = 200_000
_SMALL = pattern_of(r"(?i)(?<![a-z])(mini|nano|flash|lite|haiku|small|tiny|instant|[1-9]b)(?![a-z0-9])")
_FOR_CODE = pattern_of(r"(?i)(codex|coder|codestral|devstral|-code(?![a-z])|^code)")


class Aim(StrEnum):
    """What a chain is for, in the order in which they are offered."""

    HIGH_QUALITY = "high_quality"
    COST_OPTIMISED = "cost_optimised"
    FAST = "fast"
    LOCAL_ONLY = "local_only"
    CODE = "code"
    LONG_CONTEXT = "long_context"
    BALANCED = "balanced"
    ANALYSIS = "analysis"
    SIMPLE_TASKS = "simple_tasks"


class Chosen(NamedTuple):
    """A deployment of a chain, and why it is there."""

    name: DeploymentName
    why: Sentence


@value
class ReadyMade:
    """A chain that can be had as it is. It has its aim's English title as its name."""

    aim: Aim
    title: Sentence
    about: Sentence
    chain: Chain
    chosen: tuple[Chosen, ...]


class _Ranked(NamedTuple):
    rank: tuple[float, ...]  # less is better
    entry: Entry
    why: Sentence


_Judge = Callable[[Entry, bool], tuple[tuple[float, ...], Sentence] | None]


def ready_made(entries: Sequence[Entry], general: frozenset[str]) -> tuple[ReadyMade, ...]:
    """Return the chains that can be made of these, of those that are alike only the first.

    `general` are the deployments that are their vendors' models for all work. The Simulator stands in none.
    """
    usable = [one for one in entries if one.chat and one.offered and one.deployment.has_key]
    usable = [one for one in usable if not one.deployment.simulated]
    made: dict[tuple[object, ...], ReadyMade] = {}
    for aim in Aim:
        chosen = _choose(_rank(usable, general, _JUDGES[aim]), POOL if aim is Aim.BALANCED else STEPS)
        if chosen and (aim is not Aim.BALANCED or len(chosen) > 1):
            names = tuple(one.name for one in chosen)
            made.setdefault((names, aim is Aim.BALANCED, aim is Aim.LOCAL_ONLY), _make(aim, chosen))
    return tuple(made.values())


def _make(aim: Aim, chosen: tuple[Chosen, ...]) -> ReadyMade:
    title, about = _TEXTS[aim]
    steps = tuple(Step((Member(one.name),)) for one in chosen)
    if aim is Aim.BALANCED:
        steps = (Step(tuple(Member(one.name) for one in chosen), pick="balanced"),)
    chain = Chain(title.english(), (Track(None, steps),), local_only=aim is Aim.LOCAL_ONLY, note=about.english())
    return ReadyMade(aim, title, about, chain, chosen)


def _rank(usable: Sequence[Entry], general: frozenset[str], judge: _Judge) -> list[_Ranked]:
    judged = [(one, judge(one, one.deployment.name in general)) for one in usable]
    ranked = [_Ranked(found[0], one, found[1]) for one, found in judged if found is not None]
    return sorted(ranked, key=lambda one: (one.rank, one.entry.deployment.name))


def _choose(ranked: Sequence[_Ranked], most: int) -> tuple[Chosen, ...]:
    """Take the best, then the best of each other provider: what brings one down leaves the next. Then the rest."""
    taken: list[_Ranked] = []
    for fresh in (True, False):
        for one in ranked:
            deployment = one.entry.deployment
            known = {other.entry.deployment.provider for other in taken}
            may = not taken or deployment.fallback
            if len(taken) < most and one not in taken and may and (not fresh or deployment.provider not in known):
                taken.append(one)
    return tuple(
        Chosen(DeploymentName(one.entry.deployment.account, one.entry.deployment.model), one.why) for one in taken
    )


# --- what makes a deployment fit for an aim, and how well -------------------------------------------------------------


def _for_quality(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    if entry.quality is not None:
        why = sentence("{maker} gives it {score}.", maker=entry.quality.maker, score=round(entry.quality.score, 1))
        return (0, -entry.quality.score), why
    if general and not entry.deployment.local:
        provider = entry.deployment.provider_name
        return (1, 0), sentence(
            "It is a general model of {provider}. It has no quality score yet, so models that have one come first.",
            provider=provider,
        )
    return None


def _for_cost(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    nanos = typical_cost_nanos(entry.deployment)
    if nanos is None:
        return None
    return (nanos, not general), _cost_words(nanos)


def _for_speed(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    seconds = typical_seconds(entry.speed)
    if seconds is None or entry.speed is None:
        return None
    told, n = round(seconds, 1), entry.speed.samples
    if n == 1:
        return (seconds,), sentence("A typical reply takes {seconds} s here, measured over one call.", seconds=told)
    return (seconds,), sentence("A typical reply takes {seconds} s here, measured over {n} calls.", seconds=told, n=n)


def _for_privacy(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    if not entry.deployment.local:
        return None
    here = entry.deployment.place is Place.COMPUTER
    why = sentence("It runs on this computer.") if here else sentence("It runs in your network.")
    return (not here, not general, *_by_quality(entry)), why


def _for_code(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    if _FOR_CODE.search(entry.deployment.model):
        return (0, *_by_quality(entry)), sentence("Its name says that it is made for code.")
    if entry.deployment.capabilities.get(Capability.TOOLS) and (general or entry.quality is not None):
        return (1, not general, *_by_quality(entry)), sentence("It can call tools, as work on code needs.")
    return None


def _for_length(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    tokens = entry.deployment.context
    if tokens is None or tokens < LONG_TOKENS:
        return None
    return (-tokens, not general, *_by_quality(entry)), sentence("It reads {tokens} tokens.", tokens=tokens)


def _for_balance(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    if not general:
        return None
    provider = entry.deployment.provider_name
    return _by_quality(entry), sentence("It is a general model of {provider}.", provider=provider)


def _for_analysis(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    if not entry.deployment.capabilities.get(Capability.REASONING):
        return None
    return (*_by_quality(entry), not general), sentence("It thinks before it answers.")


def _for_simple(entry: Entry, general: bool) -> tuple[tuple[float, ...], Sentence] | None:
    nanos = typical_cost_nanos(entry.deployment)
    if nanos is None or entry.deployment.local or not _SMALL.search(entry.deployment.model):
        return None
    if nanos == 0:
        return (nanos,), sentence("It is small, by its name, and free.")
    return (nanos,), sentence("It is small, by its name, and a typical message costs {cost}.", cost=amount(nanos))


def _by_quality(entry: Entry) -> tuple[float, ...]:
    return (entry.quality is None, -entry.quality.score if entry.quality is not None else 0.0)


def _cost_words(nanos: int) -> Sentence:
    if nanos == 0:
        return sentence("It is free.")
    return sentence("A typical message costs {cost}.", cost=amount(nanos))


_JUDGES: Mapping[Aim, _Judge] = {
    Aim.HIGH_QUALITY: _for_quality,
    Aim.COST_OPTIMISED: _for_cost,
    Aim.FAST: _for_speed,
    Aim.LOCAL_ONLY: _for_privacy,
    Aim.CODE: _for_code,
    Aim.LONG_CONTEXT: _for_length,
    Aim.BALANCED: _for_balance,
    Aim.ANALYSIS: _for_analysis,
    Aim.SIMPLE_TASKS: _for_simple,
}
_TEXTS: Mapping[Aim, tuple[Sentence, Sentence]] = {
    Aim.HIGH_QUALITY: (
        sentence("High quality"),
        sentence("The best scores first, then each provider's general models."),
    ),
    Aim.COST_OPTIMISED: (sentence("Cost optimised"), sentence("What costs least first.")),
    Aim.FAST: (sentence("Fast"), sentence("What answered soonest here first.")),
    Aim.LOCAL_ONLY: (sentence("Local only"), sentence("Nothing leaves this computer and your network.")),
    Aim.CODE: (sentence("Code"), sentence("Models for work on programs.")),
    Aim.LONG_CONTEXT: (sentence("Long context"), sentence("What reads the longest chats first.")),
    Aim.BALANCED: (sentence("Balanced"), sentence("Weighs cost, speed, quality and health for each message.")),
    Aim.ANALYSIS: (sentence("Analysis"), sentence("Models that think before they answer.")),
    Aim.SIMPLE_TASKS: (sentence("Simple tasks"), sentence("Small models for small questions.")),
}
