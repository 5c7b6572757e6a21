"""The line under a reply that is not whole: what became of it, why, and what to do beside it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.chip import Chip
from switchyard.ui.widgets.labels import ElidedLabel

HEIGHT = 28


class StateNote(QWidget):
    """A chip in the colour of the state, and the reason in words."""

    retry_requested = Signal()
    continue_requested = Signal()

    def __init__(
        self, theme: Theme, word: str, reason: str, *, stopped: bool, can_continue: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(word)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Chip(theme, word, "neutral" if stopped else "warn", "stop" if stopped else "warning"))
        label = ElidedLabel(theme, reason, "secondary", "text.secondary")
        row.addWidget(label, 1)
        retry = Button(theme, self.tr("Try again"), icon="retry", size="small")
        retry.clicked.connect(self.retry_requested)
        if can_continue:
            go_on = Button(theme, self.tr("Continue"), icon="play", size="small")
            go_on.clicked.connect(self.continue_requested)
            row.addWidget(go_on)
        row.addWidget(retry)
        self.resize(0, HEIGHT)
