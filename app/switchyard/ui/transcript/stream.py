"""A reply on its way into the thread: its state, its place, and how far it was read and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


@dataclass(eq=False)
class Stream:
    """`said` is what was read so far, text and seams, so that a new widget can be filled with it.

    It is read in one turn of the loop and shown in a later one, between which anything may happen.
    """

    live: LiveReply
    item: Item
    speech: Speech
    reader: SeamedReader | None = None
    said: list[str | Parting] = field(default_factory=list)
    _unshown: list[Update] = field(default_factory=list)
    _afresh: bool = False  # what is shown no longer counts

    def resume(self, view: ReplyView, reader: SeamedReader | None) -> None:
        """Show in a new widget what has come so far."""
        view.begin()
        self.reader = reader
        self._unshown, self._afresh = [], False
        if reader is not None and self.said:
            updates = [self._feed(reader, piece) for piece in _stretches(self.said)]
            view.follow(self.live, _together(updates), self.live.clock())
            view.tell(self.live, self.live.clock())

    def read(self, make_reader: Callable[[], SeamedReader | None], began: float) -> None:
        """Read on for what is left of a slice that began at `began`."""
        if self.live.taken_back:
            self.live.taken_back = False
            self.reader, self.said = make_reader(), []
            self._unshown, self._afresh = [], True
        while self.live.has_text and self.reader is not None:
            piece = self.live.take(_CHARS_AT_ONCE)
            self.said.append(piece)
            self._unshown.append(self._feed(self.reader, piece))
            if perf_counter() - began > SLICE_S:
                break

    def show(self, view: ReplyView) -> bool:
        """Have laid out what was read; return whether there is anything to bring to the screen."""
        if self.live.taken_back:  # since it was read; it is read anew next time
            return False
        update, self._unshown = _together(self._unshown), []
        afresh, self._afresh = self._afresh, False
        return view.follow(self.live, update, self.live.clock(), afresh=afresh)

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
