"""The one vocabulary of a reply on its way: from a provider to the router, and from the router to its listener."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from switchyard.core.content import Citation, Extra, GeneratedImage, Opaque, ToolCall
from switchyard.core.failures import Failure
from switchyard.core.sentence import Sentence
from switchyard.core.usage import Usage
from switchyard.core.value import value

if TYPE_CHECKING:
    from switchyard.core.route import AttemptRecord, RouteRecord, Seam


class Finish(StrEnum):
    """Why a reply ended, in the words of docs/interfaces."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    PAUSE = "pause"
    INCOMPLETE = "incomplete"
    CANCELLED = "cancelled"
    ERROR = "error"


# --- what a provider says -------------------------------------------------------------------------------------------


@value
class ResponseStarted:
    """The headers of a good answer came."""

    request_id: str | None = None


@value
class RateLimitsTold:
    """The answer's headers tell of limits: those of `core.rate_limits.HEADERS` that it has, in lower case."""

    headers: Mapping[str, str]


@value
class ModelLoading:
    """A local server is loading the model: silence until the first delta is no failure."""


@value
class TextDelta:
    """A piece of the answer's text."""

    text: str


@value
class ReasoningDelta:
    """A piece of the model's reasoning."""

    text: str


@value
class UsageReported:
    """Tokens as the provider counts them; a later one replaces an earlier one. `cost_nanos`: a charge that it names."""

    usage: Usage
    cost_nanos: int | None = None


@value
class ModelNamed:
    """The model that answers, by the provider's own word."""

    model: str


@value
class Warned:
    """Something the person should know that did not stop the reply (a malformed event, a parameter left out)."""

    sentence: Sentence


@value
class CallForming:
    """The arguments of a call are coming in: nothing can be shown of them yet, and it is no silence."""


@value
class ToolCalled:
    """The model asks for a call; its arguments are whole."""

    call: ToolCall


@value
class Cited:
    """The reply names a source."""

    citation: Citation


@value
class ImageMade:
    """The model made an image."""

    image: GeneratedImage


@value
class OpaqueGiven:
    """What the provider wants back unchanged with this reply; a later one replaces an earlier one."""

    opaque: Opaque


@value
class ParameterRefused:
    """The model turned out not to take a parameter (Parameter, or a habit's name): the call went on without it."""

    name: str


@value
class Finished:
    """The provider's own end of the reply. Without this one a stream that ends was cut."""

    finish: Finish


ProviderEvent = (
    ResponseStarted
    | RateLimitsTold
    | ModelLoading
    | TextDelta
    | ReasoningDelta
    | CallForming
    | ToolCalled
    | Cited
    | ImageMade
    | OpaqueGiven
    | UsageReported
    | ModelNamed
    | ParameterRefused
    | Warned
    | Finished
)


class CallFailed(Exception):
    """Raised by a provider's stream, before or between events, with the failure as data."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind.value)
        self.failure = failure


# --- what a route says ----------------------------------------------------------------------------------------------


@value
class AttemptStarted:
    """A deployment is about to be called. `silent`: it thinks without streaming anything, so its silence is thought.

    `instead` could be called at once, where the person does not want to wait for its answer.
    """

    attempt: AttemptRecord
    silent: bool = False
    instead: str | None = None


@value
class AttemptLoading:
    """The attempt waits for a local model to load."""

    n: int


@value
class Shown:
    """Text and reasoning released for showing, in order, from attempt `n`.

    The first of an attempt tells its `ttft_ms`, as its record will.
    """

    n: int
    text: str
    reasoning: str
    ttft_ms: int | None = None


@value
class Produced:
    """Attempt `n` called a tool, named a source or made an image; `ttft_ms` as where its words are shown."""

    n: int
    extra: Extra
    ttft_ms: int | None = None


@value
class Continued:
    """Attempt `n` goes on where another one broke off; what it shows stands behind a seam."""

    n: int
    seam: Seam


@value
class TakenBack:
    """What attempt `n` had shown no longer counts; another attempt starts afresh."""

    n: int


@value
class AttemptEnded:
    """An attempt is over, one way or another."""

    attempt: AttemptRecord


@value
class WaitStarted:
    """`deployment` is tried in `seconds` (a rate limit, or a back-off); `instead` could be called at once."""

    deployment: str
    seconds: float
    rate_limited: bool
    instead: str | None = None
    provider: str = ""


@value
class RouteEnded:
    """The last event of every route: what became of the message."""

    record: RouteRecord


RouteEvent = (
    AttemptStarted
    | AttemptLoading
    | Continued
    | Shown
    | Produced
    | TakenBack
    | AttemptEnded
    | WaitStarted
    | Warned
    | RouteEnded
)
