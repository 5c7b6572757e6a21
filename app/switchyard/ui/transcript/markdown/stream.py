"""Reads Markdown while it is still coming: what is finished is never read again, only the open end is.

An endless block would make the open end grow without bound, so a list gives up its items, a table its rows, open code
its lines and a long paragraph its sentences as they are finished. What only the end of the text can settle (a reference
defined later, a loose list) is settled by one more reading of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from switchyard.ui.transcript.markdown.maths import STREAMS
from switchyard.ui.transcript.markdown.model import Block, CodeBlock, Spans, TableBlock, TextBlock, settable

if TYPE_CHECKING:
    from markdown_it.token import Token

    from switchyard.ui.transcript.markdown.reader import Reader

_UNDECIDED_LINE = re.compile(r"[\s>*+\-#`~=_|:\d.)\[\]\\$]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LONG_PARAGRAPH = 1_000
_LONG_ITEM = 1_000
_KEPT_OF_PARAGRAPH = 300
_ENDLESS_PARAGRAPH = 5_000
_LONG_TABLE_ROWS = 6
_LIST_ENDS = frozenset({"list_item_close", "bullet_list_close", "ordered_list_close"})
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}(?=\S)")
_DELIMITERS = re.compile(r"\\.|`+|\*+|_+|~~|\[|\]|\(|\)|\$+")


@dataclass(frozen=True, slots=True)
class Update:
    """What a piece of text changed: blocks that are finished now, and the open end as it looks at present."""

    finished: tuple[Block, ...]
    tail: tuple[Block, ...]


@dataclass
class _Fence:
    """Open code: its end is looked for line by line, and nothing in it is parsed."""

    marker: str
    strip: int
    language: str
    lines: list[str]
    partial: str = ""

    def block(self, *, closed: bool) -> CodeBlock:
        text = "".join(self.lines)
        if not closed and not self._may_close(self.partial):
            text += self._stripped(self.partial)
        return CodeBlock(text.removesuffix("\n"), self.language, closed=closed)

    def feed(self, text: str) -> str | None:
        """Take more text; return what follows the closing fence once that has come."""
        lines = _lines(self.partial + text)
        self.partial = "" if not lines or lines[-1].endswith("\n") else lines.pop()
        for at, line in enumerate(lines):
            if self._closes(line):
                rest = "".join(lines[at + 1 :]) + self.partial
                self.partial = ""
                return rest
            self.lines.append(self._stripped(line))
        if len(self.lines) > 1:
            self.lines = ["".join(self.lines)]
        return None

    def _closes(self, line: str) -> bool:
        match = _FENCE.match(line)
        return match is not None and match[1].startswith(self.marker) and not line[match.end() :].strip()

    def _may_close(self, line: str) -> bool:
        return not line.strip(" " + self.marker[0])

    def _stripped(self, line: str) -> str:
        spaces = len(line) - len(line.lstrip(" "))
        return line[min(spaces, self.strip) :]


class StreamReader:
    """Feeds on pieces of one reply and says what each changed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._env: dict[str, Any] = {STREAMS: True}
        self._tail = ""
        self._half = ""  # of a character whose other half has not come
        self._fence: _Fence | None = None
        self._rows: list[tuple[Spans, ...]] = []  # finished rows of the table that the tail goes on with
        self._number: int | None = None  # what the list that the tail goes on with counts next
        self._inside_list = False
        self._inside_paragraph = False
        self._holders = 0  # items at the start of the tail that only hold what lies inside them, and are not shown

    def feed(self, text: str) -> Update:
        """Take a piece of text."""
        text, self._half = _whole(self._half + text)
        text = settable(text.replace("\r", ""))
        if self._fence is None:
            self._tail += text
            return self._read([])
        return self._feed_fence(self._fence, text, [])

    def _read(self, finished: list[Block]) -> Update:
        tokens = self._reader.tokens(self._tail, self._env)
        tops = [at for at, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0 and token.map]
        if not tops:
            return Update(tuple(finished), ())
        opens_fence = self._opens_fence(tokens[tops[-1]])
        if opens_fence or self._is_decided():
            if len(tops) > 1:
                finished.extend(self._blocks(tokens[: tops[-1]]))
                line = _line(tokens[tops[-1]])
                self._cut(line)
                self._forget_context()
                tokens = _moved_up(tokens[tops[-1] :], line)
            if opens_fence:
                return self._enter_fence(finished)
            before = self._tail
            finished.extend(self._give_up(tokens))
            if self._tail != before:
                tokens = _last_item(tokens) or self._reader.tokens(self._tail, self._env)
        return Update(tuple(finished), _with_open_end(tokens, self._blocks(tokens)))

    def _is_decided(self) -> bool:
        """Whether the last line says by now what it is: `*` alone may still become a bullet or bold text.

        A line of nothing but dots, or brackets, that does not end is not waited for.
        """
        last = self._tail[self._tail.rfind("\n") + 1 :]
        return len(last) > _LONG_PARAGRAPH or _UNDECIDED_LINE.fullmatch(last) is None or not last.strip()

    def _blocks(self, tokens: Sequence[Token]) -> tuple[Block, ...]:
        blocks = self._reader.blocks(tokens, number=self._number, inside_list=self._inside_list)[self._holders :]
        first = blocks[0] if blocks else None
        if self._rows and isinstance(first, TableBlock):
            return (replace(first, rows=(*self._rows, *first.rows)), *blocks[1:])
        if self._inside_paragraph and isinstance(first, TextBlock):
            return (replace(first, continued=True), *blocks[1:])
        return blocks

    def _forget_context(self) -> None:
        self._rows = []
        self._number = None
        self._inside_list = False
        self._inside_paragraph = False
        self._holders = 0

    def _cut(self, line: int) -> None:
        """Drop the first lines of the tail."""
        self._tail = "".join(_lines(self._tail)[line:])

    # --- giving up the finished part of an endless block ---

    def _give_up(self, tokens: Sequence[Token]) -> Sequence[Block]:
        kind = tokens[0].type
        if kind in {"bullet_list_open", "ordered_list_open"}:
            return self._give_up_items(tokens)
        if kind == "table_open":
            self._give_up_rows(tokens)
        elif kind == "paragraph_open" and len(self._tail) > _LONG_PARAGRAPH:
            return self._give_up_sentences()
        return ()

    def _give_up_items(self, tokens: Sequence[Token]) -> Sequence[Block]:
        items = [at for at, token in enumerate(tokens) if token.type == "list_item_open" and token.level == 1]
        if len(items) < 2:
            return self._give_up_inner_items(tokens) if len(self._tail) > _LONG_ITEM else ()
        last = items[-1]
        blocks = self._blocks((*tokens[:last], tokens[-1]))
        if tokens[0].type == "ordered_list_open":
            first = self._number if self._number is not None else int(tokens[0].attrs.get("start", 1))
            self._number = first + len(items) - 1
        self._inside_list = True
        self._holders = 0
        self._cut(_line(tokens[last]))
        return blocks

    def _give_up_inner_items(self, tokens: Sequence[Token]) -> Sequence[Block]:
        """Give up what is finished inside the only item; bare items are left to hold the rest."""
        path = _open_lists(tokens)
        depth = max((depth for depth, items in enumerate(path) if depth and len(items) > 1), default=0)
        lines = _lines(self._tail)
        holders = [_holder(lines, tokens[outer[-1]], tokens[inner[0]]) for outer, inner in pairwise(path[: depth + 1])]
        if not depth or not all(holders) or not all(_says_its_number(tokens, items) for items in path[1 : depth + 1]):
            return ()
        last = path[depth][-1]
        blocks = self._blocks((*tokens[:last], *tokens[len(tokens) - 2 * depth - 1 :]))
        self._inside_list = True
        self._holders = depth
        self._tail = "".join((*holders, *lines[_line(tokens[last]) :]))
        return blocks

    def _give_up_rows(self, tokens: Sequence[Token]) -> None:
        rows = [token for token in tokens if token.type == "tr_open"][1:]
        if len(rows) <= _LONG_TABLE_ROWS:
            return
        table = self._reader.blocks(tokens)[0]
        if isinstance(table, TableBlock):
            self._rows.extend(table.rows[:-1])
        lines = _lines(self._tail)
        top = _line(tokens[0])
        self._tail = "".join((*lines[top : top + 2], *lines[_line(rows[-1]) :]))

    def _give_up_sentences(self) -> Sequence[Block]:
        at = _place_to_part(self._tail, len(self._tail) - _KEPT_OF_PARAGRAPH)
        if at is None:
            if len(self._tail) <= _ENDLESS_PARAGRAPH:
                return ()
            at = _place_to_tear(self._tail, len(self._tail) - _KEPT_OF_PARAGRAPH)
        head, self._tail, spaced = self._tail[:at], self._tail[at:].lstrip(), self._tail[at] == " "
        blocks = self._blocks(self._reader.tokens(head, self._env))
        last = blocks[-1] if blocks else None
        if spaced and isinstance(last, TextBlock) and last.spans:
            spans = (*last.spans[:-1], replace(last.spans[-1], text=last.spans[-1].text + " "))
            blocks = (*blocks[:-1], replace(last, spans=spans))
        self._inside_paragraph = True
        return blocks

    # --- code ---

    def _opens_fence(self, token: Token) -> bool:
        """Whether the block is fenced code whose opening line is complete."""
        return token.type == "fence" and _line(token) < self._tail.count("\n")

    def _enter_fence(self, finished: list[Block]) -> Update:
        opening, _, content = self._tail.partition("\n")
        match = _FENCE.match(opening)
        marker = match[1] if match else "```"
        info = opening.strip().removeprefix(marker).split()
        strip = len(opening) - len(opening.lstrip(" "))
        self._tail = ""
        return self._feed_fence(_Fence(marker, strip, info[0] if info else "", []), content, finished)

    def _feed_fence(self, fence: _Fence, text: str, finished: list[Block]) -> Update:
        rest = fence.feed(text)
        if rest is None:
            self._fence = fence
            return Update(tuple(finished), (fence.block(closed=False),))
        self._fence = None
        self._tail = rest
        return self._read([*finished, fence.block(closed=True)])


def _with_open_end(tokens: Sequence[Token], blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks of the tail; code that ends with it, be it in a list or a quote, is open until its fence comes.

    A fence that is closed takes two lines more than what is between, an open one its first line alone.
    """
    leaf = next((token for token in reversed(tokens) if not token.nesting), None)
    if leaf is None or leaf.type != "fence" or leaf.map is None or not isinstance(blocks[-1], CodeBlock):
        return blocks
    if leaf.map[1] - leaf.map[0] > len(_lines(leaf.content)) + 1:
        return blocks
    return (*blocks[:-1], replace(blocks[-1], closed=False))


def _lines(text: str) -> list[str]:
    """Return the lines with their ends, as Markdown counts them."""
    *lines, last = text.split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


def _whole(text: str) -> tuple[str, str]:
    """Return a text of whole characters, and the half that it ends with."""
    return (text[:-1], text[-1]) if "\ud800" <= text[-1:] <= "\udbff" else (text, "")


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _moved_up(tokens: list[Token], lines: int) -> list[Token]:
    """Return tokens as they are read from a text without the lines above them."""
    for token in tokens:
        if token.map:
            token.map = [line - lines for line in token.map]
    return tokens


def _last_item(tokens: Sequence[Token]) -> list[Token]:
    """Return a list with its last item alone, as it is read from its text alone; nothing where that may differ."""
    items = [at for at, token in enumerate(tokens) if token.type == "list_item_open" and token.level == 1]
    loose = any(token.type == "paragraph_open" and token.level == 2 and not token.hidden for token in tokens)
    return [tokens[0], *tokens[items[-1] :]] if len(items) > 1 and not loose else []


def _open_lists(tokens: Sequence[Token]) -> list[list[int]]:
    """Return where the items begin of each list that is still open at the end, from the outermost in."""
    end = len(tokens)
    while end and tokens[end - 1].type in _LIST_ENDS:
        end -= 1
    path: list[list[int]] = []
    for at, token in enumerate(tokens[:end]):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            path.append([])
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            path.pop()
        elif token.type == "list_item_open":
            path[-1].append(at)
    return path


def _holder(lines: Sequence[str], outer: Token, inner: Token) -> str:
    """Return a line that opens the outer item as its own does; none where the inner one begins on the same line.

    It holds a heading, since a list that begins with another number than 1 cannot follow a paragraph.
    """
    opening = _ITEM.match(lines[_line(outer)])
    return f"{opening[0]}# x\n" if opening is not None and _line(inner) > _line(outer) else ""


def _says_its_number(tokens: Sequence[Token], items: Sequence[int]) -> bool:
    """Whether the last item of a list says which number it has, so that it still has it when it is the first."""
    number = tokens[items[-1]].info
    start = int(tokens[items[0] - 1].attrs.get("start", 1))
    return not number or int(number) == start + len(items) - 1


def _place_to_part(text: str, limit: int) -> int | None:
    """Return the last place before `limit` where a paragraph can be parted without tearing a style or a link.

    What follows it must not look like the start of another block.
    """
    opened: dict[str, int] = {}
    best: int | None = None
    events = [(match.start(), match.group()) for match in _DELIMITERS.finditer(text, 0, limit)]
    events.append((limit, ""))
    since = 0
    for at, mark in events:
        if not any(opened.values()):
            found = _last_gap(text, since, at)
            best = found if found is not None else best
        if mark in {"[", "("}:
            opened["[("] = opened.get("[(", 0) + 1
        elif mark in {"]", ")"}:
            opened["[("] = max(0, opened.get("[(", 0) - 1)
        elif mark and not mark.startswith("\\"):
            opened[mark] = 1 - opened.get(mark, 0)
        since = at + len(mark)
    return best


def _place_to_tear(text: str, limit: int) -> int:
    """Return where to part a paragraph that cannot be parted well: to read it anew each time takes ever longer.

    What is torn is mended by the reading of the whole text.
    """
    gap = _last_gap(text, 0, limit)
    if gap is not None:
        return gap
    return next((at for at in range(limit, limit // 2, -1) if text[at].isalpha()), limit)


def _last_gap(text: str, start: int, end: int) -> int | None:
    for at in range(end - 1, start, -1):
        if text[at] == " " and text[at + 1 : at + 2].isalpha():
            return at
    return None
