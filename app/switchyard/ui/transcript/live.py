"""What is known of a reply while it comes in: the stream's events change this, and a timer looks at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from switchyard.core.content import Citation, Extra
from switchyard.core.events import (
    AttemptEnded,
    AttemptLoading,
    AttemptStarted,
    Continued,
    Produced,
    RouteEvent,
    Shown,
    TakenBack,
    WaitStarted,
)
from switchyard.core.message import Message
from switchyard.core.route import AttemptRecord, Outcome, Reason, broken_off
from switchyard.core.usage import estimate_tokens

_COUNTED_AT_ONCE = 400


class Phase(Enum):
    """What the reply waits for."""

    STARTING = "starting"
    CALLING = "calling"
    LOADING = "loading"
    WAITING_OUT = "waiting out"
    THINKING = "thinking"
    ANSWERING = "answering"


@dataclass(frozen=True, slots=True)
class Parting:
    """Where a model broke off, and another one went on; `broken` is None where that was on an earlier route."""

    broken: AttemptRecord | None
    by: AttemptRecord


@dataclass
class LiveReply:
    """Grows by `apply`; whoever shows it takes what is new with `take`."""

    message: Message
    clock: Callable[[], float]
    phase: Phase = Phase.STARTING
    attempt: AttemptRecord | None = None
    beside: AttemptRecord | None = None
    silent: bool = False
    failed: list[AttemptRecord] = field(default_factory=list)
    instead: str | None = None  # who could be called at once
    _begun: dict[int, tuple[AttemptRecord, float]] = field(default_factory=dict)
    since_s: float = 0.0
    first_token_s: float | None = None
    ttft_ms: int | None = None  # as the settled reply will say it, which the clock here does not see
    thought_since_s: float | None = None
    thought_s: float | None = None
    wait: WaitStarted | None = None
    reasoning: str = ""
    extras: list[Extra] = field(default_factory=list)
    taken_back: bool = False
    _text: list[str | Parting] = field(default_factory=list)
    _tokens: int = 0
    _uncounted: str = ""

    def __post_init__(self) -> None:
        self.since_s = self.clock()

    @property
    def tokens(self) -> int:
        """How many tokens have come, as far as can be told from their text."""
        return self._tokens + (estimate_tokens(self._uncounted) if self._uncounted else 0)

    @property
    def steps(self) -> int:
        """How many steps the chain has, where the message says so."""
        return self.message.route.steps if self.message.route is not None else 1

    @property
    def may_switch(self) -> bool:
        """Whether it is still silent, or only thinking, and somebody else is left."""
        waits = self.phase in {Phase.CALLING, Phase.LOADING, Phase.THINKING}
        return waits and self.instead is not None

    def take(self, limit: int) -> str | Parting:
        """Return what was not shown yet: about `limit` characters at most, or where another model goes on."""
        taken: list[str] = []
        room = limit
        while self._text and room > 0:
            piece = self._text[0]
            if isinstance(piece, Parting):
                if taken:
                    break
                del self._text[0]
                return piece
            taken.append(piece)
            room -= len(piece)
            del self._text[0]
        return "".join(taken)

    @property
    def has_text(self) -> bool:
        """Whether `take` would return anything."""
        return bool(self._text)

    def apply(self, event: RouteEvent) -> None:
        """Take in one event of the route."""
        match event:
            case AttemptStarted(attempt, silent, instead):
                self.instead = instead
                self._begin(attempt, silent=silent)
            case AttemptLoading():
                self._enter(Phase.LOADING)
            case WaitStarted():
                self._enter(Phase.WAITING_OUT)
                self.wait = event
            case Shown(n, text, reasoning, ttft_ms):
                self._turn_to(n)
                self._show(text, reasoning, ttft_ms)
            case Produced(n, extra, ttft_ms):
                self._turn_to(n)
                self._produce(extra, ttft_ms)
            case Continued() if self.attempt is not None:
                self._text.append(Parting(broken_off(self.failed) if self.failed else None, self.attempt))
            case TakenBack():
                self._take_back()
            case AttemptEnded(attempt):
                self._end(attempt)
            case _:
                pass

    def _begin(self, attempt: AttemptRecord, *, silent: bool) -> None:
        self._begun[attempt.n] = (attempt, self.clock())
        if attempt.reason is Reason.HEDGE and self.attempt is not None:
            self.beside = attempt
            return
        self.attempt = attempt
        self.silent = silent
        self.first_token_s = self.ttft_ms = None
        self._enter(Phase.CALLING)

    def _turn_to(self, n: int) -> None:
        """Of two attempts side by side this one speaks, or is left."""
        if n in self._begun and (self.attempt is None or self.attempt.n != n):
            self.attempt, self.since_s = self._begun[n]
        self.beside = None

    def _end(self, attempt: AttemptRecord) -> None:
        self._begun.pop(attempt.n, None)
        if attempt.outcome is Outcome.FAILED:
            self.failed.append(attempt)
        if self.beside is not None and self._begun:
            self._turn_to(max(self._begun))

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since_s = self.clock()

    def _show(self, text: str, reasoning: str, ttft_ms: int | None) -> None:
        if not text and not reasoning:
            return
        now = self.clock()
        self._note_first(now, ttft_ms)
        if reasoning:
            self.reasoning += reasoning
            self.thought_since_s = self.thought_since_s or now
            self._count(reasoning)
            if self.phase is not Phase.ANSWERING:
                self.phase = Phase.THINKING
        if text:
            self._end_thought()
            self._text.append(text)
            self._count(text)

    def _produce(self, extra: Extra, ttft_ms: int | None) -> None:
        """A call, an image or a source is an answer too."""
        self._note_first(self.clock(), ttft_ms)
        if not isinstance(extra, Citation):
            self._end_thought()
        self.extras.append(extra)

    def _note_first(self, now_s: float, ttft_ms: int | None) -> None:
        """Remember when the first of an attempt was seen, and how long it took by the attempt's own word."""
        if self.first_token_s is None:
            self.first_token_s = now_s
        if self.ttft_ms is None:
            self.ttft_ms = ttft_ms

    def _end_thought(self) -> None:
        if self.phase is Phase.THINKING and self.thought_since_s is not None:
            self.thought_s = self.clock() - self.thought_since_s
        self.phase = Phase.ANSWERING

    def _count(self, text: str) -> None:
        self._uncounted += text
        if len(self._uncounted) >= _COUNTED_AT_ONCE:
            self._tokens += estimate_tokens(self._uncounted)
            self._uncounted = ""

    def _take_back(self) -> None:
        self.taken_back = True
        self.reasoning = ""
        self.thought_since_s = self.thought_s = None
        self._text.clear()
        self.extras.clear()
        self._tokens = 0
        self._uncounted = ""
