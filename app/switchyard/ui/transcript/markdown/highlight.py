"""Finds out what is keyword, string or comment in code, with pygments: slow, so it runs in a thread."""

from __future__ import annotations

from functools import lru_cache
from time import perf_counter, sleep
from typing import Any

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

_WORK_S = 0.001  # then the window has the interpreter to itself: it would wait for it at each call into Qt
_REST_S = 0.002

Run = tuple[int, int, str]

_TOKENS: tuple[tuple[_TokenType, str], ...] = (
    (Keyword.Type, "code.type"),
    (Keyword.Constant, "code.number"),
    (Keyword, "code.keyword"),
    (Operator.Word, "code.keyword"),
    (Name.Tag, "code.keyword"),
    (Name.Class, "code.type"),
    (Name.Exception, "code.type"),
    (Name.Attribute, "code.type"),
    (Name.Function, "code.function"),
    (Name.Builtin.Pseudo, ""),
    (Name.Builtin, "code.function"),
    (Name.Decorator, "code.function"),
    (String, "code.string"),
    (Number, "code.number"),
    (Literal, "code.number"),
    (Comment, "code.comment"),
)


def highlight(language: str, text: str) -> list[list[Run]]:
    """Return for each line its runs: start, length and colour token. An unknown language has none."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return []
    lines: list[list[Run]] = [[]]
    column = 0
    since = perf_counter()
    for kind, value in lexer.get_tokens(text):
        if perf_counter() - since > _WORK_S:
            sleep(_REST_S)
            since = perf_counter()
        token = _token(kind)
        for at, part in enumerate(value.split("\n")):
            if at:
                lines.append([])
                column = 0
            width = len(part) if part.isascii() else len(part.encode("utf-16-le")) // 2  # Qt counts in UTF-16
            if token and width:
                lines[-1].append((column, width, token))
            column += width
    return lines


@lru_cache(maxsize=256)
def _token(kind: Any) -> str:
    for family, token in _TOKENS:
        if kind in family:
            return token
    return ""
