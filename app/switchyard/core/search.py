"""What is looked for among words, and where it stands in them: searching as text, without a database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from switchyard.core.filing import WorkspaceId
from switchyard.core.message import ConversationId, MessageId, Role
from switchyard.core.pattern import pattern_of
from switchyard.core.value import value

SNIPPET_LENGTH = 160
_LEAD_LENGTH = 40  # of what stands before the first mark
# Kana, Han, Hangul and their marks of repetition: written without spaces, or with endings that stick to the word.
_JOINED = (
    "\u3005-\u3007\u3041-\u30ff\u3131-\u318e\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003fffd"
)
_RUN = pattern_of(f"[{_JOINED}]+")
_PIECE = pattern_of(f"[{_JOINED}]+|[^{_JOINED}]+")
_LETTER = pattern_of(rf"[^\W_{_JOINED}]")
_LETTERS = pattern_of(rf"[^\W_{_JOINED}]+")
# What Markdown is made of, at the beginning of a line and within.
_SIGNS = re.compile(r"^[ \t]*(?:#{1,6}|>|[-*+]|\d{1,3}[.)])[ \t]+|\*\*|`+|\|", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])")
_QUERY = pattern_of(r'"([^"]*)"|(\S+)')


@value
class Term:
    """One thing that has to be there: these words in a row, the last of which may go on where `open_ended`."""

    words: str
    open_ended: bool = False


@value
class Snippet:
    """A line cut out of a message, and which stretches of it were looked for: from, to."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@value
class Hit:
    """A message in which all was found that was looked for, and where its chat is kept."""

    conversation: ConversationId
    title: str
    message: MessageId
    role: Role
    created_ms: int
    snippet: Snippet
    workspace: WorkspaceId | None = None
    archived: bool = False


@value
class Found:
    """What a search came to. `has_more`: there are older ones; `whole`: everything that was said could be searched."""

    hits: tuple[Hit, ...] = ()
    has_more: bool = False
    whole: bool = True


def indexed(text: str) -> str:
    """Return a text as the index takes it: Chinese, Japanese and Korean as pairs of characters that overlap.

    So a part of a word is found there as fast as a word; each character stands alone behind the pairs as well, once.
    """
    return text if text.isascii() else _RUN.sub(_pairs_and_characters, text)


def terms(query: str) -> tuple[Term, ...]:
    """Return what a person looks for: words, and phrases in quotes. A last word of two letters may be unfinished."""
    found: list[Term] = []
    for match in _QUERY.finditer(query):
        phrase, word = match.groups()
        if phrase is not None:
            found += [Term(piece) for piece in _pieces(phrase)]
        else:
            found += [Term(piece) for piece in _pieces(word.replace('"', " "))]
            if found and match.end() == len(query) and len(found[-1].words) > 1:
                found[-1] = Term(found[-1].words, open_ended=True)
    return tuple(found)


def match_expression(sought: tuple[Term, ...]) -> str:
    """Return the terms as the index is asked for them; "" where there is nothing to look for."""
    return " AND ".join(_expression(term) for term in sought)


def snippet(text: str, sought: tuple[Term, ...]) -> Snippet:
    """Return the line of a message in which the first thing stands that was looked for, with the rest of it marked.

    Capitals and accents make no difference. Where nothing is found again, as with accents that stand apart from their
    letters, it is the beginning, unmarked.
    """
    patterns = [_pattern(term) for term in sought]
    lower = text.lower()
    first = _first(patterns, lower) if len(lower) == len(text) else None
    if first is None:  # not even with its accents
        first = _first(patterns, _plain(text)) or 0
    line = _cut(text, first)
    plain = _plain(line)
    found = sorted(span for pattern in patterns for span in _spans(pattern, plain))
    return Snippet(line, tuple(_united(found)))


def holds(title: str, query: str) -> bool:
    """Whether every word of a query stands somewhere in a title, capitals and accents aside."""
    plain = _plain(title)
    return all(word in plain for word in _plain(query).split())


# --- inside -----------------------------------------------------------------------------------------------------------


class _Plain(dict[int, str]):
    """Letters without capitals and accents, one for one, so that places in a text stay what they are."""

    def __missing__(self, code: int) -> str:
        letter = chr(code).lower()
        letter = letter if len(letter) == 1 else chr(code)
        apart = unicodedata.normalize("NFD", letter)
        if len(apart) > 1 and all(unicodedata.combining(mark) for mark in apart[1:]):
            letter = apart[0]
        self[code] = letter
        return letter


_PLAIN = _Plain()


def _pairs(run: str) -> str:
    return " ".join(run[n : n + 2] for n in range(len(run) - 1))


def _pairs_and_characters(match: re.Match[str]) -> str:
    run = match[0]
    return f" {_pairs(run)} {' '.join(dict.fromkeys(run))} "


def _pieces(words: str) -> list[str]:
    """Return the stretches of one kind of writing that have a letter or a digit in them."""
    pieces = _PIECE.findall(words.replace("\0", " "))
    return [piece.strip() for piece in pieces if any(each.isalnum() for each in piece)]


def _expression(term: Term) -> str:
    if _RUN.fullmatch(term.words):
        return f'"{_pairs(term.words)}"' if len(term.words) > 1 else f'"{term.words}"'
    quoted = term.words.replace('"', '""')
    return f'"{quoted}"*' if term.open_ended else f'"{quoted}"'


def _plain(text: str) -> str:
    return text.lower() if text.replace("…", "").isascii() else text.translate(_PLAIN)


@value
class _Pattern:
    """What finds a term in a plain text: its words, and whether it has to begin or end where a word does."""

    words: re.Pattern[str]
    begins: bool
    ends: bool


@lru_cache(maxsize=64)
def _pattern(term: Term) -> _Pattern:
    plain = _plain(term.words)
    if _RUN.fullmatch(plain):
        return _Pattern(re.compile(re.escape(plain)), begins=False, ends=False)
    words = _LETTERS.findall(plain)
    return _Pattern(re.compile(r"[\W_]+".join(map(re.escape, words))), begins=True, ends=not term.open_ended)


def _spans(pattern: _Pattern, plain: str) -> Iterator[tuple[int, int]]:
    """Return where a term stands; words are looked at when they are found, since looking for whole ones is slow."""
    for match in pattern.words.finditer(plain):
        start, end = match.span()
        if pattern.begins and start and _LETTER.match(plain, start - 1):
            continue
        if pattern.ends and _LETTER.match(plain, end):
            continue
        yield start, end


def _first(patterns: Sequence[_Pattern], plain: str) -> int | None:
    """Return where the first of several terms stands; None where there is none of them."""
    starts = [next(_spans(pattern, plain), None) for pattern in patterns]
    return min((span[0] for span in starts if span is not None), default=None)


def _united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches that overlap or touch as one, from first to last."""
    united: list[tuple[int, int]] = []
    for start, end in spans:
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def _cut(text: str, at: int) -> str:
    """Return one line of a text around a place, from the beginning of a word."""
    start = max(0, at - _LEAD_LENGTH)
    if start:
        space = text.find(" ", start, at)
        start = space + 1 if space >= 0 else start
    piece = _EMPHASIS.sub(r"\1", _SIGNS.sub("", text[start : start + SNIPPET_LENGTH]))
    line = " ".join(piece.split())
    return ("…" if start else "") + line + ("…" if start + SNIPPET_LENGTH < len(text) else "")
