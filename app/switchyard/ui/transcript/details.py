"""Everything that is known of an attempt, line by line, to be read or copied into a report."""

from __future__ import annotations

from switchyard.core.route import AttemptRecord, Reason, RouteRecord
from switchyard.core.usage import CostSource, Usage
from switchyard.ui import format as written
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.words import QT_TRANSLATE_NOOP, translate

Line = tuple[str, str]

_SOURCES: dict[CostSource, str] = {
    CostSource.REPORTED: QT_TRANSLATE_NOOP("Route", "the provider's figure"),
    CostSource.COMPUTED: QT_TRANSLATE_NOOP("Route", "computed"),
    CostSource.ESTIMATED: QT_TRANSLATE_NOOP("Route", "estimated"),
    CostSource.UNPRICED: QT_TRANSLATE_NOOP("Route", "no price is known"),
    CostSource.FREE: QT_TRANSLATE_NOOP("Route", "runs for free"),
}


_WHY: dict[Reason, str] = {
    Reason.FIRST: QT_TRANSLATE_NOOP("Route", "as the first"),
    Reason.RETRY: QT_TRANSLATE_NOOP("Route", "once more"),
    Reason.FALLBACK: QT_TRANSLATE_NOOP("Route", "as a fallback"),
    Reason.HEDGE: QT_TRANSLATE_NOOP("Route", "beside one that was slow"),
    Reason.PROBE: QT_TRANSLATE_NOOP("Route", "to see whether it works again"),
}


def attempt_lines(attempt: AttemptRecord, speech: Speech, now_ms: int) -> list[Line]:
    """Return the lines of one attempt; what is not known has no line."""
    locale = speech.locale
    failure = attempt.failure
    served = attempt.served_model
    lines = [
        (translate("Route", "Provider"), speech.provider(attempt.provider)),
        (translate("Route", "Model asked for"), attempt.model),
        (translate("Route", "Model that answered"), served if served and served != attempt.model else ""),
        (translate("Route", "Account"), attempt.account),
        (translate("Route", "Called"), translate("Route", _WHY[attempt.reason])),
        (translate("Route", "Track"), attempt.track or ""),
        (translate("Route", "Outcome"), speech.outcome(attempt)),
        (translate("Route", "Reason"), speech.reason(attempt, now_ms)),
        (translate("Route", "Code"), (failure.code or "") if failure is not None else ""),
        (
            translate("Route", "Request id"),
            attempt.request_id or (failure.request_id if failure is not None else "") or "",
        ),
        (translate("Route", "Started"), written.moment(attempt.started_ms, locale)),
        (
            translate("Route", "First token"),
            written.duration(attempt.ttft_ms, locale) if attempt.ttft_ms is not None else "",
        ),
        (
            translate("Route", "Took"),
            written.duration(attempt.duration_ms, locale) if attempt.duration_ms is not None else "",
        ),
        (translate("Route", "Tokens"), _tokens(attempt.usage, speech) if attempt.usage is not None else ""),
        (translate("Route", "Cost"), _cost(attempt, speech)),
    ]
    return [(label, value) for label, value in lines if value]


def raw_answer(attempt: AttemptRecord) -> str:
    """Return what a provider answered where that was an error: its status, headers without secrets, and body."""
    return attempt.failure.answer.strip() if attempt.failure is not None else ""


def details_text(record: RouteRecord, speech: Speech, now_ms: int) -> str:
    """Return all attempts and skips as text, the providers' raw errors included: it goes to the clipboard only."""
    parts: list[str] = []
    for attempt in record.attempts:
        lines = [f"{attempt.n}. {attempt.deployment}"]
        lines.extend(f"   {label}: {value}" for label, value in attempt_lines(attempt, speech, now_ms))
        if raw_answer(attempt):
            label = translate("Route", "Raw answer")
            lines.append(f"   {label}: {raw_answer(attempt)}")
        parts.append("\n".join(lines))
    parts.extend(f"-  {skip.deployment}: {speech.skip(skip, record.attempts)}" for skip in record.skipped)
    parts.extend(speech.words.translate(line) for line in record.decision)
    parts.extend(line for line in (speech.why(record),) if line)
    reason = speech.route_reason(record, now_ms)
    return "\n".join((*((reason,) if reason else ()), *parts))


def _tokens(usage: Usage, speech: Speech) -> str:
    parts = [
        translate("Route", "{n} in").format(n=_count(usage.input, speech)),
        translate("Route", "{n} out").format(n=_count(usage.output, speech)),
    ]
    if usage.cached_input:
        parts.append(translate("Route", "{n} cached").format(n=_count(usage.cached_input, speech)))
    if usage.reasoning:
        parts.append(translate("Route", "{n} for reasoning").format(n=_count(usage.reasoning, speech)))
    text = ", ".join(parts)
    return translate("Route", "{tokens} (estimated)").format(tokens=text) if usage.estimated else text


def _count(n: int | None, speech: Speech) -> str:
    return written.unknown() if n is None else written.count(n, speech.locale)


def _cost(attempt: AttemptRecord, speech: Speech) -> str:
    free = attempt.cost_source is CostSource.FREE
    if attempt.simulated:
        return written.cost(None, speech.locale, simulated=True)
    if attempt.cost_nanos == 0 and not free:
        return translate("Route", "nothing")
    if free or attempt.cost_nanos is None:
        return written.cost(attempt.cost_nanos, speech.locale, free=free)
    return f"{written.money(attempt.cost_nanos, speech.locale)} ({translate('Route', _SOURCES[attempt.cost_source])})"
