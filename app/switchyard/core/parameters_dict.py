"""The parameters of `set` as plain data and back: names of `Parameters`, each with the values that it may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from switchyard.core.chain_fields import (
    ChainProblem,
    Path,
    plain_number,
    read_flag,
    read_number,
    read_part,
    read_whole,
    read_word,
)
from switchyard.core.content import Effort, Parameter

OUTPUT_MAX = 10_000_000
STOPS_MAX = 16
_SEED_MAX = 2**63 - 1


def read_parameters(data: Mapping[str, object], path: Path) -> Mapping[str, object]:
    """Return what stands under `set`, as the fields of `Parameters` hold it; raises `ChainProblem`."""
    given = read_part(data, "set", path, _READERS)
    return MappingProxyType({key: _READERS[key](value, (*path, "set", key)) for key, value in given.items()})


def write_parameters(parameters: Mapping[str, object]) -> dict[str, Any]:
    """Return the data that is read back as these parameters."""
    return {key: _plain(value) for key, value in parameters.items()}


def _plain(value: object) -> Any:
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return str(value) if isinstance(value, str) else plain_number(value)


def _read_stop(value: object, path: Path) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    if len(texts) > STOPS_MAX or not all(isinstance(text, str) and text for text in texts):
        raise ChainProblem(path, f"stop has to be a text, or a list of at most {STOPS_MAX} texts")
    return tuple(texts)


_READERS: Mapping[str, Callable[[object, Path], object]] = {
    Parameter.TEMPERATURE.value: lambda value, path: read_number(value, path, 0, 2),
    Parameter.TOP_P.value: lambda value, path: read_number(value, path, 0, 1),
    Parameter.MAX_OUTPUT.value: lambda value, path: read_whole(value, path, 1, OUTPUT_MAX),
    Parameter.STOP.value: _read_stop,
    Parameter.SEED.value: lambda value, path: read_whole(value, path, -_SEED_MAX, _SEED_MAX),
    Parameter.EFFORT.value: lambda value, path: read_word(value, path, Effort),
    Parameter.WEB_SEARCH.value: read_flag,
}
