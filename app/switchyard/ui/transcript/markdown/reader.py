"""Reads Markdown into blocks with markdown-it; imported late and in a worker thread, since that takes 60 ms."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from switchyard.ui.transcript.markdown import maths
from switchyard.ui.transcript.markdown.model import (
    LINE_BREAK,
    TASK_DONE,
    TASK_OPEN,
    Align,
    Block,
    CodeBlock,
    FormulaBlock,
    ImageBlock,
    RuleBlock,
    Span,
    Spans,
    TableBlock,
    TextBlock,
    merged,
    settable,
)

Env = MutableMapping[str, Any]

_BULLETS = ("•", "◦", "▪")
_LONGEST_MARKER = 3
_LEAVES = frozenset({"fence", "code_block", "hr", maths.BLOCK})
_AROUND_IMAGES = frozenset({"softbreak", "hardbreak", "link_open", "link_close"})
_TASKS = {"[ ] ": TASK_OPEN, "[x] ": TASK_DONE, "[X] ": TASK_DONE}


class _Links(LinkifyIt):  # type: ignore[misc]
    """Looks for bare links only where one can be: each of those that are known has a scheme, or two slashes."""

    def pretest(self, text: str) -> bool:
        return (":" in text or "//" in text) and bool(super().pretest(text))


class Reader:
    """Knows the dialect: CommonMark with tables, strike-through, bare links, tasks, formulas, notes; HTML is text."""

    def __init__(self) -> None:
        self._md = MarkdownIt("commonmark", {"html": False, "linkify": True})
        self._md.enable(["table", "strikethrough", "linkify"])
        self._md.linkify = _Links(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
        # A note stays where it was written: where the others end nobody knows while a text streams.
        footnote_plugin(self._md, inline=False, move_to_end=False)
        maths.formula_plugin(self._md)

    def read(self, text: str) -> tuple[Block, ...]:
        """Return the blocks of a whole text."""
        return self.blocks(self.tokens(settable(text), {}))

    def tokens(self, text: str, env: Env) -> list[Token]:
        """Return markdown-it's tokens; `env` carries reference links from one part of a text to the next."""
        return self._md.parse(text, env)

    def blocks(
        self, tokens: Sequence[Token], *, number: int | None = None, inside_list: bool = False
    ) -> tuple[Block, ...]:
        """Return the blocks of tokens; `number` and `inside_list` say how a list goes on that began before."""
        return tuple(_Flattening(number=number, inside_list=inside_list).flatten(tokens))


@dataclass
class _List:
    number: int | None  # None: bullets
    depth: int


@dataclass
class _Flattening:
    """Walks nested tokens once and says of each leaf how deep it lies."""

    number: int | None
    inside_list: bool
    lists: list[_List] = field(default_factory=list)
    quote: int = 0
    notes: int = 0
    marker: str = ""
    name: str = ""  # of a note that begins, where it is too long for a marker
    fresh: bool = True  # nothing was said yet of the outermost list that just began

    def flatten(self, tokens: Sequence[Token]) -> Iterator[Block]:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "table_open":
                end = _closing(tokens, at)
                yield from self._flush_marker()
                yield _table(tokens[at:end], self._depth, self.quote)
                at = end
            elif token.type == "inline":
                yield from self._paragraph(token, tokens[at - 1])
            elif token.type in _LEAVES:
                yield from self._flush_marker()
                yield self._leaf(token)
            else:
                yield from self._container(token)
            at += 1

    @property
    def _depth(self) -> int:
        return len(self.lists) + self.notes

    def _leaf(self, token: Token) -> Block:
        if token.type == "hr":
            return RuleBlock(self._depth, self.quote)
        if token.type == maths.BLOCK:
            return FormulaBlock(token.meta["tex"], token.content, self._depth, token.meta["closed"], self.quote)
        language = token.info.split()[0] if token.info.strip() else ""
        return CodeBlock(token.content.removesuffix("\n"), language, self._depth, quote=self.quote)

    def _container(self, token: Token) -> Iterator[Block]:
        kind = token.type
        if kind in {"bullet_list_open", "ordered_list_open"}:
            self._open_list(token)
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            self.lists.pop()
        elif kind == "list_item_open":
            yield from self._flush_marker()
            self.marker = self._next_marker()
        elif kind == "list_item_close":
            yield from self._flush_marker()
        elif kind == "blockquote_open":
            yield from self._flush_marker()
            self.quote += 1
        elif kind == "blockquote_close":
            self.quote -= 1
        elif kind == "footnote_reference_open":
            yield from self._flush_marker()
            self.notes += 1
            label = str(token.meta["label"])
            self.marker, self.name = (f"{label}.", "") if len(label) <= _LONGEST_MARKER else ("", label)
        elif kind == "footnote_reference_close":
            yield from self._flush_marker()
            self.notes -= 1

    def _open_list(self, token: Token) -> None:
        number = None
        if token.type == "ordered_list_open":
            start = token.attrs.get("start", 1)
            number = int(start) if self.number is None or self.lists else self.number
        self.fresh = not self.lists and not self.inside_list
        if not self.lists:
            self.inside_list = False
            self.number = None
        self.lists.append(_List(number, len(self.lists)))

    def _next_marker(self) -> str:
        here = self.lists[-1]
        if here.number is None:
            return _BULLETS[min(here.depth, len(_BULLETS) - 1)]
        marker = f"{here.number}."
        here.number += 1
        return marker

    def _flush_marker(self) -> Iterator[Block]:
        """An item that does not begin with text still shows its marker, on a line of its own."""
        if self.marker:
            yield TextBlock((), indent=self._depth, quote=self.quote, marker=self.marker, gap=self.fresh)
            self.marker = ""
            self.fresh = False

    def _paragraph(self, token: Token, opener: Token) -> Iterator[Block]:
        """Images that stand alone are shown in their place, one in a sentence is a link to it."""
        images = _images(token.children or []) if opener.type == "paragraph_open" else []
        if not images:
            yield self._text(token, opener)
            return
        yield from self._flush_marker()
        for image in images:
            yield ImageBlock(str(image.attrs["src"]), image.content, self._depth, self.quote)

    def _text(self, token: Token, opener: Token) -> TextBlock:
        name, self.name = self.name, ""
        lead = (Span(f"{name}: ", bold=True),) if name else ()
        spans = merged((*lead, *_spans(token.children or [])))
        marker, self.marker = self.marker, ""
        if marker and spans and spans[0].text[:4] in _TASKS:
            marker = _TASKS[spans[0].text[:4]]
            spans = merged((replace(spans[0], text=spans[0].text[4:]), *spans[1:]))
        gap = not opener.hidden or (self.fresh and bool(self.lists))
        self.fresh = False
        level = int(opener.tag[1:]) if opener.type == "heading_open" else 0
        return TextBlock(spans, level, self._depth, self.quote, marker, gap, note=self.notes > 0)


def _images(children: Sequence[Token]) -> list[Token]:
    """Return the images of a paragraph of nothing else, each somewhere on the web; else none."""
    images = [token for token in children if token.type == "image"]
    others = (token for token in children if token.type not in _AROUND_IMAGES)
    if any(token.content.strip() for token in others if token.type != "image"):
        return []
    return images if all(_is_on_the_web(str(token.attrs.get("src", ""))) for token in images) else []


def _is_on_the_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(parts.netloc)


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """Return where the token is closed that opens at `opening`."""
    depth = 0
    for at in range(opening, len(tokens)):
        depth += tokens[at].nesting
        if depth == 0:
            return at
    return len(tokens) - 1


def _table(tokens: Sequence[Token], indent: int, quote: int) -> TableBlock:
    header: tuple[Spans, ...] = ()
    aligns: list[Align] = []
    rows: list[tuple[Spans, ...]] = []
    cells: list[Spans] = []
    for token in tokens:
        if token.type == "th_open":
            aligns.append(_align(str(token.attrs.get("style", ""))))
        elif token.type == "inline":
            cells.append(merged(_spans(token.children or [])))
        elif token.type == "tr_close":
            if header:
                rows.append(tuple(cells))
            else:
                header = tuple(cells)
            cells = []
    return TableBlock(header, tuple(aligns), tuple(rows), indent, quote)


def _align(style: str) -> Align:
    if "right" in style:
        return Align.RIGHT
    return Align.CENTRE if "center" in style else Align.LEFT


def _spans(children: Sequence[Token]) -> Iterator[Span]:
    """Return the runs of a paragraph; styles are counted, since they nest."""
    bold = italic = strike = 0
    links: list[str | None] = [None]
    for token in children:
        match token.type:
            case "text":
                yield Span(token.content, bold > 0, italic > 0, strike > 0, False, links[-1])
            case "code_inline":
                yield Span(token.content, bold > 0, italic > 0, strike > 0, True, links[-1])
            case maths.INLINE:
                style = (bold > 0, italic > 0, strike > 0, False, links[-1])
                yield Span(token.content, *style, tex=token.meta["tex"])
            case "footnote_ref":
                yield Span(str(token.meta["label"]), bold > 0, italic > 0, strike > 0, note=True)
            case "softbreak":
                yield Span(" ", bold > 0, italic > 0, strike > 0, False, links[-1])
            case "hardbreak":
                yield Span(LINE_BREAK, bold > 0, italic > 0, strike > 0, False, links[-1])
            case "strong_open" | "strong_close":
                bold += token.nesting
            case "em_open" | "em_close":
                italic += token.nesting
            case "s_open" | "s_close":
                strike += token.nesting
            case "link_open":
                links.append(_address(token, "href"))
            case "link_close":
                links.pop()
            case "image":
                # Never loaded: its description stands in for it, and leads to it.
                address = _address(token, "src")
                text = token.content or address or ""
                yield Span(text, bold > 0, italic > 0, strike > 0, False, links[-1] or address)
            case _:
                yield Span(token.content, bold > 0, italic > 0, strike > 0, False, links[-1])


def _address(token: Token, name: str) -> str | None:
    return str(token.attrs.get(name, "")) or None
