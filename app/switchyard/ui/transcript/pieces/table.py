"""A table, or a stretch of a long one: columns as wide as they need, scrolled sideways where that is too wide."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextLength,
    QTextTable,
    QTextTableCellFormat,
    QTextTableFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollBar, QWidget

from switchyard.ui.transcript.markdown.model import Align, Block, Spans, TableBlock, plain
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.surface import Surface
from switchyard.ui.transcript.typesetter import Role

ROWS_PER_PIECE = 24
_PAD_X = 12
_PAD_Y = 4
_RADIUS = 8
_BAR = 10
_WIDEST_NATURAL = 420
_WIDEST_WORD = 240
_ALIGNMENTS = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft,
    Align.CENTRE: Qt.AlignmentFlag.AlignHCenter,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight,
}


class TablePiece(Piece):
    """Only the rows that are new are written; a stretch without a header goes on with the columns above it."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        self.above: TablePiece | None = None
        self.goes_on = False  # another stretch of the same table follows
        self._table: QTextTable | None = None
        self._width = 0
        self._natural: list[int] = []
        self._least: list[int] = []
        self._columns: list[int] = []
        self._bar = QScrollBar(Qt.Orientation.Horizontal, self)
        self._bar.valueChanged.connect(self._on_scrolled)

    def _make_surface(self) -> Surface:
        document = self.kit.typesetter.document(font=self.kit.theme.font("ui"))
        return Surface(document, self.kit.theme, self.kit.typesetter)

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

    # --- content ---

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        block, before = blocks[0], self.block
        if not isinstance(block, TableBlock) or block == before:
            return False
        fits = self._table is not None and block.header == before.header and block.aligns == before.aligns
        same = 0
        if fits and len(block.rows) >= len(before.rows):
            while same < len(before.rows) and block.rows[same] == before.rows[same]:
                same += 1
        else:
            self._begin(block)
        self.blocks = blocks
        self._write_rows(block, same)
        self.update()
        return True

    def _begin(self, block: TableBlock) -> None:
        """Start over with an empty table."""
        cursor = QTextCursor(self.surface.document)
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        columns = len(block.aligns)
        self._natural = [0] * columns
        self._least = [0] * columns
        found = QTextTableFormat()
        found.setBorder(0)
        found.setCellSpacing(0)
        found.setCellPadding(0)
        self._table = cursor.insertTable(1, columns, found)
        if block.header:
            self._write_row(0, block.header, block.aligns, Role.HEAD)

    def _write_rows(self, block: TableBlock, same: int) -> None:
        table = self._table
        if table is None:
            return
        top = 1 if block.header else 0
        wanted = max(1, top + len(block.rows))
        if table.rows() < wanted:
            table.appendRows(wanted - table.rows())
        elif table.rows() > wanted:
            table.removeRows(wanted, table.rows() - wanted)
        for number in range(same, len(block.rows)):
            self._write_row(top + number, block.rows[number], block.aligns, Role.CELL)

    def _write_row(self, row: int, cells: Sequence[Spans], aligns: Sequence[Align], role: Role) -> None:
        table = self._table
        if table is None:
            return
        metrics = QFontMetrics(self.kit.theme.font("ui"))
        padding = QTextTableCellFormat()
        padding.setTopPadding(_PAD_Y)
        padding.setBottomPadding(_PAD_Y)
        padding.setLeftPadding(_PAD_X)
        padding.setRightPadding(_PAD_X)
        for column, align in enumerate(aligns):
            spans = cells[column] if column < len(cells) else ()
            cell = table.cellAt(row, column)
            cell.setFormat(padding)
            cursor = cell.firstCursorPosition()
            cursor.setPosition(cell.lastCursorPosition().position(), QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            line = QTextBlockFormat()
            line.setAlignment(_ALIGNMENTS[align])
            height = 18 if role is Role.HEAD else self.kit.theme.line_height("ui") + 1
            line.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
            cursor.setBlockFormat(line)
            self.kit.typesetter.write_spans(cursor, spans, role)
            self._measure(column, plain(spans), metrics)

    def _measure(self, column: int, text: str, metrics: QFontMetrics) -> None:
        pad = 2 * _PAD_X + 2
        natural = min(metrics.horizontalAdvance(text[:200]), _WIDEST_NATURAL) + pad
        longest = max(text[:200].split(), key=len, default="")
        least = min(metrics.horizontalAdvance(longest), _WIDEST_WORD) + pad
        self._natural[column] = max(self._natural[column], natural)
        self._least[column] = max(self._least[column], least)

    # --- layout ---

    def arrange(self, width: int) -> int:
        self._width = width
        above = self.above
        columns = above.columns if above is not None else _share(self._natural, self._least, width)
        if self._table is not None and columns != self._columns:
            self._columns = columns
            found = self._table.format().toTableFormat()
            fixed = QTextLength.Type.FixedLength
            found.setColumnWidthConstraints([QTextLength(fixed, column) for column in columns])
            self._table.setFormat(found)
        total = sum(columns)
        self.surface.document.setTextWidth(total)
        overflows = total > width and not self.goes_on
        self._bar.setVisible(overflows)
        self._bar.setRange(0, max(0, total - width))
        self._bar.setPageStep(width)
        return self._table_height() + (_BAR if overflows else 0)

    @property
    def columns(self) -> list[int]:
        """The widths of the columns as laid out."""
        return self._columns

    def _table_height(self) -> int:
        """The document ends in an empty paragraph after the table, which is left out."""
        if self._table is None:
            return 0
        layout = self.surface.document.documentLayout()
        return round(layout.frameBoundingRect(self._table).height()) + 1

    def origin(self) -> QPoint:
        return QPoint(BLEED - self._bar.value(), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._bar.setGeometry(BLEED + 2, self.height() - _BAR, self._width - 4, _BAR)

    def _on_scrolled(self, value: int) -> None:
        if self.above is not None:
            self.above.scroll_to(value)
        self.update()

    def scroll_to(self, value: int) -> None:
        """Follow the stretch below sideways."""
        self._bar.setValue(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move sideways only where that is meant; everything else scrolls the thread."""
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        sideways = event.angleDelta().x() or (event.angleDelta().y() if shifted else 0)
        if not sideways or self._bar.isHidden():
            event.ignore()
            return
        self._bar.setValue(self._bar.value() - sideways // 2)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._table is None:
            return
        theme = self.kit.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = self._outline()
        painter.setClipPath(outline)
        rows = self._row_tops()
        total = sum(self._columns)
        painter.translate(self.origin())
        if self.block.header:
            bottom = rows[1] if len(rows) > 1 else self._table_height()
            painter.fillRect(QRectF(0, 0, total, bottom), theme.color("bg.raised"))
        self.surface.paint(painter, self.clip_for(event.rect()), self.selected)
        for number, top in enumerate(rows):
            if number == 0 and self.block.header:
                continue
            under_head = number == 1 and bool(self.block.header)
            painter.setPen(QPen(theme.color("border.default" if under_head else "border.subtle"), 1))
            painter.drawLine(QPoint(0, top), QPoint(total, top))
        painter.translate(-self.origin())
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("border.default"), 1))
        painter.drawPath(outline)
        painter.end()

    def _row_tops(self) -> list[int]:
        if self._table is None:
            return []
        layout = self.surface.document.documentLayout()
        cells = (self._table.cellAt(row, 0) for row in range(self._table.rows()))
        blocks = (cell.firstCursorPosition().block() for cell in cells)
        return [round(layout.blockBoundingRect(block).top()) - _PAD_Y for block in blocks]

    def _outline(self) -> QPainterPath:
        """The frame: round where the table begins and ends, open where another stretch joins on."""
        top = 0.5 if self.block.header else -2.0 * _RADIUS
        bottom = self._table_height() - 0.5 if not self.goes_on else self.height() + 2.0 * _RADIUS
        path = QPainterPath()
        width = min(self._width, sum(self._columns)) if self._columns else self._width
        path.addRoundedRect(QRectF(BLEED + 0.5, top, width - 1, bottom - top), _RADIUS, _RADIUS)
        return path


def stretches(table: TableBlock) -> list[TableBlock]:
    """Return a long table as stretches of rows, the first of them with the header."""
    rows = table.rows
    first = TableBlock(table.header, table.aligns, rows[:ROWS_PER_PIECE], table.indent)
    rest = range(ROWS_PER_PIECE, len(rows), ROWS_PER_PIECE)
    return [
        first,
        *(TableBlock((), table.aligns, rows[at : at + ROWS_PER_PIECE], table.indent) for at in rest),
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
