"""Saves words to a file that the person chooses; the file is written in the thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from switchyard.ui.transcript.background import Background

Told = Callable[[str, str], None]


def ask_where_to_save(parent: QWidget, title: str, suggested: str, save: Callable[[str], None]) -> QFileDialog:
    """Open the system's dialog; `save` gets the path, if one is chosen."""
    dialog = QFileDialog(parent.window(), title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(suggested)
    dialog.fileSelected.connect(save)
    dialog.open()
    return dialog


def save_text(background: Background, owner: QWidget, path: str, text: str, told: Told) -> None:
    """Write a file; `told` gets its name, and why it could not be written where that is so."""

    def write() -> str:
        try:
            Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""

    def arrived(trouble: str) -> None:
        if isValid(owner):
            told(Path(path).name, trouble)

    background.compute(write, arrived)
