"""What every part of a reply can do: show blocks, take a width, be selected, say where the caret stands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Signal
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.surface import Range, Surface
from switchyard.ui.transcript.typesetter import Typesetter

BLEED = 6  # inline code and focus rings reach this far out of the text column


@dataclass(frozen=True, slots=True)
class Kit:
    """What the parts of one reply share."""

    theme: Theme
    typesetter: Typesetter
    background: Background


class Piece(QWidget):
    """One widget of a reply. `blocks` is what it shows; its height follows from its width."""

    resized = Signal()
    copy_requested = Signal(str)

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(parent)
        self.kit = kit
        self.blocks: tuple[Block, ...] = ()
        self.selected: Range | None = None
        self.surface = self._make_surface()

    @abstractmethod
    def _make_surface(self) -> Surface:
        """Return the one document of this piece."""

    @classmethod
    @abstractmethod
    def accepts(cls, blocks: Sequence[Block]) -> bool:
        """Whether a piece of this kind can show these blocks."""

    @abstractmethod
    def update_blocks(self, blocks: tuple[Block, ...]) -> bool:
        """Show these blocks, doing again only what differs from before; say whether anything did."""

    @abstractmethod
    def arrange(self, width: int) -> int:
        """Lay out for a width of the text column; return the height that takes."""

    @abstractmethod
    def origin(self) -> QPoint:
        """Where the document's own origin lies in this widget."""

    @property
    def gap(self) -> bool:
        """Whether room is wanted above this piece."""
        return True

    def hit(self, point: QPoint) -> int:
        """Return the position in the text nearest to a point of this widget."""
        return self.surface.hit(QPointF(point - self.origin()))

    def link_at(self, point: QPoint) -> str:
        """Return the address under a point of this widget, or nothing."""
        return self.surface.link_at(QPointF(point - self.origin()))

    def caret_rect(self) -> QRect:
        """Return where the caret of a streaming reply stands in this widget."""
        return self.surface.caret_rect().translated(QPointF(self.origin())).toRect()

    def select(self, selected: Range | None) -> None:
        """Show a part of the text as selected."""
        if selected != self.selected:
            self.selected = selected
            self.update()

    def selected_text(self) -> str:
        """Return what is selected here."""
        return self.surface.text(*self.selected) if self.selected is not None else ""

    def clip_for(self, exposed: QRect) -> QRectF:
        """Return what has to be painted, in the document's coordinates."""
        return QRectF(exposed.translated(-self.origin()))
