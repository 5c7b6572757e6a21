"""Asks for a name: of a new folder, workspace or tag."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from switchyard.services.library import NAME_LENGTH, written
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.dialog import Dialog
from switchyard.ui.widgets.field import Field


class NameDialog(Dialog):
    """One line, and a button that names the result; it acts once there is a name."""

    def __init__(self, theme: Theme, parent: QWidget, title: str, act: str, name: str = "") -> None:
        super().__init__(theme, parent, title)
        self.field = Field(theme, title, name)
        self.field.edit.setMaxLength(NAME_LENGTH)
        self.field.edit.selectAll()
        self.body.addWidget(self.field)
        self.add_button(self.tr("Cancel"), accepts=False)
        self.button = self.add_button(act, "primary", accepts=True, first=True)
        self.field.changed.connect(self._on_changed)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_changed(name)

    async def name(self) -> str:
        """Return what the person wrote; "" where they would rather not."""
        return written(self.field.text()) if await self.ask() else ""

    def _on_changed(self, text: str) -> None:
        self.button.setEnabled(bool(written(text)))
