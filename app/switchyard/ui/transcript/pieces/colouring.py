"""The colours of a block of code: worked out in the thread, and put on its lines as these are painted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextBlock, QTextLayout

from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.document_surface import DocumentSurface
from switchyard.ui.transcript.markdown.model import CodeBlock
from switchyard.ui.transcript.typesetter import Typesetter

_MOST_SEEN = "python"
_UNKNOWN = "unknown"  # for such a name pygments looks among all that is installed, once

Lines = list[list[tuple[int, int, str]]]


class Colouring:
    """`arrived` is asked whether colours that come are still wanted, and shows them then."""

    def __init__(self, surface: DocumentSurface, typesetter: Typesetter, arrived: Callable[[CodeBlock], bool]) -> None:
        self._surface = surface
        self._typesetter = typesetter
        self._arrived = arrived
        self._colours: Lines = []
        self._coloured: set[int] = set()

    def forget(self) -> None:
        """The text is another one."""
        self._colours = []

    def begin(self, block: CodeBlock, background: Background) -> None:
        """Have the colours of a block worked out, where its language is known."""
        if not block.language:
            return
        text, language = block.text, block.language

        def arrived(lines: Lines) -> None:
            if self._arrived(block):
                self._colours = lines
                self._coloured.clear()

        background.compute(lambda: _highlight(language, text), arrived)

    def colour_lines(self, clip: QRectF) -> None:
        """Colour the lines that are about to be painted, which a long block may have a thousand times more of."""
        changed: list[QTextBlock] = []
        for line in self._surface.blocks_in(clip) if len(self._coloured) < len(self._colours) else ():
            number = line.blockNumber()
            if number in self._coloured or number >= len(self._colours):
                continue
            self._coloured.add(number)
            line.layout().setFormats([_coloured(self._typesetter, *run) for run in self._colours[number]])
            changed.append(line)
        if changed:
            first, last = changed[0].position(), changed[-1].position() + changed[-1].length()
            self._surface.document.markContentsDirty(first, last - first)


def prepare(background: Background) -> None:
    """Load what colours code, before any is there: that holds the window up more than to colour it."""
    background.compute(_load, lambda _: None)


@cache
def _load() -> None:
    for language in (_MOST_SEEN, _UNKNOWN):
        _highlight(language, "")


def _highlight(language: str, text: str) -> Lines:
    from switchyard.ui.transcript.markdown.highlight import highlight

    return highlight(language, text)


def _coloured(typesetter: Typesetter, start: int, length: int, token: str) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length = start, length
    found.format = typesetter.coloured(token)
    return found
