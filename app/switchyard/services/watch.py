"""The deadlines of one attempt, held by one lazy timer: it rings at the earliest of them, looks, and sleeps on."""

from __future__ import annotations

import asyncio

from switchyard.core.failures import FailureKind
from switchyard.core.moves import Try


class Watch:
    """Ends an attempt through `limit`, within which it runs; `verdict` then says which deadline it was."""

    def __init__(self, move: Try) -> None:
        self.limit = asyncio.timeout(None)
        self._running = False
        self._loop = asyncio.get_running_loop()
        self._move = move
        self._kind = FailureKind.TIMEOUT_TTFT
        self._since = self._loop.time()
        self._patience_s: float | None = move.before_sent_s
        self._timer: asyncio.TimerHandle | None = None
        self.verdict: FailureKind | None = None
        self.by_hand = False
        self.sent_at: float | None = None
        self.first_token_at: float | None = None

    @property
    def patience_s(self) -> float:
        """The deadline in force, in seconds."""
        return self._patience_s or 0.0

    def start(self) -> None:
        """Enforce the deadlines from now on: `limit` was entered."""
        self._running = True
        self._arm()

    def sent(self) -> None:
        """The request is written: the attempt's clock starts."""
        if self.sent_at is None:
            self.sent_at = self._loop.time()
            move = self._move
            if move.loads_unseen:
                self._wait_for(FailureKind.LOADING, move.loading_s)
            else:
                self._wait_for(
                    FailureKind.TIMEOUT_TTFT, move.total_s if move.total_s is not None else move.first_token_s
                )

    def loading(self) -> None:
        """A local model loads: silence is no failure until `loading_s` is over, counted from when that was known."""
        if self.first_token_at is None and self._kind is not FailureKind.LOADING:
            self._wait_for(FailureKind.LOADING, self._move.loading_s)

    def progress(self, now: float, *, reasoning: bool) -> None:
        """Something that is not blank came, at this moment of the loop's clock."""
        if self.first_token_at is None:
            self.first_token_at = now
        if self._move.total_s is not None:
            if self._kind is FailureKind.LOADING:
                self._wait_for(FailureKind.TIMEOUT_TTFT, self._move.total_s)
            return
        patience = self._move.reasoning_idle_s if reasoning else self._move.idle_s
        if self._kind is FailureKind.STALL and patience == self._patience_s:
            self._since = now
        else:
            self._wait_for(FailureKind.STALL, patience)

    def expire(self, kind: FailureKind, *, by_hand: bool = False) -> None:
        """End the attempt now, for this reason; `by_hand` where the person said so. Before its start, it has none."""
        if self.verdict is None:
            self.verdict = kind
            self.by_hand = by_hand
            if self._running:
                self.limit.reschedule(self._loop.time())

    def close(self) -> None:
        """Let go of the timer; the attempt is over."""
        self._running = False
        self._silence()

    def _silence(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait_for(self, kind: FailureKind, patience_s: float | None) -> None:
        self._kind = kind
        self._patience_s = patience_s
        self._since = self._loop.time()
        self._arm()

    def _arm(self) -> None:
        if self._patience_s is None:
            return
        due = self._since + self._patience_s
        if self._timer is None or due < self._timer.when():
            self._silence()
            self._timer = self._loop.call_at(due, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._patience_s is None:
            return
        if self._loop.time() < self._since + self._patience_s - 0.001:
            self._arm()
        else:
            self.expire(self._kind)
