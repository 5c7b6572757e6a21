"""The line above the chats of the bin: how many there are, and the button that deletes them for good."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.ui.pages.chat.list_wishes import ListWishes
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Label

_MARGIN_PX = 16


class BinLine(QWidget):
    """Hidden while another view is listed, or nothing is in the bin."""

    def __init__(self, theme: Theme, wishes: ListWishes, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = Label(theme, "", "secondary", "text.tertiary")
        self.empty = Button(theme, self.tr("Empty bin"), "danger", icon="trash", size="small")
        self.empty.clicked.connect(lambda: wishes.erasure_wanted.emit([]))
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGIN_PX, 6, _MARGIN_PX - 4, 4)
        row.addWidget(self._words, 1)
        row.addWidget(self.empty)
        self.hide()

    def show_count(self, count: int) -> None:
        """Say how many chats can be deleted; hide where there is none."""
        self._words.setText(self.tr("One chat") if count == 1 else self.tr("{count} chats").format(count=count))
        self.setVisible(count > 0)
