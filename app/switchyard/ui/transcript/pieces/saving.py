"""Saves words to a file that the person chooses; the file is written in the thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from switchyard.ui.transcript.background import Background


class Saving(QObject):
    """Belongs to the piece whose words it saves; `told` gets the file's name, and why it could not be written."""

    def __init__(self, piece: QWidget, background: Background, told: Callable[[str, str], None]) -> None:
        super().__init__(piece)
        self._piece = piece
        self._background = background
        self._told = told

    def ask(self, title: str, suggested: str, text: str) -> None:
        """Open the system's dialog, and save where a file is chosen."""
        dialog = QFileDialog(self._piece.window(), title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(suggested)
        dialog.fileSelected.connect(lambda path: self.save(path, text))
        dialog.open()

    def save(self, path: str, text: str) -> None:
        """Write a file."""

        def write() -> str:
            try:
                Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")
            except OSError as error:
                return error.strerror or type(error).__name__
            return ""

        def arrived(trouble: str) -> None:
            if isValid(self):
                self._told(Path(path).name, trouble)

        self._background.compute(write, arrived)
