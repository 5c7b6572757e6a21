"""A Mermaid diagram: its picture where one can be drawn, and its source until then or when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.diagrams import SCALE, DiagramKey
from switchyard.ui.transcript.image_viewer import ImageViewer
from switchyard.ui.transcript.markdown.model import Block, CodeBlock
from switchyard.ui.transcript.object_surface import ObjectSurface
from switchyard.ui.transcript.pictures import within
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.pieces.choices import Choice
from switchyard.ui.transcript.pieces.code import RADIUS, CodePiece
from switchyard.ui.transcript.pieces.over_button import SIZE, OverButton
from switchyard.ui.transcript.surface import Range, Surface

_PAD = 14
_HIGHEST = 560
_EDGE = 6


class DiagramPiece(Piece):
    """Holds the block of code that it was written as, and shows that or the picture."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit, parent)
        self._code = CodePiece(kit, self)
        self._code.resized.connect(self.resized)
        self._code.copy_requested.connect(self.copy_requested)
        self._picture: QImage | None = None
        self._drawn = ObjectSurface(kit.typesetter, "")
        self._as_source = False
        self._width = 0
        self._turn: OverButton | None = None
        self._large: OverButton | None = None
        if kit.diagrams.possible:
            kit.diagrams.drawn.connect(self._on_drawn_diagrams)

    @classmethod
    def accepts(cls, blocks: Sequence[Block]) -> bool:
        return len(blocks) == 1 and isinstance(blocks[0], CodeBlock) and blocks[0].is_diagram

    @property
    def block(self) -> CodeBlock:
        """The one block that is shown."""
        return self._code.block

    @property
    def shows_picture(self) -> bool:
        """Whether the picture is seen and not its source."""
        return self._picture is not None and not self._as_source

    @property
    def surface(self) -> Surface:
        return self._drawn if self.shows_picture else self._code.surface

    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        if blocks == self.blocks:
            return False
        self.blocks = blocks
        self._code.update_blocks(blocks)
        self._as_source = self.kit.choices.holds(Choice.AS_SOURCE, self.block)
        self._picture = self.kit.diagrams.find(self.block.text)
        self.setAccessibleName(self.tr("Diagram"))
        self.setAccessibleDescription(self.block.text)
        self.mark_stale()
        return True

    def _on_drawn_diagrams(self, came: frozenset[DiagramKey]) -> None:
        if self._picture is None and self.kit.diagrams.key(self.block.text) in came:
            self._picture = self.kit.diagrams.find(self.block.text)
            self._show_other()

    def select(self, selected: Range | None) -> None:
        super().select(selected)
        self._code.select(None if self.shows_picture else selected)

    def unfold(self) -> None:
        self._code.unfold()

    # --- layout ---

    def arrange(self, width: int) -> int:
        self._width = width
        if self._picture is None or self._as_source:
            return self._code.arrange(width)
        size = within(self._picture.size() / SCALE, QSize(width - 2 * _PAD, _HIGHEST))
        self._drawn.lay_out(self.block.text, QRectF((width - size.width()) // 2, 0, size.width(), size.height()))
        return size.height() + 2 * _PAD

    def present(self, geometry: QRect) -> None:
        super().present(geometry)
        if self.shows_picture:
            self._code.hide()
        else:
            self._code.present(QRect(QPoint(0, 0), geometry.size()))
        if self._picture is not None:
            self._present_buttons()

    def _present_buttons(self) -> None:
        right = BLEED + self._width - _EDGE
        self._turn = self._turn or self._make_button("code", self.tr("Show the source of the diagram"), self._on_turn)
        self._large = self._large or self._make_button(
            "open-external", self.tr("Show the diagram large"), self._on_large
        )
        name = self.tr("Show the source of the diagram") if self.shows_picture else self.tr("Show the diagram")
        self._turn.set_icon("code" if self.shows_picture else "image", name)
        self._turn.stand(right, self.height() - SIZE - _EDGE)
        self._large.stand(right - SIZE - _EDGE, self.height() - SIZE - _EDGE)
        self._large.setVisible(self.shows_picture)
        self._turn.raise_()

    def _make_button(self, icon: str, name: str, then: Callable[[], None]) -> OverButton:
        button = OverButton(self.kit.theme, icon, name, self)
        button.clicked.connect(then)
        return button

    def origin(self) -> QPoint:
        return QPoint(BLEED, _PAD) if self.shows_picture else self._code.origin()

    # --- what can be done ---

    def _on_turn(self) -> None:
        self._as_source = not self._as_source
        self.kit.choices.set(Choice.AS_SOURCE, self.block, on=self._as_source)
        self._show_other()

    def _show_other(self) -> None:
        self.select(None)
        self.mark_stale()
        self.resized.emit()

    def _on_large(self) -> None:
        if self._picture is not None:
            ImageViewer(self.kit.theme, self.window(), self._picture)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None or self._as_source:
            return
        theme = self.kit.theme
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QPen(theme.color("border.default"), 1))
        painter.setBrush(theme.color("bg.surface"))
        painter.drawRoundedRect(QRectF(BLEED + 0.5, 0.5, self._width - 1, self.height() - 1), RADIUS, RADIUS)
        painter.translate(self.origin())
        painter.drawImage(self._drawn.range_rect((0, 1)), self._picture)
        self._drawn.paint(painter, self.clip_for(event.rect()), self.selected)
        painter.end()
