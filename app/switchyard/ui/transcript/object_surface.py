"""What stands for words without being set as such: a formula, an image or a diagram, taken whole or not at all."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from switchyard.ui.transcript.surface import Range, Surface
from switchyard.ui.transcript.typesetter import Typesetter, utf16


class ObjectSurface(Surface):
    """As long as the words it stands for; every place in it is before or behind all of them."""

    def __init__(self, typesetter: Typesetter, words: str) -> None:
        self._typesetter = typesetter
        self._words = words
        self._box = QRectF()

    def lay_out(self, words: str, box: QRectF) -> None:
        """Say what it stands for, and where it is drawn."""
        self._words, self._box = words, box

    @property
    def length(self) -> int:
        return utf16(self._words)

    def height(self) -> int:
        return round(self._box.bottom())

    def hit(self, point: QPointF) -> int:
        return 0 if point.x() < self._box.center().x() else self.length

    def link_at(self, point: QPointF) -> str:
        return ""

    def word_at(self, position: int) -> Range:
        return 0, self.length

    def paragraph_at(self, position: int) -> Range:
        return 0, self.length

    def next_to(self, position: int, *, forward: bool, word: bool) -> int:
        return self.length if forward else 0

    def text(self, start: int, end: int) -> str:
        return self._words if start < end else ""

    def shown_text(self) -> str:
        return self._words

    def links(self) -> list[tuple[str, Range]]:
        return []

    def caret_rect(self) -> QRectF:
        return QRectF(self._box.right() + 2, self._box.top(), 1, self._box.height())

    def range_rect(self, part: Range) -> QRectF:
        behind = part[0] == part[1] and part[0] > 0
        return self.caret_rect() if behind else self._box

    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None) -> None:
        if selected is not None and selected[0] < selected[1]:
            painter.fillRect(self._box, self._typesetter.selection.background())
        for part in self.found:
            painter.fillRect(self._box, self._typesetter.found(now=part == self.found_now).background())
