"""Keeps formulas as their source: without this, Markdown would eat their backslashes and underscores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

_PAIRS = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"))


def keep_maths(state: StateInline, silent: bool) -> bool:
    """Take a formula at the current place as plain text; an inline rule of markdown-it."""
    end = _end_of_formula(state.src, state.pos, state.posMax)
    if end is None:
        return False
    if not silent:
        token = state.push("text", "", 0)
        token.content = state.src[state.pos : end]
    state.pos = end
    return True


def _end_of_formula(source: str, start: int, limit: int) -> int | None:
    for opening, closing in _PAIRS:
        if source.startswith(opening, start):
            end = source.find(closing, start + len(opening), limit)
            return end + len(closing) if end > 0 else None
    if source[start] == "$":
        return _end_of_dollars(source, start, limit)
    return None


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
