"""The line over the words that says how many messages wait for the person, and sends them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from switchyard.core.unsent import Hold
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import ElidedLabel
from switchyard.ui.words import translate


class WaitingStrip(QWidget):
    """Seen while messages wait that do not go by themselves."""

    send_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(8)
        self._words = ElidedLabel(theme, "", "secondary", parent=self)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = Button(theme, self.tr("Send what waits"), "link", size="small", parent=self)
        self.button.clicked.connect(self.send_requested)
        row.addWidget(self._words, 1)
        row.addWidget(self.button)
        self.hide()

    def show_count(self, count: int, why: Hold | None) -> None:
        """Say how many wait and why; nothing where they go by themselves."""
        self.setVisible(why is not None)
        if why is not None:
            self._words.setText(told(why))
            self.button.setText(self.tr("Send {count} waiting").format(count=count))
            self.setAccessibleName(self._words.text())


def told(why: Hold) -> str:
    """Say why what waits was not sent."""
    return {
        Hold.CLOSED: translate("WaitingStrip", "Switchyard was closed before its turn came, so this was not sent."),
        Hold.LATE: translate("WaitingStrip", "This has waited for more than ten minutes, so it was not sent."),
        Hold.INCOMPLETE: translate("WaitingStrip", "The reply is not complete, so this was not sent."),
        Hold.NETWORK: translate("WaitingStrip", "There was no network, so this was not sent."),
        Hold.PUT_BACK: translate("WaitingStrip", "You brought this back, so it goes only when you send it."),
    }[why]
