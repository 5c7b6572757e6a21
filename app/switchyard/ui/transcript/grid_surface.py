"""A table's cells on the screen: each is one text layout, so that a new row costs only itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QTextLayout, QTextOption

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.markdown.model import LINE_BREAK, Align, Spans
from switchyard.ui.transcript.surface import (
    PILL_RADIUS,
    Range,
    Run,
    Spot,
    Surface,
    code_pills,
    cursor_x,
    cut_units,
    formula_spots,
    line_parts,
    link_stretches,
    outside_formula,
    parts_between,
    with_sources,
)
from switchyard.ui.transcript.typesetter import SOURCE, STAND_IN, Role, Typesetter, utf16

PAD_X = 12
PAD_Y = 4
_HEAD_LINE = 18
_WIDEST_NATURAL = 420
_WIDEST_WORD = 240
_ENDLESS = 1e6
_ALIGNMENTS = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft,
    Align.CENTRE: Qt.AlignmentFlag.AlignHCenter,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight,
}
_FROM_RIGHT = _ALIGNMENTS | dict.fromkeys(
    (Align.LEFT, Align.RIGHT), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
)  # where columns begin at the right, so do words, whatever script they are in


@dataclass(slots=True)
class _Cell:
    """One cell: where its text begins in the text of the whole table, and where it stands."""

    layout: QTextLayout
    start: int
    natural: float
    longest_word: float
    room: int  # that is kept free at its outer edge
    x: float = 0.0

    @property
    def length(self) -> int:
        return utf16(self.layout.text())

    def runs(self) -> Iterator[Run]:
        for each in self.layout.formats():
            yield Run(each.start, each.length, each.format)

    def outside_formula(self, at: int, *, forward: bool | None = None) -> int:
        return outside_formula(self.layout.text(), self.runs(), at, forward=forward)


@dataclass(slots=True)
class _Row:
    cells: list[_Cell]
    line: int
    y: int = 0
    height: int = 0
    laid_out: bool = False
    pills: list[list[QRectF]] = field(default_factory=list)
    spots: list[list[Spot]] = field(default_factory=list)

    @property
    def end(self) -> int:
        last = self.cells[-1]
        return last.start + last.length


class GridSurface(Surface):
    """Positions count through the cells in reading order, one more between two of them.

    Columns stand `from_right` on where the table does. The last one keeps `tail_room` free at its outer edge.
    """

    def __init__(self, theme: Theme, typesetter: Typesetter, tail_room: int) -> None:
        self._theme = theme
        self._typesetter = typesetter
        self._tail_room = tail_room
        self.from_right = False
        self._rows: list[_Row] = []
        self._columns: list[int] = []

    # --- content ---

    def keep_rows(self, count: int) -> None:
        """Forget the rows after the first few."""
        del self._rows[count:]

    def add_row(self, cells: Sequence[Spans], aligns: Sequence[Align], *, head: bool) -> None:
        """Add a row at the end."""
        role = Role.HEAD if head else Role.CELL
        sides = _FROM_RIGHT if self.from_right else _ALIGNMENTS
        at = self._rows[-1].end + 1 if self._rows else 0
        row: list[_Cell] = []
        for column, align in enumerate(aligns):
            spans = cells[column] if column < len(cells) else ()
            layout = self._typesetter.cell(spans, role, sides[align])
            last = column == len(aligns) - 1 and (head or align is not Align.LEFT)
            row.append(_Cell(layout, at, *_widths(layout), self._tail_room if last else 0))
            at += row[-1].length + 1
        line = _HEAD_LINE if head else self._theme.line_height("ui") + 1
        self._rows.append(_Row(row, self._typesetter.cell_line(cells, role, line)))

    def wanted_widths(self) -> tuple[list[int], list[int]]:
        """Return for each column how wide it would like to be, and how wide it must be at least."""
        pad = 2 * PAD_X + 2
        columns = list(zip(*(row.cells for row in self._rows), strict=True))
        natural = [
            round(min(max(cell.natural + cell.room for cell in column), _WIDEST_NATURAL)) + pad for column in columns
        ]
        least = [
            round(min(max(cell.longest_word + cell.room for cell in column), _WIDEST_WORD)) + pad for column in columns
        ]
        return natural, least

    def lay_out(self, columns: Sequence[int]) -> None:
        """Break the cells into lines for columns of these widths; rows that are laid out so already stay."""
        if list(columns) != self._columns:
            self._columns = list(columns)
            for row in self._rows:
                row.laid_out = False
        y = 0
        for row in self._rows:
            if not row.laid_out:
                _lay_out_row(row, self._columns, from_right=self.from_right)
            row.y = y
            y += row.height

    @property
    def row_tops(self) -> list[int]:
        """Where each row begins."""
        return [row.y for row in self._rows]

    # --- text ---

    @property
    def length(self) -> int:
        return self._rows[-1].end if self._rows else 0

    def height(self) -> int:
        return self._rows[-1].y + self._rows[-1].height if self._rows else 0

    def hit(self, point: QPointF) -> int:
        cell, row = self._cell_at(point)
        if cell is None or row is None:
            return 0
        y = point.y() - row.y - PAD_Y
        number = min(max(int(y // row.line), 0), max(cell.layout.lineCount() - 1, 0))
        if not cell.layout.lineCount():
            return cell.start
        return cell.start + cell.outside_formula(cell.layout.lineAt(number).xToCursor(point.x() - cell.x - PAD_X))

    def link_at(self, point: QPointF) -> str:
        cell, row = self._cell_at(point)
        if cell is None or row is None:
            return ""
        local = QPointF(point.x() - cell.x - PAD_X, point.y() - row.y - PAD_Y)
        for href, (start, end) in link_stretches(cell.runs(), 0):
            for left, right, middle in line_parts(cell.layout, start, end):
                if left <= local.x() <= right and abs(local.y() - middle) <= row.line / 2:
                    return href
        return ""

    def word_at(self, position: int) -> Range:
        cell = self._cell_of(position)
        if cell is None:
            return position, position
        text = cell.layout.text()
        at = len(cut_units(text, 0, position - cell.start))
        start = end = at
        while start > 0 and _in_word(text[start - 1]):
            start -= 1
        while end < len(text) and _in_word(text[end]):
            end += 1
        return cell.start + utf16(text[:start]), cell.start + utf16(text[:end])

    def paragraph_at(self, position: int) -> Range:
        cell = self._cell_of(position)
        return (cell.start, cell.start + cell.length) if cell is not None else (position, position)

    def next_to(self, position: int, *, forward: bool, word: bool) -> int:
        cell = self._cell_of(position)
        if cell is None:
            return position
        mode = QTextLayout.CursorMode.SkipWords if word else QTextLayout.CursorMode.SkipCharacters
        inside = position - cell.start
        if forward:
            to = cell.layout.nextCursorPosition(inside, mode) if inside < cell.length else inside
            to = cell.outside_formula(to, forward=True)
            return cell.start + to if to > inside else min(cell.start + cell.length + 1, self.length)
        to = cell.layout.previousCursorPosition(inside, mode) if inside > 0 else inside
        to = cell.outside_formula(to, forward=False)
        return cell.start + to if to < inside else max(cell.start - 1, 0)

    def runs_from_right(self, position: int) -> bool:
        cell = self._cell_of(position)
        return cell is not None and cell.layout.textOption().textDirection() is Qt.LayoutDirection.RightToLeft

    def text(self, start: int, end: int) -> str:
        lines: list[str] = []
        for row in self._rows:
            parts = [
                with_sources(cell.layout.text(), cell.runs(), start - cell.start, end - cell.start)
                for cell in row.cells
                if cell.start <= end and cell.start + cell.length >= start
            ]
            if parts:
                lines.append("\t".join(parts))
        return "\n".join(lines).replace(LINE_BREAK, " ")

    def links(self) -> list[tuple[str, Range]]:
        return [link for row in self._rows for cell in row.cells for link in link_stretches(cell.runs(), cell.start)]

    def shown_text(self) -> str:
        cells = (cell for row in self._rows for cell in row.cells)
        return "\n".join(_source_of(cell) for cell in cells)

    def caret_rect(self) -> QRectF:
        if not self._rows:
            return QRectF(0, 0, 1, self._theme.line_height("body"))
        row = self._rows[-1]
        cell = next((cell for cell in reversed(row.cells) if cell.length), row.cells[0])
        number = max(cell.layout.lineCount() - 1, 0)
        x = cursor_x(cell.layout, number, cell.length) if cell.layout.lineCount() else 0.0
        return QRectF(cell.x + PAD_X + x, row.y + PAD_Y + number * row.line, 1, row.line)

    def range_rect(self, part: Range) -> QRectF:
        cell = self._cell_of(part[0])
        row = self._row_of(part[0])
        if cell is None or row is None:
            return QRectF()
        for left, right, middle in line_parts(cell.layout, part[0] - cell.start, part[1] - cell.start):
            x, y = cell.x + PAD_X + left, row.y + PAD_Y + middle - row.line / 2
            return QRectF(x, y, right - left, row.line)
        return QRectF()

    # --- finding ---

    def formula_at(self, point: QPointF, origin: QPoint) -> tuple[str, QRect] | None:
        """Return the source of the formula at a point, and where it is drawn, seen from `origin`."""
        cell, row = self._cell_at(point)
        if cell is None or row is None:
            return None
        inside = point - QPointF(cell.x + PAD_X, row.y + PAD_Y)
        for spot in formula_spots(cell.layout, cell.runs()):
            if spot.origin.x() <= inside.x() <= spot.origin.x() + spot.width:
                box = QRectF(cell.x + PAD_X + spot.origin.x(), row.y, spot.width, row.height)
                return str(spot.format.property(SOURCE)), box.translated(QPointF(origin)).toRect()
        return None

    def _row_of(self, position: int) -> _Row | None:
        at = bisect_right(self._rows, position, key=lambda row: row.cells[0].start) - 1
        return self._rows[at] if at >= 0 else None

    def _cell_of(self, position: int) -> _Cell | None:
        row = self._row_of(position)
        if row is None:
            return None
        at = bisect_right(row.cells, position, key=lambda cell: cell.start) - 1
        return row.cells[max(at, 0)]

    def _cell_at(self, point: QPointF) -> tuple[_Cell | None, _Row | None]:
        if not self._rows:
            return None, None
        at = bisect_right(self._rows, point.y(), key=lambda row: float(row.y)) - 1
        row = self._rows[max(at, 0)]
        if self.from_right:
            column = bisect_right(row.cells, -point.x(), key=lambda cell: -cell.x)
            return row.cells[min(column, len(row.cells) - 1)], row
        column = bisect_right(row.cells, point.x(), key=lambda cell: cell.x) - 1
        return row.cells[max(column, 0)], row

    # --- painting ---

    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None) -> None:
        first = max(bisect_right(self._rows, clip.top(), key=lambda row: float(row.y)) - 1, 0)
        for row in self._rows[first:]:
            if row.y > clip.bottom():
                return
            if not row.pills:
                row.pills = [_pills(cell) for cell in row.cells]
                row.spots = [list(formula_spots(cell.layout, cell.runs())) for cell in row.cells]
            for cell, pills, spots in zip(row.cells, row.pills, row.spots, strict=True):
                self._paint_cell(painter, row, cell, pills, selected)
                for spot in spots:
                    _paint_formula(painter, self._typesetter, spot, QPointF(cell.x + PAD_X, row.y + PAD_Y))

    def _paint_cell(
        self, painter: QPainter, row: _Row, cell: _Cell, pills: Sequence[QRectF], selected: Range | None
    ) -> None:
        origin = QPointF(cell.x + PAD_X, row.y + PAD_Y)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("bg.hover"))
        for pill in pills:
            painter.drawRoundedRect(pill.translated(origin), PILL_RADIUS, PILL_RADIUS)
        painter.setPen(self._theme.color("text.primary"))
        found = parts_between(self.found, cell.start, cell.start + cell.length)
        washed = [(part, self._typesetter.found(now=part == self.found_now)) for part in found]
        if selected is not None:
            washed.append((selected, self._typesetter.selection))
        chosen: list[QTextLayout.FormatRange] = []
        for part, wash in washed:
            if part[0] < cell.start + cell.length and part[1] > cell.start:
                run = QTextLayout.FormatRange()
                run.start = max(part[0] - cell.start, 0)
                run.length = min(part[1] - cell.start, cell.length) - run.start
                run.format = wash
                chosen.append(run)
        cell.layout.draw(painter, origin, chosen)


def _paint_formula(painter: QPainter, typesetter: Typesetter, spot: Spot, origin: QPointF) -> None:
    formula = typesetter.formula(spot.format)
    if formula is not None:
        size, colour = spot.format.font().pixelSize(), spot.format.foreground().color()
        formula.paint(painter, origin + spot.origin, size, colour)


def _widths(layout: QTextLayout) -> tuple[float, float]:
    """Return how wide a text is on one line, and how wide its longest word is."""
    option = layout.textOption()
    wrap, alignment = option.wrapMode(), option.alignment()
    option.setAlignment(Qt.AlignmentFlag.AlignLeft)
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    natural = 0.0
    while line.isValid():
        line.setLineWidth(_ENDLESS)
        natural = max(natural, line.naturalTextWidth())
        line = layout.createLine()
    layout.endLayout()
    longest = layout.minimumWidth()
    option.setAlignment(alignment)
    option.setWrapMode(wrap)
    layout.setTextOption(option)
    return natural, longest


def _lay_out_row(row: _Row, columns: Sequence[int], *, from_right: bool) -> None:
    x = float(sum(columns)) if from_right else 0.0
    lines = 1
    for cell, width in zip(row.cells, columns, strict=True):
        x -= width if from_right else 0
        cell.x = x + (cell.room if from_right else 0)
        x += 0 if from_right else width
        layout = cell.layout
        layout.beginLayout()
        number = 0
        line = layout.createLine()
        while line.isValid():
            line.setLineWidth(width - 2 * PAD_X - cell.room)
            line.setPosition(QPointF(0, number * row.line + (row.line - line.height()) / 2))
            number += 1
            line = layout.createLine()
        layout.endLayout()
        lines = max(lines, number)
    row.height = lines * row.line + 2 * PAD_Y
    row.laid_out = True
    row.pills = []


def _source_of(cell: _Cell) -> str:
    text = cell.layout.text()
    return with_sources(text, cell.runs(), 0, cell.length) if STAND_IN in text else text


def _pills(cell: _Cell) -> list[QRectF]:
    return [pill for _, pill in code_pills(cell.layout, cell.runs(), rtl=False)]


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"
