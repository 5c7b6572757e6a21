"""Conditions as plain data and back: a word, a list for any of them, a mapping for all of its keys, `not`, `never`.

Some conditions that can be built have no form of their own there, such as two demands of one word at once. They are
written as another condition that holds at the same times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.core.chain_fields import ChainProblem, Path, read_flag, read_text, read_whole, read_word
from switchyard.core.condition import AllOf, AnyOf, Condition, Holds, Need, Never, Not, Word
from switchyard.core.pattern import pattern_of

FLAGS = frozenset({Word.OVER_BUDGET, Word.OFFLINE, Word.PRIVATE})
TOKENS_MAX = 1_000_000_000
DEPTH_MAX = 20
_NOT, _NEVER = "not", "never"
_HOURS = pattern_of(r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)")
_DAY = 24 * 60


# --- reading ----------------------------------------------------------------------------------------------------------


def read_condition(data: object, path: Path, depth: int = 0) -> Condition:
    """Return the condition that stands at a place; raises `ChainProblem`."""
    if depth > DEPTH_MAX:
        raise ChainProblem(path, "this condition is nested too deeply")
    if isinstance(data, str):
        return Never() if data == _NEVER else Holds(_flag(data, path))
    if isinstance(data, list) and data:
        return _any(tuple(read_condition(one, (*path, at), depth + 1) for at, one in enumerate(data)))
    if isinstance(data, Mapping) and data:
        of = tuple(_read_entry(key, value, (*path, key), depth) for key, value in data.items())
        return of[0] if len(of) == 1 else AllOf(of)
    raise ChainProblem(path, "a condition is a word, a list of conditions, or a mapping of words to values")


def _read_entry(key: object, value: object, path: Path, depth: int) -> Condition:
    if key == _NOT:
        return Not(read_condition(value, path, depth + 1))
    word = _word(key, path)
    if isinstance(value, list) and word not in FLAGS and not (word is Word.SHARE and _is_pair(value)):
        if not value:
            raise ChainProblem(path, f"{word} names nothing")
        return _any(tuple(Holds(word, _read_value(word, one, (*path, at))) for at, one in enumerate(value)))
    return Holds(word, _read_value(word, value, path))


def _any(of: tuple[Condition, ...]) -> Condition:
    return of[0] if len(of) == 1 else AnyOf(of)


def _word(key: object, path: Path) -> Word:
    if not isinstance(key, str) or key not in set(Word):
        raise ChainProblem(path, f"unknown word {key}")
    return Word(key)


def _flag(text: str, path: Path) -> Word:
    word = _word(text, path)
    if word not in FLAGS:
        raise ChainProblem(path, f"{word} needs a value")
    return word


def _read_value(word: Word, value: object, path: Path) -> str | int | tuple[int, int] | bool:
    if word in FLAGS:
        return read_flag(value, path)
    if word is Word.NEEDS:
        return read_word(value, path, Need)
    if word in (Word.TOKENS_OVER, Word.TOKENS_UNDER):
        return read_whole(value, path, 0, TOKENS_MAX)
    if word is Word.HOURS:
        return _read_hours(value, path)
    if word is Word.SHARE:
        return _read_share(value, path)
    return read_text(value, path)


def _read_hours(value: object, path: Path) -> tuple[int, int]:
    match = _HOURS.fullmatch(value) if isinstance(value, str) else None
    if match is not None:
        begin, end = (60 * int(match[at]) + int(match[at + 1]) for at in (1, 3))
        if begin < _DAY and end <= _DAY and begin != end:
            return begin, end
    raise ChainProblem(path, "hours has to be written like 22:00-06:00")


def _is_pair(value: list[object]) -> bool:
    return len(value) == 2 and not any(isinstance(one, list) for one in value)


def _read_share(value: object, path: Path) -> tuple[int, int]:
    if isinstance(value, list) and _is_pair(value):
        first, last = (read_whole(one, (*path, "share"), 0, 99) for one in value)
        if first <= last:
            return first, last
    raise ChainProblem(path, "share has to be two numbers from 0 to 99, as in [0, 20]")


# --- writing ----------------------------------------------------------------------------------------------------------


def write_condition(condition: Condition) -> Any:
    """Return the data that is read back as this condition, or as one that holds at the same times."""
    if isinstance(condition, Holds):
        word = condition.word.value
        alone = condition.word in FLAGS and condition.value is True
        return word if alone else {word: _write_value(condition)}
    if isinstance(condition, Not):
        return {_NOT: write_condition(condition.of)}
    if isinstance(condition, AllOf):
        return _write_all(condition)
    if isinstance(condition, AnyOf) and condition.of:
        values = _values_of_one_word(condition)
        return values if values is not None else [write_condition(one) for one in condition.of]
    return _NEVER


def _write_all(condition: AllOf) -> dict[str, Any]:
    """Write each part under a word of its own; what has none becomes what must not fail to hold."""
    data: dict[str, Any] = {}
    nots: list[Any] = []
    for part in _flattened(condition):
        entry = part if isinstance(part, Not) else _entry(part, data)
        if isinstance(entry, Not):
            data.setdefault(_NOT, nots)
            nots.append(write_condition(entry.of))
        else:
            data |= entry
    if len(nots) == 1:
        data[_NOT] = nots[0]
    return data or {_NOT: _NEVER}


def _entry(part: Condition, taken: Mapping[str, Any]) -> dict[str, Any] | Not:
    """Return a part under its word; where that is taken, or there is none, the part as a double negation."""
    entry: dict[str, Any] | None = None
    if isinstance(part, Holds):
        entry = {part.word.value: _write_value(part)}
    elif isinstance(part, AnyOf):
        entry = _values_of_one_word(part)
    return Not(Not(part)) if entry is None or taken.keys() & entry.keys() else entry


def _flattened(condition: AllOf) -> list[Condition]:
    flat: list[Condition] = []
    for part in condition.of:
        flat += _flattened(part) if isinstance(part, AllOf) else [part]
    return flat


def _values_of_one_word(condition: AnyOf) -> dict[str, Any] | None:
    """Return any of several values of one word as that word with a list."""
    parts = [part for part in condition.of if isinstance(part, Holds)]
    words = {part.word for part in parts}
    if len(parts) < 2 or len(parts) < len(condition.of) or len(words) > 1 or words & FLAGS:
        return None
    return {parts[0].word.value: [_write_value(part) for part in parts]}


def _write_value(condition: Holds) -> Any:
    value = condition.value
    if isinstance(value, tuple):
        if condition.word is Word.HOURS:
            return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in value)
        return list(value)
    return str(value) if isinstance(value, str) else value
