"""Puts the line at which another model went on into the blocks of a reply, where its text says that it belongs.

A place in the text becomes a place in the blocks by reading the text up to there: the last block of that reading is the
one that is parted. Words are parted where they were; code and tables stay whole, and the line follows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from switchyard.ui.transcript.markdown.model import (
    Block,
    CodeBlock,
    SeamBlock,
    Span,
    TableBlock,
    TextBlock,
    merged,
    plain,
)
from switchyard.ui.transcript.markdown.stream import StreamReader, Update

if TYPE_CHECKING:
    from switchyard.ui.transcript.markdown.reader import Reader


@dataclass(frozen=True, slots=True)
class SeamWords:
    """What a seam says: `between` words, or after a block `within` which the other model went on."""

    between: str
    within: str
    provider: str


SeamAt = tuple[int, SeamWords]


@dataclass(slots=True)
class _Mark:
    """A seam in the blocks: behind the first `size` characters, or rows, of one."""

    block: int
    size: int
    words: SeamWords


def read_with_seams(reader: Reader, text: str, seams: Sequence[SeamAt]) -> tuple[Block, ...]:
    """Return the blocks of a whole text with its seams."""
    marks = [_mark_after(reader.read(text[:at]), 0, words) for at, words in seams]
    blocks = reader.read(text)
    return tuple(_with_seams(blocks, 0, marks)) if marks else blocks


class SeamedReader:
    """A stream of Markdown with the seams that come in it."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader
        self._marks: list[_Mark] = []
        self._finished = 0
        self._tail: Sequence[Block] = ()

    def part(self, words: SeamWords) -> None:
        """Another model goes on behind what was fed so far."""
        self._marks.append(_mark_after(self._tail, self._finished, words))

    def feed(self, text: str) -> Update:
        """Take a piece of text."""
        update = self._reader.feed(text)
        start = self._finished
        self._finished += len(update.finished)
        self._tail = update.tail
        if not self._marks:
            return update
        _carry_over((*update.finished, *update.tail), start, self._marks)
        return Update(
            tuple(_with_seams(update.finished, start, self._marks)),
            tuple(_with_seams(update.tail, self._finished, self._marks)),
        )


def _mark_after(blocks: Sequence[Block], start: int, words: SeamWords) -> _Mark:
    """Return the mark behind blocks of which the first is number `start`."""
    if not blocks:
        return _Mark(start, 0, words)
    return _Mark(start + len(blocks) - 1, _size(blocks[-1]), words)


def _carry_over(blocks: Sequence[Block], start: int, marks: Sequence[_Mark]) -> None:
    """A long paragraph gives up its beginning as a block: a seam behind that lies in what goes on with it."""
    for number, block in enumerate(blocks[1:], start + 1):
        before = _size(blocks[number - start - 1])
        if isinstance(block, TextBlock) and block.continued:
            for mark in marks:
                if mark.block == number - 1 and mark.size >= before:
                    mark.block, mark.size = number, mark.size - before


def _with_seams(blocks: Sequence[Block], start: int, marks: Sequence[_Mark]) -> Iterator[Block]:
    for number, block in enumerate(blocks, start):
        yield from _parted(block, [mark for mark in marks if mark.block == number])


def _parted(block: Block, marks: Sequence[_Mark]) -> Iterator[Block]:
    done = 0
    for mark in marks:
        if isinstance(block, TextBlock):
            before, block = _part(block, mark.size - done)
            done = mark.size
            if before.spans:
                yield _without_blank(before, at_end=True)
            yield SeamBlock(mark.words.between, mark.words.provider, _glue(before, block))
            block = _without_blank(block, at_end=False)
        elif mark.size == 0:
            yield SeamBlock(mark.words.between, mark.words.provider)
    if not isinstance(block, TextBlock) or block.spans or not marks:
        yield block
    for mark in marks:
        if not isinstance(block, TextBlock) and mark.size:
            inside = _size(block) > mark.size
            yield SeamBlock(mark.words.within if inside else mark.words.between, mark.words.provider)


def _size(block: Block) -> int:
    match block:
        case TextBlock():
            return len(plain(block.spans))
        case CodeBlock():
            return len(block.text)
        case TableBlock():
            return len(block.rows)
        case _:
            return 0


def _part(block: TextBlock, size: int) -> tuple[TextBlock, TextBlock]:
    """Part a paragraph behind so many characters; what follows is no item of a list of its own."""
    before: list[Span] = []
    after: list[Span] = []
    for span in block.spans:
        head = max(size, 0)
        before.append(replace(span, text=span.text[:head]))
        after.append(replace(span, text=span.text[head:]))
        size -= len(span.text)
    rest = replace(block, spans=merged(after), marker="", gap=True, continued=False)
    return replace(block, spans=merged(before)), rest


def _glue(before: TextBlock, after: TextBlock) -> str:
    """Return what stands between the two parts where they are copied."""
    if not before.spans or not after.spans:
        return "\n"
    return " " if before.spans[-1].text.endswith(" ") or after.spans[0].text.startswith(" ") else ""


def _without_blank(block: TextBlock, *, at_end: bool) -> TextBlock:
    """A part neither ends nor begins with the blank at which it was parted."""
    if not block.spans:
        return block
    spans = list(block.spans)
    at = -1 if at_end else 0
    text = spans[at].text
    spans[at] = replace(spans[at], text=text.rstrip(" ") if at_end else text.lstrip(" "))
    return replace(block, spans=merged(spans))
