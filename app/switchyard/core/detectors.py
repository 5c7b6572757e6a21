"""Finds in a text what a person may not want to send to somebody else's computer, and puts marks in its place.

Every pattern is bounded, so that no text makes one slow. What is found is a hint for the person, never a proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from switchyard.core.pattern import pattern_of

MOST_FOUND = 200


class Sort(StrEnum):
    """What was found."""

    KEY = "key"
    PRIVATE_KEY = "private_key"
    PASSWORD = "password"
    CARD = "card"
    EMAIL = "email"
    PHONE = "phone"


SECRETS = frozenset({Sort.KEY, Sort.PRIVATE_KEY, Sort.PASSWORD, Sort.CARD})
PERSONAL = frozenset({Sort.EMAIL, Sort.PHONE})


class Found(NamedTuple):
    """One place in a text."""

    start: int
    end: int
    sort: Sort


def find(text: str, sorts: Iterable[Sort]) -> Sequence[Found]:
    """Return what is found, in the order of the text; of places that overlap the one of the earlier sort."""
    taken: list[Found] = []
    wanted = set(sorts)
    for sort in (sort for sort in Sort if sort in wanted):
        for start, end in _DETECTORS[sort](text):
            if not any(start < other.end and other.start < end for other in taken):
                taken.append(Found(start, end, sort))
            if len(taken) >= MOST_FOUND:
                return sorted(taken)
    return sorted(taken)


def mask(text: str, found: Iterable[Found]) -> str:
    """Return the text with a mark in the place of each; the same value has the same mark wherever it stands."""
    marks: dict[tuple[Sort, str], str] = {}
    counts: dict[Sort, int] = {}
    pieces, at = [], 0
    for start, end, sort in sorted(found):
        value = (sort, text[start:end])
        if value not in marks:
            counts[sort] = counts.get(sort, 0) + 1
            marks[value] = f"[{_MARKS[sort]} {counts[sort]}]"
        pieces += [text[at:start], marks[value]]
        at = end
    return "".join((*pieces, text[at:]))


_MARKS: Mapping[Sort, str] = {
    Sort.KEY: "KEY",
    Sort.PRIVATE_KEY: "PRIVATE KEY",
    Sort.PASSWORD: "PASSWORD",
    Sort.CARD: "CARD NUMBER",
    Sort.EMAIL: "EMAIL",
    Sort.PHONE: "PHONE",
}

Places = Iterator[tuple[int, int]]
_MOST_LOOKED_AT = 2_000  # of one needle: a text full of them is not a person's


def _places(text: str, needles: Iterable[str]) -> Iterator[int]:
    """Yield where each needle stands: looking for plain letters takes a hundredth of what a pattern takes."""
    for needle in needles:
        at, looked_at = text.find(needle), 0
        while at >= 0 and looked_at < _MOST_LOOKED_AT:
            yield at
            at, looked_at = text.find(needle, at + len(needle)), looked_at + 1


def _written(*words: str) -> tuple[str, ...]:
    """Return words as they are written within a sentence, at its beginning, and in names of settings."""
    return tuple(dict.fromkeys(form for word in words for form in (word, word.capitalize(), word.upper())))


# --- keys -------------------------------------------------------------------------------------------------------------

# How providers let their keys begin, and how much follows at least.
_BEGINNINGS = (
    *("sk-", "gsk_", "xai-", "hf_", "r8_", "pplx-", "tvly-", "npm_", "glpat-", "github_pat_"),
    *("ghp_", "gho_", "ghs_", "ghu_", "ghr_", "AIza", "AKIA", "ASIA", "sk_live_", "rk_live_", "xox", "SG.", "eyJ"),
)
_KEY = pattern_of(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?:sk-|gsk_|xai-|hf_|r8_|pplx-|tvly-|npm_|glpat-|gh[opsur]_|github_pat_)[A-Za-z0-9_-]{20,200}"
    r"|AIza[A-Za-z0-9_-]{30,60}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"
    r"|(?:sk|rk)_live_[A-Za-z0-9]{16,200}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,200}"
    r"|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"
    r"|eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}"  # a signed token
    r")"
)
# Any other key, where the words before it say that it is one.
_KEY_NAMES = _written(
    *("api_key", "api-key", "apikey", "access_key", "secret_key", "client_secret", "auth_token", "bearer", "api key")
)
_KEY_VALUE = pattern_of(r"""["']?\s{0,3}(?:[:=]|is|\s)\s{0,3}["']?([A-Za-z0-9_/+=.-]{20,200})""")
_PRIVATE_HEAD = pattern_of(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_PRIVATE_TAIL = pattern_of(r"-----END [A-Z ]{0,40}-----")
_LONGEST_PRIVATE_KEY = 20_000


def _keys(text: str) -> Places:
    for at in _places(text, _BEGINNINGS):
        if match := _KEY.match(text, at):
            yield match.span()
    for name in _KEY_NAMES:
        for at in _places(text, (name,)):
            match = _KEY_VALUE.match(text, at + len(name))
            if match and not match[1].isalpha() and any(map(str.isdigit, match[1])) and not _is_code(match[1]):
                yield match.span(1)


def _private_keys(text: str) -> Places:
    done = 0
    for at in _places(text, ("-----BEGIN ",)):
        if at >= done and _PRIVATE_HEAD.match(text, at):
            tail = text.find("-----END ", at, at + _LONGEST_PRIVATE_KEY)
            match = _PRIVATE_TAIL.match(text, tail) if tail >= 0 else None
            done = match.end() if match else min(len(text), at + _LONGEST_PRIVATE_KEY)
            yield at, done


# --- passwords --------------------------------------------------------------------------------------------------------

_PASSWORD_NAMES = _written(
    *("password", "passwd", "passphrase", "passcode", "pwd", "passwort", "kennwort", "mot de passe", "contraseña"),
    *("senha", "пароль", "密码", "密碼", "パスワード", "비밀번호"),
)
_PASSWORD_VALUE = pattern_of(
    r"""["']?\s{0,3}(?:[:=：]|is|ist|lautet|est|es|é|是|为|為|は)\s{0,3}(["'`“]?)([^\s"'`”,;]{4,128})""", re.IGNORECASE
)
_IN_ADDRESS = pattern_of(r"://[^\s/:@]{1,100}:([^\s/@]{3,128})@")
_NO_PASSWORD = pattern_of(r"[*•.xX_-]+|(?:none|null|str|string|true|false|undefined|required)\b.*", re.IGNORECASE)


def _passwords(text: str) -> Places:
    for name in _PASSWORD_NAMES:
        for at in _places(text, (name,)):
            match = _PASSWORD_VALUE.match(text, at + len(name))
            value = match[2].rstrip(".!?)]}") if match else ""
            plain_word = match is not None and value.isalpha() and not match[1]
            if match and len(value) >= 4 and not plain_word and _is_password(value):
                yield match.start(2), match.start(2) + len(value)
    for at in _places(text, ("://",)):
        match = _IN_ADDRESS.match(text, at)
        if match and _is_password(match[1]):
            yield match.span(1)


def _is_password(value: str) -> bool:
    return not _NO_PASSWORD.fullmatch(value) and not _is_code(value)


def _is_code(value: str) -> bool:
    """Whether a value stands for another one: a variable, a call, a place to fill in, a mark."""
    return value[0] in "$<{[(%" or "(" in value or value.lower().startswith(("os.", "env.", "process.", "self."))


# --- numbers and addresses --------------------------------------------------------------------------------------------

# A run is what may hold a number; the number in it is looked for then.
_CARD_RUN = pattern_of(r"[2-6][0-9 -]{12,200}")
_CARD = pattern_of(
    r"(?<![\d.])(?:[2456]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|3[47]\d{2}([ -]?)\d{6}\2\d{5})(?!\d)(?!\.\d)"
)
_DOMAIN = pattern_of(r"@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})(?![A-Za-z0-9-])")
_MAILBOX = pattern_of(r"[A-Za-z0-9._%+-]{1,64}\Z")
_NOBODYS = pattern_of(r"(?:^|\.)(?:example\.(?:com|org|net)|invalid|test|localhost)$", re.IGNORECASE)
_PHONE_RUN = pattern_of(r"[+(0-9][0-9 ()./-]{7,60}")
_PHONE = pattern_of(
    r"(?<![\w.+/-])(?:\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,6}|\(?0\d{1,5}\)?[ /-](?:\d{2,8}[ -]?){1,4}"
    r"|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?![\w-])"
)


def _cards(text: str) -> Places:
    for run in _CARD_RUN.finditer(text):
        for match in _CARD.finditer(text, run.start(), run.end() + 2):
            if passes_luhn(match[0]):
                yield match.span()


def passes_luhn(number: str) -> bool:
    """Whether a number's last digit is the one that the others ask for, as those of cards are."""
    digits = [int(sign) for sign in number if sign.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _emails(text: str) -> Places:
    for at in _places(text, ("@",)):
        match = _DOMAIN.match(text, at)
        mailbox = _MAILBOX.search(text[max(0, at - 64) : at]) if match else None
        if match and mailbox and not _NOBODYS.search(match[1]):
            yield at - len(mailbox[0]), match.end()


def _phones(text: str) -> Places:
    for run in _PHONE_RUN.finditer(text):
        for match in _PHONE.finditer(text, run.start(), run.end() + 1):
            number = match[0].rstrip(" -")
            if 8 <= sum(sign.isdigit() for sign in number) <= 15:
                yield match.start(), match.start() + len(number)


_DETECTORS: Mapping[Sort, Callable[[str], Places]] = {
    Sort.KEY: _keys,
    Sort.PRIVATE_KEY: _private_keys,
    Sort.PASSWORD: _passwords,
    Sort.CARD: _cards,
    Sort.EMAIL: _emails,
    Sort.PHONE: _phones,
}
