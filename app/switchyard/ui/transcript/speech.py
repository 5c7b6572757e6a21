"""Puts routes into words for a person: why an attempt failed, what can be done, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.failures import DECISIONS, Failure, FailureKind, Fix
from switchyard.core.route import AttemptRecord, Outcome, RouteRecord, Skip, SkipReason
from switchyard.core.sentence import Scalar, Sentence
from switchyard.ui import format as written
from switchyard.ui.words import Words

# The provider's own words are shown where the class alone does not tell enough.
_WITH_MESSAGE = frozenset(
    {FailureKind.CONNECT, FailureKind.BAD_REQUEST, FailureKind.UNKNOWN, FailureKind.BAD_EVENT, FailureKind.LOCAL}
)

# A failure in the two or three words that fit under a node or behind a name.
SHORT: dict[FailureKind, str] = {
    FailureKind.LOCAL: "not sent",
    FailureKind.OFFLINE: "offline",
    FailureKind.CONNECT: "not reached",
    FailureKind.TIMEOUT_TTFT: "timeout",
    FailureKind.STALL: "stalled",
    FailureKind.CUT: "cut off",
    FailureKind.OVERLOADED: "overloaded",
    FailureKind.SERVER: "server error",
    FailureKind.RATE_LIMIT: "rate limited",
    FailureKind.QUOTA: "no credit",
    FailureKind.AUTH: "key rejected",
    FailureKind.PERMISSION: "not allowed",
    FailureKind.MODEL_GONE: "unknown model",
    FailureKind.CONTEXT: "chat too long",
    FailureKind.BAD_REQUEST: "not accepted",
    FailureKind.REFUSED_INPUT: "declined",
    FailureKind.REFUSED_OUTPUT: "declined",
    FailureKind.EMPTY: "empty reply",
    FailureKind.EMPTY_ANSWER: "no answer",
    FailureKind.BAD_EVENT: "no reply",
    FailureKind.LOADING: "loading",
    FailureKind.BUDGET: "over budget",
    FailureKind.CANCELLED: "stopped",
    FailureKind.UNKNOWN: "unknown error",
}

_SKIPS: dict[SkipReason, tuple[str, Fix]] = {
    SkipReason.NO_KEY: ("The account has no key.", Fix.CHECK_KEY),
    SkipReason.OFFLINE: ("Switchyard is offline.", Fix.NONE),
    SkipReason.WINDOW: ("The chat is longer than this model can read.", Fix.EDIT_CHAIN),
    SkipReason.NO_ACCOUNT: ("There is no such account.", Fix.EDIT_CHAIN),
    SkipReason.TRIED: ("It was tried already.", Fix.NONE),
}


@dataclass(frozen=True, slots=True)
class Speech:
    """Sentences, numbers, and the providers' names by their ids."""

    words: Words
    names: Mapping[str, str]

    @property
    def locale(self) -> QLocale:
        """How numbers are written."""
        return self.words.locale

    def provider(self, provider_id: str) -> str:
        """Return a provider's name as people write it."""
        return self.names.get(provider_id, provider_id)

    def reason(self, attempt: AttemptRecord, now_ms: int) -> str:
        """Return in a sentence why an attempt failed, as it stands at a time: a limit runs out."""
        failure = attempt.failure
        if failure is None:
            return ""
        text = self.words.translate(self._sentence(attempt, failure, now_ms))
        message = failure.message if failure.kind in _WITH_MESSAGE else ""
        return f"{text} {message}" if message and message not in text else text

    def route_reason(self, record: RouteRecord, now_ms: int) -> str:
        """Return why a route that made no call failed; nothing where its attempts say it."""
        failure = record.failure
        if failure is None or record.attempts:
            return ""
        params: dict[str, Scalar] = {"provider": tr("the provider"), "model": "", "seconds": 0, "status": ""}
        text = self.words.translate(Sentence(DECISIONS[failure.kind].sentence.source, params))
        return f"{text} {failure.message}" if failure.kind in _WITH_MESSAGE and failure.message else text

    def _sentence(self, attempt: AttemptRecord, failure: Failure, now_ms: int) -> Sentence:
        source = DECISIONS[failure.kind].sentence.source
        seconds = self._seconds(attempt, failure, now_ms)
        if seconds is None:
            source = _UNTIMED.get(failure.kind, source)
        if failure.status is None:
            source = source.replace(" ({status})", "")
        params: dict[str, Scalar] = {
            "provider": self.provider(attempt.provider),
            "model": attempt.model,
            "seconds": seconds or 0,
            "status": failure.status or "",
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
            word = tr(SHORT[failure.kind])
            return f"{failure.status} {word}" if failure.status else word
        if attempt.outcome is Outcome.COMPLETED:
            return tr("answered")
        return tr("stopped") if attempt.outcome is Outcome.CANCELLED else tr("running")

    def skip(self, skip: Skip) -> str:
        """Return in a sentence why a deployment was passed over."""
        return tr(_SKIPS[skip.reason][0])

    def charge(self, attempts: Sequence[AttemptRecord]) -> str:
        """Return what attempts that all failed cost; nothing is claimed that is not known."""
        costs = [0 if attempt.simulated else attempt.cost_nanos for attempt in attempts]
        known = sum(cost or 0 for cost in costs)
        if None in costs:
            return tr("What it cost is unknown")
        return tr("{sum} was charged").format(sum=written.money(known, self.locale)) if known else tr(_NOTHING)


_NOTHING = "Nothing was charged"

# Sentences for when the seconds are not known, or are over.
_UNTIMED: dict[FailureKind, str] = {
    FailureKind.RATE_LIMIT: "{provider} was limiting your key.",
    FailureKind.TIMEOUT_TTFT: "No first token in time.",
    FailureKind.STALL: "{provider} stopped sending.",
    FailureKind.LOADING: "{model} did not finish loading in time.",
}


def wait_left_s(attempt: AttemptRecord, now_ms: int) -> int:
    """Return how many seconds a limit still holds."""
    failure = attempt.failure
    if failure is None or failure.retry_after_s is None:
        return 0
    over_ms = attempt.started_ms + (attempt.duration_ms or 0) + failure.retry_after_s * 1000
    return max(0, -int((now_ms - over_ms) // 1000))


def fix_of(attempt: AttemptRecord) -> Fix:
    """Return what a person can do about a failed attempt."""
    return DECISIONS[attempt.failure.kind].fix if attempt.failure is not None else Fix.NONE


def fix_of_skip(skip: Skip) -> Fix:
    """Return what a person can do about a deployment that was passed over."""
    return _SKIPS[skip.reason][1]


def model_of(deployment: str) -> str:
    """Return the model of `account/model`."""
    return deployment.partition("/")[2] or deployment


def tr(text: str) -> str:
    """Translate a text about a route."""
    return QCoreApplication.translate("Route", text)
