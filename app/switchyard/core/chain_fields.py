"""The fields of a chain's plain data: what each may hold, said with its place where it holds something else."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar

from switchyard.core.chain import DeploymentName, Seconds, parse_deployment

Path = tuple[str | int, ...]
Word = TypeVar("Word", bound=StrEnum)

NONE: Final = "none"
SECONDS_MAX = 86_400
NAME_MAX = 80
DOLLARS_MAX = 1_000_000  # so far a float tells every nano-dollar from the next
_NANOS = 1_000_000_000


class ChainProblem(ValueError):
    """What is wrong with a chain's data, and where: `path` leads there through keys and indices."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path = path
        self.text = text


# --- reading ----------------------------------------------------------------------------------------------------------


def read_mapping(data: object, path: Path, keys: Collection[str] | None = None) -> Mapping[str, object]:
    """Return a mapping that has no other keys than these."""
    if not isinstance(data, Mapping):
        raise ChainProblem(path, "this has to be a mapping of keys to values")
    for key in data if keys is not None else ():
        if keys is not None and key not in keys:
            raise ChainProblem((*path, key), f"unknown key {key}")
    return data


def read_part(data: Mapping[str, object], key: str, path: Path, keys: Collection[str]) -> Mapping[str, object]:
    """Return the mapping under a key; an empty one where nothing is there."""
    value = data.get(key)
    return {} if value is None else read_mapping(value, (*path, key), keys)


def read_list(value: object, path: Path, of: str) -> Sequence[object]:
    """Return a list with something in it."""
    if not isinstance(value, list) or not value:
        raise ChainProblem(path, f"{path[-1]} has to be a list of at least one {of}")
    return value


def read_text(value: object, path: Path) -> str:
    """Return a text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise ChainProblem(path, f"{path[-1]} has to be a text")
    return str(value)


def read_text_or_none(data: Mapping[str, object], key: str, path: Path) -> str | None:
    """Return the text under a key; the word none, an empty text and nothing are no text."""
    value = data.get(key)
    return None if value in (None, NONE, "") else read_text(value, (*path, key))


def read_name(value: object, path: Path) -> str:
    """Return a name that can be typed and seen."""
    name = read_text(value, path)
    if not is_name(name):
        raise ChainProblem(path, f"{path[-1]} has to be 1 to {NAME_MAX} characters, with visible ones at its ends")
    return name


def is_name(name: str) -> bool:
    """Whether a text can be the name of a chain or of a track."""
    return bool(name.strip()) and name == name.strip() and name.isprintable() and len(name) <= NAME_MAX


def read_deployment(value: object, path: Path) -> DeploymentName:
    """Return the deployment that a text names."""
    text = read_text(value, path)
    deployment = parse_deployment(text)
    if deployment is None:
        raise ChainProblem(path, f"{path[-1]} has to be ACCOUNT/MODEL, not {text}")
    return deployment


def read_flag(value: object, path: Path) -> bool:
    """Return a yes or no."""
    if not isinstance(value, bool):
        raise ChainProblem(path, f"{path[-1]} has to be true or false")
    return value


def read_whole(value: object, path: Path, lowest: int, highest: int, *, word: str = "") -> int:
    """Return a whole number within bounds; `word` is what may stand in its place."""
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        other = f"{word} or " if word else ""
        raise ChainProblem(path, f"{path[-1]} has to be {other}a whole number from {lowest} to {highest}")
    return value


def read_number(value: object, path: Path, lowest: float, highest: float) -> float:
    """Return a number within bounds."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not lowest <= value <= highest:
        raise ChainProblem(path, f"{path[-1]} has to be a number from {lowest:g} to {highest:g}")
    return float(value)


def read_word(value: object, path: Path, words: type[Word]) -> Word:
    """Return one of the words that may stand there."""
    if not isinstance(value, str) or value not in set(words):
        known = [str(word) for word in words]
        raise ChainProblem(path, f"{path[-1]} has to be {', '.join(known[:-1])} or {known[-1]}")
    return words(value)


def read_seconds(value: object, path: Path) -> float:
    """Return a time."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= SECONDS_MAX:
        raise ChainProblem(path, f"{path[-1]} has to be a number of seconds above 0")
    return float(value)


def read_patience(data: Mapping[str, object], key: str, path: Path, usual: Seconds) -> Seconds:
    """Return the time under a key, or its word: auto or none."""
    value = data.get(key, usual)
    if value == "auto":
        return "auto"
    if value is None or value == NONE:
        return NONE
    return read_seconds(value, (*path, key))


def read_dollars(data: Mapping[str, object], key: str, path: Path, usual: int | None) -> int | None:
    """Return the nano-dollars under a key, exact to the last; None for none."""
    if key not in data:
        return usual
    value = data[key]
    if value is None or value == NONE:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        nanos = Decimal(str(value)) * _NANOS  # the shortest digits that make this float: those that were written
        if 0 <= nanos <= DOLLARS_MAX * _NANOS and nanos == nanos.to_integral_value():
            return int(nanos)
    problem = f"{key} has to be none or dollars from 0 to {DOLLARS_MAX}, with nine decimals at most"
    raise ChainProblem((*path, key), problem)


# --- writing ----------------------------------------------------------------------------------------------------------


def plain_number(value: object) -> object:
    """Return a number as a person writes it: without decimals where it has none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def dollars_of(nanos: int | None) -> object:
    """Return nano-dollars as the number of dollars that `read_dollars` reads back."""
    return NONE if nanos is None else plain_number(float(Decimal(nanos) / _NANOS))


def put_unusual(data: dict[str, Any], fields: Collection[tuple[str, object, object]]) -> None:
    """Write the fields (key, value, default) whose value is not the default."""
    for key, value, usual in fields:
        if value != usual:
            data[key] = plain_number(value)
