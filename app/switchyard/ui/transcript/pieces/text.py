"""Paragraphs, headings, lists, quotes and rules: a run of them is one document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.markdown.model import Block, RuleBlock, TextBlock, joined
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.surface import Range, Surface
from switchyard.ui.transcript.typesetter import CONTINUES, MARKER

_LONG_PARAGRAPH = 3_000
_KEPT_OF_PARAGRAPH = 1_000


class TextPiece(Piece):
    """Writes only what changed at its end; a paragraph without end is parted where a line begins anyway."""

    link_activated = Signal(str)

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        self._starts: list[int] = []  # where each block begins in the document
        self._parted = False
        self._link = -1
        self.setCursor(Qt.CursorShape.IBeamCursor)

    def _make_surface(self) -> Surface:
        return Surface(self.kit.typesetter.document(), self.kit.theme, self.kit.typesetter)

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
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if self._has_links() else Qt.FocusPolicy.NoFocus)
        return True

    def arrange(self, width: int) -> int:
        document = self.surface.document
        if document.textWidth() != width:
            document.setTextWidth(width)
            if self._parted:
                self._write(self.blocks, 0)
        return self.surface.height()

    def origin(self) -> QPoint:
        return QPoint(BLEED, 0)

    def _write(self, blocks: Sequence[Block], same: int) -> None:
        """Replace everything from block `same` on."""
        cursor = QTextCursor(self.surface.document)
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if same < len(self._starts):
            cursor.setPosition(self._starts[same], QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            del self._starts[same:]
        if not self._starts:
            self._parted = False
        for block in blocks[same:]:
            if isinstance(block, TextBlock | RuleBlock):
                self._starts.append(cursor.position())
                self.kit.typesetter.write(cursor, block, first=len(self._starts) == 1)
        cursor.endEditBlock()
        self._part_long_paragraph(blocks)
        self.update()

    def _part_long_paragraph(self, blocks: Sequence[Block]) -> None:
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
            _part(document, block.position() + line.textStart())
            self._starts = [at + 1 if at > block.position() + line.textStart() else at for at in self._starts]
            settled += 1
            self._parted = True
            block = document.lastBlock()

    # --- links from the keyboard ---

    def _has_links(self) -> bool:
        return any(isinstance(block, TextBlock) and any(span.href for span in block.spans) for block in self.blocks)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        links = self.surface.links()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and 0 <= self._link < len(links):
            self.link_activated.emit(links[self._link][0])
            return
        super().keyPressEvent(event)

    def step_link(self, *, forward: bool) -> bool:
        """Move to the next link of this piece; False where there is none left in that direction."""
        following = self._link + (1 if forward else -1)
        if not 0 <= following < len(self.surface.links()):
            return False
        self._link = following
        self.update()
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        backwards = event.reason() == Qt.FocusReason.BacktabFocusReason
        self._link = len(self.surface.links()) - 1 if backwards else 0
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._link = -1
        super().focusOutEvent(event)

    def focused_link(self) -> Range | None:
        """Return where the link is that has the focus."""
        links = self.surface.links() if self._link >= 0 else []
        return links[self._link][1] if 0 <= self._link < len(links) else None

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.translate(self.origin())
        self.surface.paint(painter, self.clip_for(event.rect()), self.selected)
        link = self.focused_link()
        if link is not None and self.hasFocus():
            painter.setPen(QPen(self.kit.theme.color("focus.ring"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.surface.range_rect(link).adjusted(-3, 1, 3, -1), 4, 4)
        painter.end()


def _part(document: QTextDocument, position: int) -> None:
    cursor = QTextCursor(document)
    cursor.setPosition(position)
    found = QTextBlockFormat(cursor.blockFormat())
    cursor.insertBlock()
    found.setTopMargin(0)
    found.setProperty(CONTINUES, True)
    found.clearProperty(MARKER)
    cursor.setBlockFormat(found)
