"""Finds words in a thread: counts them in every message, marks those that are shown, and goes from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from PySide6.QtCore import QObject, Signal

from switchyard.core.message import Message, Role
from switchyard.ui.transcript.finding import Query
from switchyard.ui.transcript.message_view import WORDS
from switchyard.ui.transcript.reading import Reading
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.scrolling import reveal_span
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.transcript.stage import Item, Stage

_READ_TOGETHER = 100
_THOUGHTS = WORDS - 1
_ROOM_ABOVE = 64  # the line in which the words are typed covers as much
_ROOM_BELOW = 32


@dataclass(frozen=True, slots=True)
class _Hits:
    """How often the words are in a message: first in its thoughts, then in what it says."""

    item: Item
    thoughts: int
    words: int

    @property
    def count(self) -> int:
        return self.thoughts + self.words


class Finder(QObject):
    """A message that is not laid out is read for this in the thread; what is shown is marked in its place."""

    changed = Signal()

    def __init__(self, stage: Stage, reading: Reading, speech: Callable[[], Speech], parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._reading = reading
        self._speech = speech
        self._query: Query | None = None
        self._asked = 0  # how often it was looked: what an earlier look finds counts no longer
        self._hits: list[_Hits] = []
        self._now: tuple[Item, int] | None = None
        self._to_reveal = False
        self.busy = False

    # --- what was found ---

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(hits.count for hits in self._hits)

    @property
    def at(self) -> int:
        """Which one is looked at, counted from 1; 0 where none is."""
        if self._now is None:
            return 0
        item, ordinal = self._now
        before = 0
        for hits in self._hits:
            if hits.item is item:
                return before + ordinal + 1
            before += hits.count
        return 0

    # --- looking ---

    def look_for(self, words: str) -> None:
        """Find words everywhere, and go to the first one from the top of the view on; no words end it."""
        self._query = Query(words) if words.strip() else None
        self._now = None
        self._hits = []
        self._start(go=True)
        if self.busy:
            self.changed.emit()  # what was said of the words before holds for these no longer

    def look_again(self) -> None:
        """The thread has other messages, or can be read now: what is looked at stays, if it is still there.

        What was found in the others can be gone through until all of them are looked through again.
        """
        if self._query is None:
            return
        go, here = self._now is None, set(self._stage.items)
        self._hits = [hits for hits in self._hits if hits.item in here]
        if self._now is not None and self._now[0] not in here:
            self._now = None
        self._start(go=go)

    def step(self, by: int) -> None:
        """Go to the next one or the one before; from the last to the first, and the other way round."""
        count = self.count
        if count:
            self._go((self.at - 1 + by) % count if self._now is not None else 0)

    def _start(self, *, go: bool) -> None:
        self._asked += 1
        self.busy = self._query is not None
        if self._query is None:
            self._mark_all()
            self.changed.emit()
            return
        self._look(self._query, self._asked, iter(tuple(self._stage.items)), [], go)

    def _look(self, query: Query, asked: int, left: Iterator[Item], found: list[_Hits], go: bool) -> None:
        """Look through some messages in the thread, and then through those that are left."""
        some = list(islice(left, _READ_TOGETHER))
        if not some:
            self._end(found, go)
            return
        speech = self._speech()
        seams = [speech.seams(item.message) for item in some]

        def take(counts: Sequence[tuple[int, int]]) -> None:
            if asked == self._asked:
                hits = (_Hits(item, *count) for item, count in zip(some, counts, strict=True))
                self._look(query, asked, left, [*found, *(each for each in hits if each.count)], go)

        def count(message: Message, blocks: Callable[[], int]) -> tuple[int, int]:
            thoughts = query.count_in(message.reasoning.strip("\n"))
            if message.role is Role.USER:
                return thoughts, query.count_in(message.text)
            return thoughts, blocks() if query.may_be_in(message.text) else 0

        self._reading.judge(
            [(item.message.text, seam) for item, seam in zip(some, seams, strict=True)],
            lambda at, read: count(some[at].message, lambda: query.count(read())),
            take,
        )

    def _end(self, found: Sequence[_Hits], go: bool) -> None:
        self.busy = False
        self._hits = list(found)
        if self._now is not None and not any(hits.item is self._now[0] for hits in self._hits):
            self._now = None
        self._mark_all()
        if go and self._hits:
            self._go(self._first_from_top())
        else:
            self.changed.emit()

    def _first_from_top(self) -> int:
        top = self._stage.item_at(0)
        order = {id(item): at for at, item in enumerate(self._stage.items)}
        start = order[id(top)] if top is not None else 0
        before = 0
        for hits in self._hits:
            if order[id(hits.item)] >= start:
                return before
            before += hits.count
        return 0

    def _go(self, number: int) -> None:
        for hits in self._hits:
            if number < hits.count:
                self._now = (hits.item, number)
                break
            number -= hits.count
        self._to_reveal = True
        if self._now is not None:
            self._stage.reveal(self._stage.items.index(self._now[0]))
        self._mark_all()
        self.changed.emit()

    # --- showing it ---

    def mark(self, item: Item) -> None:
        """Mark the words in the widget of a message, and bring the one that is looked at into view."""
        view = item.view
        if view is None or (self._query is None and not view.marked):
            return
        view.marked = self._query is not None
        now = self._now[1] if self._now is not None and self._now[0] is item else None
        thoughts = next((hits.thoughts for hits in self._hits if hits.item is item), 0)
        if now is not None and now < thoughts and isinstance(view, ReplyView) and self._to_reveal:
            view.show_thoughts()
        for number, body in view.passages():
            if number == _THOUGHTS:
                body.mark_found(self._query, now if now is not None and now < thoughts else None)
            elif number == WORDS:
                body.mark_found(self._query, now - thoughts if now is not None and now >= thoughts else None)
        if now is not None and self._to_reveal:
            self._reveal(item)

    def _mark_all(self) -> None:
        for _, item in tuple(self._stage.shown()):
            self.mark(item)

    def _reveal(self, item: Item) -> None:
        """Scroll to the one that is looked at, once it is laid out."""
        for _, body in item.view.passages() if item.view is not None else ():
            place = body.show_found()
            if place is not None:
                self._to_reveal = False
                top = body.mapTo(self._stage.viewport(), place.topLeft()).y()
                reveal_span(self._stage, top - _ROOM_ABOVE, top + place.height() + _ROOM_BELOW)
                return
