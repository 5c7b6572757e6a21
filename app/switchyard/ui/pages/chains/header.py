"""The line above the form of a chain: what it is, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.chip import Chip
from switchyard.ui.widgets.labels import ElidedLabel
from switchyard.ui.widgets.menu import Menu

_HEIGHT_PX = 48


class ChainHeader(QWidget):
    """Says what the person wants; the page does it."""

    save_requested = Signal()
    revert_requested = Signal()
    default_requested = Signal()
    duplicate_requested = Signal()
    versions_requested = Signal()
    problem_requested = Signal()
    delete_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._version = 0
        self.setFixedHeight(_HEIGHT_PX)
        self.title = ElidedLabel(theme, "", "title")
        self.version = Chip(theme, "", small=True)
        self.is_default = Chip(theme, self.tr("Default"), "accent", "check", small=True)
        self.problems = Button(theme, "", "ghost", icon="warning", size="small")
        self.problems.clicked.connect(self.problem_requested)
        self.make_default = Button(theme, self.tr("Make default"))
        self.make_default.clicked.connect(self.default_requested)
        self.more = IconButton(theme, "more", self.tr("More"))
        self.more.clicked.connect(self._on_more)
        self.revert = Button(theme, self.tr("Revert"))
        self.revert.clicked.connect(self.revert_requested)
        self.save = Button(theme, self.tr("Save"), "primary")
        self.save.clicked.connect(self.save_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.title)
        row.addWidget(self.version)
        row.addWidget(self.is_default)
        row.addWidget(self.problems)
        row.addStretch(1)
        for button in (self.make_default, self.revert, self.save, self.more):
            row.addWidget(button)
        theme.changed.connect(self.update)

    def show_state(self, name: str, version: int | None, *, is_default: bool, edited: bool, blocked: bool) -> None:
        """Show a chain's state; `version` is None for one that was never saved."""
        self._version = version or 0
        self.title.setText(name or self.tr("New chain"))
        if version is None:
            self.version.set_state(self.tr("not saved"), "neutral")
        elif edited:
            self.version.set_state(self.tr("v{n}, edited").format(n=version), "warn")
        else:
            self.version.set_state(self.tr("v{n}").format(n=version), "neutral")
        self.is_default.setVisible(is_default)
        self.make_default.setVisible(version is not None and not is_default)
        self.revert.setVisible(version is not None and edited)
        self.save.setText(self.tr("Save v{n}").format(n=(version or 0) + 1))
        self.save.updateGeometry()
        self.save.setEnabled((edited or version is None) and not blocked)

    def show_problems(self, errors: int, warnings: int) -> None:
        """Say how much there is to mend, or else to know; a press leads to the first of it."""
        if errors:
            text = self.tr("1 thing to mend") if errors == 1 else self.tr("{n} things to mend").format(n=errors)
        else:
            text = self.tr("1 warning") if warnings == 1 else self.tr("{n} warnings").format(n=warnings)
        self.problems.setText(text)
        self.problems.updateGeometry()
        self.problems.setVisible(bool(errors or warnings))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.surface"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("border.subtle"))

    def _on_more(self) -> None:
        menu = Menu(self._theme, self)
        menu.add(self.tr("Duplicate"), self.duplicate_requested.emit, icon="copy")
        if self._version > 1:
            menu.add(self.tr("Go back to a version"), self.versions_requested.emit, icon="history")
        menu.addSeparator()
        menu.add(self.tr("Delete chain"), self.delete_requested.emit, icon="trash", danger=True)
        menu.open_below(self.more)
