"""Puts routes into words for a person: why an attempt failed, what can be done, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from PySide6.QtCore import QLocale

from switchyard.core.failure_words import SPENT_UNTIL, Cause, cause_of, reason_of, spent_until_ms, window_told
from switchyard.core.failures import DECISIONS, Failure, FailureKind, Fix
from switchyard.core.message import STATES, Message, MessageState
from switchyard.core.route import AttemptRecord, Outcome, RouteRecord, Skip, SkipReason, broken_off
from switchyard.core.sentence import Scalar, Sentence
from switchyard.ui import format as written
from switchyard.ui.transcript.markdown.seams import SeamAt, SeamWords
from switchyard.ui.words import QT_TRANSLATE_NOOP, Words, translate

# The provider's own words are shown where the class alone does not tell enough.
_WITH_MESSAGE = frozenset(
    {
        FailureKind.CONNECT,
        FailureKind.BAD_REQUEST,
        FailureKind.UNKNOWN,
        FailureKind.BAD_EVENT,
        FailureKind.LOCAL,
        FailureKind.REFUSED_INPUT,
        FailureKind.REFUSED_OUTPUT,
    }
)
_LOST = frozenset({FailureKind.CUT, FailureKind.CONNECT, FailureKind.OFFLINE})
_REFUSED = frozenset({FailureKind.REFUSED_INPUT, FailureKind.REFUSED_OUTPUT})

# A failure in the two or three words that fit under a node or behind a name.
SHORT: dict[FailureKind | Cause, str] = {
    FailureKind.LOCAL: QT_TRANSLATE_NOOP("Route", "not sent"),
    FailureKind.OFFLINE: QT_TRANSLATE_NOOP("Route", "offline"),
    FailureKind.CONNECT: QT_TRANSLATE_NOOP("Route", "not reached"),
    FailureKind.TIMEOUT_TTFT: QT_TRANSLATE_NOOP("Route", "timeout"),
    FailureKind.STALL: QT_TRANSLATE_NOOP("Route", "stalled"),
    FailureKind.CUT: QT_TRANSLATE_NOOP("Route", "cut off"),
    FailureKind.OVERLOADED: QT_TRANSLATE_NOOP("Route", "overloaded"),
    FailureKind.SERVER: QT_TRANSLATE_NOOP("Route", "server error"),
    FailureKind.RATE_LIMIT: QT_TRANSLATE_NOOP("Route", "rate limited"),
    FailureKind.QUOTA: QT_TRANSLATE_NOOP("Route", "no credit"),
    FailureKind.AUTH: QT_TRANSLATE_NOOP("Route", "key rejected"),
    FailureKind.PERMISSION: QT_TRANSLATE_NOOP("Route", "not allowed"),
    FailureKind.MODEL_GONE: QT_TRANSLATE_NOOP("Route", "unknown model"),
    FailureKind.CONTEXT: QT_TRANSLATE_NOOP("Route", "chat too long"),
    FailureKind.BAD_REQUEST: QT_TRANSLATE_NOOP("Route", "not accepted"),
    FailureKind.REFUSED_INPUT: QT_TRANSLATE_NOOP("Route", "declined"),
    FailureKind.REFUSED_OUTPUT: QT_TRANSLATE_NOOP("Route", "declined"),
    FailureKind.EMPTY: QT_TRANSLATE_NOOP("Route", "empty reply"),
    FailureKind.EMPTY_ANSWER: QT_TRANSLATE_NOOP("Route", "no answer"),
    FailureKind.BAD_EVENT: QT_TRANSLATE_NOOP("Route", "no reply"),
    FailureKind.LOADING: QT_TRANSLATE_NOOP("Route", "loading"),
    FailureKind.BUDGET: QT_TRANSLATE_NOOP("Route", "over budget"),
    FailureKind.CANCELLED: QT_TRANSLATE_NOOP("Route", "stopped"),
    FailureKind.UNKNOWN: QT_TRANSLATE_NOOP("Route", "unknown error"),
    Cause.NOT_RUNNING: QT_TRANSLATE_NOOP("Route", "refused"),
    Cause.REFUSED: QT_TRANSLATE_NOOP("Route", "refused"),
    Cause.NO_ADDRESS: QT_TRANSLATE_NOOP("Route", "not found"),
    Cause.LEFT: QT_TRANSLATE_NOOP("Route", "left by you"),
    Cause.SPENT: QT_TRANSLATE_NOOP("Route", "quota used up"),
}


class _Skipped(NamedTuple):
    """Why a deployment was passed over: in a sentence, in the words under a node, and what can be done about it."""

    sentence: str
    short: str
    fix: Fix


_SKIPS: dict[SkipReason, _Skipped] = {
    SkipReason.NO_KEY: _Skipped(
        QT_TRANSLATE_NOOP("Route", "The account has no key."), QT_TRANSLATE_NOOP("Route", "no key"), Fix.CHECK_KEY
    ),
    SkipReason.OFFLINE: _Skipped(
        QT_TRANSLATE_NOOP("Route", "Switchyard is offline."), QT_TRANSLATE_NOOP("Route", "offline"), Fix.NONE
    ),
    SkipReason.WINDOW: _Skipped(
        QT_TRANSLATE_NOOP("Route", "The chat is longer than this model can read."),
        QT_TRANSLATE_NOOP("Route", "chat too long"),
        Fix.EDIT_CHAIN,
    ),
    SkipReason.NO_ACCOUNT: _Skipped(
        QT_TRANSLATE_NOOP("Route", "There is no such account."),
        QT_TRANSLATE_NOOP("Route", "no account"),
        Fix.EDIT_CHAIN,
    ),
    SkipReason.TRIED: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It was tried already."), QT_TRANSLATE_NOOP("Route", "tried before"), Fix.NONE
    ),
    SkipReason.NO_VISION: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It cannot see images."), QT_TRANSLATE_NOOP("Route", "no images"), Fix.EDIT_CHAIN
    ),
    SkipReason.NO_FILES: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It cannot read this document."),
        QT_TRANSLATE_NOOP("Route", "no documents"),
        Fix.EDIT_CHAIN,
    ),
    SkipReason.NO_TOOLS: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It cannot call tools."), QT_TRANSLATE_NOOP("Route", "no tools"), Fix.EDIT_CHAIN
    ),
    SkipReason.NO_SCHEMA: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It cannot answer in a given form."),
        QT_TRANSLATE_NOOP("Route", "no given form"),
        Fix.EDIT_CHAIN,
    ),
    SkipReason.NO_ATTACHMENTS: _Skipped(
        QT_TRANSLATE_NOOP("Route", "Its account may get no attachments."),
        QT_TRANSLATE_NOOP("Route", "no attachments"),
        Fix.CHECK_ACCOUNT,
    ),
    SkipReason.NOT_FALLBACK: _Skipped(
        QT_TRANSLATE_NOOP("Route", "Its account is not used as a fallback."),
        QT_TRANSLATE_NOOP("Route", "no fallback"),
        Fix.CHECK_ACCOUNT,
    ),
    SkipReason.PARKED: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It was parked after an earlier failure."),
        QT_TRANSLATE_NOOP("Route", "parked"),
        Fix.CHECK_ACCOUNT,
    ),
    SkipReason.BREAKER: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It failed again and again of late."),
        QT_TRANSLATE_NOOP("Route", "failing"),
        Fix.NONE,
    ),
    SkipReason.FROZEN: _Skipped(
        QT_TRANSLATE_NOOP("Route", "You froze it out."), QT_TRANSLATE_NOOP("Route", "frozen out"), Fix.NONE
    ),
    SkipReason.NOT_FORCED: _Skipped(
        QT_TRANSLATE_NOOP("Route", "You forced another model."), QT_TRANSLATE_NOOP("Route", "not forced"), Fix.NONE
    ),
    SkipReason.NOT_LOCAL: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It does not run on this computer."),
        QT_TRANSLATE_NOOP("Route", "not local"),
        Fix.NONE,
    ),
    SkipReason.ONLY: _Skipped(
        QT_TRANSLATE_NOOP("Route", "Its step is not for this message."),
        QT_TRANSLATE_NOOP("Route", "not for this"),
        Fix.EDIT_CHAIN,
    ),
    SkipReason.DEAR: _Skipped(
        QT_TRANSLATE_NOOP("Route", "The call would cost more than the step allows."),
        QT_TRANSLATE_NOOP("Route", "too dear"),
        Fix.EDIT_CHAIN,
    ),
    SkipReason.LIMITED: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It would pass its rate limit."), QT_TRANSLATE_NOOP("Route", "rate limit"), Fix.NONE
    ),
    SkipReason.BUDGET: _Skipped(
        QT_TRANSLATE_NOOP("Route", "It would pass the budget."), QT_TRANSLATE_NOOP("Route", "over budget"), Fix.NONE
    ),
}


@dataclass(frozen=True, slots=True)
class Speech:
    """Sentences, numbers, the providers' names by their ids, and accounts that their provider's name does not tell."""

    words: Words
    names: Mapping[str, str]
    accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def locale(self) -> QLocale:
        """How numbers are written."""
        return self.words.locale

    def provider(self, provider_id: str) -> str:
        """Return a provider's name as people write it."""
        return self.names.get(provider_id, provider_id)

    def called(self, attempt: AttemptRecord) -> str:
        """Return who was called: the provider, with the account where several of its accounts are there."""
        return self.accounts.get(attempt.account) or self.provider(attempt.provider)

    def state(self, message: Message) -> str:
        """Return what became of a message, in a word."""
        answer = message.route.answered_by if message.route is not None else None
        failure = answer.failure if answer is not None else None
        if message.state is MessageState.INCOMPLETE and failure is not None and failure.kind in _REFUSED:
            return translate("Route", SHORT[failure.kind])
        return self.words.translate(STATES[message.state].word)

    def reason(self, attempt: AttemptRecord, now_ms: int) -> str:
        """Return in a sentence why an attempt failed, as it stands at a time: a limit runs out."""
        failure = attempt.failure
        if failure is None:
            return ""
        text = self.words.translate(self._sentence(attempt, failure, now_ms))
        message = failure.message if failure.kind in _WITH_MESSAGE and cause_of(failure) is None else ""
        return f"{text} {message}" if message and message not in text else text

    def route_reason(self, record: RouteRecord, now_ms: int) -> str:
        """Return why a route that made no call failed; nothing where its attempts say it."""
        failure = record.failure
        if failure is None or record.attempts:
            return ""
        params: dict[str, Scalar] = {
            "provider": translate("Route", "the provider"),
            "model": "",
            "seconds": 0,
            "status": "",
        }
        source = _UNTIMED.get(failure.kind, DECISIONS[failure.kind].sentence.source)
        told = self.words.translate(Sentence(source, params))
        text = told[:1].upper() + told[1:]
        return f"{text} {failure.message}" if failure.kind in _WITH_MESSAGE and failure.message else text

    def _sentence(self, attempt: AttemptRecord, failure: Failure, now_ms: int) -> Sentence:
        source = reason_of(failure).source
        seconds = self._seconds(attempt, failure, now_ms)
        anew_ms = spent_until_ms(failure, attempt.started_ms + (attempt.duration_ms or 0))
        if anew_ms is not None:
            source = SPENT_UNTIL.source if now_ms < anew_ms else _UNTIMED[failure.kind]
        elif seconds is None and cause_of(failure) is None:
            source = _UNTIMED.get(failure.kind, source)
        if failure.status is None:
            source = source.replace(" ({status})", "")
        params: dict[str, Scalar] = {
            "provider": self.called(attempt),
            "model": attempt.model,
            "seconds": seconds or 0,
            "status": failure.status or "",
            "time": written.hour(anew_ms, self.locale) if anew_ms is not None else "",
            "window": written.count(window_told(failure) or 0, self.locale),
        }
        return Sentence(source, params)

    def _seconds(self, attempt: AttemptRecord, failure: Failure, now_ms: int) -> int | None:
        if failure.kind is FailureKind.RATE_LIMIT:
            return wait_left_s(attempt, now_ms) or None
        return round((attempt.duration_ms or 0) / 1000) or None

    def outcome(self, attempt: AttemptRecord) -> str:
        """Return how an attempt ended, in a few words: 429 rate limited, answered, stopped."""
        failure = attempt.failure
        if failure is not None:
            word = translate("Route", SHORT[cause_of(failure) or failure.kind])
            return f"{failure.status} {word}" if failure.status else word
        if attempt.outcome is Outcome.COMPLETED:
            return translate("Route", "answered")
        return translate("Route", "stopped") if attempt.outcome is Outcome.CANCELLED else translate("Route", "running")

    def skip(self, skip: Skip, attempts: Sequence[AttemptRecord] = ()) -> str:
        """Return in a sentence why a deployment was passed over, in the light of its route's attempts."""
        if _is_limited_with(skip, attempts):
            return translate("Route", "Its account was limited a moment before.")
        return translate("Route", _SKIPS[skip.reason].sentence)

    def short_skip(self, skip: Skip) -> str:
        """Return in two or three words why a deployment was passed over."""
        return translate("Route", _SKIPS[skip.reason].short)

    def why(self, record: RouteRecord) -> str:
        """Return in a sentence why the one that answered was called; nothing where nobody said."""
        reasons = translate("Route", "; ").join(self.words.translate(reason) for reason in record.why)
        return translate("Route", "{reasons}.").format(reasons=reasons[0].upper() + reasons[1:]) if reasons else ""

    def seam(self, broken: AttemptRecord | None, by: AttemptRecord) -> SeamWords:
        """Return what stands where one model went on with the reply of another one, and since when.

        Of one that broke off on an earlier route nothing is known here.
        """
        if broken is None:
            between = translate("Route", "Continued by {model}").format(model=by.model)
            within = translate("Route", "Continued within this block by {model}").format(model=by.model)
            return SeamWords(between, within, by.provider)
        kind = broken.failure.kind if broken.failure is not None else FailureKind.CUT
        why = translate("Route", "connection lost") if kind in _LOST else translate("Route", SHORT[kind])
        since = translate("Route", "{why} at {time}").format(
            why=why, time=written.time_of_day(broken.started_ms + (broken.duration_ms or 0), self.locale)
        )
        between = translate("Route", "Continued by {model} ({since})").format(model=by.model, since=since)
        within = translate("Route", "Continued within this block by {model} ({since})").format(
            model=by.model, since=since
        )
        return SeamWords(between, within, by.provider)

    def seams(self, message: Message) -> Sequence[SeamAt]:
        """Return where other models went on with a reply, and what is said there."""
        attempts = message.route.attempts if message.route is not None else ()
        return [
            (attempt.seam.at, self.seam(broken_off(attempts[:at]) if at else None, attempt))
            for at, attempt in enumerate(attempts)
            if attempt.seam is not None and 0 < attempt.seam.at < len(message.text)
        ]

    def charge(self, attempts: Sequence[AttemptRecord]) -> str:
        """Return what attempts that all failed cost; nothing is claimed that is not known."""
        costs = [0 if attempt.simulated else attempt.cost_nanos for attempt in attempts]
        known = sum(cost or 0 for cost in costs)
        if None in costs:
            return translate("Route", "What it cost is unknown")
        return (
            translate("Route", "{sum} was charged").format(sum=written.money(known, self.locale))
            if known
            else translate("Route", "Nothing was charged")
        )


# Sentences for when the seconds are not known, or are over.
_UNTIMED: dict[FailureKind, str] = {
    FailureKind.RATE_LIMIT: QT_TRANSLATE_NOOP("Sentences", "{provider} was limiting your key."),
    FailureKind.QUOTA: QT_TRANSLATE_NOOP("Sentences", "The quota of {provider} was used up."),
    FailureKind.TIMEOUT_TTFT: QT_TRANSLATE_NOOP("Sentences", "No first token in time."),
    FailureKind.STALL: QT_TRANSLATE_NOOP("Sentences", "{provider} stopped sending."),
    FailureKind.LOADING: QT_TRANSLATE_NOOP("Sentences", "{model} did not finish loading in time."),
}


def wait_left_s(attempt: AttemptRecord, now_ms: int) -> int:
    """Return how many seconds a limit still holds."""
    failure = attempt.failure
    if failure is None or failure.retry_after_s is None:
        return 0
    over_ms = attempt.started_ms + (attempt.duration_ms or 0) + failure.retry_after_s * 1000
    return max(0, -int((now_ms - over_ms) // 1000))


_FIXES: dict[Cause | None, Fix] = {Cause.NOT_RUNNING: Fix.CHECK_SERVER, Cause.LEFT: Fix.TRY_AGAIN}


def fix_of(attempt: AttemptRecord) -> Fix:
    """Return what a person can do about a failed attempt."""
    failure = attempt.failure
    if failure is None:
        return Fix.NONE
    return _FIXES.get(cause_of(failure), DECISIONS[failure.kind].fix)


def fix_of_skip(skip: Skip, attempts: Sequence[AttemptRecord] = ()) -> Fix:
    """Return what a person can do about a deployment that was passed over, beside what its route's attempts offer."""
    return Fix.NONE if _is_limited_with(skip, attempts) else _SKIPS[skip.reason].fix


def _is_limited_with(skip: Skip, attempts: Sequence[AttemptRecord]) -> bool:
    """Whether a limit that the same route had met is that of its account."""
    account = skip.deployment.partition("/")[0]
    limited = (each.account for each in attempts if each.failure and each.failure.kind is FailureKind.RATE_LIMIT)
    return skip.reason is SkipReason.PARKED and account in limited


def model_of(deployment: str) -> str:
    """Return the model of `account/model`."""
    return deployment.partition("/")[2] or deployment
