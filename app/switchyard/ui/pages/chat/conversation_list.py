"""The list of conversations beside the thread: open, rename, delete, begin a new one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QListView, QVBoxLayout, QWidget

from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.conversation_model import ConversationModel
from switchyard.ui.pages.chat.conversation_row import INSET_PX, ROW_PX, ConversationRow
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.menu import Menu

_Index = QModelIndex | QPersistentModelIndex

WIDTH_PX = 268
NARROWEST_PX = 220
WIDEST_PX = 380
HEAD_PX = 48
_ACTION_PX = 24
_ACTIONS_PX = 2 * _ACTION_PX + 6
_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)


class ConversationList(QWidget):
    """Says what the person wants; the page does it."""

    open_requested = Signal(str)
    new_requested = Signal()
    delete_requested = Signal(str)
    hide_requested = Signal()

    def __init__(self, theme: Theme, model: ConversationModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self.setMinimumWidth(NARROWEST_PX)
        self.setMaximumWidth(WIDEST_PX)
        self.view = ConversationView(theme, model, self)
        self.view.open_requested.connect(self.open_requested)
        self.view.delete_requested.connect(self.delete_requested)
        self.setFocusProxy(self.view)
        self._nothing = Paragraph(theme, self.tr("Your chats are listed here."), "secondary", "text.tertiary")
        self._nothing.setContentsMargins(0, 0, 0, 0)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_head())
        inset = QHBoxLayout()
        inset.setContentsMargins(2 * INSET_PX, 4, 2 * INSET_PX, 0)
        inset.addWidget(self._nothing)
        column.addLayout(inset)
        column.addWidget(self.view, 1)
        theme.changed.connect(self.update)

    def set_shown(self, uid: ConversationId | None) -> None:
        """Mark the open conversation."""
        self.view.set_shown(uid)

    def set_loaded(self) -> None:
        """The list is known now: say so where it is empty."""
        self._nothing.setVisible(not self._model.conversations)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pane's ground."""
        QPainter(self).fillRect(self.rect(), self._theme.color("bg.window"))

    def changeEvent(self, event: QEvent) -> None:
        """The window comes back, and it may be tomorrow."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._model.regroup()

    def _make_head(self) -> QHBoxLayout:
        title = Label(self._theme, self.tr("Chats"), "title", parent=self)
        title.setFixedHeight(HEAD_PX)
        hide = IconButton(self._theme, "panel-left", self.tr("Hide the list"), "Ctrl+\\", size=24)
        hide.clicked.connect(self.hide_requested)
        new = IconButton(self._theme, "edit", self.tr("New chat"), "Ctrl+N", size=24)
        new.clicked.connect(self.new_requested)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 10, 0)
        head.setSpacing(0)
        head.addWidget(title, 1)
        head.addWidget(hide)
        head.addWidget(new)
        return head


class ConversationView(QListView):
    """The rows. The pointer's row shows its two actions in place of its spend."""

    open_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, theme: Theme, model: ConversationModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._conversations = model
        self._rows = ConversationRow(theme, self, taken_px=_ACTIONS_PX)
        self.setModel(model)
        self.setItemDelegate(self._rows)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("Chats"))
        self.verticalScrollBar().setSingleStep(ROW_PX)
        self.verticalScrollBar().valueChanged.connect(self._drop_actions)
        self.clicked.connect(self._on_clicked)
        self._actions = self._make_actions()
        model.rowsRemoved.connect(self._drop_actions)
        model.rowsInserted.connect(self._drop_actions)
        theme.changed.connect(self.viewport().update)

    def set_shown(self, uid: ConversationId | None) -> None:
        """Mark the open conversation and bring it into view."""
        if uid != self._rows.shown:
            self._rows.shown = uid
            self._conversations.reach(uid)
            index = self._conversations.index_of(uid)
            if index.isValid():
                self.setCurrentIndex(index)
                self.scrollTo(index)
            self.viewport().update()

    def rename_current(self) -> bool:
        """Open the line in which the focused conversation's title is changed."""
        index = self.currentIndex()
        if self._conversations.conversation(index) is None:
            return False
        self.edit(index)
        return True

    def dataChanged(self, top: _Index, bottom: _Index, roles: Sequence[int] = ()) -> None:
        """Draw the rows anew, and leave out what a list does beside: every row is as high as it was."""
        QAbstractItemView.dataChanged(self, top, bottom, roles)

    # --- keys, pointer, menu ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, F2 renames, Delete deletes; the rest is the list's own."""
        conversation = self._conversations.conversation(self.currentIndex())
        self._rows.keyboard = True
        if conversation is None or self.state() == QListView.State.EditingState:
            super().keyPressEvent(event)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.open_requested.emit(conversation.uid)
        elif event.key() == Qt.Key.Key_F2:
            self.rename_current()
        elif event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.delete_requested.emit(conversation.uid)
        else:
            super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focused row's ring where a key brought the focus, and stand on a row."""
        self._rows.keyboard = event.reason() in _BY_KEYBOARD
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self._first_index())
        super().focusInEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the actions of the row under the pointer."""
        super().mouseMoveEvent(event)
        self._show_actions(self.indexAt(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Take the actions away."""
        super().leaveEvent(event)
        self._drop_actions()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The right end of the rows is elsewhere now."""
        super().resizeEvent(event)
        self._drop_actions()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with a conversation, at the pointer or below the focused row."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        conversation = self._conversations.conversation(index)
        if conversation is None:
            return
        self.setCurrentIndex(index)
        place = self.visualRect(index).bottomLeft() + QPoint(2 * INSET_PX, 0) if by_key else event.pos()
        self._make_menu(conversation).popup(self.viewport().mapToGlobal(place))

    # --- inside ---

    def _make_menu(self, conversation: Conversation) -> Menu:
        menu = Menu(self._theme, self)
        uid = conversation.uid
        menu.add(self.tr("Open"), lambda: self.open_requested.emit(uid), icon="chat")
        menu.add(self.tr("Rename"), lambda: QTimer.singleShot(0, self, self.rename_current), icon="edit", shortcut="F2")
        menu.addSeparator()
        menu.add(self.tr("Delete"), lambda: self.delete_requested.emit(uid), icon="trash", shortcut="Del", danger=True)
        return menu

    def _make_actions(self) -> QWidget:
        actions = QWidget(self.viewport())
        rename = IconButton(self._theme, "edit", self.tr("Rename"), "F2", size=_ACTION_PX)
        rename.clicked.connect(self._on_rename_clicked)
        delete = IconButton(self._theme, "trash", self.tr("Delete"), "Del", size=_ACTION_PX)
        delete.clicked.connect(self._on_delete_clicked)
        row = QHBoxLayout(actions)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button in (rename, delete):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.addWidget(button)
        actions.hide()
        return actions

    def _show_actions(self, index: QModelIndex) -> None:
        editing = self.state() == QListView.State.EditingState
        if self._conversations.conversation(index) is None or editing:
            self._drop_actions()
        elif index.row() != self._rows.busy_row:
            self._rows.busy_row = index.row()
            rect: QRect = self.visualRect(index)
            left = rect.right() - INSET_PX - 3 - 2 * _ACTION_PX
            self._actions.setGeometry(left, rect.top() + 3, 2 * _ACTION_PX, _ACTION_PX)
            self._actions.show()
            self.viewport().update()

    def _drop_actions(self) -> None:
        if self._rows.busy_row >= 0:
            self._rows.busy_row = -1
            self._actions.hide()
            self.viewport().update()

    def _pointed(self) -> QModelIndex:
        return self._conversations.index(self._rows.busy_row) if self._rows.busy_row >= 0 else QModelIndex()

    def _on_rename_clicked(self) -> None:
        self.setCurrentIndex(self._pointed())
        self._drop_actions()
        self.rename_current()

    def _on_delete_clicked(self) -> None:
        conversation = self._conversations.conversation(self._pointed())
        if conversation is not None:
            self.delete_requested.emit(conversation.uid)

    def _on_clicked(self, index: QModelIndex) -> None:
        conversation = self._conversations.conversation(index)
        if conversation is not None:
            self.open_requested.emit(conversation.uid)

    def _first_index(self) -> QModelIndex:
        shown = self._conversations.index_of(self._rows.shown)
        return shown if shown.isValid() else self._conversations.index(1 if self._conversations.rowCount() else -1)
