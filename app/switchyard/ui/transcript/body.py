"""The words of one reply: pieces one under the other, that change only where the text does, and one selection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.caret import Caret
from switchyard.ui.transcript.finding import Query
from switchyard.ui.transcript.markdown.model import Block, RuleBlock, SeamBlock, TableBlock, TextBlock, joined
from switchyard.ui.transcript.pieces.base import BLEED, Kit, Piece
from switchyard.ui.transcript.pieces.code import CodePiece
from switchyard.ui.transcript.pieces.diagram import DiagramPiece
from switchyard.ui.transcript.pieces.formula import FormulaPiece
from switchyard.ui.transcript.pieces.image import ImagePiece
from switchyard.ui.transcript.pieces.seam import SeamPiece
from switchyard.ui.transcript.pieces.table import TablePiece, stretches
from switchyard.ui.transcript.pieces.text import TextPiece
from switchyard.ui.transcript.selection import Selection
from switchyard.ui.transcript.surface import Range
from switchyard.ui.transcript.typesetter import GAP, inset

_BLOCKS_PER_PIECE = 40
_CHARS_PER_PIECE = 6_000
_NARROWEST = 120
_KINDS: tuple[type[Piece], ...] = (
    TextPiece,
    CodePiece,
    TablePiece,
    FormulaPiece,
    ImagePiece,
    DiagramPiece,
    SeamPiece,
)


class Body(QWidget):
    """Starts a little left of the text column, so that what reaches out of it is not cut."""

    resized = Signal()
    link_activated = Signal(str)
    link_pointed = Signal(str)  # the pointer is over a link, or with nothing no longer
    copy_requested = Signal(str)

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(parent)
        self._kit = kit
        self._pointed_at = ""
        self._pieces: list[Piece] = []
        self._blocks: list[Block] = []
        self._finished = 0  # of the blocks, how many will not change while the reply streams
        self._places: list[QRect] = []
        self._changed_from = 0
        self._width = 0
        self._height = 0
        self.selection = Selection(self._pieces)
        self._found: tuple[Piece, Range] | None = None
        self._caret: Caret | None = None
        self._drawn: set[Piece] = set()  # those of which formulas have come
        self._only: Set[Piece] | None = None  # of what is to be presented, what is more than moved
        kit.formulas.told.connect(self._place_drawn)
        self._under_caret: Piece | None = None  # over which it was raised: to do that each time costs too much
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)

    # --- content ---

    def advance(self, finished: Sequence[Block], tail: Sequence[Block]) -> None:
        """Show more of a streaming reply: blocks that are finished now, and the open end in place of the old one."""
        settled = _in_stretches(finished)
        first, start = self._piece_of(self._finished)
        self._blocks[self._finished :] = [*settled, *_in_stretches(tail)]
        self._finished += len(settled)
        changed = [number for number in self._sync(first, self._blocks[start:]) if number is not None]
        for number in changed:
            piece = self._pieces[number] if number < len(self._pieces) else None
            if isinstance(piece, CodePiece):
                piece.stay_whole()
        self._place(min((*changed, len(self._places))))

    def settle(self, blocks: Sequence[Block]) -> Iterator[None]:
        """Show the blocks of the whole text, in steps; what is the same already is not touched."""
        final = _in_stretches(blocks)
        self._finished = len(final)
        if [joined(piece.blocks) for piece in self._pieces] == list(_groups(final)):
            return
        self._blocks = final
        for number in self._sync(0, final):
            if number is not None:
                self._place(number)
                self.resized.emit()
                yield
        self._place(0)
        self.resized.emit()

    def show_all(self, blocks: Sequence[Block]) -> None:
        """Show the blocks of a whole text at once."""
        for _ in self.settle(blocks):
            pass

    def clear(self) -> None:
        """Take back everything that was shown."""
        self._blocks = []
        self._finished = 0
        for _ in self._sync(0, ()):
            pass
        self._place(0)

    def _piece_of(self, block: int) -> tuple[int, int]:
        """Return the piece that holds a block, or is to hold it, and the first block of that piece."""
        start = 0
        for number, piece in enumerate(self._pieces):
            last = number == len(self._pieces) - 1
            if last or start + len(piece.blocks) > block:
                return number, start
            start += len(piece.blocks)
        return 0, 0

    def _sync(self, first: int, blocks: Sequence[Block]) -> Iterator[int | None]:
        """Make the pieces from `first` on show these blocks, reusing those of the right kind; yield which changed."""
        at = first
        for group in _groups(blocks):
            if at == len(self._pieces):
                self._pieces.append(self._make_piece(group))
            elif not self._pieces[at].accepts(group):
                self._drop(self._pieces[at])
                self._pieces[at] = self._make_piece(group)
            piece = self._pieces[at]
            if self._width and not piece.blocks:
                piece.arrange(self._width_of(group))
            changed = piece.update_blocks(group)
            self._join_table(at)
            yield at if changed else None
            at += 1
        if at < len(self._pieces):
            for piece in self._pieces[at:]:
                self._drop(piece)
            del self._pieces[at:]
            self._end_table()
            yield at

    def _make_piece(self, group: Sequence[Block]) -> Piece:
        kind = next(kind for kind in _KINDS if kind.accepts(group))
        piece = kind(self._kit, self)
        piece.resized.connect(self._on_piece_resized)
        piece.drawn.connect(self._drawn.add)
        piece.copy_requested.connect(self.copy_requested)
        piece.link_activated.connect(self.link_activated)
        piece.link_pointed.connect(self.link_pointed)
        return piece

    def _drop(self, piece: Piece) -> None:
        for part in (piece, piece.bars):
            if part is not None:
                part.hide()
                part.deleteLater()

    def _join_table(self, number: int) -> None:
        """Tell two stretches of one table that they belong together, or no longer do."""
        piece = self._pieces[number]
        above = self._pieces[number - 1] if number else None
        goes_on = isinstance(piece, TablePiece) and not piece.block.header
        if isinstance(piece, TablePiece):
            piece.above = above if goes_on and isinstance(above, TablePiece) else None
        if isinstance(above, TablePiece) and above.goes_on != goes_on:
            above.goes_on = goes_on
            above.mark_stale()
            self._place(number - 1)

    def _end_table(self) -> None:
        """What is last now is followed by nothing."""
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, TablePiece) and last.goes_on:
            last.goes_on = False
            last.mark_stale()

    # --- layout ---

    def arrange(self, width: int) -> int:
        """Lay out for a width of the text column; return the height that takes."""
        if width != self._width:
            self._width = width
            self._place(0)
        return max(self._height, self._least_height())

    def present(self) -> None:
        """Bring to the screen what was changed and laid out."""
        self.resize(self._width + 2 * BLEED, max(self._height, self._least_height()))
        for number in range(self._changed_from, len(self._pieces)):
            piece, place = self._pieces[number], self._places[number]
            if self._only is None or piece in self._only:
                piece.present(place)
            else:
                piece.move_to(place.topLeft())
        self._changed_from, self._only = len(self._pieces), None
        self._place_caret()

    def _width_of(self, blocks: Sequence[Block]) -> int:
        """Return what is left of the column for blocks inside a list; text knows its own indents."""
        first = blocks[0] if blocks else None
        if first is None or isinstance(first, TextBlock | RuleBlock | SeamBlock):
            return self._width
        return max(self._width - inset(first.indent, first.quote), _NARROWEST)

    def _place(self, first: int, only: Set[Piece] | None = None) -> None:
        """Find the places of the pieces from `first` on; the screen follows by `present`.

        Where `only` some of them have changed, the others keep their heights.
        """
        self._only = only if self._changed_from >= len(self._pieces) else None
        self._changed_from = min(self._changed_from, first)
        heights = [place.height() for place in self._places[first:]] if only is not None else []
        del self._places[first:]
        y = self._places[-1].bottom() + 1 if self._places else 0
        for number in range(first, len(self._pieces)) if self._width else ():
            piece = self._pieces[number]
            width = self._width_of(piece.blocks)
            kept = only is not None and piece not in only and number - first < len(heights)
            height = heights[number - first] if kept else piece.arrange(width)
            above = self._pieces[number - 1] if number else None
            y += GAP if above is not None and (piece.gap or (_is_text(piece) and not _is_text(above))) else 0
            self._places.append(QRect(self._width - width, y, width + 2 * BLEED, height))
            y += height
        self._height = y

    def _least_height(self) -> int:
        return self._kit.theme.line_height("body") if self._caret is not None else 0

    def _on_piece_resized(self) -> None:
        self._place(0)
        self.resized.emit()

    def _place_drawn(self) -> None:
        """Formulas of many pieces come in one go: all of them are placed together."""
        drawn = frozenset(self._drawn)
        self._drawn.clear()
        first = next((number for number, piece in enumerate(self._pieces) if piece in drawn), None)
        if first is not None:
            self._place(first, drawn)
            self.resized.emit()

    # --- caret ---

    def set_streaming(self, streaming: bool) -> None:
        """Show or take away the caret after the last character."""
        if streaming and self._caret is None:
            self._caret = Caret(self._kit.theme, self)
            self._caret.show()
        elif not streaming and self._caret is not None:
            self._caret.hide()
            self._caret.deleteLater()
            self._caret = None

    def _place_caret(self) -> None:
        if self._caret is None:
            return
        line = QRect(BLEED, 0, 1, self._kit.theme.line_height("body"))
        if self._pieces:
            last = self._pieces[-1]
            if last is not self._under_caret:
                self._under_caret = last
                self._caret.raise_()
            line = last.caret_rect().translated(last.pos())
        self._caret.stand_at(line, self.width())

    # --- what is found ---

    def mark_found(self, query: Query | None, now: int | None) -> None:
        """Mark words in every piece; the one with the number `now` is looked at."""
        before = 0
        self._found = None
        for piece in self._pieces:
            surface = piece.surface
            found = surface.find(query) if query is not None else ()
            here = found[now - before] if now is not None and before <= now < before + len(found) else None
            if (found, here) != (surface.found, surface.found_now):
                surface.found, surface.found_now = found, here
                piece.update()
            if here is not None:
                piece.unfold()
                self._found = (piece, here)
            before += len(found)

    def show_found(self) -> QRect | None:
        """Return where the words are that are looked at, scrolled to sideways where they lie in what is too wide.

        None where they are not here, or not laid out yet.
        """
        if self._found is None or self._changed_from < len(self._pieces):
            return None
        piece, part = self._found
        piece.show_part(part)
        return piece.surface.range_rect(part).translated(QPointF(piece.origin() + piece.pos())).toRect()

    # --- links ---

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what is under the pointer; what the thread does with it is its own matter."""
        if not event.buttons():
            point = event.position().toPoint()
            self.selection.show_pointer(point)
            self._point_at(self.selection.link_at(point))
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is over no link any longer."""
        self._point_at("")
        super().leaveEvent(event)

    def _point_at(self, link: str) -> None:
        if link != self._pointed_at:
            self._pointed_at = link
            self.link_pointed.emit(link)


def _is_text(piece: Piece) -> bool:
    return isinstance(piece, TextPiece)


def _in_stretches(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with every long table in stretches of rows."""
    result: list[Block] = []
    for block in blocks:
        result.extend(stretches(block) if isinstance(block, TableBlock) else (block,))
    return result


def _groups(blocks: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
    """Put blocks together into what one piece shows: runs of text that stay small enough to be laid out quickly."""
    run: list[Block] = []
    count = chars = 0
    for block in blocks:
        if isinstance(block, TextBlock | RuleBlock):
            continued = isinstance(block, TextBlock) and block.continued
            full = count >= _BLOCKS_PER_PIECE or chars > _CHARS_PER_PIECE
            if full and not continued:
                yield tuple(run)
                run, count, chars = [], 0, 0
            run.append(block)
            count += not continued
            chars += sum(len(span.text) for span in block.spans) if isinstance(block, TextBlock) else 0
            continue
        if run:
            yield tuple(run)
            run, count, chars = [], 0, 0
        yield (block,)
    if run:
        yield tuple(run)
