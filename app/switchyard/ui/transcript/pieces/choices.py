"""What the person chose for single parts: it holds when a message comes back into view, or its colours change."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum


class Choice(Enum):
    """What can be chosen: open it, see all of it, wrap its long lines, see its source in place of its picture."""

    OPEN = "open"
    WHOLE = "whole"
    WRAPPED = "wrapped"
    AS_SOURCE = "as source"


class Choices:
    """Of one view of threads, for as long as it lives. Blocks are known by what they are, other parts by a key."""

    def __init__(self) -> None:
        self._made: set[tuple[Choice, Hashable]] = set()

    def holds(self, choice: Choice, part: Hashable) -> bool:
        """Whether this was chosen for a part."""
        return (choice, part) in self._made

    def set(self, choice: Choice, part: Hashable, *, on: bool) -> None:
        """Choose something for a part, or no longer."""
        if on:
            self._made.add((choice, part))
        else:
            self._made.discard((choice, part))
