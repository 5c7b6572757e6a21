"""Reads numbers and members of what providers answer, whose shape is never certain."""

from __future__ import annotations

from math import isfinite

MOST = 10**12  # nothing is counted so high in one call, and whatever is does not fit into a database once priced


def part_of(value: dict[str, object], name: str) -> dict[str, object]:
    """Return a member that is an object; an empty one of its own where it is anything else: some are filled later."""
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def parts_of(value: dict[str, object], name: str) -> list[dict[str, object]]:
    """Return the objects of a member that is a list."""
    parts = value.get(name)
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def count_of(value: object, most: int = MOST) -> int | None:
    """Return a count of tokens, also where it is written as text; None for anything that is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= most else None


def floats_of(value: object) -> list[float]:
    """Return a list of numbers; an empty one where it is anything else, or holds what is no number."""
    numbers = value if isinstance(value, list) else []
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
        return []
    try:
        floats = [float(number) for number in numbers]
    except OverflowError:
        return []
    return floats if all(map(isfinite, floats)) else []
