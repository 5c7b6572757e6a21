"""What a message will cost, beside Send or, where there is little room, above the words."""

from __future__ import annotations

from PySide6.QtCore import Qt

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Label


class EstimateLine:
    """Two labels of which one is seen: the foot's, and the one `above` the words."""

    def __init__(self, theme: Theme, beside: Label) -> None:
        self._beside = beside
        self._narrow = False
        self.above = Label(theme, "", "secondary", "text.tertiary")
        self.above.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.above.hide()

    def show(self, words: str, *, tight: bool = False) -> None:
        """Say what the message will cost; `tight`: there is hardly that much left today."""
        for label in (self._beside, self.above):
            label.set_token("warn.text" if tight else "text.tertiary")
            label.setText(words)
        self._place()

    def set_narrow(self, narrow: bool) -> None:
        """Stand above the words, or beside Send."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._place()

    def _place(self) -> None:
        known = bool(self._beside.text())
        self._beside.setVisible(known and not self._narrow)
        self.above.setVisible(known and self._narrow)
