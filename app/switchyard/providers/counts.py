"""Reads numbers and members of what providers answer, whose shape is never certain."""

from __future__ import annotations

_NOTHING: dict[str, object] = {}


def part_of(value: dict[str, object], name: str) -> dict[str, object]:
    """Return a member that is an object; an empty one where it is anything else."""
    part = value.get(name)
    return part if isinstance(part, dict) else _NOTHING


def parts_of(value: dict[str, object], name: str) -> list[dict[str, object]]:
    """Return the objects of a member that is a list."""
    parts = value.get(name)
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def count_of(value: object) -> int | None:
    """Return a count of tokens, also where it is written as text; None for anything that is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 2**53 else None
