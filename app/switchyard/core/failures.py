"""Why an attempt failed, as data, and the one table that says what follows from it."""

from __future__ import annotations

from enum import StrEnum

from switchyard.core.scopes import ScopeKind
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import value


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
    ONCE = "once"  # a second one is the end


class Fix(StrEnum):
    """What a person can do about a failure; the window makes a button of it."""

    TRY_AGAIN = "try_again"
    WAIT = "wait"
    RAISE_DEADLINE = "raise_deadline"
    CHECK_KEY = "check_key"
    CHECK_ACCOUNT = "check_account"
    EDIT_CHAIN = "edit_chain"
    CHECK_SERVER = "check_server"  # the program on this computer or in the network that the model runs in
    NONE = "none"


class Lasts(StrEnum):
    """How long something that failed is not called at all."""

    LIMIT = "limit"  # as long as the provider says; else seconds that double while it repeats
    IF_TOLD = "if_told"  # as long as the provider says, and not at all where it says nothing
    RESET = "reset"  # until the provider's quota begins anew where that is known, else a day
    DAY = "day"
    EDIT = "edit"  # until somebody changes something


@value
class Trip:
    """How much a failure counts towards a breaker, and towards whose."""

    scope: ScopeKind
    weight: float = 1.0


@value
class Parking:
    """What a failure parks, and for how long. An account stands for the key where it is in no organisation."""

    scope: ScopeKind
    lasts: Lasts


@value
class Failure:
    """One failure as a provider told it: `message` is clean text for a person.

    `raw` is the answer as it came, and `head` its status and headers, line by line and without secrets. They are for
    the attempt's row and its details alone: providers repeat prompts in them.
    """

    kind: FailureKind
    message: str = ""
    status: int | None = None
    code: str | None = None
    retry_after_s: float | None = None
    request_id: str | None = None
    raw: str | None = None
    head: str | None = None

    @property
    def answer(self) -> str:
        """The answer as it came, its head first."""
        return "\n\n".join(part for part in (self.head, self.raw) if part)


@value
class Decision:
    """What follows from a class of failure.

    `retries` are same-deployment retries when no other is left; `delay_s` is fixed, None means full jitter on
    0.5 s x 2^n. `sentence` tells the person why, with the fields {provider}, {model}, {seconds} and {status};
    `summary` is the route's one line, with the field {deployment}. `trips` and `parks` are what it means for later
    messages.
    """

    kind: FailureKind
    retries: int
    delay_s: float | None
    leave: Leave
    sentence: Sentence
    fix: Fix
    summary: Sentence
    trips: Trip | None = None
    parks: Parking | None = None


_K, _L = FailureKind, Leave
_MODEL, _HALF, _HOST = Trip(ScopeKind.MODEL), Trip(ScopeKind.MODEL, 0.5), Trip(ScopeKind.HOST)

# The sources of retry counts and of what leaves a step: docs/routing.md, the decision table.
_ROWS: tuple[Decision, ...] = (
    Decision(
        _K.LOCAL,
        0,
        None,
        _L.NO,
        sentence("This message could not be prepared, so nothing was sent."),
        Fix.NONE,
        sentence("Nothing was sent."),
    ),
    Decision(
        _K.OFFLINE,
        0,
        None,
        _L.YES,
        sentence("Switchyard is offline, so {provider} was not called."),
        Fix.TRY_AGAIN,
        sentence("{deployment} was out of reach: offline."),
    ),
    Decision(
        _K.CONNECT,
        1,
        0.25,
        _L.YES,
        sentence("{provider} could not be reached."),
        Fix.CHECK_ACCOUNT,
        sentence("{deployment} could not be reached."),
        trips=_HOST,
    ),
    Decision(
        _K.TIMEOUT_TTFT,
        0,
        None,
        _L.YES,
        sentence("No first token within {seconds} s."),
        Fix.RAISE_DEADLINE,
        sentence("{deployment} gave no first token in time."),
        trips=_MODEL,
    ),
    Decision(
        _K.STALL,
        0,
        None,
        _L.YES,
        sentence("{provider} stopped sending for {seconds} s."),
        Fix.TRY_AGAIN,
        sentence("{deployment} stopped sending."),
        trips=_MODEL,
    ),
    Decision(
        _K.CUT,
        0,
        None,
        _L.YES,
        sentence("{provider} broke off the reply."),
        Fix.TRY_AGAIN,
        sentence("{deployment} broke off."),
        trips=_HALF,
    ),
    Decision(
        _K.OVERLOADED,
        2,
        None,
        _L.YES,
        sentence("{provider} is overloaded ({status})."),
        Fix.TRY_AGAIN,
        sentence("{deployment} was overloaded."),
        trips=_MODEL,
        parks=Parking(ScopeKind.MODEL, Lasts.IF_TOLD),
    ),
    Decision(
        _K.SERVER,
        1,
        None,
        _L.YES,
        sentence("{provider} had an error ({status})."),
        Fix.TRY_AGAIN,
        sentence("{deployment} had a server error."),
        trips=_MODEL,
    ),
    Decision(
        _K.RATE_LIMIT,
        0,
        None,
        _L.YES,
        sentence("{provider} is limiting your key for another {seconds} s."),
        Fix.WAIT,
        sentence("{deployment} was rate limited."),
        parks=Parking(ScopeKind.ACCOUNT, Lasts.LIMIT),
    ),
    Decision(
        _K.QUOTA,
        0,
        None,
        _L.YES,
        sentence("The account has no credit."),
        Fix.CHECK_ACCOUNT,
        sentence("{deployment} has no credit."),
        parks=Parking(ScopeKind.ACCOUNT, Lasts.RESET),
    ),
    Decision(
        _K.AUTH,
        0,
        None,
        _L.YES,
        sentence("The key was rejected."),
        Fix.CHECK_KEY,
        sentence("{deployment} rejected its key."),
        parks=Parking(ScopeKind.KEY, Lasts.EDIT),
    ),
    Decision(
        _K.PERMISSION,
        0,
        None,
        _L.YES,
        sentence("This key may not use the model."),
        Fix.CHECK_KEY,
        sentence("{deployment} is not allowed for its key."),
        parks=Parking(ScopeKind.DEPLOYMENT, Lasts.DAY),
    ),
    Decision(
        _K.MODEL_GONE,
        0,
        None,
        _L.YES,
        sentence("The provider does not know this model."),
        Fix.EDIT_CHAIN,
        sentence("{deployment} is not known to its provider."),
        parks=Parking(ScopeKind.MODEL, Lasts.EDIT),
    ),
    Decision(
        _K.CONTEXT,
        0,
        None,
        _L.FITS,
        sentence("The chat is longer than {model} can read. Shorten it or use a longer model."),
        Fix.EDIT_CHAIN,
        sentence("The chat was too long for {deployment}."),
    ),
    Decision(
        _K.BAD_REQUEST,
        0,
        None,
        _L.NO,
        sentence("{provider} did not accept the request ({status})."),
        Fix.EDIT_CHAIN,
        sentence("{deployment} did not accept the request."),
    ),
    Decision(
        _K.REFUSED_INPUT,
        0,
        None,
        _L.ASK,
        sentence("The model declined to answer."),
        Fix.NONE,
        sentence("{deployment} declined to answer."),
    ),
    Decision(
        _K.REFUSED_OUTPUT,
        0,
        None,
        _L.ASK,
        sentence("The model declined to answer."),
        Fix.NONE,
        sentence("{deployment} declined to answer."),
    ),
    Decision(
        _K.EMPTY,
        1,
        None,
        _L.YES,
        sentence("{provider} sent an empty reply."),
        Fix.TRY_AGAIN,
        sentence("{deployment} sent nothing."),
        trips=_HALF,
    ),
    Decision(
        _K.EMPTY_ANSWER,
        0,
        None,
        _L.ASK,
        sentence("The model thought, but gave no answer."),
        Fix.NONE,
        sentence("{deployment} thought, but gave no answer."),
    ),
    Decision(
        _K.BAD_EVENT,
        0,
        None,
        _L.YES,
        sentence("{provider} sent something that is no reply ({status})."),
        Fix.CHECK_ACCOUNT,
        sentence("{deployment} sent something that is no reply."),
        trips=_MODEL,
    ),
    Decision(
        _K.LOADING,
        0,
        None,
        _L.NO,
        sentence("{model} did not finish loading within {seconds} s."),
        Fix.CHECK_SERVER,
        sentence("{deployment} did not finish loading."),
    ),
    Decision(
        _K.BUDGET,
        0,
        None,
        _L.YES,
        sentence("The budget does not allow this call."),
        Fix.NONE,
        sentence("{deployment} would pass the budget."),
    ),
    Decision(
        _K.CANCELLED,
        0,
        None,
        _L.NO,
        sentence("You stopped the reply."),
        Fix.TRY_AGAIN,
        sentence("{deployment} was stopped."),
    ),
    Decision(
        _K.UNKNOWN,
        0,
        None,
        _L.ONCE,
        sentence("{provider} answered in a way that Switchyard does not know ({status})."),
        Fix.TRY_AGAIN,
        sentence("{deployment} answered in an unknown way."),
        trips=_HALF,
    ),
)

DECISIONS: dict[FailureKind, Decision] = {row.kind: row for row in _ROWS}
