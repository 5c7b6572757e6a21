"""What every part of a reply can do: show blocks, take a width, be selected, say where the caret stands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.diagrams import Diagrams
from switchyard.ui.transcript.formulas import Formulas
from switchyard.ui.transcript.markdown.model import Block, RuleBlock, SeamBlock, TextBlock
from switchyard.ui.transcript.pictures import Pictures
from switchyard.ui.transcript.pieces.choices import Choices
from switchyard.ui.transcript.pieces.formula_watch import FormulaWatch, Show, SourceAt
from switchyard.ui.transcript.pieces.quote_bars import QuoteBars
from switchyard.ui.transcript.surface import Range, Surface
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


class Piece(QWidget):
    """One widget of a reply. `blocks` is what it shows; its height follows from its width.

    Content and layout change first and the screen after that, by `present`: a thread that follows its end then moves
    what is painted already, which works only while nothing waits to be painted.
    """

    resized = Signal()
    copy_requested = Signal(str)
    link_activated = Signal(str)
    link_pointed = Signal(str)  # a link has the focus, or with nothing no longer

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(parent)
        self.kit = kit
        self._parent = parent
        self.blocks: tuple[Block, ...] = ()
        self.selected: Range | None = None
        self._stale_from: int | None = None
        self._link = -1
        self.bars: QuoteBars | None = None  # of the quotes that it lies in, beside it
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # what is painted stays when the piece grows
        self.setMouseTracking(True)

    @property
    @abstractmethod
    def surface(self) -> Surface:
        """The text of this piece."""

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
        """Where the text's own origin lies in this widget."""

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
        first = self.blocks[0] if self.blocks else None
        quotes = 0 if first is None or isinstance(first, TextBlock | RuleBlock | SeamBlock) else first.quote
        if quotes and self.bars is None:
            self.bars = QuoteBars(self.kit.theme, self._parent)
        if self.bars is not None:
            self.bars.stand_beside(geometry, BLEED, quotes)
        if self._stale_from is not None:
            self.update(0, self._stale_from, self.width(), self.height() - self._stale_from)
            self._stale_from = None
        self.show()

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

    def show_part(self, part: Range) -> None:
        """Scroll sideways to a part of the text, where it is out of view."""

    def selected_text(self) -> str:
        """Return what is selected here."""
        return self.surface.text(*self.selected) if self.selected is not None else ""

    def let_links_have_focus(self, linked: bool) -> None:
        """A piece with links is a stop for the keyboard, one without is not."""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if linked else Qt.FocusPolicy.NoFocus)

    def step_link(self, *, forward: bool) -> bool:
        """Move to the next link of this piece; False where there is none left in that direction."""
        following = self._link + (1 if forward else -1)
        if not 0 <= following < len(self.surface.links()):
            return False
        self._point_at(following)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        links = self.surface.links()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and 0 <= self._link < len(links):
            self.link_activated.emit(links[self._link][0])
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        backwards = event.reason() == Qt.FocusReason.BacktabFocusReason
        self._point_at(len(self.surface.links()) - 1 if backwards else 0)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point_at(-1)
        super().focusOutEvent(event)

    def _point_at(self, link: int) -> None:
        """Let another link have the focus, and say where it leads."""
        self._link = link
        links = self.surface.links()
        if not links:
            return
        address = links[link][0] if 0 <= link < len(links) else ""
        self.setAccessibleName(self.tr("Link to {address}").format(address=address) if address else "")
        self.link_pointed.emit(address)
        self.update()

    def _focused_link(self) -> Range | None:
        links = self.surface.links() if self._link >= 0 and self.hasFocus() else []
        return links[self._link][1] if 0 <= self._link < len(links) else None

    def show_focused(self) -> QRect:
        """Return where the link is that has the focus, scrolled to sideways; without one, all of this."""
        link = self._focused_link()
        if link is None:
            return self.rect()
        self.show_part(link)
        return self.surface.range_rect(link).translated(QPointF(self.origin())).toRect()

    def paint_focused_link(self, painter: QPainter) -> None:
        """Draw a ring around the link that has the focus; the painter stands at the text's origin."""
        link = self._focused_link()
        if link is None:
            return
        painter.setPen(QPen(self.kit.theme.color("focus.ring"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.surface.range_rect(link).adjusted(-3, 0, 3, 2), 4, 4)
