"""How full the window of whoever answers next will be: what is sent, what is not, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from switchyard.core.chain import ORDERED, Chain, Overflow, Summarise
from switchyard.core.explain import Outline, Prospect
from switchyard.core.fitting import SUMMARY_TOKENS, first_kept, room_in
from switchyard.core.message import Message, Role
from switchyard.core.moves import Candidate
from switchyard.core.needs import Weight
from switchyard.core.route import SkipReason

TIGHT_SHARE = 0.8  # of what a window has room for


class Fit(StrEnum):
    """How a chat stands to the window that it is to be read in."""

    FITS = "fits"
    TIGHT = "tight"
    TRIMMED = "trimmed"  # the oldest messages are not sent
    SUMMARISED = "summarised"  # a summary is sent in their place
    ASKS = "asks"  # the person is asked whether they are to be left out
    OVERFULL = "overfull"  # even what stays is longer than the window
    TOO_LONG = "too_long"  # nobody can read it, so that nothing is sent
    UNKNOWN = "unknown"  # nobody tells how large the window is


class Fate(StrEnum):
    """What becomes of a message."""

    SENT = "sent"
    TRIMMED = "trimmed"
    SUMMARISED = "summarised"
    EXCLUDED = "excluded"  # by the person
    EMPTY = "empty"  # nothing came that could be sent


class KeptBack(StrEnum):
    """What of a message is never sent, though its words are."""

    REASONING = "reasoning"
    CALLS = "calls"  # of tools, which nobody answered
    IMAGES = "images"  # that a model made


_FATES = dict.fromkeys((Fit.TRIMMED, Fit.ASKS, Fit.OVERFULL), Fate.TRIMMED) | {Fit.SUMMARISED: Fate.SUMMARISED}


class Load(NamedTuple):
    """What a prompt is made of: what was said, what each of that weighs, what is asked, and what goes with it.

    The weight of a message of which nothing can be sent is None. `system_tokens` and `tool_tokens` go with them.
    """

    past: Sequence[Message]
    weights: Sequence[Weight | None]
    asked: Weight
    system: str | None = None
    system_tokens: int = 0
    tool_tokens: int = 0

    @property
    def beside(self) -> int:
        """The tokens of what is no message."""
        return self.system_tokens + self.tool_tokens

    def spoken(self) -> Iterator[int]:
        """Yield the places of the messages that would be sent if there were room for all."""
        for at, weight in enumerate(self.weights):
            if weight is not None and not self.past[at].excluded:
                yield at


class Reader(NamedTuple):
    """A deployment that may be asked, with its window; `left_out` counts the messages that would not fit into it."""

    name: str
    window: int | None
    left_out: int = 0
    passed_over: bool = False


class Context(NamedTuple):
    """What the next message takes with it.

    `tokens` would be sent to the `reader`, None where nobody can be asked; `whole` is what it would be with room for
    all. The messages before the place `kept_from` are left out, `left_out` of them that could be sent. `smaller` are
    others of the chain that read less, in its order: those `passed_over` come before the reader. `by` sums up. What is
    `kept_back` would not be sent with any reader.
    """

    load: Load
    fit: Fit
    reader: Reader | None
    tokens: int
    whole: int
    kept_from: int = 0
    left_out: int = 0
    smaller: tuple[Reader, ...] = ()
    by: str | None = None
    kept_back: frozenset[KeptBack] = frozenset()

    @property
    def window(self) -> int | None:
        """How much the reader can read; None where nobody tells."""
        return self.reader.window if self.reader is not None else None

    def fate(self, at: int) -> Fate:
        """Return what becomes of the message at a place."""
        if self.load.weights[at] is None:
            return Fate.EMPTY
        if self.load.past[at].excluded:
            return Fate.EXCLUDED
        return _FATES.get(self.fit, Fate.SENT) if at < self.kept_from else Fate.SENT


def context_of(chain: Chain, outline: Outline, load: Load) -> Context:
    """Return what becomes of a prompt with whoever a plan would ask first."""
    spoken = list(load.spoken())
    weights = [load.weights[at] or Weight(0) for at in spoken]
    sizes = [*(weight.tokens for weight in weights), load.asked.tokens]
    asks = [*(load.past[at].role is Role.USER for at in spoken), True]
    whole = sum(sizes) + load.beside
    policy = chain.policy.overflow
    by = str(policy.by) if isinstance(policy, Summarise) else None

    def cut(window: int | None) -> int:
        if window is None or whole <= room_in(window):
            return 0
        return first_kept(sizes, asks, window, beside_tokens=load.beside, summarised=by is not None)

    kept_back = _kept_back(load.past[at] for at in spoken)
    first = _first(outline)
    if first is None:
        longest = max(_outgrown(outline), key=lambda one: one.deployment.context or 0, default=None)
        reader = _reader(longest, cut) if longest is not None else None
        fit = Fit.TOO_LONG if reader is not None else Fit.UNKNOWN
        return Context(load, fit, reader, whole, whole, kept_back=kept_back)
    reader = _reader(first, cut)
    fit, left_out = _fit(policy, whole, reader.window), reader.left_out
    kept_from = spoken[left_out] if left_out < len(spoken) else len(load.past)
    tokens = whole
    if fit in (Fit.TRIMMED, Fit.SUMMARISED):
        tokens = sum(sizes[left_out:]) + load.beside + (SUMMARY_TOKENS if by is not None and left_out else 0)
        fit = Fit.OVERFULL if tokens > (reader.window or tokens) else fit
    smaller = tuple(
        _reader(one.candidate, cut)._replace(passed_over=one.skipped is not None)
        for one in outline.prospects
        if _is_smaller(one, reader)
    )
    return Context(load, fit, reader, tokens, whole, kept_from if left_out else 0, left_out, smaller, by, kept_back)


def _kept_back(messages: Iterable[Message]) -> frozenset[KeptBack]:
    found: set[KeptBack] = set()
    for message in messages:
        if message.reasoning:
            found.add(KeptBack.REASONING)
        if message.calls:
            found.add(KeptBack.CALLS)
        if message.files and message.role is not Role.USER:
            found.add(KeptBack.IMAGES)
    return frozenset(found)


def _first(outline: Outline) -> Candidate | None:
    """Return who would be asked first; of a pool that is drawn from, who reads least."""
    steps = outline.steps
    if not steps:
        return None
    pool = steps[0]
    if pool[0].step.pick == ORDERED:
        return pool[0]
    return min(pool, key=lambda one: (one.deployment.context is None, one.deployment.context or 0, one.deployment.name))


def _outgrown(outline: Outline) -> Iterator[Candidate]:
    return (one.candidate for one in outline.prospects if one.skipped is SkipReason.WINDOW)


def _reader(candidate: Candidate, cut: Callable[[int | None], int]) -> Reader:
    window = candidate.deployment.context
    return Reader(candidate.deployment.name, window, cut(window))


def _is_smaller(one: Prospect, reader: Reader) -> bool:
    """Whether a deployment may be asked as well, or was not for its window alone, and reads less."""
    window = one.candidate.deployment.context
    possible = one.skipped in (None, SkipReason.WINDOW) and one.candidate.deployment.name != reader.name
    return possible and window is not None and (reader.window is None or window < reader.window)


def _fit(policy: Overflow | Summarise, whole: int, window: int | None) -> Fit:
    if window is None:
        return Fit.UNKNOWN
    room = room_in(window)
    if whole <= room:
        return Fit.TIGHT if whole > room * TIGHT_SHARE else Fit.FITS
    if isinstance(policy, Summarise):
        return Fit.SUMMARISED
    return Fit.ASKS if policy is Overflow.ASK else Fit.TRIMMED
