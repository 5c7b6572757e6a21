"""What is said of a failure where its class alone would say too little, or something wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from switchyard.core.failures import DECISIONS, Failure, FailureKind
from switchyard.core.quota_reset import reset_s
from switchyard.core.sentence import Sentence, sentence


class Cause(StrEnum):
    """What a failure came of, where there are words of its own for that. The codes of our own failures are these."""

    NOT_RUNNING = "not_running"  # this computer itself refused the connection
    REFUSED = "refused"
    NO_ADDRESS = "no_address"
    LEFT = "left"  # a person did not want to wait for it any longer
    SPENT = "spent"  # a quota is used up that comes back by itself, which more credit is no help for


SPENT_UNTIL = sentence("The quota of {provider} for today is used up. It begins anew at {time}.")
_REASONS: Mapping[Cause, Sentence] = {
    Cause.NOT_RUNNING: sentence("{provider} is not running on this computer."),
    Cause.REFUSED: sentence("{provider} refused the connection."),
    Cause.NO_ADDRESS: sentence("The address could not be found."),
    Cause.LEFT: sentence("You did not wait for it any longer."),
    Cause.SPENT: sentence("The quota of {provider} for today is used up."),
}
_SUMMARIES: Mapping[Cause, Sentence] = {
    Cause.LEFT: sentence("{deployment} was left, since you did not wait any longer."),
    Cause.SPENT: sentence("{deployment} has used up its quota."),
}
_LONGER_THAN = sentence("The chat is longer than {window}. Shorten it or use a longer model.")

_QUOTES = frozenset({"The model said: {message}", "The provider added: {message}"})
_OURS: Mapping[FailureKind, frozenset[str]] = {
    FailureKind.CONNECT: frozenset({Cause.NOT_RUNNING, Cause.REFUSED, Cause.NO_ADDRESS}),
    FailureKind.TIMEOUT_TTFT: frozenset({Cause.LEFT}),
}
_OF_A_DAY = re.compile(r"PerDay|per[ _-]day|daily", re.IGNORECASE)
# How providers name the window that a chat did not fit into.
_WINDOWS = (
    re.compile(r"maximum context length is ([\d,]+)"),
    re.compile(r"> ([\d,]+) maximum"),
    re.compile(r"maximum number of tokens allowed \(([\d,]+)\)"),
)


def told_code(failure: Failure) -> str:
    """Return the provider's own code of a failure; nothing where it gave none."""
    return "" if failure.code is None or _is_ours(failure) else failure.code


def cause_of(failure: Failure) -> Cause | None:
    """Return what a failure came of, where its class does not say it all."""
    if failure.code is not None and _is_ours(failure):
        return Cause(failure.code)
    return Cause.SPENT if failure.kind is FailureKind.QUOTA and _comes_back(failure) else None


def spent_until_ms(failure: Failure, ended_ms: int) -> int | None:
    """Return when a quota begins anew that a call met used up; None where nobody knows."""
    left_s = reset_s(failure, ended_ms) if cause_of(failure) is Cause.SPENT else None
    return ended_ms + round(left_s * 1000) if left_s is not None else None


def window_told(failure: Failure) -> int | None:
    """Return how many tokens a model can read, by the words of the one that could not read so much."""
    if failure.kind is not FailureKind.CONTEXT:
        return None
    found = next((match for each in _WINDOWS if (match := each.search(failure.message))), None)
    return int(found.group(1).replace(",", "")) if found is not None else None


def reason_of(failure: Failure) -> Sentence:
    """Return the sentence that tells a person why, with its fields open: those of `Decision.sentence`, and {window}."""
    cause = cause_of(failure)
    if cause is not None:
        return _REASONS[cause]
    return _LONGER_THAN if window_told(failure) is not None else DECISIONS[failure.kind].sentence


def summary_of(failure: Failure, deployment: str) -> Sentence:
    """Return the route's one line on a failure."""
    cause = cause_of(failure)
    found = _SUMMARIES.get(cause) if cause is not None else None
    return Sentence((found or DECISIONS[failure.kind].summary).source, {"deployment": deployment})


def is_quoted(warning: Sentence) -> bool:
    """Whether a warning holds what a model or its provider said of a reply that it did not give."""
    return warning.source in _QUOTES


def _comes_back(failure: Failure) -> bool:
    return reset_s(failure, 0) is not None or _OF_A_DAY.search(f"{failure.code} {failure.message}") is not None


def _is_ours(failure: Failure) -> bool:
    return failure.code in _OURS.get(failure.kind, ())
