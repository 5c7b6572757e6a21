"""A table, or a stretch of a long one: columns as wide as they need, scrolled sideways where that is too wide."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence, Set
from io import StringIO

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.formulas import FormulaKey
from switchyard.ui.transcript.grid_surface import GridSurface
from switchyard.ui.transcript.markdown.model import LINE_BREAK, Block, Spans, TableBlock, plain
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.pieces.formula_watch import FormulaWatch
from switchyard.ui.transcript.pieces.over_button import SIZE, OverButton
from switchyard.ui.transcript.pieces.sideways import BAR_HEIGHT, Sideways
from switchyard.ui.transcript.surface import Range
from switchyard.ui.transcript.typesetter import has_formula, is_right_to_left

ROWS_PER_PIECE = 24
_BUTTON_TOP = 1
_BUTTON_ROOM = 18  # which the last column keeps free at its outer edge
_RADIUS = 8


class TablePiece(Piece):
    """Only the rows that are new are laid out; a stretch without a header goes on with the columns above it."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        self.below: TablePiece | None = None
        self._above: TablePiece | None = None
        self._copy: OverButton | None = None
        self._watch: FormulaWatch | None = None
        self.goes_on = False  # another stretch of the same table follows
        self._surface = GridSurface(kit.theme, kit.typesetter, _BUTTON_ROOM)
        self._width = 0
        self.columns: list[int] = []  # their widths as laid out
        self._sideways = Sideways(kit.theme, self, self._on_scrolled)

    @property
    def above(self) -> TablePiece | None:
        """The stretch of the same table that this one goes on with."""
        return self._above

    @above.setter
    def above(self, above: TablePiece | None) -> None:
        if self._above is not None and self._above.below is self:
            self._above.below = None
        self._above = above
        if above is not None:
            above.below = self
            if above.surface.from_right != self._surface.from_right:
                self._surface.from_right = above.surface.from_right
                self._fill()

    @property
    def surface(self) -> GridSurface:
        return self._surface

    @property
    def block(self) -> TableBlock:
        """The one block that is shown."""
        block = self.blocks[0] if self.blocks else None
        return block if isinstance(block, TableBlock) else TableBlock((), (), ())

    @property
    def gap(self) -> bool:
        return bool(self.block.header)

    @classmethod
    def accepts(cls, blocks: Sequence[Block]) -> bool:
        return len(blocks) == 1 and isinstance(blocks[0], TableBlock)

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        block, before = blocks[0], self.block
        if not isinstance(block, TableBlock) or block == before:
            return False
        same = 0
        if block.header == before.header and block.aligns == before.aligns and self.blocks:
            while same < min(len(block.rows), len(before.rows)) and block.rows[same] == before.rows[same]:
                same += 1
            self._surface.keep_rows(same + bool(block.header))
        elif block.header:
            self._surface.from_right = is_right_to_left(" ".join(map(plain, block.header)))
        self.blocks = blocks
        self._fill(same)
        self._await_formulas(block.rows[same:])
        self.let_links_have_focus(bool(self._surface.links()))
        tops = self._surface.row_tops
        at = same + bool(block.header)
        self.mark_stale(tops[at] - 1 if 0 < at < len(tops) and self.columns else 0)
        return True

    def _fill(self, kept: int = 0) -> None:
        """Set the rows, after those of them that can stay."""
        block = self.block
        self._surface.keep_rows(kept + bool(block.header) if kept else 0)
        if block.header and not kept:
            self._surface.add_row(block.header, block.aligns, head=True)
        for row in block.rows[kept:]:
            self._surface.add_row(row, block.aligns, head=False)

    def _await_formulas(self, rows: Sequence[Sequence[Spans]]) -> None:
        cells = [cell for row in (self.block.header, *rows) for cell in row if has_formula(cell)]
        for cell in cells:
            self._watch = self._watch or self.kit.watch_formulas(self, self._show_formulas, self._formula_at)
            self._watch.expect(self.kit.typesetter.awaited(cell))

    def _formula_at(self, point: QPoint) -> tuple[str, QRect] | None:
        return self._surface.formula_at(QPointF(point - self.origin()), self.origin())

    def _show_formulas(self, came: Set[FormulaKey]) -> None:
        self._fill()
        self.mark_stale()
        self.drawn.emit(self)

    # --- layout ---

    def arrange(self, width: int) -> int:
        self._width = width
        columns = self.above.columns if self.above is not None else _share(*self._surface.wanted_widths(), width)
        if columns != self.columns:
            self.columns = columns
            self.mark_stale()
        self._surface.lay_out(columns)
        self._sideways.set_room(sum(columns), width, from_right=self._surface.from_right)
        return self._table_height + (BAR_HEIGHT if self._shows_bar else 0)

    @property
    def _shows_bar(self) -> bool:
        """Only the last stretch of a table has the bar, for all of them."""
        return self._sideways.possible and not self.goes_on

    @property
    def _table_height(self) -> int:
        return self._surface.height() + 1

    def present(self, geometry: QRect) -> None:
        super().present(geometry)
        place = QRect(BLEED + 2, self.height() - BAR_HEIGHT, self._width - 4, BAR_HEIGHT)
        self._sideways.present(place, shown=self._shows_bar)
        self._present_copy()

    def _present_copy(self) -> None:
        """The first stretch has the button, for all of them."""
        if self._copy is None and self.block.header:
            self._copy = OverButton(self.kit.theme, "copy", self.tr("Copy table as CSV"), self)
            self._copy.clicked.connect(self._on_copy)
        if self._copy is not None:
            width = min(self._width, sum(self.columns))
            right = SIZE + 3 if self._surface.from_right else width - 3
            self._copy.stand(BLEED + right, _BUTTON_TOP)

    def _on_copy(self) -> None:
        rows = [*self.block.rows]
        below = self.below if self.goes_on else None
        while below is not None:
            rows.extend(below.block.rows)
            below = below.below if below.goes_on else None
        self.copy_requested.emit(as_csv([self.block.header, *rows]))

    def origin(self) -> QPoint:
        return QPoint(BLEED - self._sideways.offset, 0)

    def _on_scrolled(self, value: int) -> None:
        """All stretches of a table stand at the same place."""
        for other in (self.above, self.below if self.goes_on else None):
            if other is not None:
                other.scroll_to(value)
        self.update()

    def scroll_to(self, value: int) -> None:
        """Follow another stretch sideways."""
        self._sideways.scroll_to(value)

    def show_part(self, part: Range) -> None:
        self._sideways.reveal(self._surface.range_rect(part), self._width)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._sideways.turn(event)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.kit.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = self._outline()
        tops = self._surface.row_tops
        total = sum(self.columns)
        head = (tops[1] if len(tops) > 1 else self._table_height) if self.block.header else 0
        clip = self.clip_for(event.rect())
        # Only the head, and words that were moved sideways, reach into a corner: to cut along it costs more than a row.
        if clip.top() <= head or self._sideways.possible:
            painter.setClipPath(outline)
        else:
            painter.setClipRect(outline.boundingRect())
        painter.translate(self.origin())
        if self.block.header:
            painter.fillRect(QRectF(0, 0, total, head), theme.color("bg.raised"))
        for number, top in enumerate(tops):
            if (number or not self.block.header) and clip.top() - 1 <= top <= clip.bottom():
                under_head = number == 1 and bool(self.block.header)
                line = theme.color("border.default" if under_head else "border.subtle")
                painter.fillRect(QRectF(0, top, total, 1), line)
        self.surface.paint(painter, clip, self.selected)
        self.paint_focused_link(painter)
        painter.translate(-self.origin())
        head = tops[1] if self.block.header and len(tops) > 1 else 0
        for top, bottom, ground in ((0, head, "bg.raised"), (head + 1, self._table_height, "bg.surface")):
            window = QRectF(BLEED, top, self._width, bottom - top)
            self._sideways.paint_fades(painter, window, theme.color(ground))
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("border.default"), 1))
        painter.drawPath(outline)
        painter.end()

    def _outline(self) -> QPainterPath:
        """The frame: round where the table begins and ends, open where another stretch joins on."""
        top = 0.5 if self.block.header else -2.0 * _RADIUS
        bottom = self._table_height - 0.5 if not self.goes_on else self.height() + 2.0 * _RADIUS
        path = QPainterPath()
        width = min(self._width, sum(self.columns)) if self.columns else self._width
        path.addRoundedRect(QRectF(BLEED + 0.5, top, width - 1, bottom - top), _RADIUS, _RADIUS)
        return path


def as_csv(rows: Iterable[Sequence[Spans]]) -> str:
    """Return rows as comma-separated values, with quotes where a value needs them."""
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [plain(cell).replace(LINE_BREAK, "\n") for cell in row] for row in rows
    )
    return text.getvalue()


def stretches(table: TableBlock) -> list[TableBlock]:
    """Return a long table as stretches of rows, the first of them with the header."""
    rows = table.rows
    first = TableBlock(table.header, table.aligns, rows[:ROWS_PER_PIECE], table.indent, table.quote)
    rest = range(ROWS_PER_PIECE, len(rows), ROWS_PER_PIECE)
    return [
        first,
        *(TableBlock((), table.aligns, rows[at : at + ROWS_PER_PIECE], table.indent, table.quote) for at in rest),
    ]


def _share(natural: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """Return the widths of columns: what each would like, else a fair part of it, never less than its longest word."""
    wanted, needed = sum(natural), sum(least)
    if not natural:
        return []
    if wanted <= width:
        columns = [each + (width - wanted) * each // wanted for each in natural]
    elif needed <= width:
        spare = max(wanted - needed, 1)
        columns = [low + (width - needed) * (high - low) // spare for high, low in zip(natural, least, strict=True)]
    else:
        return list(least)
    columns[-1] += width - sum(columns)
    return columns
