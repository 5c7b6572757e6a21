"""The stops of a route from left to right, with what is written at each: times, outcomes, money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from switchyard.core.route import AttemptRecord, Outcome, Reason, RouteRecord, Skip
from switchyard.core.skips import SKIP_SENTENCES
from switchyard.ui import format as written
from switchyard.ui.transcript.speech import Speech, model_of
from switchyard.ui.words import translate

_LONG_WAIT_MS = 500
_END = 3.2  # how long the way to the end is drawn, where there are but few stops
_CUT = 2.4  # and to where it was cut off
_FEW_STOPS = 5
_MOST_SKIPS = 2  # beside each other; more of them are one stop with their number
_SKIP_SOURCES = frozenset(sentence.source for sentence in SKIP_SENTENCES.values())


class StopKind(Enum):
    """What is drawn at a stop."""

    PROMPT = "prompt"
    TRACK = "track"
    SKIPPED = "skipped"
    WAIT = "wait"
    FAILED = "failed"
    ANSWERED = "answered"
    STOPPED = "stopped"
    FIRST_TOKEN = "first token"
    END = "end"


@dataclass(frozen=True, slots=True)
class Stop:
    """A node with the stretch that leads to it: how long that is drawn, what is written over and under it.

    `name` and `note` stand under the node itself.
    """

    kind: StopKind
    weight: float = 0.0
    over: str = ""
    name: str = ""
    note: str = ""
    provider: str = ""
    attempt: int = 0  # 0: cannot be chosen
    under: str = ""

    @property
    def spoken(self) -> str:
        """The stop as a screen reader says it; the ends of the route go without saying."""
        if self.kind is StopKind.WAIT:
            return self.over
        ends = self.kind in {StopKind.PROMPT, StopKind.FIRST_TOKEN, StopKind.END}
        return "" if ends else f"{self.name} {self.note}".strip()


def stops_of(record: RouteRecord, speech: Speech) -> list[Stop]:
    """Return the stops of a route from left to right."""
    stops = [Stop(StopKind.PROMPT, note=translate("Route", "Prompt"))]
    answer = record.answered_by
    skips = _skips_before(record)
    before: AttemptRecord | None = None
    for attempt in record.attempts:
        if attempt.track is not None and (before is None or before.track != attempt.track):
            stops.append(Stop(StopKind.TRACK, 0.6, name=attempt.track, note=translate("Route", "track")))
        stops.extend(_skipped(skips.get(attempt.n, ()), speech))
        waited_ms = _waited_ms(before, attempt)
        if waited_ms >= _LONG_WAIT_MS:
            time = written.duration(waited_ms, speech.locale)
            stops.append(Stop(StopKind.WAIT, 0.7, translate("Route", "waited {time}").format(time=time)))
        if attempt is answer:
            stops.extend(_answer(attempt, record, speech))
        else:
            stops.append(_came_to_nothing(attempt, speech))
        before = attempt
    crowd = max(len(stops) - _FEW_STOPS, 0)
    return [replace(stop, weight=max(_END - 0.4 * crowd, 1.0)) if stop.kind is StopKind.END else stop for stop in stops]


def _skips_before(record: RouteRecord) -> Mapping[int, Sequence[Skip]]:
    """Return who was passed over before which attempt, as the decision tells it; else by the steps of the chain."""
    names = {attempt.deployment for attempt in record.attempts}
    waiting = list(record.skipped)
    left = [attempt.n for attempt in record.attempts]
    found: dict[int, list[Skip]] = {}
    for line in record.decision:
        name = line.params.get("deployment")
        skip = next((skip for skip in waiting if skip.deployment == name), None)
        if line.source in _SKIP_SOURCES and skip is not None:
            waiting.remove(skip)
            if left:
                found.setdefault(left[0], []).append(skip)
        elif name in names and left:
            left.pop(0)
    for skip in waiting if not record.decision else ():
        after = next((attempt.n for attempt in record.attempts if attempt.step > skip.step), None)
        if after is not None:
            found.setdefault(after, []).append(skip)
    return found


def _skipped(skips: Sequence[Skip], speech: Speech) -> Iterator[Stop]:
    if len(skips) > _MOST_SKIPS:
        many = translate("Route", "{n} skipped").format(n=written.count(len(skips), speech.locale))
        yield Stop(StopKind.SKIPPED, 0.9, note=many)
        return
    for skip in skips:
        yield Stop(StopKind.SKIPPED, 0.9, name=model_of(skip.deployment), note=speech.short_skip(skip))


def _waited_ms(before: AttemptRecord | None, attempt: AttemptRecord) -> int:
    if before is None or attempt.reason is Reason.HEDGE:
        return 0
    return attempt.started_ms - before.started_ms - (before.duration_ms or 0)


def _came_to_nothing(attempt: AttemptRecord, speech: Speech) -> Stop:
    """An attempt that failed, or that another one beside it was quicker than."""
    time = written.duration(attempt.duration_ms, speech.locale) if attempt.duration_ms is not None else ""
    if attempt.outcome is Outcome.CANCELLED:
        note = _with_money(translate("Route", "slower"), attempt, speech)
        return Stop(StopKind.STOPPED, 1.2, time, attempt.model, note, attempt.provider, attempt.n)
    name = attempt.model
    if attempt.reason is Reason.RETRY:
        name = translate("Route", "{model} again").format(model=attempt.model)
    note = _with_money(speech.outcome(attempt), attempt, speech)
    return Stop(StopKind.FAILED, 1.2, time, name, note, attempt.provider, attempt.n)


def _with_money(note: str, attempt: AttemptRecord, speech: Speech) -> str:
    if not attempt.cost_nanos or attempt.simulated:
        return note
    return f"{note}, {written.money(attempt.cost_nanos, speech.locale)}"


def _answer(attempt: AttemptRecord, record: RouteRecord, speech: Speech) -> list[Stop]:
    """The attempt whose words were shown: its node, its first token and its end, or the cross at which it broke off."""
    locale = speech.locale
    kinds = {Outcome.COMPLETED: StopKind.ANSWERED, Outcome.FAILED: StopKind.FAILED}
    kind = kinds.get(attempt.outcome, StopKind.STOPPED)
    note = speech.outcome(attempt)
    if len(record.attempts) > 1:
        note = _with_money(note, attempt, speech)
    node = Stop(kind, 1.0, _way_to(attempt, record), attempt.model, note, attempt.provider, attempt.n)
    over, under = _streamed(attempt, speech)
    first: list[Stop] = []
    if attempt.ttft_ms is not None:
        time = written.duration(attempt.ttft_ms, locale)
        first = [Stop(StopKind.FIRST_TOKEN, 0.8, time, provider=attempt.provider)]
    total_ms = attempt.started_ms - record.attempts[0].started_ms + (attempt.duration_ms or 0)
    end = translate("Route", "Answer, {time}") if kind is StopKind.ANSWERED else translate("Route", "End, {time}")
    last = Stop(StopKind.END, _END, note=end.format(time=written.duration(total_ms, locale)))
    if kind is StopKind.FAILED and first:
        return [*first, replace(node, weight=_CUT, over=over, under=under), last]
    provider = attempt.provider if kind is StopKind.ANSWERED else ""
    return [node, *first, replace(last, over=over, provider=provider, under=under)]


def _streamed(attempt: AttemptRecord, speech: Speech) -> tuple[str, str]:
    """Return what stands over and under the stretch on which an attempt spoke."""
    usage, duration_ms = attempt.usage, attempt.duration_ms
    if usage is None or usage.output is None or duration_ms is None:
        return "", ""
    time = written.duration(duration_ms - (attempt.ttft_ms or 0), speech.locale)
    tokens = written.tokens(usage.output, speech.locale)
    over = translate("Route", "{tokens} in {time}").format(tokens=tokens, time=time)
    if usage.input is None:
        return over, ""
    n, m = written.count(usage.input, speech.locale), written.count(usage.output, speech.locale)
    return over, translate("Route", "{n} in, {m} out").format(n=n, m=m)


def _way_to(attempt: AttemptRecord, record: RouteRecord) -> str:
    """Return what led to the attempt that answered."""
    if attempt.seam is not None:
        return translate("Route", "went on")
    if attempt.reason is Reason.RETRY:
        return translate("Route", "again")
    if attempt.reason is Reason.HEDGE:
        return translate("Route", "beside")
    first = attempt is record.attempts[0] and not record.skipped
    return translate("Route", "call") if first else translate("Route", "switch")
