"""What is known of one attempt, opened from its node."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.clipboard import copy_text
from switchyard.ui.transcript.details import Line
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Label, Paragraph

_RAW_LINES = 16
_RAW_CHARS = 1_200


def shortened(raw: str) -> str:
    """Return the beginning of an error as it came: all of it is copied with the details."""
    lines = raw[:_RAW_CHARS].split("\n")[:_RAW_LINES]
    text = "\n".join(lines)
    return text if len(text) == len(raw) else f"{text}…"


class AttemptPanel(QWidget):
    """Labels left, values right, the beginning of an error as it came, and everything to the clipboard at once."""

    def __init__(self, theme: Theme, lines: Sequence[Line], raw: str, details: str, parent: QWidget) -> None:
        super().__init__(parent)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(14, 6, 14, 0)
        column.setSpacing(6)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        shown = [(label, value, "secondary") for label, value in lines]
        if raw:
            shown.append((self.tr("Raw answer"), shortened(raw), "code"))
        for row, (label, value, style) in enumerate(shown):
            name = Label(theme, label, "secondary", "text.tertiary")
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            text = Paragraph(theme, value, style, "text.primary")
            text.setAccessibleName(f"{label}: {value}")
            grid.addWidget(text, row, 1)
        column.addLayout(grid)
        copy = Button(theme, self.tr("Copy details"), kind="ghost", icon="copy", size="small")
        copy.clicked.connect(lambda: copy_text(details))
        column.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)

    def height_for(self, width: int) -> int:
        """Return how high this is in a width."""
        return self._column.heightForWidth(width)
