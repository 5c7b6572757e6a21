"""Tells, of words that are being typed, whether the last of them names what is to answer or what is to go along."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum

from switchyard.core.value import value

LONGEST = 60  # characters behind the sign; nobody looks for anything with more
_MOST_WORDS = 4
_TICKS = re.compile(r"`+")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_BEFORE_A_WORD = frozenset({"Zs", "Ps", "Pi", "Cc"})
_WITHIN_CHINESE = frozenset({"Lo", "Lm", "Po", "Pe", "Pf"})
_QUOTES = "\"'"


class Sign(StrEnum):
    """What a word begins with that names something."""

    ANSWERS = "@"
    GOES_ALONG = "#"


@value
class Mention:
    """A sign with what was typed behind it so far."""

    sign: Sign
    sought: str

    @property
    def units(self) -> int:
        """How long it is where characters are counted as UTF-16."""
        return len((self.sign + self.sought).encode("utf-16-le", "surrogatepass")) // 2


def mention_in(line: str) -> Mention | None:
    """Return the mention at the end of a line, which ends where the next character is typed; None where there is none.

    A heading, "C#", an e-mail address and code are none. A blank ends it for as long as nothing follows: only a name
    that goes on with the next word is still meant.
    """
    for at in range(len(line) - 1, max(-1, len(line) - LONGEST - 2), -1):
        if line[at] in "@#" and _begins_word(line, at):
            sign, sought = Sign(line[at]), line[at + 1 :]
            return Mention(sign, sought) if _is_sought(sign, sought) and not _in_code(line[:at]) else None
    return None


def in_fence(text: str) -> bool:
    """Whether what comes behind a text, on a line of its own, stands in a block of code."""
    fence = ""
    for match in _FENCE.finditer(text):
        marks, rest = match.groups()
        if not fence:
            fence = marks if marks[0] == "~" or "`" not in rest else ""
        elif marks[0] == fence[0] and len(marks) >= len(fence) and not rest.strip():
            fence = ""
    return bool(fence)


def naming(sought: str) -> Callable[[str], bool]:
    """Return what tells whether something is sought that is known by some words.

    One word may stand anywhere in them; of several, each begins a word, so that a sentence names nothing by chance.
    """
    words = _folded(sought).split()
    if len(words) < 2:
        return lambda known: not words or words[0] in _folded(known)

    def names(known: str) -> bool:
        text = _folded(known)
        return all(_begins_a_word_of(text, word) for word in words)

    return names


def _folded(text: str) -> str:
    """Return a text as it is compared: composed alike, whatever the case."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _is_sought(sign: Sign, sought: str) -> bool:
    if sign is Sign.GOES_ALONG and not sought[:1].isalpha():
        return False
    return not sought or not (sought[0].isspace() or sought[-1].isspace() or len(sought.split()) > _MOST_WORDS)


def _begins_word(line: str, at: int) -> bool:
    """Whether a word begins there: behind a blank, a bracket or a quote; behind Chinese, which is written without."""
    before = line[:at].rstrip("\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069")
    if not before:
        return True
    last = before[-1]
    kind = unicodedata.category(last)
    if kind in _BEFORE_A_WORD:
        return True
    if last in _QUOTES:
        return _begins_word(before, len(before) - 1)
    return kind in _WITHIN_CHINESE and unicodedata.east_asian_width(last) in {"W", "F"}


def _in_code(before: str) -> bool:
    """Whether a code span is open at the end of a line's beginning."""
    opened = 0
    for ticks in _TICKS.findall(before):
        if not opened:
            opened = len(ticks)
        elif len(ticks) == opened:
            opened = 0
    return bool(opened)


def _begins_a_word_of(text: str, word: str) -> bool:
    at = text.find(word)
    while at >= 0:
        if at == 0 or not text[at - 1].isalnum():
            return True
        at = text.find(word, at + 1)
    return False
