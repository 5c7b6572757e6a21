"""What every part of a reply can do: show blocks, take a width, be selected, say where the caret stands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.diagrams import Diagrams
from switchyard.ui.transcript.formulas import Formulas
from switchyard.ui.transcript.markdown.model import Block, RuleBlock, SeamBlock, TextBlock
from switchyard.ui.transcript.pictures import Pictures
from switchyard.ui.transcript.pieces.choices import Choices
from switchyard.ui.transcript.pieces.formula_watch import FormulaWatch, Show, SourceAt
from switchyard.ui.transcript.pieces.link_stops import LinkStops
from switchyard.ui.transcript.pieces.quote_bars import QuoteBars
from switchyard.ui.transcript.surface import Range
from switchyard.ui.transcript.typesetter import Typesetter

BLEED = 6  # inline code and focus rings reach this far out of the text column
_EDGE = 12


@dataclass(frozen=True, slots=True)
class Kit:
    """What the parts of one reply share."""

    theme: Theme
    typesetter: Typesetter
    background: Background
    pictures: Pictures
    formulas: Formulas
    diagrams: Diagrams
    choices: Choices = field(default_factory=Choices)

    def watch_formulas(self, piece: QWidget, show: Show, source_at: SourceAt) -> FormulaWatch:
        """Return what a piece with formulas does for them."""
        return FormulaWatch(self.theme, self.formulas, piece, show, source_at)


class Piece(LinkStops):
    """One widget of a reply. `blocks` is what it shows; its height follows from its width.

    Content and layout change first and the screen after that, by `present`: a thread that follows its end then moves
    what is painted already, which works only while nothing waits to be painted.
    """

    resized = Signal()
    drawn = Signal(object)  # formulas of it have come, which may change its height; those of many pieces come together
    copy_requested = Signal(str)

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(kit.theme, parent)
        self.kit = kit
        self._parent = parent
        self.blocks: tuple[Block, ...] = ()
        self.selected: Range | None = None
        self._stale_from: int | None = None
        self.bars: QuoteBars | None = None  # of the quotes that it lies in, beside it
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # what is painted stays when the piece grows
        self.setMouseTracking(True)

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

    @property
    def gap(self) -> bool:
        """Whether room is wanted above this piece."""
        return True

    @property
    def glue(self) -> str:
        """What stands between its words, or in their place where it has none, and those below where they are copied."""
        return "\n"

    # --- what is on the screen ---

    def mark_stale(self, top: int = 0) -> None:
        """Note that everything below a height is to be painted again."""
        self._stale_from = top if self._stale_from is None else min(self._stale_from, top)

    def present(self, geometry: QRect) -> None:
        """Bring to the screen what was changed and laid out."""
        self.setGeometry(geometry)
        if self._quotes and self.bars is None:
            self.bars = QuoteBars(self.kit.theme, self._parent)
        self._place_bars()
        if self._stale_from is not None:
            self.update(0, self._stale_from, self.width(), self.height() - self._stale_from)
            self._stale_from = None
        self.show()

    def move_to(self, place: QPoint) -> None:
        """Stand elsewhere, as it was."""
        self.move(place)
        self._place_bars()

    def _place_bars(self) -> None:
        if self.bars is not None:
            self.bars.stand_beside(self.geometry(), BLEED, self._quotes)

    @property
    def _quotes(self) -> int:
        """In how many quotes it lies; text has bars of its own."""
        first = self.blocks[0] if self.blocks else None
        return 0 if first is None or isinstance(first, TextBlock | RuleBlock | SeamBlock) else first.quote

    def clip_for(self, exposed: QRect) -> QRectF:
        """Return what has to be painted, in the coordinates of the text."""
        return QRectF(exposed.translated(-self.origin()))

    def caret_rect(self) -> QRect:
        """Return where the caret of a streaming reply stands in this widget."""
        return self.surface.caret_rect().translated(QPointF(self.origin())).toRect()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint the lower edge again, or everything where the width changed."""
        super().resizeEvent(event)
        before = event.oldSize()
        if before.width() != self.width():
            self.update()
        else:
            top = min(before.height(), self.height()) - _EDGE
            self.update(0, top, self.width(), self.height() - top)

    # --- selection and links ---

    def hit(self, point: QPoint) -> int:
        """Return the position in the text nearest to a point of this widget."""
        return self.surface.hit(QPointF(point - self.origin()))

    def link_at(self, point: QPoint) -> str:
        """Return the address under a point of this widget, or nothing."""
        return self.surface.link_at(QPointF(point - self.origin()))

    def select(self, selected: Range | None) -> None:
        """Show a part of the text as selected."""
        if selected != self.selected:
            self.selected = selected
            self.update()

    def unfold(self) -> None:
        """Show all of the text, where a part of it is folded away."""

    def selected_text(self) -> str:
        """Return what is selected here."""
        return self.surface.text(*self.selected) if self.selected is not None else ""
