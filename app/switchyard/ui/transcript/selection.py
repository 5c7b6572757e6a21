"""What is selected in a reply, over all its pieces, and what the pointer does with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt

from switchyard.ui.transcript.pieces.base import Piece

Place = tuple[int, int]


class Selection:
    """A place is a piece and a position in its text; the pieces are the body's own list."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._anchor: Place | None = None
        self._pressed_link = ""

    def text(self) -> str:
        """Return what is selected."""
        said, glue = "", "\n"
        for piece in self._pieces:
            text = piece.selected_text()
            if text:
                said += glue + text if said else text
            glue = piece.glue
        return said

    def take_all(self) -> None:
        """Select every word."""
        for piece in self._pieces:
            piece.select((0, piece.surface.length))

    def press(self, point: QPoint) -> None:
        """Begin a selection, or a click on a link."""
        self._pressed_link = self.link_at(point)
        for piece in self._pieces:
            piece.select(None)
        self._anchor = self._place_at(point)

    def drag(self, point: QPoint) -> None:
        """Select from where the button was pressed to here."""
        head = self._place_at(point)
        if self._anchor is not None and head is not None:
            self._select(self._anchor, head)

    def release(self, point: QPoint) -> str:
        """End it; return the address of a link that was clicked, or nothing."""
        link, pressed = self.link_at(point), self._pressed_link
        self._pressed_link = ""
        return link if link and link == pressed and not self.text() else ""

    def take_word(self, point: QPoint) -> None:
        """Select the word at a point."""
        place = self._place_at(point)
        if place is not None:
            piece = self._pieces[place[0]]
            piece.select(piece.surface.word_at(place[1]))
            self._anchor = None

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

    def _place_at(self, point: QPoint) -> Place | None:
        number = self._piece_at(point)
        if number is None:
            return None
        piece = self._pieces[number]
        return number, max(piece.hit(point - piece.pos()), 0)

    def _select(self, anchor: Place, head: Place) -> None:
        start, end = min(anchor, head), max(anchor, head)
        for number, piece in enumerate(self._pieces):
            if start[0] <= number <= end[0]:
                left = start[1] if number == start[0] else 0
                right = end[1] if number == end[0] else piece.surface.length
                piece.select((left, right))
            else:
                piece.select(None)
