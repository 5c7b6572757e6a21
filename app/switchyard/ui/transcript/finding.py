"""Finds words in what messages say: a quick look at what was written first, an exact one at how it reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from switchyard.ui.transcript.markdown.model import (
    Block,
    CodeBlock,
    FormulaBlock,
    ImageBlock,
    TableBlock,
    TextBlock,
    plain,
)
from switchyard.ui.transcript.surface import Range
from switchyard.ui.transcript.typesetter import utf16

_MARKS = re.compile(r"[\\`*_~\[\]()<>#|!$]+|\s+")


class Query:
    """Words as a person types them: large and small letters are the same."""

    def __init__(self, words: str) -> None:
        self.words = words
        self._pattern = re.compile(re.escape(words), re.IGNORECASE)
        self._bare = re.compile(re.escape(_bare(words)), re.IGNORECASE)

    def may_be_in(self, markdown: str) -> bool:
        """Whether this is worth reading: false only where the words cannot be, whatever the marks among them mean."""
        return "&" in markdown or "](" in markdown or self._bare.search(_bare(markdown)) is not None

    def ranges(self, text: str) -> Iterator[Range]:
        """Return where the words are in a text, in positions as Qt counts them."""
        exact = text.isascii()
        read = at = 0  # up to where, and how long Qt counts that
        for found in self._pattern.finditer(text):
            if exact:
                yield found.span()
                continue
            start = at + utf16(text[read : found.start()])
            read, at = found.end(), start + utf16(found.group())
            yield start, at

    def count(self, blocks: Iterable[Block]) -> int:
        """Return how often the words are in these blocks, as they will be found in them once they are laid out."""
        return sum(self.count_in(text) for block in blocks for text in _texts(block))

    def count_in(self, text: str) -> int:
        """Return how often the words are in a text."""
        return sum(1 for _ in self._pattern.finditer(text))


def _bare(text: str) -> str:
    return _MARKS.sub("", text)


def _texts(block: Block) -> Sequence[str]:
    match block:
        case TextBlock():
            return (plain(block.spans),)
        case CodeBlock():
            return block.text.split("\n")
        case TableBlock():
            rows = (block.header, *block.rows)
            return [plain(cell) for row in rows for cell in row]
        case FormulaBlock():
            return (block.source,)
        case ImageBlock():
            return (block.description or block.address,)
        case _:
            return ()
