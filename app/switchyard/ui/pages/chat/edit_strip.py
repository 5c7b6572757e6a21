"""The line over the words that says that they are put in the place of a message that was sent before."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Label


class EditStrip(QWidget):
    """Seen while a message is put differently; `left` asks to leave it as it was."""

    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(8)
        self._words = Label(theme, self.tr("Editing a message. What was said before stays."), "secondary", parent=self)
        leave = Button(theme, self.tr("Leave it as it was"), "link", size="small", parent=self)
        leave.clicked.connect(self.left)
        row.addWidget(self._words)
        row.addStretch(1)
        row.addWidget(leave)
        self.setAccessibleName(self._words.text())
        self.hide()
