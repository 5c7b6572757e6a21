"""How long a model thought, in one line above its answer; a click shows what it thought."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.folded import Folded
from switchyard.ui.transcript.markdown.model import Block, Span, TextBlock
from switchyard.ui.transcript.pieces.base import Kit


class Reasoning(Folded):
    """Grows while the model thinks."""

    def __init__(self, kit: Kit, uid: str, parent: QWidget) -> None:
        super().__init__(kit, "reasoning", uid, parent)
        self._text = ""

    def say(self, title: str, text: str) -> bool:
        """Show how long, and take what was thought so far; return whether anything changed."""
        if title == self._fold.text() and text == self._text:
            return False
        self._text = text
        if self._fold.text() != title:
            self._fold.say(title)
        self._refill()
        return True

    def _blocks(self) -> Sequence[Block]:
        """Thoughts are shown as they are, in the colour of a quote."""
        lines = self._text.strip("\n").split("\n")
        return [TextBlock((Span(line),) if line else (), quote=1, gap=False) for line in lines]
