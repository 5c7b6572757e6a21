"""What a reply is made of once its Markdown is read: flat blocks, each with what is needed to draw it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

LINE_BREAK = "\u2028"
TASK_OPEN = "☐"
TASK_DONE = "☑"

_HALVES = re.compile("[\ud800-\udfff]")


class Align(StrEnum):
    """How a column of a table stands."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style. `href` is an address as it was written: whether it may be opened is asked later."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    href: str | None = None
    tex: str = ""  # of a formula, whose text is then its source with what marks it as one
    note: bool = False  # the number of a footnote


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph, a heading (`level` 1 to 6) or the first line of a list item (`marker`).

    `indent` counts lists around it, `quote` counts quotes; `gap` asks for room above it. A block that is `continued`
    goes on in the paragraph before it: only a reply that still streams has those. A `note` explains others.
    """

    spans: Spans
    level: int = 0
    indent: int = 0
    quote: int = 0
    marker: str = ""
    gap: bool = True
    continued: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True)
class RuleBlock:
    """A line across the column."""

    indent: int = 0
    quote: int = 0


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Code between fences; `closed` is False while its end has not come."""

    text: str
    language: str = ""
    indent: int = 0
    closed: bool = True
    quote: int = 0

    @property
    def is_diagram(self) -> bool:
        """Whether it is the source of a diagram, complete."""
        return self.closed and self.language.lower() == "mermaid"


@dataclass(frozen=True, slots=True)
class FormulaBlock:
    """A formula on lines of its own; `source` is how it was written, `closed` is False while its end has not come."""

    tex: str
    source: str
    indent: int = 0
    closed: bool = True
    quote: int = 0


@dataclass(frozen=True, slots=True)
class ImageBlock:
    """An image somewhere on the web, which nobody has asked for yet."""

    address: str
    description: str
    indent: int = 0
    quote: int = 0


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table: one cell is a tuple of spans."""

    header: tuple[Spans, ...]
    aligns: tuple[Align, ...]
    rows: tuple[tuple[Spans, ...], ...]
    indent: int = 0
    quote: int = 0


@dataclass(frozen=True, slots=True)
class SeamBlock:
    """A line across the reply where another model went on; `glue` stands in its place where the words are copied."""

    text: str
    provider: str
    glue: str = "\n"


Block = TextBlock | RuleBlock | CodeBlock | TableBlock | FormulaBlock | ImageBlock | SeamBlock


def plain(spans: Iterable[Span]) -> str:
    """Return the text of spans without their styles."""
    return "".join(span.text for span in spans)


def joined(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks with every continued paragraph put back together, as one reading of the whole text has them."""
    result: list[Block] = []
    for block in blocks:
        last = result[-1] if result else None
        if isinstance(block, TextBlock) and block.continued and isinstance(last, TextBlock):
            result[-1] = replace(last, spans=merged((*last.spans, *block.spans)))
        else:
            result.append(block)
    return tuple(result)


def merged(spans: Iterable[Span]) -> Spans:
    """Return the spans with neighbours of the same style made one, and without empty ones."""
    result: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if result and _same_style(result[-1], span):
            result[-1] = replace(span, text=result[-1].text + span.text)
        else:
            result.append(span)
    return tuple(result)


def _same_style(one: Span, other: Span) -> bool:
    """Whether two runs may be one; formulas and numbers of notes always stand alone."""
    return (
        not (one.tex or other.tex or one.note or other.note)
        and one.bold == other.bold
        and one.italic == other.italic
        and one.strike == other.strike
        and one.code == other.code
        and one.href == other.href
    )


def settable(text: str) -> str:
    """Return a text as Qt holds it: the halves of characters joined, and without marks of the order of bytes.

    A mark that begins a text is dropped by Qt itself, and any other kept: where it stands would depend on how it came.
    """
    if text.isascii():
        return text
    text = text.replace("\ufeff", "")
    if _HALVES.search(text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
