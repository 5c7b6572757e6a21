"""Shows the source of a formula while the pointer rests on its drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QHelpEvent

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.tooltip import Tip

if TYPE_CHECKING:
    from switchyard.ui.transcript.pieces.base import Piece


class FormulaTip(QObject):
    """Made for pieces that hold formulas alone: to look at every event of every piece costs too much."""

    def __init__(self, theme: Theme, piece: Piece) -> None:
        super().__init__(piece)
        self._piece = piece
        self._tip = Tip(theme, piece, "")
        piece.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the source, in one line."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self._piece.formula_at(event.pos())
            if found is not None:
                self._tip.show_over(found[1], " ".join(found[0].split()))
        return False
