"""A line of text that takes no key for itself which is meant for an input method."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class LineEdit(QLineEdit):
    """While an input method has words under way, Enter ends those and nothing else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composed = ""

    @property
    def composing(self) -> bool:
        """Whether an input method has words under way that are not part of the text yet."""
        return bool(self._composed)

    @property
    def written_in(self) -> bool:
        """Whether the person has changed what stood here, or is about to."""
        return self.isModified() or self.composing

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Remember whether the input method still has words under way."""
        self._composed = event.preeditString()
        super().inputMethodEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter only where it is meant for this line."""
        if self.composing and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            event.accept()
        else:
            super().keyPressEvent(event)
