"""What holds for a chat as a whole, in its header: where it stays, whether it is kept, that it has a system text."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.chip import Chip, Tone
from switchyard.ui.widgets.tooltip import Tip


class HeaderMarks(QWidget):
    """A chip for each; nothing where nothing is out of the ordinary."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self.local_only = self._add(
            theme, self.tr("Only this computer"), "ok", "lock", self.tr("Nothing of this chat leaves this computer.")
        )
        self.temporary = self._add(
            theme,
            self.tr("Temporary"),
            "warn",
            "history",
            self.tr("No word of this chat is kept. It is gone when you leave it."),
        )
        self.system = self._add(
            theme, self.tr("System text"), "neutral", "edit", self.tr("A text of yours comes before everything.")
        )

    def _add(self, theme: Theme, words: str, tone: Tone, icon: str, meaning: str) -> Chip:
        chip = Chip(theme, words, tone, icon, parent=self)
        Tip(theme, chip, meaning)
        chip.setAccessibleDescription(meaning)
        chip.hide()
        self._row.addWidget(chip)
        return chip
