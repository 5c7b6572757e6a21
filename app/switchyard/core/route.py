"""What a route leaves behind: its attempts, its skips, its question and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from switchyard.core.events import Finish
from switchyard.core.failures import Failure
from switchyard.core.sentence import Sentence
from switchyard.core.usage import CostSource, Price, Usage, add_usage
from switchyard.core.value import field, value


class Reason(StrEnum):
    """Why an attempt was made."""

    FIRST = "first"
    RETRY = "retry"
    FALLBACK = "fallback"
    HEDGE = "hedge"
    PROBE = "probe"


class Purpose(StrEnum):
    """What an attempt was made for."""

    CHAT = "chat"
    EMBED = "embed"
    TRANSCRIBE = "transcribe"
    SUMMARY = "summary"
    TITLE = "title"
    PROBE = "probe"


class Outcome(StrEnum):
    """How an attempt ended; RUNNING is only ever seen while it runs or after a crash."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SkipReason(StrEnum):
    """Why a deployment was passed over at its turn, free of charge."""

    NO_KEY = "no_key"
    OFFLINE = "offline"
    WINDOW = "window"
    NO_ACCOUNT = "no_account"
    TRIED = "tried"
    NO_VISION = "no_vision"
    NO_FILES = "no_files"
    NO_TOOLS = "no_tools"
    NO_SCHEMA = "no_schema"
    NO_ATTACHMENTS = "no_attachments"
    NOT_FALLBACK = "not_fallback"
    PARKED = "parked"
    BREAKER = "breaker"
    FROZEN = "frozen"
    NOT_FORCED = "not_forced"
    NOT_LOCAL = "not_local"
    ONLY = "only"
    DEAR = "dear"
    LIMITED = "limited"
    BUDGET = "budget"


class QuestionKind(StrEnum):
    """What a person must decide."""

    REFUSAL = "refusal"
    EMPTY_ANSWER = "empty_answer"
    TURN_COST = "turn_cost"
    BUDGET = "budget"
    UNPRICED = "unpriced"
    OVERFLOW = "overflow"
    AFTER_TEXT = "after_text"


@value
class Option:
    """One answer to a question."""

    id: str
    label: Sentence


@value
class Question:
    """A decision that is the person's, with its answers."""

    kind: QuestionKind
    text: Sentence
    options: tuple[Option, ...]


@value
class Skip:
    """A deployment that was not called."""

    step: int
    deployment: str
    reason: SkipReason


class Joint(StrEnum):
    """How another deployment was asked to go on with a reply that broke off."""

    PREFILL = "prefill"
    USER_TURN = "user_turn"


@value
class Seam:
    """Where another deployment went on: after `at` characters of the reply's text."""

    at: int
    how: Joint


@value
class AttemptRecord:
    """One call to one deployment. `n` and `step` count from 1; times are UTC ms, durations ms; money nano-dollars.

    `ttft_ms` is None for a whole reply and where no first token came. `price` is the price the cost was computed with.
    """

    n: int
    step: int
    reason: Reason
    deployment: str
    account: str
    provider: str
    model: str
    started_ms: int
    outcome: Outcome = Outcome.RUNNING
    served_model: str | None = None
    failure: Failure | None = None
    request_id: str | None = None
    sent_ms: int | None = None
    first_byte_ms: int | None = None
    ttft_ms: int | None = None
    duration_ms: int | None = None
    usage: Usage | None = None
    cost_nanos: int | None = None
    cost_source: CostSource = CostSource.UNPRICED
    price: Price | None = None
    simulated: bool = False
    finish: Finish | None = None
    purpose: Purpose = Purpose.CHAT
    track: str | None = None
    seam: Seam | None = None


def broken_off(attempts: Sequence[AttemptRecord]) -> AttemptRecord:
    """Return the one whose words are gone on with behind these: the last that spoke, since others came to nothing."""
    return next((attempt for attempt in reversed(attempts) if attempt.ttft_ms is not None), attempts[-1])


@value
class RouteRecord:
    """Everything a message's route did. `chain` is a name, or None where one model was pinned: `pinned` is that.

    `answers` are a person's, by the kind of question, to what was asked on the way to this. `once`: this one message
    was to be answered so, whatever answers the others of its conversation. `why` are the reasons for the one that
    answered: parts of one sentence.
    """

    uid: str
    chain: str | None
    attempts: tuple[AttemptRecord, ...] = ()
    skipped: tuple[Skip, ...] = ()
    decision: tuple[Sentence, ...] = ()
    failure: Failure | None = None
    question: Question | None = None
    finish: Finish | None = None
    warnings: tuple[Sentence, ...] = ()
    steps: int = 1
    pinned: str | None = None
    answers: Mapping[QuestionKind, str] = field(default_factory=lambda: MappingProxyType({}))
    why: tuple[Sentence, ...] = ()
    once: bool = False

    @property
    def answered_by(self) -> AttemptRecord | None:
        """The attempt whose words are the reply: the completed one, else the last."""
        for attempt in reversed(self.attempts):
            if attempt.outcome is Outcome.COMPLETED:
                return attempt
        return self.attempts[-1] if self.attempts else None

    @property
    def seams(self) -> tuple[tuple[int, Seam], ...]:
        """Where the reply was continued, with the number of the attempt behind each seam."""
        return tuple((attempt.n, attempt.seam) for attempt in self.attempts if attempt.seam is not None)

    @property
    def usage(self) -> Usage | None:
        """Tokens of all attempts, over what is known."""
        return add_usage(attempt.usage for attempt in self.attempts)

    @property
    def cost_nanos(self) -> int | None:
        """The charge of all attempts; None where any of them is unknown."""
        costs = [attempt.cost_nanos for attempt in self.attempts]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def simulated(self) -> bool:
        """Whether the reply is the Simulator's."""
        return any(attempt.simulated for attempt in self.attempts)
