"""The replies that are coming into a thread, and the timer that shows what came of them."""

from __future__ import annotations

from collections import deque
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

    A tick takes several turns of the loop, so that a key or a timer that comes meanwhile need not wait for all of it.
    A thread that nobody sees only keeps what comes, and goes on once it is looked at.
    """

    ticked = Signal(bool)  # whether the thread has grown by words that came

    def __init__(self, stage: Stage, reading: Reading, seen: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._reading = reading
        self._seen = seen
        self._streams: dict[str, Stream] = {}
        self._changed: list[Stream] = []  # laid out, and not yet on the screen
        self._turns: deque[Callable[[], None]] = deque()  # that are left of a tick
        self._took_s = 0.0
        self._behind = False  # whether more had come than could be read
        self._turn = QTimer(self, interval=0, singleShot=True)
        self._turn.timeout.connect(self._take_turn)
        self.timer = QTimer(self, interval=TICK_MS)
        self.timer.timeout.connect(self._begin)

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
            self._stop()
        return stream

    def clear(self) -> None:
        """The thread shows something else."""
        self._streams.clear()
        self._stop()

    def go_on(self) -> None:
        """Somebody looks again: show what came meanwhile."""
        if self._streams:
            self.timer.start()

    def tick(self) -> None:
        """Show at once what came since the last time, a few milliseconds of it; the rest comes next time."""
        self._finish()
        self._begin()
        self._finish()

    # --- the turns of a tick ---

    def _finish(self) -> None:
        while self._turns:
            self._take_turn()

    def _begin(self) -> None:
        """Begin a tick; one that is under way, however late its turns come, is gone through first."""
        if not self._seen():
            self.timer.stop()
            return
        if self._turns:
            return
        self._took_s = 0.0
        self._turns = deque((self._read, self._lay_out, self._place, self._tell))
        self._take_turn()

    def _take_turn(self) -> None:
        """Nothing is left of a tick where the last reply has ended since it began."""
        if not self._turns:
            return
        began = perf_counter()
        self._turns.popleft()()
        self._took_s += perf_counter() - began
        if self._turns:
            self._turn.start()
        else:
            self.timer.setInterval(self._pause_ms(self._took_s))

    def _stop(self) -> None:
        self.timer.stop()
        self._turn.stop()
        self._turns.clear()
        self._changed.clear()

    def _views(self) -> Iterator[tuple[Stream, ReplyView]]:
        for stream in self:
            if isinstance(stream.item.view, ReplyView):
                yield stream, stream.item.view

    def _read(self) -> None:
        began = perf_counter()
        for stream, _ in self._views():
            stream.read(self._reading.stream, began)
        self._behind = any(stream.live.has_text and stream.reader is not None for stream in self)

    def _lay_out(self) -> None:
        self._changed = [stream for stream, view in self._views() if stream.show(view)]

    def _place(self) -> None:
        grown = False
        for stream in self:
            if stream in self._changed:
                higher = self._stage.refresh(stream.item)
                grown = grown or (higher and stream.live.first_token_s is not None)
        self._changed.clear()
        self.ticked.emit(grown)

    def _tell(self) -> None:
        """Apart from the words, since figures run ten times a second only."""
        for stream, view in self._views():
            if view.tell(stream.live, stream.live.clock()):
                self._stage.refresh(stream.item)

    def _pause_ms(self, took_s: float) -> int:
        """Return how long to wait: longer after a tick that took long, less while more has come than was shown."""
        if took_s >= _TOO_LONG_S:
            return min(round(took_s * 4_000), _SLOWEST_TICK_MS)
        return _CATCH_UP_MS if self._behind else TICK_MS
