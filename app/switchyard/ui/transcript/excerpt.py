"""Cuts what is selected out of the blocks of a piece, so that it can be copied with its styles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from PySide6.QtGui import QTextDocument

from switchyard.ui.transcript.markdown.model import (
    Block,
    CodeBlock,
    Span,
    Spans,
    TableBlock,
    TextBlock,
    joined,
)
from switchyard.ui.transcript.pieces.base import Piece
from switchyard.ui.transcript.pieces.text import TextPiece
from switchyard.ui.transcript.surface import Range, cut_units
from switchyard.ui.transcript.typesetter import CONTINUES, utf16


def cut(piece: Piece) -> tuple[Block, ...]:
    """Return what is selected of a piece; a formula, a picture or a rule is taken whole or not at all."""
    if piece.selected is None or (piece.selected[0] == piece.selected[1] and piece.surface.length):
        return ()
    if isinstance(piece, TextPiece):
        document = piece.surface.document
        start, end = (position - _seams_before(document, position) for position in piece.selected)
        return joined(tuple(_cut_text(piece.blocks, (start, end))))
    block = piece.blocks[0] if piece.blocks else None
    if isinstance(block, CodeBlock):
        return (replace(block, text=cut_units(block.text, *piece.selected), closed=True),)
    if isinstance(block, TableBlock):
        return tuple(_cut_table(block, piece.selected))
    return piece.blocks


def _seams_before(document: QTextDocument, position: int) -> int:
    """Return how often a paragraph was parted before a position: each parting counts for one."""
    block, seams = document.findBlock(position), 0
    while block.isValid():
        seams += block.blockFormat().hasProperty(CONTINUES)
        block = block.previous()
    return seams


def _cut_text(blocks: Sequence[Block], selected: Range) -> Iterator[Block]:
    at = -1
    for block in blocks:
        spans = block.spans if isinstance(block, TextBlock) else ()
        at += 0 if isinstance(block, TextBlock) and block.continued else 1
        end = at + sum(utf16(span.text) for span in spans)
        if selected[0] <= end and selected[1] >= at and (at == end or (selected[0] < end and selected[1] > at)):
            if isinstance(block, TextBlock):
                kept = tuple(_cut_spans(spans, selected[0] - at, selected[1] - at))
                yield replace(block, spans=kept, marker=block.marker if selected[0] <= at else "")
            else:
                yield block
        at = end


def _cut_spans(spans: Spans, start: int, end: int) -> Iterator[Span]:
    at = 0
    for span in spans:
        text = cut_units(span.text, start - at, end - at)
        at += utf16(span.text)
        if text:
            yield replace(span, text=text)


def _cut_table(block: TableBlock, selected: Range) -> Iterator[Block]:
    """Return the rows that are selected, each whole, under the names of the columns; words from one cell as words."""
    rows = [block.header, *block.rows] if block.header else list(block.rows)
    at = 0
    touched: list[int] = []
    cells: list[Spans] = []
    for number, row in enumerate(rows):
        begin = at
        for column in range(len(block.aligns)):
            spans = row[column] if column < len(row) else ()
            length = sum(utf16(span.text) for span in spans)
            if selected[0] < at + length and selected[1] > at:
                cells.append(tuple(_cut_spans(spans, selected[0] - at, selected[1] - at)))
            at += length + 1
        if selected[0] < at - 1 and selected[1] > begin:
            touched.append(number)
    if len(cells) <= 1:
        yield from (TextBlock(spans) for spans in cells)
        return
    body = [rows[number] for number in touched if number or not block.header]
    yield replace(block, rows=tuple(body))
