"""Fills the window where the program cannot work at all: what happened, what to do, and a way out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.paint import draw_icon

_WIDTH_PX = 560
_ICON_PX = 28


class TroubleScreen(QWidget):
    """A title, a hint, Quit, and the folder that it is about."""

    quit_pressed = Signal()

    def __init__(self, theme: Theme, title: str, hint: str, folder: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self.setAccessibleName(f"{title} {hint}".strip())
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(10)
        column.addStretch(2)
        column.addWidget(_Sign(theme), 0, Qt.AlignmentFlag.AlignHCenter)
        for text, style, token in ((title, "heading", "text.primary"), (hint, "ui", "text.secondary")):
            words = Paragraph(theme, text, style, token, centred=True)
            words.setFixedWidth(_WIDTH_PX)
            words.setVisible(bool(text))
            column.addLayout(_centred(words))
        column.addSpacing(10)
        column.addLayout(self._buttons(theme))
        column.addStretch(3)

    def _buttons(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        if self._folder is not None:
            self.open_folder = Button(theme, self.tr("Open the folder"), icon="folder", size="large")
            self.open_folder.clicked.connect(self._on_open_folder)
            row.addWidget(self.open_folder)
        self.quit = Button(theme, self.tr("Quit"), "primary", size="large")
        self.quit.clicked.connect(self.quit_pressed)
        self.setFocusProxy(self.quit)
        row.addWidget(self.quit)
        row.addStretch(1)
        return row

    def _on_open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))


def _centred(words: QWidget) -> QHBoxLayout:
    """Return a row with the words in its middle: an alignment would lay them out in the width of the window."""
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(words)
    row.addStretch(1)
    return row


class _Sign(QWidget):
    """The sign for something that needs a look."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(_ICON_PX, _ICON_PX)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        draw_icon(QPainter(self), self._theme, "warning", "warn.text", _ICON_PX, QPointF(self.rect().center()))
