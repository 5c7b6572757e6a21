"""Why an attempt failed, as data, and the one table that says what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from switchyard.core.sentence import Sentence, sentence


class FailureKind(StrEnum):
    """The classes of docs/routing.md; the planner reads nothing else of a failure."""

    LOCAL = "LOCAL"
    OFFLINE = "OFFLINE"
    CONNECT = "CONNECT"
    TIMEOUT_TTFT = "TIMEOUT_TTFT"
    STALL = "STALL"
    CUT = "CUT"
    OVERLOADED = "OVERLOADED"
    SERVER = "SERVER"
    RATE_LIMIT = "RATE_LIMIT"
    QUOTA = "QUOTA"
    AUTH = "AUTH"
    PERMISSION = "PERMISSION"
    MODEL_GONE = "MODEL_GONE"
    CONTEXT = "CONTEXT"
    BAD_REQUEST = "BAD_REQUEST"
    REFUSED_INPUT = "REFUSED_INPUT"
    REFUSED_OUTPUT = "REFUSED_OUTPUT"
    EMPTY = "EMPTY"
    EMPTY_ANSWER = "EMPTY_ANSWER"
    BAD_EVENT = "BAD_EVENT"
    LOADING = "LOADING"
    BUDGET = "BUDGET"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class Leave(StrEnum):
    """Whether a chain goes on to another deployment after a failure."""

    YES = "yes"
    NO = "no"
    ASK = "ask"
    FITS = "fits"  # only to deployments whose window may fit


class Fix(StrEnum):
    """What a person can do about a failure; the window makes a button of it."""

    TRY_AGAIN = "try_again"
    WAIT = "wait"
    RAISE_DEADLINE = "raise_deadline"
    CHECK_KEY = "check_key"
    CHECK_ACCOUNT = "check_account"
    EDIT_CHAIN = "edit_chain"
    START_OLLAMA = "start_ollama"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as a provider told it. `message` is clean text for a person; `raw` goes into the attempt's row only."""

    kind: FailureKind
    message: str = ""
    status: int | None = None
    code: str | None = None
    retry_after_s: float | None = None
    request_id: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a class of failure.

    `retries` are same-deployment retries when no other is left; `delay_s` is fixed, None means full jitter on
    0.5 s x 2^n. `sentence` has the fields {provider}, {model}, {seconds}, {status}.
    """

    kind: FailureKind
    retries: int
    delay_s: float | None
    leave: Leave
    sentence: Sentence
    fix: Fix


def _row(
    kind: FailureKind, retries: int, delay_s: float | None, leave: Leave, text: Sentence, fix: Fix = Fix.TRY_AGAIN
) -> tuple[FailureKind, Decision]:
    return kind, Decision(kind, retries, delay_s, leave, text, fix)


_K, _L = FailureKind, Leave

DECISIONS: dict[FailureKind, Decision] = dict(
    (
        _row(_K.LOCAL, 0, None, _L.NO, sentence("This message could not be prepared, so nothing was sent."), Fix.NONE),
        _row(
            _K.OFFLINE, 0, None, _L.YES, sentence("Switchyard is offline, so {provider} was not called."), Fix.TRY_AGAIN
        ),
        _row(_K.CONNECT, 1, 0.25, _L.YES, sentence("{provider} could not be reached."), Fix.CHECK_ACCOUNT),
        _row(_K.TIMEOUT_TTFT, 0, None, _L.YES, sentence("No first token within {seconds} s."), Fix.RAISE_DEADLINE),
        _row(_K.STALL, 0, None, _L.YES, sentence("{provider} stopped sending for {seconds} s.")),
        _row(_K.CUT, 0, None, _L.YES, sentence("{provider} broke off the reply.")),
        _row(_K.OVERLOADED, 2, None, _L.YES, sentence("{provider} is overloaded ({status}).")),
        _row(_K.SERVER, 1, None, _L.YES, sentence("{provider} had an error ({status}).")),
        _row(
            _K.RATE_LIMIT,
            0,
            None,
            _L.YES,
            sentence("{provider} is limiting your key for another {seconds} s."),
            Fix.WAIT,
        ),
        _row(_K.QUOTA, 0, None, _L.YES, sentence("The account has no credit."), Fix.CHECK_ACCOUNT),
        _row(_K.AUTH, 0, None, _L.YES, sentence("The key was rejected."), Fix.CHECK_KEY),
        _row(_K.PERMISSION, 0, None, _L.YES, sentence("This key may not use the model."), Fix.CHECK_KEY),
        _row(_K.MODEL_GONE, 0, None, _L.YES, sentence("The provider does not know this model."), Fix.EDIT_CHAIN),
        _row(
            _K.CONTEXT,
            0,
            None,
            _L.FITS,
            sentence("The chat is longer than {model} can read. Shorten it or use a longer model."),
            Fix.EDIT_CHAIN,
        ),
        _row(
            _K.BAD_REQUEST,
            0,
            None,
            _L.NO,
            sentence("{provider} did not accept the request ({status})."),
            Fix.EDIT_CHAIN,
        ),
        _row(_K.REFUSED_INPUT, 0, None, _L.ASK, sentence("The model declined to answer."), Fix.NONE),
        _row(_K.REFUSED_OUTPUT, 0, None, _L.ASK, sentence("The model declined to answer."), Fix.NONE),
        _row(_K.EMPTY, 1, None, _L.YES, sentence("{provider} sent an empty reply.")),
        _row(_K.EMPTY_ANSWER, 0, None, _L.ASK, sentence("The model thought, but gave no answer."), Fix.NONE),
        _row(
            _K.BAD_EVENT,
            0,
            None,
            _L.YES,
            sentence("{provider} sent something that is no reply ({status})."),
            Fix.CHECK_ACCOUNT,
        ),
        _row(
            _K.LOADING, 0, None, _L.NO, sentence("{model} did not finish loading within {seconds} s."), Fix.START_OLLAMA
        ),
        _row(_K.BUDGET, 0, None, _L.YES, sentence("The budget does not allow this call."), Fix.NONE),
        _row(_K.CANCELLED, 0, None, _L.NO, sentence("You stopped the reply.")),
        _row(
            _K.UNKNOWN,
            0,
            None,
            _L.YES,
            sentence("{provider} answered in a way that Switchyard does not know ({status})."),
        ),
    )
)
