"""The thin line where another model went on with a reply: who, and since when."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.document_surface import DocumentSurface
from switchyard.ui.transcript.markdown.model import Block, SeamBlock
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.tooltip import Tip

_HEIGHT = 26
_LEAD = 14
_GAP = 8


class SeamPiece(Piece):
    """Holds no text that could be selected: what is copied are the words on both sides."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        self._surface = DocumentSurface(kit.typesetter.document(), kit.theme, kit.typesetter)
        self._width = 0
        self._tip = Tip(kit.theme, self, "")

    @property
    def surface(self) -> DocumentSurface:
        return self._surface

    @property
    def block(self) -> SeamBlock:
        """The one block that is shown."""
        block = self.blocks[0] if self.blocks else None
        return block if isinstance(block, SeamBlock) else SeamBlock("", "")

    @property
    def glue(self) -> str:
        return self.block.glue

    @classmethod
    def accepts(cls, blocks: Sequence[Block]) -> bool:
        return len(blocks) == 1 and isinstance(blocks[0], SeamBlock)

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        if blocks == self.blocks:
            return False
        self.blocks = blocks
        self.setAccessibleName(self.block.text)
        self._tip.set_text(self.block.text)
        self.mark_stale()
        return True

    def arrange(self, width: int) -> int:
        self._width = width
        return _HEIGHT

    def origin(self) -> QPoint:
        return QPoint(BLEED, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.kit.theme
        painter = QPainter(self)
        middle, right = _HEIGHT / 2, BLEED + self._width
        line = theme.color("border.default")
        painter.fillRect(QRectF(BLEED, int(middle), _LEAD, 1), line)
        x = float(BLEED + _LEAD + _GAP)
        if self.block.provider:
            mark = QRectF(x, middle - NORMAL.height() / 2, NORMAL.width(), NORMAL.height())
            paint_mark(painter, mark, theme, self.block.provider)
            x = mark.right() + _GAP
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text.tertiary"))
        metrics = painter.fontMetrics()
        text = metrics.elidedText(self.block.text, Qt.TextElideMode.ElideMiddle, int(right - x - _GAP - _LEAD))
        painter.drawText(QRectF(x, 0, right - x, _HEIGHT), Qt.AlignmentFlag.AlignVCenter, text)
        x += metrics.horizontalAdvance(text) + _GAP
        painter.fillRect(QRectF(x, int(middle), right - x, 1), line)
        painter.end()
