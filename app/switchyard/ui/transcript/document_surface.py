"""A document on the screen, with what Qt's own layout cannot draw: grounds of code, markers, quotes and rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPen,
    QStaticText,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.markdown.model import LINE_BREAK, TASK_DONE, TASK_OPEN
from switchyard.ui.transcript.surface import (
    PILL_RADIUS,
    Range,
    Run,
    Spot,
    Surface,
    code_pills,
    cursor_x,
    formula_spots,
    line_parts,
    link_stretches,
    outside_formula,
    paint_found,
    parts_between,
    with_sources,
)
from switchyard.ui.transcript.typesetter import (
    CONTINUES,
    DEEPEST_QUOTE,
    LIST_INDENT,
    MARKER,
    NOTE,
    QUOTE,
    QUOTE_BAR,
    QUOTE_INDENT,
    RULE,
    SOURCE,
    STAND_IN,
    Typesetter,
)
from switchyard.ui.widgets.paint import draw_box

_MARKER_GAP = 9
_RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT MARK}"  # around a number: its full stop stands at its left
_PARAGRAPH_END = "\N{PARAGRAPH SEPARATOR}"
_BOX = 13
_BOX_RADIUS = 3
_ABOVE_LINE = 4  # grounds and accents reach above the letters


@dataclass(slots=True)
class _Pills:
    """Grounds of inline code in one paragraph, each with where its code ends, and its formulas.

    `known` is up to where they were worked out; None means all of them were.
    """

    placed: list[tuple[int, QRectF]]
    spots: list[Spot]
    known: int | None


class _Marker(NamedTuple):
    """A marker ready to be drawn: most paragraphs of a list have the same one."""

    text: QStaticText
    width: int
    ascent: float


class DocumentSurface(Surface):
    """Paragraphs one under the other, each in one text block of a document; `bare` ones have text alone."""

    def __init__(self, document: QTextDocument, theme: Theme, typesetter: Typesetter, *, bare: bool = False) -> None:
        self.document = document
        self._theme = theme
        self._typesetter = typesetter
        self._bare = bare
        self._pills: dict[int, _Pills] = {}
        self._markers: dict[tuple[str, str], _Marker] = {}
        self._links: list[tuple[str, Range]] = []
        self._links_of = -1  # the edition that they are in

    @property
    def edition(self) -> int:
        return self.document.revision()

    @property
    def length(self) -> int:
        """The last position in the document."""
        return self.document.characterCount() - 1

    def height(self) -> int:
        """How high the document is as it is laid out now."""
        return round(self.document.size().height())

    def line_top(self, position: int) -> int:
        """Return where the line around a position begins."""
        block = self.document.findBlock(min(position, self.length))
        top = self.document.documentLayout().blockBoundingRect(block).top()
        line = block.layout().lineForTextPosition(min(position - block.position(), block.length() - 1))
        return int(top + (line.y() if line.isValid() else 0)) - _ABOVE_LINE

    def hit(self, point: QPointF) -> int:
        """Return the position in the text nearest to a point."""
        position = self.document.documentLayout().hitTest(point, Qt.HitTestAccuracy.FuzzyHit)
        return _outside_formula(self.document, position) if position >= 0 else position

    def link_at(self, point: QPointF) -> str:
        """Return the address under a point, or nothing."""
        return self.document.documentLayout().anchorAt(point)

    def word_at(self, position: int) -> Range:
        """Return where the word around a position begins and ends."""
        cursor = QTextCursor(self.document)
        cursor.setPosition(position)
        cursor.select(QTextCursor.SelectionType.WordUnderCursor)
        return cursor.selectionStart(), cursor.selectionEnd()

    def runs_from_right(self, position: int) -> bool:
        return _is_rtl(self.document.findBlock(position))

    def paragraph_at(self, position: int) -> Range:
        """Return where the paragraph around a position begins and ends, however often it was parted."""
        first = last = self.document.findBlock(position)
        while first.blockFormat().hasProperty(CONTINUES) and first.previous().isValid():
            first = first.previous()
        while last.next().isValid() and last.next().blockFormat().hasProperty(CONTINUES):
            last = last.next()
        return first.position(), last.position() + last.length() - 1

    def next_to(self, position: int, *, forward: bool, word: bool) -> int:
        """Return the position a letter or a word further on, or back; the same one at the end of the text."""
        cursor = QTextCursor(self.document)
        cursor.setPosition(min(position, self.length))
        move = QTextCursor.MoveOperation
        by_letter = move.NextCharacter if forward else move.PreviousCharacter
        by_word = move.NextWord if forward else move.PreviousWord
        cursor.movePosition(by_word if word else by_letter)
        if forward and word and cursor.position() == position:
            cursor.movePosition(move.End)
        return _outside_formula(self.document, cursor.position(), forward=forward)

    def text(self, start: int, end: int) -> str:
        """Return a part of the text as it is copied: with the markers of lists, without seams inside a paragraph."""
        result: list[str] = []
        block = self.document.findBlock(start)
        while block.isValid() and block.position() <= end:
            first = max(start - block.position(), 0)
            piece = with_sources(block.text(), _runs(block), first, end - block.position())
            marker = block.blockFormat().property(MARKER)
            if result and not block.blockFormat().hasProperty(CONTINUES):
                result.append("\n")
            if marker and first == 0:
                result.append(f"{marker} ")
            result.append(piece)
            block = block.next()
        return "".join(result).replace(LINE_BREAK, "\n")

    def links(self) -> list[tuple[str, Range]]:
        """Return the addresses in the text and where each is, in order."""
        if self._links_of != self.edition:
            self._links, self._links_of = [], self.edition
            block = self.document.begin()
            while block.isValid():
                self._links.extend(link_stretches(_runs(block), block.position()))
                block = block.next()
        return self._links

    def caret_rect(self) -> QRectF:
        """Return where the next character would stand, one line high."""
        block = self.document.lastBlock()
        layout = block.layout()
        origin = self.document.documentLayout().blockBoundingRect(block).topLeft()
        column = block.length() - 1
        line = layout.lineForTextPosition(column)
        if not line.isValid():
            return QRectF(origin.x(), origin.y(), 1, self._theme.line_height("body"))
        x = cursor_x(layout, line.lineNumber(), column)
        return QRectF(origin.x() + x, origin.y() + line.y(), 1, line.height())

    def range_rect(self, part: Range) -> QRectF:
        """Return the box around the first line of a part of the text."""
        block = self.document.findBlock(part[0])
        start, end = part[0] - block.position(), part[1] - block.position()
        origin = self.document.documentLayout().blockBoundingRect(block).topLeft()  # lays it out
        for left, right, middle in line_parts(block.layout(), start, end):
            height = block.layout().lineAt(0).height()
            return QRectF(origin.x() + left, origin.y() + middle - height / 2, right - left, height)
        return QRectF()

    def shown_text(self) -> str:
        """Return the whole text position for position, with the sources of formulas in their place."""
        raw = self.document.toRawText()
        if STAND_IN not in raw:
            return raw.replace(_PARAGRAPH_END, "\n")
        lines: list[str] = []
        block = self.document.begin()
        while block.isValid():
            lines.append(with_sources(block.text(), _runs(block), 0, block.length() - 1))
            block = block.next()
        return "\n".join(lines)

    # --- painting ---

    def paint(self, painter: QPainter, clip: QRectF, selected: Range | None) -> None:
        """Draw what lies in `clip`: quotes and code behind the text, then the text, then markers and rules."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layout = self.document.documentLayout()
        shown = () if self._bare else self.blocks_in(clip)
        blocks = [(block, layout.blockBoundingRect(block)) for block in shown]
        for block, top in blocks:
            self._paint_pills(painter, block, top, clip)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = clip
        washes = list(_paint_found(painter, self, self._typesetter, clip)) if self.found else []
        if selected is not None and selected[0] < selected[1]:
            washes.append(_selection(self, selected, self._typesetter.selection))
        context.selections = washes
        painter.save()
        painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
        self.document.documentLayout().draw(painter, context)
        painter.restore()
        for block, top in blocks:
            self._paint_furniture(painter, block, top, clip)
            for spot in self._pills[block.blockNumber()].spots:
                self._paint_formula(painter, spot, top.topLeft())

    def blocks_in(self, clip: QRectF) -> Iterator[QTextBlock]:
        """Return the paragraphs that lie in a part of the document."""
        layout = self.document.documentLayout()
        start = max(layout.hitTest(QPointF(0, clip.top()), Qt.HitTestAccuracy.FuzzyHit), 0)
        block = self.document.findBlock(start)
        if block.previous().isValid():
            block = block.previous()
        while block.isValid() and layout.blockBoundingRect(block).top() <= clip.bottom():
            yield block
            block = block.next()

    def forget_layout(self, position: int = 0) -> None:
        """Something from a position on is laid out anew, so what was worked out from its lines holds no longer."""
        block = self.document.findBlock(position)
        number = block.blockNumber()
        here = self._pills.get(number)
        self._pills = {each: pills for each, pills in self._pills.items() if each < number}
        if here is not None:
            settled = _settled_before(block, position)
            if here.known is not None:  # not painted since it was forgotten the last time
                settled = min(settled, here.known)
            spots = [spot for spot in here.spots if spot.end <= settled]
            self._pills[number] = _Pills([pill for pill in here.placed if pill[0] <= settled], spots, settled)

    def _paint_pills(self, painter: QPainter, block: QTextBlock, rect: QRectF, clip: QRectF) -> None:
        """Draw the ground behind inline code, rounded and wider than its letters."""
        pills = self._pills.setdefault(block.blockNumber(), _Pills([], [], 0))
        if pills.known is not None:
            found = code_pills(block.layout(), _runs(block), rtl=_is_rtl(block), beyond=pills.known)
            pills.placed.extend(found)
            if STAND_IN in block.text():
                pills.spots.extend(formula_spots(block.layout(), _runs(block), beyond=pills.known))
            pills.known = None
        if not pills.placed:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("bg.hover"))
        for _, pill in pills.placed:
            placed = pill.translated(rect.topLeft())
            if placed.intersects(clip):
                painter.drawRoundedRect(placed, PILL_RADIUS, PILL_RADIUS)

    def _paint_formula(self, painter: QPainter, spot: Spot, top: QPointF) -> None:
        """Draw a formula in the room that is kept for it; one that is wider than the column is made smaller."""
        formula = self._typesetter.formula(spot.format)
        if formula is not None:
            room = self.document.textWidth() - spot.origin.x()
            size = min(float(spot.format.font().pixelSize()), room / formula.width)
            formula.paint(painter, top + spot.origin, size, spot.format.foreground().color())

    def formula_at(self, point: QPointF) -> tuple[str, QRectF] | None:
        """Return the source of the formula at a point, and where it is."""
        position = self.document.documentLayout().hitTest(point, Qt.HitTestAccuracy.ExactHit)
        block = self.document.findBlock(max(position, 0))
        pills = self._pills.get(block.blockNumber())
        top = self.document.documentLayout().blockBoundingRect(block).topLeft()
        for spot in pills.spots if pills is not None and position >= 0 else ():
            formula = self._typesetter.formula(spot.format)
            if formula is not None:
                size = spot.format.font().pixelSize()
                corner = top + spot.origin - QPointF(0, formula.ascent * size)
                box = QRectF(corner.x(), corner.y(), spot.width, (formula.ascent + formula.descent) * size)
                if box.contains(point):
                    return str(spot.format.property(SOURCE)), box
        return None

    def _paint_furniture(self, painter: QPainter, block: QTextBlock, rect: QRectF, clip: QRectF) -> None:
        """Draw what stands beside a paragraph, as far as that is seen: to draw its marker takes as long as a line."""
        found = block.blockFormat()
        if found.hasProperty(RULE):
            painter.setPen(QPen(self._theme.color("border.default"), 1))
            y = round(rect.top() + rect.height() / 2) + 0.5
            painter.drawLine(QPointF(found.leftMargin(), y), QPointF(self.document.textWidth(), y))
        quotes = found.property(QUOTE)
        if quotes:
            _paint_quote(painter, self._theme, block, rect, int(quotes))
        if rect.top() + found.topMargin() + found.lineHeight() + _ABOVE_LINE < clip.top():
            return
        marker = found.property(MARKER)
        if marker and block.layout().lineCount():
            self._paint_marker(painter, block, rect, str(marker))

    def _paint_marker(self, painter: QPainter, block: QTextBlock, rect: QRectF, marker: str) -> None:
        line = block.layout().lineAt(0)
        task = marker in {TASK_OPEN, TASK_DONE}
        rtl = _is_rtl(block)
        style = "secondary" if block.blockFormat().hasProperty(NOTE) else "body"
        found = self._marker(marker, style, rtl=rtl)
        width = _BOX if task else found.width
        if rtl:
            x = self.document.textWidth() - block.blockFormat().rightMargin() + _MARKER_GAP
        else:
            x = max(block.blockFormat().leftMargin() - _MARKER_GAP - width, -LIST_INDENT)
        if task:
            top = round(rect.y() + line.y() + (line.height() - _BOX) / 2)
            _paint_task(painter, self._theme, QRectF(round(x), top, _BOX, _BOX), done=marker == TASK_DONE)
            return
        painter.setFont(self._theme.font(style))
        painter.setPen(self._theme.color("text.tertiary"))
        painter.drawStaticText(QPointF(x, rect.y() + line.y() + line.ascent() - found.ascent), found.text)

    def _marker(self, marker: str, style: str, *, rtl: bool) -> _Marker:
        shown = f"{_RIGHT_TO_LEFT}{marker}{_RIGHT_TO_LEFT}" if rtl else marker
        found = self._markers.get((shown, style))
        if found is None:
            metrics = QFontMetricsF(self._theme.font(style))
            text = QStaticText(shown)
            text.setTextFormat(Qt.TextFormat.PlainText)
            width = QFontMetrics(self._theme.font(style)).horizontalAdvance(marker)
            found = self._markers[shown, style] = _Marker(text, width, metrics.ascent())
        return found


def _paint_found(
    painter: QPainter, surface: DocumentSurface, typesetter: Typesetter, clip: QRectF
) -> Iterator[QAbstractTextDocumentLayout.Selection]:
    """Draw the ground behind what was found; return what is left for Qt to draw."""
    layout, wash = surface.document.documentLayout(), typesetter.found(now=False)
    for block in surface.blocks_in(clip):
        start, origin = block.position(), layout.blockBoundingRect(block).topLeft()
        within = parts_between(surface.found, start, start + block.length())
        parts = [(a - start, b - start) for a, b in within if (a, b) != surface.found_now]
        for a, b in paint_found(painter, block, origin, clip, parts, wash.background()) if parts else ():
            yield _selection(surface, (start + a, start + b), wash)
    if surface.found_now is not None:
        yield _selection(surface, surface.found_now, typesetter.found(now=True))


def _selection(
    surface: DocumentSurface, selected: Range, wash: QTextCharFormat
) -> QAbstractTextDocumentLayout.Selection:
    cursor = QTextCursor(surface.document)
    cursor.setPosition(min(selected[0], surface.length))
    cursor.setPosition(min(selected[1], surface.length), QTextCursor.MoveMode.KeepAnchor)
    selection = QAbstractTextDocumentLayout.Selection()
    selection.cursor = cursor
    selection.format = wash
    return selection


def _settled_before(block: QTextBlock, position: int) -> int:
    """Return up to where a paragraph's lines stay as they are: a word may yet go up into the line above."""
    block.document().documentLayout().blockBoundingRect(block)  # lays it out
    line = block.layout().lineForTextPosition(position - block.position())
    above = line.lineNumber() - 1 if line.isValid() else 0
    return block.layout().lineAt(above).textStart() if above > 0 else 0


def _runs(block: QTextBlock) -> Iterator[Run]:
    for each in block.textFormats():
        yield Run(each.start, each.length, each.format)


def _is_rtl(block: QTextBlock) -> bool:
    return block.textDirection() == Qt.LayoutDirection.RightToLeft


def _outside_formula(document: QTextDocument, position: int, *, forward: bool | None = None) -> int:
    block = document.findBlock(position)
    return block.position() + outside_formula(block.text(), _runs(block), position - block.position(), forward=forward)


def _paint_quote(painter: QPainter, theme: Theme, block: QTextBlock, rect: QRectF, quotes: int) -> None:
    above = block.previous()
    joined = above.isValid() and above.blockFormat().hasProperty(QUOTE)
    top = rect.top() - (block.blockFormat().topMargin() if joined else 0)
    bottom = rect.top() + block.layout().lineCount() * block.blockFormat().lineHeight()
    rtl = _is_rtl(block)
    for at in range(min(quotes, DEEPEST_QUOTE)):
        x = at * QUOTE_INDENT
        left = block.document().textWidth() - x - QUOTE_BAR if rtl else x
        painter.fillRect(QRectF(left, top, QUOTE_BAR, bottom - top), theme.color("border.strong"))


def _paint_task(painter: QPainter, theme: Theme, box: QRectF, *, done: bool) -> None:
    """Draw a box that is ticked or not; it only tells, so it does not look as if it could be pressed."""
    outline = theme.color("border.control")
    draw_box(painter, box, _BOX_RADIUS, None, outline, 1.5)
    if done:
        painter.setPen(QPen(theme.color("text.secondary"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        corner = box.topLeft()
        painter.drawPolyline([corner + QPointF(3.2, 6.8), corner + QPointF(5.6, 9.2), corner + QPointF(9.8, 4.0)])
