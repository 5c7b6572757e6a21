"""What is looked for in a message before it leaves this computer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from switchyard.core.settings import Settings
from switchyard.ui.pages.settings.section import Section
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.switch import Switch


class PrivacySection(Section):
    """Tells what was switched."""

    secrets_switched = Signal(bool)
    personal_switched = Signal(bool)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        self.add_group(self.tr("Ask before sending to a cloud model"))
        name = self.tr("Ask before secrets are sent")
        self.secrets = Switch(theme, name, self.tr("Keys, passwords and card numbers"))
        self.secrets.clicked.connect(self.secrets_switched)
        self.add_row(self.tr("Secrets"), self.secrets)
        name = self.tr("Ask before personal data is sent")
        self.personal = Switch(theme, name, self.tr("E-mail addresses and phone numbers"))
        self.personal.clicked.connect(self.personal_switched)
        hint = self.make_hint(self.tr("Messages and attached texts are looked at on this computer only."))
        self.add_row(self.tr("Personal data"), self.personal, below=hint)
        self.show_settings(Settings())

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        self.secrets.setChecked(settings.warn_secrets)
        self.personal.setChecked(settings.warn_personal)
