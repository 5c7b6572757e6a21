"""Everything that is known of an attempt, line by line, to be read or copied into a report."""

from __future__ import annotations

from switchyard.core.route import AttemptRecord, RouteRecord
from switchyard.core.usage import CostSource, Usage
from switchyard.ui import format as written
from switchyard.ui.transcript.speech import Speech, tr

Line = tuple[str, str]

_SOURCES: dict[CostSource, str] = {
    CostSource.REPORTED: "the provider's figure",
    CostSource.COMPUTED: "computed",
    CostSource.ESTIMATED: "estimated",
    CostSource.UNPRICED: "no price is known",
    CostSource.FREE: "runs for free",
}


def attempt_lines(attempt: AttemptRecord, speech: Speech, now_ms: int) -> list[Line]:
    """Return the lines of one attempt; what is not known has no line."""
    locale = speech.locale
    failure = attempt.failure
    served = attempt.served_model
    lines = [
        (tr("Provider"), speech.provider(attempt.provider)),
        (tr("Model asked for"), attempt.model),
        (tr("Model that answered"), served if served and served != attempt.model else ""),
        (tr("Account"), attempt.account),
        (tr("Outcome"), speech.outcome(attempt)),
        (tr("Reason"), speech.reason(attempt, now_ms)),
        (tr("Code"), (failure.code or "") if failure is not None else ""),
        (tr("Request id"), attempt.request_id or (failure.request_id if failure is not None else "") or ""),
        (tr("Started"), written.moment(attempt.started_ms, locale)),
        (tr("First token"), written.duration(attempt.ttft_ms, locale) if attempt.ttft_ms is not None else ""),
        (tr("Took"), written.duration(attempt.duration_ms, locale) if attempt.duration_ms is not None else ""),
        (tr("Tokens"), _tokens(attempt.usage, speech) if attempt.usage is not None else ""),
        (tr("Cost"), _cost(attempt, speech)),
    ]
    return [(label, value) for label, value in lines if value]


def details_text(record: RouteRecord, speech: Speech, now_ms: int) -> str:
    """Return all attempts and skips as text, the providers' raw errors included: it goes to the clipboard only."""
    parts: list[str] = []
    for attempt in record.attempts:
        lines = [f"{attempt.n}. {attempt.deployment}"]
        lines.extend(f"   {label}: {value}" for label, value in attempt_lines(attempt, speech, now_ms))
        if attempt.failure is not None and attempt.failure.raw:
            lines.append(f"   {tr('Raw answer')}: {attempt.failure.raw}")
        parts.append("\n".join(lines))
    parts.extend(f"-  {skip.deployment}: {speech.skip(skip)}" for skip in record.skipped)
    reason = speech.route_reason(record, now_ms)
    return "\n".join((*((reason,) if reason else ()), *parts))


def _tokens(usage: Usage, speech: Speech) -> str:
    parts = [
        tr("{n} in").format(n=_count(usage.input, speech)),
        tr("{n} out").format(n=_count(usage.output, speech)),
    ]
    if usage.cached_input:
        parts.append(tr("{n} cached").format(n=_count(usage.cached_input, speech)))
    if usage.reasoning:
        parts.append(tr("{n} for reasoning").format(n=_count(usage.reasoning, speech)))
    text = ", ".join(parts)
    return tr("{tokens} (estimated)").format(tokens=text) if usage.estimated else text


def _count(n: int | None, speech: Speech) -> str:
    return written.unknown() if n is None else written.count(n, speech.locale)


def _cost(attempt: AttemptRecord, speech: Speech) -> str:
    free = attempt.cost_source is CostSource.FREE
    if attempt.simulated:
        return written.cost(None, speech.locale, simulated=True)
    if attempt.cost_nanos == 0 and not free:
        return tr("nothing")
    if free or attempt.cost_nanos is None:
        return written.cost(attempt.cost_nanos, speech.locale, free=free)
    return f"{written.money(attempt.cost_nanos, speech.locale)} ({tr(_SOURCES[attempt.cost_source])})"
