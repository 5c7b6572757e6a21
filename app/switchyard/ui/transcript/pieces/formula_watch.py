"""What a piece with formulas does for them: it waits for their drawings, and shows their source under the pointer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.formulas import FormulaKey, Formulas
from switchyard.ui.widgets.tooltip import Tip

Show = Callable[[Set[FormulaKey]], None]
SourceAt = Callable[[QPoint], tuple[str, QRect] | None]


class FormulaWatch(QObject):
    """Made for pieces that hold formulas alone: to look at every event of every piece costs too much.

    `show` takes the drawings that came; `source_at` tells the source at a point of the piece, and where it is drawn.
    """

    def __init__(self, theme: Theme, formulas: Formulas, piece: QWidget, show: Show, source_at: SourceAt) -> None:
        super().__init__(piece)
        self._awaited: set[FormulaKey] = set()
        self._show = show
        self._source_at = source_at
        self._tip = Tip(theme, piece, "")
        formulas.drawn.connect(self._on_drawn)
        piece.installEventFilter(self)

    def expect(self, keys: Iterable[FormulaKey]) -> None:
        """Wait for drawings."""
        self._awaited.update(keys)

    def _on_drawn(self, came: frozenset[FormulaKey]) -> None:
        here = self._awaited & came
        if here:
            self._awaited -= here
            self._show(here)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the source, in one line."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self._source_at(event.pos())
            if found is not None:
                self._tip.show_over(found[1], " ".join(found[0].split()))
        return False
