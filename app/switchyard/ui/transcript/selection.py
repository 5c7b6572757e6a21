"""What is selected in one passage of a message, over all its pieces, and where a step from a place leads."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QPoint, QPointF, QRect, Qt

from switchyard.ui.transcript.excerpt import cut
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.pieces.base import Piece

Place = tuple[int, int]

_FAR = 100_000


class Step(Enum):
    """How far a key moves the end of a selection."""

    CHAR_BACK = "char back"
    CHAR_ON = "char on"
    WORD_BACK = "word back"
    WORD_ON = "word on"
    LINE_UP = "line up"
    LINE_DOWN = "line down"
    LINE_START = "line start"
    LINE_END = "line end"
    START = "start"
    END = "end"


FORWARD = frozenset({Step.CHAR_ON, Step.WORD_ON, Step.LINE_DOWN, Step.LINE_END, Step.END})
_TURNED = {
    Step.CHAR_BACK: Step.CHAR_ON,
    Step.CHAR_ON: Step.CHAR_BACK,
    Step.WORD_BACK: Step.WORD_ON,
    Step.WORD_ON: Step.WORD_BACK,
}
_BY_LINE = frozenset({Step.LINE_UP, Step.LINE_DOWN})


class Selection:
    """A place is a piece and a position in its text; the pieces are the body's own list."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces

    # --- what is selected ---

    def mark(self, start: Place | None, end: Place | None) -> None:
        """Select from one place to another; None is the beginning, or the end, whatever comes there."""
        first, last = start or (0, 0), end or (len(self._pieces), 0)
        for number, piece in enumerate(self._pieces):
            if first[0] <= number <= last[0]:
                left = first[1] if number == first[0] else 0
                right = last[1] if number == last[0] else piece.surface.length
                piece.select((min(left, piece.surface.length), min(right, piece.surface.length)))
            else:
                piece.select(None)

    def clear(self) -> None:
        """Select nothing."""
        for piece in self._pieces:
            piece.select(None)

    def text(self) -> str:
        """Return what is selected."""
        said, glue = "", "\n"
        for piece in self._pieces:
            text = piece.selected_text()
            if text:
                said += glue + text if said else text
            glue = piece.glue
        return said

    def blocks(self) -> tuple[Block, ...]:
        """Return what is selected with its styles."""
        return tuple(block for piece in self._pieces for block in cut(piece))

    # --- places ---

    @property
    def start(self) -> Place:
        """The first place."""
        return 0, 0

    @property
    def end(self) -> Place:
        """The last place."""
        last = len(self._pieces) - 1
        return (last, self._pieces[last].surface.length) if last >= 0 else (0, 0)

    def place_at(self, point: QPoint) -> Place:
        """Return the place nearest to a point."""
        number = self._piece_at(point)
        if number is None:
            return self.start
        piece = self._pieces[number]
        return number, max(piece.hit(point - piece.pos()), 0)

    def word_at(self, point: QPoint) -> tuple[Place, Place]:
        """Return where the word at a point begins and ends."""
        number, position = self.place_at(point)
        if number >= len(self._pieces):
            return self.start, self.start
        left, right = self._pieces[number].surface.word_at(position)
        return (number, left), (number, right)

    def paragraph_at(self, point: QPoint) -> tuple[Place, Place]:
        """Return where the paragraph, the line of code or the cell at a point begins and ends."""
        number, position = self.place_at(point)
        if number >= len(self._pieces):
            return self.start, self.start
        left, right = self._pieces[number].surface.paragraph_at(position)
        return (number, left), (number, right)

    def rect_of(self, place: Place) -> QRect:
        """Return where a place is: as high as its line, and next to nothing wide."""
        number, position = place
        if number >= len(self._pieces):
            return QRect()
        piece = self._pieces[number]
        rect = piece.surface.range_rect((position, position)).translated(QPointF(piece.origin() + piece.pos()))
        return rect.toRect()

    def show(self, place: Place) -> None:
        """Scroll sideways to a place in what is too wide."""
        number, position = place
        if number < len(self._pieces):
            self._pieces[number].show_part((position, position))

    def turned(self, place: Place, step: Step) -> Step:
        """Return the step that a key means at a place: where words run from the right, those to the sides change."""
        number, position = place
        from_right = number < len(self._pieces) and self._pieces[number].surface.runs_from_right(position)
        return _TURNED.get(step, step) if from_right else step

    def step(self, place: Place, step: Step) -> Place | None:
        """Return where a step leads; None where that is out of this passage."""
        if not self._pieces:
            return None
        if step is Step.START:
            return self.start
        if step is Step.END:
            return self.end
        if step in _BY_LINE:
            return self._step_line(place, down=step is Step.LINE_DOWN)
        if step in {Step.LINE_START, Step.LINE_END}:
            rect = self.rect_of(place)
            piece = self._pieces[place[0]]
            leftwards = (step is Step.LINE_START) is not piece.surface.runs_from_right(place[1])
            x = -_FAR if leftwards else _FAR
            return place[0], max(piece.hit(QPoint(x, rect.center().y() - piece.y())), 0)
        return self._step_letters(place, forward=step in FORWARD, word=step in {Step.WORD_BACK, Step.WORD_ON})

    def _step_letters(self, place: Place, *, forward: bool, word: bool) -> Place | None:
        number, position = place
        to = self._pieces[number].surface.next_to(position, forward=forward, word=word)
        if to != position:
            return number, to
        number += 1 if forward else -1
        if not 0 <= number < len(self._pieces):
            return None
        return number, 0 if forward else self._pieces[number].surface.length

    def _step_line(self, place: Place, *, down: bool) -> Place | None:
        rect = self.rect_of(place)
        reach = max(rect.height(), 1)
        y = rect.center().y()
        lowest = self._pieces[-1].geometry().bottom()
        while 0 <= y <= lowest:
            y += reach if down else -reach
            found = self.place_at(QPoint(rect.x(), y))
            if found != place and (found > place) is down and self.rect_of(found).center().y() != rect.center().y():
                return found
        return None

    def line_from(self, x: int, *, top: bool) -> Place:
        """Return the place in the first or the last line that is nearest to a distance from the left."""
        if not self._pieces:
            return self.start
        return self.place_at(QPoint(x, 1 if top else self._pieces[-1].geometry().bottom() - 1))

    # --- links ---

    def show_pointer(self, point: QPoint) -> None:
        """Show by the pointer whether it is over a link or over text."""
        number = self._piece_at(point)
        if number is not None:
            linked = bool(self.link_at(point))
            shape = Qt.CursorShape.PointingHandCursor if linked else Qt.CursorShape.IBeamCursor
            self._pieces[number].setCursor(shape)

    def link_at(self, point: QPoint) -> str:
        """Return the address under a point, or nothing."""
        number = self._piece_at(point)
        return self._pieces[number].link_at(point - self._pieces[number].pos()) if number is not None else ""

    def _piece_at(self, point: QPoint) -> int | None:
        """Return the piece at the height of a point, or the nearest."""
        for number, piece in enumerate(self._pieces):
            if point.y() <= piece.geometry().bottom():
                return number
        return len(self._pieces) - 1 if self._pieces else None
