"""What sends a message."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from switchyard.core.settings import SendKey, Settings
from switchyard.ui.pages.settings.section import Section
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.segmented import Segmented

_ENTER, _CTRL_ENTER, _SHIFT_ENTER = "Enter", "Ctrl+Enter", "Shift+Enter"


class WritingSection(Section):
    """Tells which key was chosen, and says what the other one does then."""

    key_chosen = Signal(str)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        keys = [(SendKey.ENTER.value, _printed(_ENTER)), (SendKey.CTRL_ENTER.value, _printed(_CTRL_ENTER))]
        self.key = Segmented(theme, self.tr("Send with"), keys, Settings().send_key.value)
        self.key.chosen.connect(self.key_chosen)
        self._consequence = self.make_hint("")
        self.add_row(self.tr("Send with"), self.key, below=self._consequence)
        self.show_settings(Settings())

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        self.key.set_current(settings.send_key.value)
        line_key = _SHIFT_ENTER if settings.send_key is SendKey.ENTER else _ENTER
        self._consequence.setText(self.tr("{key} begins a new line.").format(key=_printed(line_key)))


def _printed(keys: str) -> str:
    """Return keys as this system writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
