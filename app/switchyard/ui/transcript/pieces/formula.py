"""A formula on lines of its own: a drawing in the middle of the column, or its source where there is none."""

from __future__ import annotations

from collections.abc import Sequence, Set
from math import ceil

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QTextBlockFormat, QTextCursor, QTextDocument, QWheelEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.document_surface import DocumentSurface
from switchyard.ui.transcript.formulas import Formula, FormulaKey
from switchyard.ui.transcript.markdown.model import Block, FormulaBlock
from switchyard.ui.transcript.object_surface import ObjectSurface
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.pieces.over_button import SIZE, OverButton
from switchyard.ui.transcript.pieces.sideways import BAR_HEIGHT, Sideways
from switchyard.ui.transcript.surface import Surface
from switchyard.ui.transcript.typesetter import Role

_PAD = 5


class FormulaPiece(Piece):
    """While its end has not come, and where TeX cannot be drawn, it is words like code."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        self._drawing: Formula | None = None
        self._drawn = ObjectSurface(kit.typesetter, "")
        self._written = DocumentSurface(kit.typesetter.document(font=kit.theme.mono_font()), kit.theme, kit.typesetter)
        self._width = 0
        self._sideways = Sideways(kit.theme, self, lambda _: self.update())
        self._copy: OverButton | None = None
        self._watch = kit.watch_formulas(self, self._show_formulas, self._formula_at)

    @property
    def surface(self) -> Surface:
        return self._drawn if self._drawing is not None else self._written

    @property
    def block(self) -> FormulaBlock:
        """The one block that is shown."""
        block = self.blocks[0] if self.blocks else None
        return block if isinstance(block, FormulaBlock) else FormulaBlock("", "")

    @classmethod
    def accepts(cls, blocks: Sequence[Block]) -> bool:
        return len(blocks) == 1 and isinstance(blocks[0], FormulaBlock)

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        if blocks == self.blocks:
            return False
        self.blocks = blocks
        block = self.block
        self._drawing = self.kit.formulas.get(self._key) if block.closed else None
        if self._drawing is None:
            self._write(block.source)
        if block.closed and self.kit.formulas.awaits(self._key):
            self._watch.expect([self._key])
        self.setAccessibleName(self.tr("Formula"))
        self.setAccessibleDescription(block.source)
        self.mark_stale()
        return True

    def _show_formulas(self, came: Set[FormulaKey]) -> None:
        self._drawing = self.kit.formulas.get(self._key)
        self.select(None)
        self.mark_stale()
        self.drawn.emit(self)

    def _write(self, source: str) -> None:
        cursor = QTextCursor(self._written.document)
        cursor.select(QTextCursor.SelectionType.Document)
        line = QTextBlockFormat()
        line.setLineHeight(self.kit.theme.line_height("code"), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setBlockFormat(line)
        cursor.insertText(source, self.kit.typesetter.coloured("text.secondary"))

    @property
    def _key(self) -> FormulaKey:
        return FormulaKey(self.block.tex, display=True)

    # --- layout ---

    @property
    def _size_px(self) -> int:
        return self.kit.typesetter.size_px(Role.TEXT)

    def arrange(self, width: int) -> int:
        self._width = width
        if self._drawing is None:
            self._sideways.set_room(0, width)
            document: QTextDocument = self._written.document
            if document.textWidth() != width:
                document.setTextWidth(width)
            return self._written.height() + 2 * _PAD
        size = self._size_px
        wide, high = self._drawing.width * size, (self._drawing.ascent + self._drawing.descent) * size
        left = max((width - wide) / 2, 0.0)
        self._drawn.lay_out(self.block.source, QRectF(left, 0, wide, high))
        self._sideways.set_room(ceil(wide), width)
        return ceil(high) + 2 * _PAD + (BAR_HEIGHT if self._sideways.possible else 0)

    def present(self, geometry: QRect) -> None:
        super().present(geometry)
        self._sideways.present(QRect(BLEED, self.height() - BAR_HEIGHT, self._width, BAR_HEIGHT), shown=True)
        if self._copy is None and self.block.closed:
            self._copy = OverButton(self.kit.theme, "copy", self.tr("Copy formula as TeX"), self)
            self._copy.clicked.connect(lambda: self.copy_requested.emit(self.block.tex))
        if self._copy is not None:
            self._copy.stand(BLEED + self._width, max((self.height() - SIZE) // 2, 0))

    def origin(self) -> QPoint:
        return QPoint(BLEED - self._sideways.offset, _PAD)

    def _formula_at(self, point: QPoint) -> tuple[str, QRect] | None:
        box = self._drawn.range_rect((0, 1)).translated(QPointF(self.origin())).toRect()
        return (self.block.source, box) if self._drawing is not None and box.contains(point) else None

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._sideways.turn(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(QRect(BLEED, 0, self._width, self.height()))
        painter.translate(self.origin())
        self.surface.paint(painter, self.clip_for(event.rect()), self.selected)
        if self._drawing is not None:
            size = self._size_px
            box = self._drawn.range_rect((0, 1))
            baseline = QPointF(box.left(), self._drawing.ascent * size)
            self._drawing.paint(painter, baseline, size, self.kit.theme.color("text.primary"))
            window = QRectF(BLEED, 0, self._width, self.height()).translated(-self.origin().toPointF())
            self._sideways.paint_fades(painter, window, self.kit.theme.color("bg.surface"))
        painter.end()
