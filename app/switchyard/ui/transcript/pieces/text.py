"""Paragraphs, headings, lists, quotes and rules: a run of them is one document."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextBlockFormat, QTextCursor, QTextDocument, QTextOption
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.document_surface import DocumentSurface
from switchyard.ui.transcript.formulas import FormulaKey
from switchyard.ui.transcript.markdown.model import Block, RuleBlock, Spans, TextBlock, joined, plain
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.pieces.formula_watch import FormulaWatch
from switchyard.ui.transcript.typesetter import CONTINUES, MARKER, TEXT_RISE, has_formula, is_right_to_left, utf16

_LONG_PARAGRAPH = 1_400
_KEPT_OF_PARAGRAPH = 400
_ENDLESS_WORD = re.compile(r"\S{5000}")


class TextPiece(Piece):
    """Writes only what changed at its end; a paragraph without end is parted where a line begins anyway."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        self._surface = DocumentSurface(kit.typesetter.document(), kit.theme, kit.typesetter)
        self._starts: list[int] = []  # where each block begins in the document
        self._parted = False
        self._watch: FormulaWatch | None = None
        self.setCursor(Qt.CursorShape.IBeamCursor)

    @property
    def surface(self) -> DocumentSurface:
        return self._surface

    @classmethod
    def accepts(cls, blocks: Sequence[Block]) -> bool:
        return all(isinstance(block, TextBlock | RuleBlock) for block in blocks)

    @property
    def gap(self) -> bool:
        first = self.blocks[0] if self.blocks else None
        return not isinstance(first, TextBlock) or first.gap

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        if blocks == self.blocks or (len(blocks) < len(self.blocks) and joined(self.blocks) == blocks):
            return False
        same = 0
        while same < min(len(blocks), len(self.blocks)) and blocks[same] == self.blocks[same]:
            same += 1
        self._write(blocks, same)
        self.blocks = blocks
        self._await_formulas(blocks[same:])
        linked = any(_has_link(block) for block in blocks[same:])
        if linked or not same:
            self.let_links_have_focus(linked)
        return True

    def arrange(self, width: int) -> int:
        document = self.surface.document
        if document.textWidth() != width:
            document.setTextWidth(width)
            self.surface.forget_layout()
            if self._parted:
                self._write(self.blocks, 0)
        return self.surface.height()

    def origin(self) -> QPoint:
        return QPoint(BLEED, -TEXT_RISE)

    def _write(self, blocks: Sequence[Block], same: int) -> None:
        """Replace everything from block `same` on."""
        if any(_ENDLESS_WORD.search(plain(block.spans)) for block in blocks[same:] if isinstance(block, TextBlock)):
            self._wrap_anywhere()
        cursor = QTextCursor(self.surface.document)
        changed_at = self._starts[same] if same < len(self._starts) else self.surface.length
        kept = self._kept_of(blocks, same)
        block = blocks[same] if kept else None
        if isinstance(block, TextBlock):
            begins_at = changed_at + (1 if same and not block.continued else 0)
            changed_at = self._behind(begins_at, utf16(plain(block.spans)[:kept]))
        top = self.surface.line_top(changed_at)
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if isinstance(block, TextBlock):
            cursor.setPosition(changed_at, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            self.kit.typesetter.write_on(cursor, block, kept)
            same += 1
            del self._starts[same:]
        elif same < len(self._starts):
            cursor.setPosition(self._starts[same], QTextCursor.MoveMode.KeepAnchor)
            above = QTextBlockFormat(self.surface.document.findBlock(self._starts[same]).blockFormat())
            cursor.removeSelectedText()
            if same and cursor.atBlockStart():
                cursor.setBlockFormat(above)  # an empty paragraph takes over the form of what is removed behind it
            del self._starts[same:]
        if not self._starts:
            self._parted = False
        for block in blocks[same:]:
            if isinstance(block, TextBlock | RuleBlock):
                self._starts.append(cursor.position())
                self.kit.typesetter.write(cursor, block, first=len(self._starts) == 1)
        # What is shaped to be laid out is kept to be painted: the last paragraph is both with each piece of text.
        self.surface.document.lastBlock().layout().setCacheEnabled(True)
        cursor.endEditBlock()
        self._part_long_paragraph()
        self.surface.forget_layout(changed_at)
        self.mark_stale(min(top, self.surface.line_top(changed_at)) - TEXT_RISE)

    def _behind(self, start: int, units: int) -> int:
        """Return the position so many letters behind another one; the seams of a paragraph that was parted are none."""
        position = start + units
        block = self.surface.document.findBlock(start).next()
        while block.isValid() and block.position() <= position:
            position += block.blockFormat().hasProperty(CONTINUES)
            block = block.next()
        return position

    def _kept_of(self, blocks: Sequence[Block], same: int) -> int:
        """Return how many letters of block `same` can stay: those that it has in common with what it was.

        Not the last of them: which room it makes depends on what follows.
        """
        if same >= min(len(blocks), len(self.blocks), len(self._starts)) or blocks is self.blocks:
            return 0
        old, new = self.blocks[same], blocks[same]
        if not isinstance(old, TextBlock) or not isinstance(new, TextBlock):
            return 0
        if replace(old, spans=new.spans) != new or has_formula(old.spans) or has_formula(new.spans):
            return 0
        if is_right_to_left(plain(new.spans)) or is_right_to_left(plain(old.spans)):
            return 0
        return max(_common(old.spans, new.spans) - 1, 0)

    def _await_formulas(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            if isinstance(block, TextBlock) and has_formula(block.spans):
                self._watch = self._watch or self.kit.watch_formulas(self, self._show_formulas, self.formula_at)
                self._watch.expect(self.kit.typesetter.awaited(block.spans))

    def _show_formulas(self, came: Set[FormulaKey]) -> None:
        for number, block in enumerate(self.blocks):
            if isinstance(block, TextBlock) and any(FormulaKey(span.tex) in came for span in block.spans):
                self._write(self.blocks, number)
                self.drawn.emit(self)
                return

    def _wrap_anywhere(self) -> None:
        """Do not look for ends of words where there are none: looking takes seconds."""
        option = self.surface.document.defaultTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.surface.document.setDefaultTextOption(option)

    def _part_long_paragraph(self) -> None:
        """Give the finished lines of a very long paragraph one of their own, so that they are not laid out again.

        The end of the paragraph stays whole: it is what the next piece of text replaces.
        """
        document = self.surface.document
        settled = self._starts[-1] if self._starts else 0
        block = document.lastBlock()
        while document.textWidth() > 0 and settled - block.position() > _LONG_PARAGRAPH:
            document.documentLayout().blockBoundingRect(block)  # lays it out
            line = block.layout().lineForTextPosition(settled - block.position() - _KEPT_OF_PARAGRAPH)
            if not line.isValid() or line.textStart() == 0:
                return
            seam = block.position() + line.textStart()
            _part(document, seam)
            self.surface.forget_layout(seam)
            self._starts = [at + 1 if at > seam else at for at in self._starts]
            settled += 1
            self._parted = True
            block = document.lastBlock()

    def formula_at(self, point: QPoint) -> tuple[str, QRect] | None:
        """Return the source of the formula at a point of this widget, and where it is drawn."""
        found = self._surface.formula_at(QPointF(point - self.origin()))
        return (found[0], found[1].translated(QPointF(self.origin())).toRect()) if found is not None else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.translate(self.origin())
        self.surface.paint(painter, self.clip_for(event.rect()), self.selected)
        self.paint_focused_link(painter)
        painter.end()


def _common(old: Spans, new: Spans) -> int:
    """Return how many letters two paragraphs begin with alike, styles and all."""
    count = 0
    for before, now in zip(old, new, strict=False):
        if replace(before, text=now.text) != now:
            break
        alike = _alike(before.text, now.text)
        count += alike
        if alike < len(before.text) or alike < len(now.text):
            break
    return count


def _alike(old: str, new: str) -> int:
    """Return how many letters two texts begin with alike; most often one goes on with the other."""
    if new.startswith(old):
        return len(old)
    return next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _has_link(block: Block) -> bool:
    return isinstance(block, TextBlock) and any(span.href for span in block.spans)


def _part(document: QTextDocument, position: int) -> None:
    cursor = QTextCursor(document)
    cursor.setPosition(position)
    found = QTextBlockFormat(cursor.blockFormat())
    cursor.insertBlock()
    found.setTopMargin(0)
    found.setProperty(CONTINUES, True)
    found.clearProperty(MARKER)
    cursor.setBlockFormat(found)
