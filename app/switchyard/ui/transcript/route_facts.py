"""What the line under a reply says, as plain values: from a finished route, or from one that is still running."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLocale

from switchyard.core.events import WaitStarted
from switchyard.core.failure_words import Cause, cause_of
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import Message
from switchyard.core.route import AttemptRecord, Outcome, RouteRecord, broken_off
from switchyard.ui import format as written
from switchyard.ui.transcript.live import LiveReply, Phase
from switchyard.ui.transcript.speech import model_of
from switchyard.ui.words import QT_TRANSLATE_NOOP, translate

_PATIENCE_S = 2.0
_FAILED = QT_TRANSLATE_NOOP("Route", "failed")

# What went wrong with a model, in a word that fits "gpt-5 limited, trying ...".
_SHORT: dict[FailureKind | Cause, str] = {
    FailureKind.RATE_LIMIT: QT_TRANSLATE_NOOP("Route", "limited"),
    FailureKind.OVERLOADED: QT_TRANSLATE_NOOP("Route", "overloaded"),
    FailureKind.TIMEOUT_TTFT: QT_TRANSLATE_NOOP("Route", "slow"),
    FailureKind.STALL: QT_TRANSLATE_NOOP("Route", "stalled"),
    FailureKind.CONNECT: QT_TRANSLATE_NOOP("Route", "not reached"),
    FailureKind.OFFLINE: QT_TRANSLATE_NOOP("Route", "offline"),
    FailureKind.AUTH: QT_TRANSLATE_NOOP("Route", "rejected the key"),
    FailureKind.QUOTA: QT_TRANSLATE_NOOP("Route", "has no credit"),
    FailureKind.CONTEXT: QT_TRANSLATE_NOOP("Route", "cannot read so much"),
    Cause.NOT_RUNNING: QT_TRANSLATE_NOOP("Route", "not running"),
    Cause.NO_ADDRESS: QT_TRANSLATE_NOOP("Route", "not found"),
    Cause.SPENT: QT_TRANSLATE_NOOP("Route", "has used up its quota"),
    Cause.LEFT: QT_TRANSLATE_NOOP("Route", "was left"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One figure of the line; where room is short, those of the highest rank go first."""

    text: str
    rank: int
    strong: bool = False


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """A model with its mark and figures, or a sentence in their place."""

    provider: str
    model: str
    deployment: str
    parts: tuple[Part, ...] = ()
    sentence: str = ""

    @property
    def spoken(self) -> str:
        """The line as a screen reader says it."""
        return self.sentence or ", ".join((self.model, *(part.text for part in self.parts)))


def finished_facts(message: Message, locale: QLocale) -> RouteFacts | None:
    """Return what is said of a route that has ended; None where no model was called."""
    record = message.route
    answer = record.answered_by if record is not None else None
    if record is None or answer is None:
        return None
    parts = [Part(hop, 0, strong=True) for hop in (_hop(record, answer),) if hop]
    if answer.seam is not None and answer is not record.attempts[0]:
        broken = broken_off(record.attempts[: record.attempts.index(answer)])
        parts.append(Part(translate("Route", "went on from {model}").format(model=broken.model), 1))
    parts.extend(_speed(answer, locale))
    usage = record.usage
    total = (usage.input or 0) + (usage.output or 0) if usage is not None else 0
    if usage is not None and total:
        text = written.tokens(total, locale)
        parts.append(Part(translate("Route", "about {tokens}").format(tokens=text) if usage.estimated else text, 4))
    cost = written.route_cost(record, locale)
    if cost is not None:
        parts.append(Part(cost, 1))
    return RouteFacts(answer.provider, answer.model, answer.deployment, tuple(parts))


def live_facts(live: LiveReply, now_s: float, locale: QLocale) -> RouteFacts | None:
    """Return what is said of a route that runs: what it waits for, later the running counts; never a cost."""
    attempt = live.attempt
    if live.phase is Phase.WAITING_OUT and live.wait is not None:
        return _waiting_out(live, live.wait, now_s, locale)
    if attempt is None:
        return None
    facts = RouteFacts(attempt.provider, attempt.model, attempt.deployment)
    sentence = _waiting(live, attempt, now_s, locale)
    if sentence:
        return RouteFacts(attempt.provider, attempt.model, attempt.deployment, sentence=sentence)
    if live.first_token_s is None:
        return facts
    parts: list[Part] = []
    hop = _hop_of(attempt, live.steps) if live.failed or attempt.step > 1 else ""
    if hop:
        parts.append(Part(hop, 0, strong=True))
    if live.ttft_ms is not None:
        parts.append(_first_token(live.ttft_ms, locale))
    elapsed = now_s - live.first_token_s
    if elapsed >= 1 and live.tokens:
        parts.append(Part(written.throughput(live.tokens / elapsed, locale), 3))
    parts.append(Part(translate("Route", "{tokens} so far").format(tokens=written.tokens(live.tokens, locale)), 1))
    if elapsed >= 1:
        parts.append(Part(written.whole_seconds(now_s - live.since_s, locale), 4))
    return RouteFacts(attempt.provider, attempt.model, attempt.deployment, tuple(parts))


def offer_of(live: LiveReply) -> str:
    """Return what a person may do who does not want to wait any longer; nothing where there is nobody else."""
    if live.phase is Phase.WAITING_OUT and live.wait is not None:
        instead = live.wait.instead
        return translate("Route", "Send now with {model}").format(model=model_of(instead)) if instead else ""
    return translate("Route", "Switch now") if live.may_switch else ""


def _waiting_out(live: LiveReply, wait: WaitStarted, now_s: float, locale: QLocale) -> RouteFacts:
    """A countdown: its deployment may be one that was not called yet."""
    time = written.whole_seconds(max(live.since_s + wait.seconds - now_s, 0), locale)
    text = translate("Route", "{model} is limited, calling it in {time}")
    if not wait.rate_limited:
        text = translate("Route", "Trying {model} again in {time}")
    model = model_of(wait.deployment)
    return RouteFacts(wait.provider, model, wait.deployment, sentence=text.format(time=time, model=model))


def _waiting(live: LiveReply, attempt: AttemptRecord, now_s: float, locale: QLocale) -> str:
    waited_s = now_s - live.since_s
    match live.phase:
        case Phase.LOADING:
            time = written.whole_seconds(waited_s, locale)
            return translate("Route", "Loading {model} into memory, {time}").format(model=attempt.model, time=time)
        case Phase.CALLING:
            if live.silent and waited_s >= _PATIENCE_S:
                return translate("Route", "Thinking, {time}").format(time=written.whole_seconds(waited_s, locale))
            return _calling(live, attempt, waited_s)
        case _:
            return ""


def _calling(live: LiveReply, attempt: AttemptRecord, waited_s: float) -> str:
    if live.beside is not None:
        return translate("Route", "{model} is slow, asking {other} as well").format(
            model=attempt.model, other=live.beside.model
        )
    before = live.failed[-1] if live.failed else None
    if before is not None and before.deployment == attempt.deployment:
        return translate("Route", "Trying {model} again").format(model=attempt.model)
    if before is not None:
        failure = before.failure or Failure(FailureKind.UNKNOWN)
        cause = cause_of(failure) or failure.kind
        what = translate("Route", _SHORT.get(cause, _SHORT.get(failure.kind, _FAILED)))
        return translate("Route", "{before} {what}, trying {model}").format(
            before=before.model, what=what, model=attempt.model
        )
    return translate("Route", "Waiting for {model}").format(model=attempt.model) if waited_s >= _PATIENCE_S else ""


def _hop(record: RouteRecord, answer: AttemptRecord) -> str:
    """A hop is named only where something was skipped or failed before it; a track always is."""
    eventful = record.skipped or any(attempt.outcome is Outcome.FAILED for attempt in record.attempts)
    if answer.track is not None and not eventful:
        return answer.track
    return _hop_of(answer, record.steps) if eventful else ""


def _hop_of(attempt: AttemptRecord, steps: int) -> str:
    """Return which step this is: of all of them, or within its track."""
    if attempt.track is not None:
        return translate("Route", "{track}, hop {n}").format(track=attempt.track, n=attempt.step)
    return translate("Route", "hop {n} of {steps}").format(n=attempt.step, steps=steps) if steps > 1 else ""


def _first_token(ttft_ms: int, locale: QLocale) -> Part:
    return Part(translate("Route", "{time} to first token").format(time=written.duration(ttft_ms, locale)), 2)


def _speed(answer: AttemptRecord, locale: QLocale) -> list[Part]:
    parts: list[Part] = []
    if answer.ttft_ms is not None:
        parts.append(_first_token(answer.ttft_ms, locale))
    elif answer.duration_ms is not None:
        parts.append(Part(written.duration(answer.duration_ms, locale), 2))
    output = answer.usage.output if answer.usage is not None else None
    if output and answer.duration_ms is not None and answer.ttft_ms is not None:
        streamed_ms = answer.duration_ms - answer.ttft_ms
        if streamed_ms > 0:
            parts.append(Part(written.throughput(output * 1000 / streamed_ms, locale), 3))
    return parts
