"""A reply on its way into the thread: its state, its place, and how far it was read and shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from switchyard.ui.transcript.background import SLICE_S
from switchyard.ui.transcript.live import LiveReply, Parting
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.markdown.seams import SeamedReader
from switchyard.ui.transcript.markdown.stream import Update
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.transcript.stage import Item

_CHARS_AT_ONCE = 1_000


@dataclass
class Stream:
    """`said` is what was read so far, text and seams, so that a new widget can be filled with it."""

    live: LiveReply
    item: Item
    speech: Speech
    reader: SeamedReader | None = None
    said: list[str | Parting] = field(default_factory=list)

    def resume(self, view: ReplyView, reader: SeamedReader | None) -> None:
        """Show in a new widget what has come so far."""
        view.begin()
        self.reader = reader
        if reader is not None and self.said:
            updates = [self._feed(reader, piece) for piece in _stretches(self.said)]
            view.follow(self.live, _together(updates), self.live.clock())

    def start_over(self, reader: SeamedReader | None) -> None:
        """What was shown no longer counts."""
        self.reader = reader
        self.said = []

    def advance(self, view: ReplyView, started: float) -> bool:
        """Read on for what is left of a slice that began at `started`; return whether there is anything to show."""
        updates: list[Update] = []
        while self.live.has_text and self.reader is not None:
            piece = self.live.take(_CHARS_AT_ONCE)
            self.said.append(piece)
            updates.append(self._feed(self.reader, piece))
            if perf_counter() - started > SLICE_S:
                break
        return view.follow(self.live, _together(updates), self.live.clock())

    def _feed(self, reader: SeamedReader, piece: str | Parting) -> Update:
        if isinstance(piece, str):
            return reader.feed(piece)
        reader.part(self.speech.seam(piece.broken, piece.by))
        return reader.feed("")


def _stretches(said: Sequence[str | Parting]) -> Iterator[str | Parting]:
    """Join what was said between two seams."""
    text: list[str] = []
    for piece in said:
        if isinstance(piece, str):
            text.append(piece)
            continue
        yield "".join(text)
        yield piece
        text = []
    yield "".join(text)


def _together(updates: Sequence[Update]) -> Update | None:
    """Return what several pieces changed; None where there were none."""
    if not updates:
        return None
    finished: list[Block] = [block for update in updates for block in update.finished]
    return Update(tuple(finished), updates[-1].tail)
