"""What the person chose for single blocks: it holds when a message comes back into view, or its colours change."""

from __future__ import annotations

from enum import Enum

from switchyard.ui.transcript.markdown.model import Block


class Choice(Enum):
    """What can be chosen: see all of it, wrap its long lines, see its source in place of its picture."""

    WHOLE = "whole"
    WRAPPED = "wrapped"
    AS_SOURCE = "as source"


class Choices:
    """Of one thread, for as long as it is shown."""

    def __init__(self) -> None:
        self._made: set[tuple[Choice, Block]] = set()

    def holds(self, choice: Choice, block: Block) -> bool:
        """Whether this was chosen for a block."""
        return (choice, block) in self._made

    def set(self, choice: Choice, block: Block, *, on: bool) -> None:
        """Choose something for a block, or no longer."""
        if on:
            self._made.add((choice, block))
        else:
            self._made.discard((choice, block))
