"""The list of conversations beside the thread: what is listed, the rows, and what is done with several at once."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.message import ConversationId
from switchyard.ui.pages.chat.bulk_bar import BulkBar
from switchyard.ui.pages.chat.conversation_model import ConversationModel
from switchyard.ui.pages.chat.conversation_row import INSET_PX
from switchyard.ui.pages.chat.conversation_view import ConversationView
from switchyard.ui.pages.chat.list_bin import BinLine
from switchyard.ui.pages.chat.list_foot import ListFoot
from switchyard.ui.pages.chat.list_menus import ListMenus
from switchyard.ui.pages.chat.list_wishes import ListWishes
from switchyard.ui.pages.chat.search_pane import SearchPane
from switchyard.ui.pages.chat.view_button import ViewButton
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.labels import Paragraph

WIDTH_PX = 268
NARROWEST_PX = 220
WIDEST_PX = 380
HEAD_PX = 48
_FIELD_MARGIN_PX = 12


class ConversationList(QWidget):
    """Says what the person wants, much of it through `wishes`; the page does it."""

    open_requested = Signal(str)
    new_requested = Signal()
    delete_requested = Signal(str)
    hide_requested = Signal()
    came_back = Signal()  # to its window

    def __init__(self, theme: Theme, model: ConversationModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self.setMinimumWidth(NARROWEST_PX)
        self.setMaximumWidth(WIDEST_PX)
        self.wishes = ListWishes(self)
        self.menus = ListMenus(theme, model.contents, self.wishes, self)
        self._rows = QWidget(self)
        self.view = ConversationView(theme, model, self.menus, self.wishes, self._rows)
        self.view.open_requested.connect(self.open_requested)
        self.view.delete_requested.connect(self.delete_requested)
        self.setFocusProxy(self.view)
        self.title = ViewButton(theme, self)
        self.title.clicked.connect(lambda: self.menus.of_views().open_below(self.title))
        self._nothing = Paragraph(theme, "", "secondary", "text.tertiary")
        self._nothing.setContentsMargins(0, 0, 0, 0)
        self._nothing.hide()
        self.search = SearchPane(theme, model.contents, self)
        self.bin = BinLine(theme, self.wishes, self._rows)
        self.bar = BulkBar(theme, self.view, self.menus, self.wishes, self._rows)
        self.foot = ListFoot(theme, self)
        self._lay_out()
        self.show_title()
        theme.changed.connect(self.update)

    def set_shown(self, uid: ConversationId | None) -> None:
        """Mark the open conversation."""
        self.view.set_shown(uid)

    def set_loaded(self) -> None:
        """The list is known now: say so where it is empty."""
        self._nothing.setText(self._words_for_nothing())
        self._nothing.setVisible(not self._model.rowCount())
        contents = self._model.contents
        self.bin.show_count(len(contents.binned) if contents.shows_bin else 0)

    def show_search(self, shown: bool) -> None:
        """Show what was found in place of the rows."""
        self.search.results.setVisible(shown)
        self._rows.setVisible(not shown)

    def show_title(self) -> None:
        """Say what is listed."""
        self.title.setText(self.menus.title())
        self.title.setAccessibleName(self.tr("Listed: {what}").format(what=self.menus.title()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pane's ground."""
        QPainter(self).fillRect(self.rect(), self._theme.color("bg.window"))

    def changeEvent(self, event: QEvent) -> None:
        """The window comes back, and it may be tomorrow."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._model.regroup()
            self.came_back.emit()

    def _words_for_nothing(self) -> str:
        if self._model.contents.shows_bin:
            return self.tr("The bin is empty.")
        if self._model.conversations:
            return self.tr("No chat is kept here.")
        return self.tr("Your chats are listed here.")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_head())
        field = QHBoxLayout()
        field.setContentsMargins(_FIELD_MARGIN_PX, 0, _FIELD_MARGIN_PX, 0)
        field.setSpacing(2)
        field.addWidget(self.search.field)
        field.addWidget(self.search.clear)
        column.addLayout(field)
        column.addWidget(self.search.results, 1)
        column.addWidget(self._rows, 1)
        column.addWidget(self.foot)
        column = QVBoxLayout(self._rows)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        inset = QHBoxLayout()
        inset.setContentsMargins(2 * INSET_PX, 8, 2 * INSET_PX, 0)
        inset.addWidget(self._nothing)
        column.addLayout(inset)
        column.addWidget(self.bin)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)

    def _make_head(self) -> QHBoxLayout:
        hide = IconButton(self._theme, "panel-left", self.tr("Hide the list"), "Ctrl+\\", size=24)
        hide.clicked.connect(self.hide_requested)
        new = IconButton(self._theme, "edit", self.tr("New chat"), "Ctrl+N", size=24)
        new.clicked.connect(self.new_requested)
        head = QHBoxLayout()
        head.setContentsMargins(8, (HEAD_PX - 28) // 2, 10, (HEAD_PX - 28) // 2)
        head.setSpacing(0)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(hide, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(new, 0, Qt.AlignmentFlag.AlignVCenter)
        return head
