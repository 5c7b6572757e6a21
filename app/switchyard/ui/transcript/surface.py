"""What a piece of a reply paints on: text with positions, that can be hit, selected, read and followed as a link."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QPainter, QTextBlock, QTextCharFormat, QTextLayout, QTextLine

from switchyard.ui.transcript.typesetter import CODE_PAD, INLINE_CODE, SOURCE, STAND_IN, TEX, TEXT_RISE

if TYPE_CHECKING:
    from switchyard.ui.transcript.finding import Query

PILL_RADIUS = 4
_PILL_HEIGHT = 18
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")  # Hebrew, Arabic and what is written like them

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a paragraph in one format."""

    start: int
    length: int
    format: QTextCharFormat


class Surface(ABC):
    """Everything is in the surface's own coordinates; whoever paints translates.

    `found` are the words that a search found here, of which `found_now` is looked at.
    """

    found: tuple[Range, ...] = ()
    found_now: Range | None = None
    _sought: tuple[Query, Hashable] | None = None
    _places: tuple[Range, ...] = ()

    def shown_text(self) -> str:
        """Return the whole text position for position; what is no text has none."""
        return ""

    @property
    def edition(self) -> Hashable:
        """What is another one once the text is."""
        return self.shown_text()

    def find(self, query: Query) -> tuple[Range, ...]:
        """Return where words are in the text; nothing is done again while both are the same."""
        sought = (query, self.edition)
        if sought != self._sought:
            self._sought, self._places = sought, tuple(query.ranges(self.shown_text()))
        return self._places

    @property
    @abstractmethod
    def length(self) -> int:
        """The last position in the text."""

    @abstractmethod
    def height(self) -> int:
        """How high the text is as it is laid out now."""

    @abstractmethod
    def hit(self, point: QPointF) -> int:
        """Return the position in the text nearest to a point."""

    @abstractmethod
    def link_at(self, point: QPointF) -> str:
        """Return the address under a point, or nothing."""

    @abstractmethod
    def word_at(self, position: int) -> Range:
        """Return where the word around a position begins and ends."""

    @abstractmethod
    def paragraph_at(self, position: int) -> Range:
        """Return where the paragraph around a position begins and ends."""

    @abstractmethod
    def next_to(self, position: int, *, forward: bool, word: bool) -> int:
        """Return the position a letter or a word further on, or back; the same one at the end of the text."""

    def runs_from_right(self, position: int) -> bool:
        """Whether the words at a position run from the right."""
        return False

    @abstractmethod
    def text(self, start: int, end: int) -> str:
        """Return a part of the text as it is copied."""

    @abstractmethod
    def links(self) -> list[tuple[str, Range]]:
        """Return the addresses in the text and where each is, in order."""

    @abstractmethod
    def caret_rect(self) -> QRectF:
        """Return where the next character would stand, one line high."""

    @abstractmethod
    def range_rect(self, part: Range) -> QRectF:
        """Return the box around the first line of a part of the text."""

    @abstractmethod
    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None) -> None:
        """Draw what lies in `clip`."""


def cursor_x(
    layout: QTextLayout, line_number: int, column: int, edge: QTextLine.Edge = QTextLine.Edge.Leading
) -> float:
    """Return how far from the left a position in a line is, or the other edge of the letter there."""
    x = layout.lineAt(line_number).cursorToX(column, edge)
    return float(x[0]) if isinstance(x, tuple) else 0.0


def line_parts(layout: QTextLayout, start: int, end: int) -> Iterator[tuple[float, float, float]]:
    """Return left, right and middle height of each line's part of a run."""
    first = layout.lineForTextPosition(start)
    last = layout.lineForTextPosition(max(end - 1, start))
    if not first.isValid() or not last.isValid():
        return
    for number in range(first.lineNumber(), last.lineNumber() + 1):
        line = layout.lineAt(number)
        a = cursor_x(layout, number, max(start, line.textStart()))
        b = cursor_x(layout, number, min(end, line.textStart() + line.textLength()))
        yield min(a, b), max(a, b), line.y() + line.height() / 2


def parts_between(parts: Sequence[Range], start: int, end: int) -> Sequence[Range]:
    """Return those of parts in order that lie in a stretch, be it with one end."""
    return parts[
        bisect_right(parts, start, key=lambda part: part[1]) : bisect_left(parts, end, key=lambda part: part[0])
    ]


def paint_found(
    painter: QPainter, block: QTextBlock, origin: QPointF, clip: QRectF, found: Sequence[Range], wash: QBrush
) -> Iterator[Range]:
    """Draw the ground behind words that were found: to draw n of them as selections takes Qt n times as long as one.

    Return those at which the text turns from left to right, or back: only Qt knows where they stand.
    """
    layout, turns = block.layout(), _FROM_RIGHT.search(block.text()) is not None
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        top = origin.y() + line.y()
        if top > clip.bottom():
            return
        if top + line.height() < clip.top():
            continue
        begin, end = line.textStart(), line.textStart() + line.textLength()
        for part in parts_between(found, begin, end):
            first, last = max(part[0], begin), min(part[1], end) - 1
            if turns and _turns(layout, number, first, last):
                yield part
                continue
            a, b = cursor_x(layout, number, first), cursor_x(layout, number, last, QTextLine.Edge.Trailing)
            painter.fillRect(QRectF(origin.x() + min(a, b), top, abs(b - a), line.height()), wash)


def _turns(layout: QTextLayout, number: int, first: int, last: int) -> bool:
    """Whether not all letters of a stretch run the same way, or its edge is told as that of the letter beside it."""
    widths = (
        cursor_x(layout, number, at, QTextLine.Edge.Trailing) - cursor_x(layout, number, at)
        for at in range(first, last + 1)
    )
    ways = {(width > 0) - (width < 0) for width in widths}
    return len(ways) > 1 or 0 in ways


def code_pills(layout: QTextLayout, runs: Iterable[Run], *, rtl: bool, beyond: int = 0) -> Iterator[tuple[int, QRectF]]:
    """Return the grounds of inline code that ends beyond a position, with where each ends; wider than its letters."""
    pad = CODE_PAD / 2 if rtl else CODE_PAD  # the letters before code stand on its other side
    for start, end in _code_stretches(runs):
        if end <= beyond:
            continue
        for left, right, middle in line_parts(layout, start, end):
            top = middle - _PILL_HEIGHT / 2 + TEXT_RISE
            yield end, QRectF(left - pad, top, right - left + pad, _PILL_HEIGHT)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a formula is drawn: from where to where it stands in the text, and from where on on its baseline."""

    start: int
    end: int
    origin: QPointF
    width: float
    format: QTextCharFormat


def formula_spots(layout: QTextLayout, runs: Iterable[Run], *, beyond: int = 0) -> Iterator[Spot]:
    """Return the formulas that end beyond a position."""
    for run in runs:
        end = run.start + run.length
        if end <= beyond or not run.format.hasProperty(TEX):
            continue
        line = layout.lineForTextPosition(run.start)
        for left, right, _ in line_parts(layout, run.start, end):
            origin = QPointF(left, line.y() + line.ascent())
            yield Spot(run.start, end, origin, right - left, QTextCharFormat(run.format))
            break


def outside_formula(text: str, runs: Iterable[Run], at: int, *, forward: bool | None = None) -> int:
    """Return a place that is not inside a formula, which is selected whole or not at all: its end on the way there.

    Without a way it is the nearer end.
    """
    if STAND_IN not in text:
        return at
    for run in runs:
        end = run.start + run.length
        if run.start < at < end and run.format.hasProperty(TEX):
            further = at - run.start >= run.length / 2 if forward is None else forward
            return end if further else run.start
    return at


def with_sources(text: str, runs: Iterable[Run], start: int, end: int) -> str:
    """Return a part of a paragraph with the sources of its formulas in their place."""
    if STAND_IN not in text:
        return cut_units(text, start, end)
    parts: list[str] = []
    for run in runs:
        first, last = max(start - run.start, 0), min(end - run.start, run.length)
        if first < last:
            drawn = run.format.hasProperty(SOURCE)
            whole = str(run.format.property(SOURCE)) if drawn else cut_units(text, run.start, run.start + run.length)
            parts.append(cut_units(whole, first, last))
    return "".join(parts)


def cut_units(text: str, start: int, end: int) -> str:
    """Return a part of a text by positions as Qt counts them."""
    if text.isascii():
        return text[max(start, 0) : max(end, 0)]
    data = text.encode("utf-16-le")
    return data[max(start, 0) * 2 : max(end, 0) * 2].decode("utf-16-le", "ignore")


def link_stretches(runs: Iterable[Run], offset: int) -> Iterator[tuple[str, Range]]:
    """Return the links of a paragraph; neighbouring runs of one link are one."""
    found: tuple[str, Range] | None = None
    for run in runs:
        if not run.format.isAnchor():
            continue
        href, start, end = run.format.anchorHref(), offset + run.start, offset + run.start + run.length
        if found is not None and found[0] == href and found[1][1] == start:
            found = (href, (found[1][0], end))
            continue
        if found is not None:
            yield found
        found = (href, (start, end))
    if found is not None:
        yield found


def _code_stretches(runs: Iterable[Run]) -> Iterator[Range]:
    found: Range | None = None
    for run in runs:
        if not run.format.hasProperty(INLINE_CODE):
            continue
        if found is not None and found[1] == run.start:
            found = (found[0], run.start + run.length)
            continue
        if found is not None:
            yield found
        found = (run.start, run.start + run.length)
    if found is not None:
        yield found
