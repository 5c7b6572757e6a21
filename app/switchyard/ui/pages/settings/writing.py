"""What sends a message, and who gives chats their titles."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from switchyard.core.settings import SendKey, Settings
from switchyard.ui.pages.settings.section import Section
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.segmented import Segmented

_ENTER, _CTRL_ENTER, _SHIFT_ENTER = "Enter", "Ctrl+Enter", "Shift+Enter"


class WritingSection(Section):
    """Tells which key was chosen, and says what the other one does then."""

    key_chosen = Signal(str)
    title_model_wanted = Signal()
    title_model_cleared = Signal()

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        keys = [(SendKey.ENTER.value, _printed(_ENTER)), (SendKey.CTRL_ENTER.value, _printed(_CTRL_ENTER))]
        self.key = Segmented(theme, self.tr("Send with"), keys, Settings().send_key.value)
        self.key.chosen.connect(self.key_chosen)
        self._consequence = self.make_hint("")
        self.add_row(self.tr("Send with"), self.key, below=self._consequence)
        self.title_model = Button(theme, "")
        self.title_model.clicked.connect(self.title_model_wanted)
        self.first_words = Button(theme, self.tr("Use the first words"), "ghost")
        self.first_words.clicked.connect(self.title_model_cleared)
        hint = self.make_hint(self.tr("A model reads how each chat begins, and costs what its answer costs."))
        self.add_row(self.tr("Titles by"), self.title_model, self.first_words, below=hint)
        self.show_settings(Settings())

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        self.key.set_current(settings.send_key.value)
        model = settings.title_model
        self.title_model.setText(model or self.tr("The first words"))
        self.title_model.setAccessibleName(self.tr("Titles by {who}").format(who=self.title_model.text()))
        self.title_model.updateGeometry()
        self.first_words.setVisible(bool(model))
        line_key = _SHIFT_ENTER if settings.send_key is SendKey.ENTER else _ENTER
        self._consequence.setText(self.tr("{key} begins a new line.").format(key=_printed(line_key)))


def _printed(keys: str) -> str:
    """Return keys as this system writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
