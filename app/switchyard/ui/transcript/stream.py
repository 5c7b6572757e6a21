"""A reply on its way into the thread: its state, its place, and how far it was read and shown."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from switchyard.ui.transcript.background import SLICE_S
from switchyard.ui.transcript.live import LiveReply
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.markdown.stream import StreamReader, Update
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.stage import Item

_CHARS_AT_ONCE = 1_000


@dataclass
class Stream:
    """`text` is what was read so far, so that a new widget can be filled with it."""

    live: LiveReply
    item: Item
    reader: StreamReader | None = None
    text: str = ""

    def resume(self, view: ReplyView, reader: StreamReader | None) -> None:
        """Show in a new widget what has come so far."""
        view.begin()
        self.reader = reader
        if reader is not None and self.text:
            view.follow(self.live, reader.feed(self.text), self.live.clock())

    def start_over(self, reader: StreamReader | None) -> None:
        """What was shown no longer counts."""
        self.reader = reader
        self.text = ""

    def advance(self, view: ReplyView, started: float) -> bool:
        """Read on for what is left of a slice that began at `started`; return whether there is anything to show."""
        finished: list[Block] = []
        update: Update | None = None
        while self.live.has_text and self.reader is not None:
            text = self.live.take(_CHARS_AT_ONCE)
            self.text += text
            update = self.reader.feed(text)
            finished.extend(update.finished)
            if perf_counter() - started > SLICE_S:
                break
        shown = Update(tuple(finished), update.tail) if update is not None else None
        return view.follow(self.live, shown, self.live.clock())
