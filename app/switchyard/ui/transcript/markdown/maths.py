r"""Formulas in Markdown: what is between $ and $, \( and \), $$ and $$, \[ and \], or in an environment of TeX.

Without this, Markdown would eat their backslashes and underscores.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

INLINE = "formula_inline"
BLOCK = "formula_block"
STREAMS = "streams"  # in the environment of a text that may still go on

_PAIRS = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"))
_ENVIRONMENT = re.compile(r"\\begin\{((?:align|alignat|equation|gather|multline|flalign|eqnarray|math)\*?)\}")


def formula_plugin(md: MarkdownIt) -> None:
    """Teach a reader of Markdown formulas."""
    md.inline.ruler.before("escape", INLINE, _read_inline)
    md.block.ruler.before("fence", BLOCK, _read_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})


# --- in a line --------------------------------------------------------------------------------------------------------


def _read_inline(state: StateInline, silent: bool) -> bool:
    found = _inline_at(state.src, state.pos, state.posMax)
    if found is None:
        return False
    end, mark = found
    if not silent:
        token = state.push(INLINE, "", 0)
        token.content = state.src[state.pos : end]
        token.meta = {"tex": token.content[mark:-mark].strip()}
    state.pos = end
    return True


def _inline_at(source: str, start: int, limit: int) -> tuple[int, int] | None:
    """Return where a formula ends that begins here, and how long its marks are."""
    if source[start] not in "$\\":
        return None
    for opening, closing in _PAIRS:
        if source.startswith(opening, start):
            end = source.find(closing, start + len(opening), limit)
            inside = source[start + len(opening) : end].strip() if end > 0 else ""
            return (end + len(closing), len(closing)) if inside else None
    if source[start] != "$":
        return None
    last = _end_of_dollars(source, start, limit)
    return (last, 1) if last is not None else None


def _end_of_dollars(source: str, start: int, limit: int) -> int | None:
    """One dollar is a formula only where no money can be meant: closed up inside, and no digit after it."""
    end = source.find("$", start + 1, limit)
    if end <= start + 1 or "\n" in source[start:end]:
        return None
    inside = source[start + 1 : end]
    after = source[end + 1 : end + 2]
    if inside[0].isspace() or inside[-1].isspace() or after.isdigit() or inside[-1] == "\\":
        return None
    return end + 1


# --- on lines of its own ----------------------------------------------------------------------------------------------


def _read_block(state: StateBlock, start: int, limit: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    opened = _opening(_line(state, start))
    if opened is None:
        return False
    opening, closing = opened
    last = _last_line(state, start, limit, len(opening), closing)
    if last is None:
        return False
    if silent:
        return True
    source = state.getLines(start, last + 1, state.blkIndent, False).strip()
    closed = source.endswith(closing) and len(source) >= len(opening) + len(closing)
    token = state.push(BLOCK, "", 0)
    token.content = source
    whole = closing.startswith("\\end")
    inside = source[len(opening) : -len(closing)] if closed else source[len(opening) :]
    token.meta = {"tex": source if whole else inside.strip(), "closed": closed}
    token.map = [start, last + 1]
    state.line = last + 1
    return True


def _opening(line: str) -> tuple[str, str] | None:
    """Return what opens a formula at the start of a line, and what will close it."""
    for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
        if line.startswith(opening):
            return opening, closing
    match = _ENVIRONMENT.match(line)
    return (match[0], f"\\end{{{match[1]}}}") if match else None


def _last_line(state: StateBlock, start: int, limit: int, opening: int, closing: str) -> int | None:
    """Return the line that ends with what closes the formula: an empty one comes before it in none.

    The last line of a text that still streams may stand in for it.
    """
    for number in range(start, limit):
        line = _line(state, number)
        if number > start and (not line or state.sCount[number] < state.blkIndent):
            return None
        inside = line[opening:] if number == start else line
        if inside.endswith(closing):
            return number
        if closing in inside:
            return None  # something else follows in the same line
    return limit - 1 if state.env.get(STREAMS) and limit == state.lineMax else None


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()
