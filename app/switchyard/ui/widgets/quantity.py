"""Reads numbers as people write them: with a unit, with a k, with spaces."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\s*([\d,]*\.?\d+)\s*([a-zµ]*)\s*", re.IGNORECASE)
_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_COUNTS = {"": 1, "k": 1_000, "m": 1_000_000}


def parse_seconds(text: str) -> float | None:
    """Return the seconds in "8", "8s", "500 ms" or "2 min"; None where it is no time."""
    return _parse(text, _SECONDS)


def parse_count(text: str) -> int | None:
    """Return the whole number in "4", "8,192" or "200k"; None where it is none."""
    value = _parse(text, {unit: float(times) for unit, times in _COUNTS.items()})
    return int(value) if value is not None and value == int(value) else None


def _parse(text: str, units: dict[str, float]) -> float | None:
    match = _NUMBER.fullmatch(text)
    if match is None or match[2].lower() not in units:
        return None
    return float(match[1].replace(",", "")) * units[match[2].lower()]
