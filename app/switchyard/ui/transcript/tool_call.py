"""A call that the model asks for: the tool's name in a line, and on a click what it is to be given."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence

from PySide6.QtWidgets import QWidget

from switchyard.core.content import ToolCall
from switchyard.ui.transcript.folded import Folded
from switchyard.ui.transcript.markdown.model import Block, CodeBlock
from switchyard.ui.transcript.pieces.base import Kit


class ToolCallLine(Folded):
    """Says what is asked for; nothing is called from here."""

    def __init__(self, kit: Kit, call: ToolCall, key: Hashable, parent: QWidget) -> None:
        super().__init__(kit, "tools", key, parent)
        self._call = call
        self._fold.say(self.tr("Asks for the tool {name}").format(name=call.name))
        self._refill()

    def _blocks(self) -> Sequence[Block]:
        return [CodeBlock(_readable(self._call.arguments), "json")]


def _readable(arguments: str) -> str:
    """Return arguments with a line for each; what is no JSON as the model wrote it."""
    try:
        return json.dumps(json.loads(arguments), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments
