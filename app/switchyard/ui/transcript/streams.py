"""The replies that are coming into a thread, and the timer that shows what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal

from switchyard.ui.transcript.reading import Reading
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.stage import Stage
from switchyard.ui.transcript.stream import Stream

TICK_MS = 33
_CATCH_UP_MS = 10
_SLOWEST_TICK_MS = 1_000
_TOO_LONG_S = 0.008


class Streams(QObject):
    """Nothing runs per delta: they change a model, and every tick shows a few milliseconds of what is new.

    A thread that nobody sees only keeps what comes, and goes on once it is looked at.
    """

    ticked = Signal(bool)  # whether the thread has grown by words that came

    def __init__(self, stage: Stage, reading: Reading, seen: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._reading = reading
        self._seen = seen
        self._streams: dict[str, Stream] = {}
        self.timer = QTimer(self)
        self.timer.setInterval(TICK_MS)
        self.timer.timeout.connect(self.tick)

    def __iter__(self) -> Iterator[Stream]:
        return iter(tuple(self._streams.values()))

    def __bool__(self) -> bool:
        return bool(self._streams)

    def find(self, uid: str) -> Stream | None:
        """Return the reply that is coming as this message."""
        return self._streams.get(uid)

    def add(self, uid: str, stream: Stream) -> None:
        """A reply begins."""
        self._streams[uid] = stream
        self.timer.start()

    def end(self, uid: str) -> Stream | None:
        """A reply has ended; return it, if it came in here."""
        stream = self._streams.pop(uid, None)
        if not self._streams:
            self.timer.stop()
        return stream

    def clear(self) -> None:
        """The thread shows something else."""
        self._streams.clear()
        self.timer.stop()

    def go_on(self) -> None:
        """Somebody looks again: show what came meanwhile."""
        if self._streams:
            self.timer.start()

    def tick(self) -> None:
        """Show what came since the last time, a few milliseconds of it; the rest comes next time."""
        if not self._seen():
            self.timer.stop()
            return
        started, grown = perf_counter(), False
        for stream in self:
            view = stream.item.view
            if stream.live.taken_back:
                stream.start_over(self._reading.stream())
            if isinstance(view, ReplyView) and stream.advance(view, started):
                higher = self._stage.refresh(stream.item)
                grown = grown or (higher and stream.live.first_token_s is not None)
        self.timer.setInterval(self._pause_ms(perf_counter() - started))
        self.ticked.emit(grown)

    def _pause_ms(self, took_s: float) -> int:
        """Return how long to wait: longer after a tick that took long, less while more has come than was shown."""
        if took_s >= _TOO_LONG_S:
            return min(round(took_s * 4_000), _SLOWEST_TICK_MS)
        behind = any(stream.live.has_text and stream.reader is not None for stream in self)
        return _CATCH_UP_MS if behind else TICK_MS
