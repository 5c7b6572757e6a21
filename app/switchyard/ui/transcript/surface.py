"""What a piece of a reply paints on: text with positions, that can be hit, selected, read and followed as a link."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QTextCharFormat, QTextLayout

from switchyard.ui.transcript.typesetter import CODE_PAD, INLINE_CODE, TEXT_RISE

PILL_RADIUS = 4
_PILL_HEIGHT = 18

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a paragraph in one format."""

    start: int
    length: int
    format: QTextCharFormat


class Surface(ABC):
    """Everything is in the surface's own coordinates; whoever paints translates."""

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


def cursor_x(layout: QTextLayout, line_number: int, column: int) -> float:
    """Return how far from the left a position in a line is."""
    x = layout.lineAt(line_number).cursorToX(column)
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


def code_pills(layout: QTextLayout, runs: Iterable[Run], *, rtl: bool, beyond: int = 0) -> Iterator[tuple[int, QRectF]]:
    """Return the grounds of inline code that ends beyond a position, with where each ends; wider than its letters."""
    pad = CODE_PAD / 2 if rtl else CODE_PAD  # the letters before code stand on its other side
    for start, end in _code_stretches(runs):
        if end <= beyond:
            continue
        for left, right, middle in line_parts(layout, start, end):
            top = middle - _PILL_HEIGHT / 2 + TEXT_RISE
            yield end, QRectF(left - pad, top, right - left + pad, _PILL_HEIGHT)


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
