"""Where everything is kept: one folder, and the keyring for the keys."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, QUrl
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from switchyard.ui.pages.settings.section import Section
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.paint import draw_icon


class DataSection(Section):
    """Shows the folder, opens it, and says where keys are."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        self._folder: Path | None = None
        self.folder = Field(theme, self.tr("Data folder"), mono=True)
        self.folder.edit.setReadOnly(True)
        self.folder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.open_folder = Button(theme, self.tr("Open the folder"), icon="folder")
        self.open_folder.clicked.connect(self._on_open_folder)
        hint = self.make_hint(self.tr("Chats, accounts, chains, settings and logs are here and nowhere else."))
        # A path may be long: it has the whole width, and the button a line of its own.
        self.add_row(self.tr("Data folder"), self.folder, below=hint)
        self.add_row("", self.open_folder)
        self.keys = Paragraph(theme, "", "ui", "text.primary")
        self.keys.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.add_row(self.tr("Keys"), _Lock(theme), self.keys)

    def show_folder(self, folder: Path) -> None:
        """Name the folder."""
        self._folder = folder
        self.folder.set_text(str(folder))
        self.folder.edit.setCursorPosition(0)

    def show_keys(self, words: str) -> None:
        """Say where keys are kept."""
        self.keys.setText(words)

    def _on_open_folder(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))


class _Lock(QWidget):
    """A lock, in the height of a field."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(16, 30)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        draw_icon(QPainter(self), self._theme, "lock", "text.tertiary", 14, QPointF(8, 15))
