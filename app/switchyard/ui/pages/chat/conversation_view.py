"""What keys, the pointer and the menu do with the rows of the conversation list."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QGuiApplication, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QWidget

from switchyard.core.filing import Change
from switchyard.core.message import Conversation
from switchyard.ui.pages.chat.arrangement import FolderRow
from switchyard.ui.pages.chat.chosen_rows import ChosenRows
from switchyard.ui.pages.chat.conversation_model import ConversationModel
from switchyard.ui.pages.chat.conversation_row import INSET_PX
from switchyard.ui.pages.chat.list_menus import ListMenus
from switchyard.ui.pages.chat.list_wishes import ListWishes
from switchyard.ui.pages.chat.row_actions import RowActions
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.menu import Menu

_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)
_CHOOSING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class ConversationView(ChosenRows):
    """The pointer's row shows its two actions in place of its spend."""

    open_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(
        self,
        theme: Theme,
        model: ConversationModel,
        menus: ListMenus,
        wishes: ListWishes,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, model, wishes, parent)
        self._menus = menus
        self.setAccessibleName(self.tr("Chats"))
        self.verticalScrollBar().valueChanged.connect(self._drop_actions)
        self.clicked.connect(self._on_clicked)
        self._actions = RowActions(theme, self.viewport())
        self._actions.rename_requested.connect(self._on_rename_requested)
        self._actions.delete_requested.connect(self._on_delete_requested)
        model.rowsRemoved.connect(self._drop_actions)
        model.rowsInserted.connect(self._drop_actions)

    # --- keys, pointer, menu ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, F2 renames, Delete deletes, Esc chooses nothing; the rest is the list's own."""
        self._rows.keyboard = True
        row = self._conversations.row(self.currentIndex())
        if self.state() == QListView.State.EditingState or not self._press(event.key(), row):
            super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focused row's ring where a key brought the focus, and stand on a row there."""
        self._rows.keyboard = event.reason() in _BY_KEYBOARD
        if not self.currentIndex().isValid() and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.stand_on(self._first_index())
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
        """Offer what can be done with a row, at the pointer or below the focused row."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.offer_current()
        else:
            self._offer(self.indexAt(event.pos()), event.pos())

    def offer_current(self) -> None:
        """Offer what can be done with the focused row, below it."""
        index = self.currentIndex()
        self._offer(index, self.visualRect(index).bottomLeft() + QPoint(2 * INSET_PX, 0))

    # --- inside ---

    def _press(self, key: int, row: object) -> bool:
        """Do what a key means on a row; return whether it means anything."""
        if key == Qt.Key.Key_F2:
            return self.rename_current()
        if key == Qt.Key.Key_Escape and self._rows.many:
            self.choose_none()
            return True
        if isinstance(row, FolderRow):
            return self._press_on_folder(key, row)
        if not isinstance(row, Conversation):
            return False
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._open(row)
        elif key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self._delete(row)
        else:
            return False
        return True

    def _press_on_folder(self, key: int, row: FolderRow) -> bool:
        folder = row.folder
        folds = {Qt.Key.Key_Left: True, Qt.Key.Key_Right: False, Qt.Key.Key_Return: not folder.folded}
        if key in folds:
            self._wishes.folder_folded.emit(folder.uid, folds[Qt.Key(key)])
        elif key == Qt.Key.Key_Delete:
            self._wishes.removed.emit(folder.uid)
        return key in folds or key == Qt.Key.Key_Delete

    def _open(self, conversation: Conversation) -> None:
        if not self._conversations.contents.shows_bin:
            self.open_requested.emit(conversation.uid)

    def _delete(self, conversation: Conversation) -> None:
        chosen = self.chosen()
        if self._conversations.contents.shows_bin:
            self._wishes.erasure_wanted.emit([each.uid for each in chosen])
        elif len(chosen) > 1 and conversation in chosen:
            self._wishes.filed.emit([each.uid for each in chosen], Change(deleted=True))
        else:
            self.delete_requested.emit(conversation.uid)

    def _offer(self, index: QModelIndex, point: QPoint) -> None:
        row, place = self._conversations.row(index), self.viewport().mapToGlobal(point)
        if isinstance(row, FolderRow):
            self.stand_on(index)
            self._menus.of_folder(row.folder, self._rename_soon).popup(place)
        elif isinstance(row, Conversation):
            if index not in self.selectedIndexes():
                self.stand_on(index)
            self._offer_chats(row, place)

    def _offer_chats(self, row: Conversation, place: QPoint) -> None:
        def reopen(menu: Menu) -> None:
            # Only when the first menu is gone: its window gives the focus back as it goes, and that closes popups.
            first.destroyed.connect(lambda: QTimer.singleShot(0, menu, lambda: menu.popup(place)))

        def open_() -> None:
            self._open(row)

        def delete() -> None:
            self._delete(row)

        first = self._menus.of_chats(self.chosen(), open_, self._rename_soon, delete, reopen)
        first.popup(place)

    def _rename_soon(self) -> None:
        QTimer.singleShot(0, self, self.rename_current)

    def _show_actions(self, index: QModelIndex) -> None:
        editing = self.state() != QListView.State.NoState
        closed = self._rows.many or self._conversations.contents.shows_bin or editing
        if self._conversations.conversation(index) is None or closed:
            self._drop_actions()
        elif index.row() != self._rows.busy_row:
            self._rows.busy_row = index.row()
            rect: QRect = self.visualRect(index)
            self._actions.show_in(rect.adjusted(0, 0, -INSET_PX, 0))
            self.viewport().update()

    def _drop_actions(self) -> None:
        if self._rows.busy_row >= 0:
            self._rows.busy_row = -1
            self._actions.hide()
            self.viewport().update()

    def _pointed(self) -> QModelIndex:
        return self._conversations.index(self._rows.busy_row) if self._rows.busy_row >= 0 else QModelIndex()

    def _on_rename_requested(self) -> None:
        self.stand_on(self._pointed())
        self._drop_actions()
        self.rename_current()

    def _on_delete_requested(self) -> None:
        conversation = self._conversations.conversation(self._pointed())
        if conversation is not None:
            self.delete_requested.emit(conversation.uid)

    def _on_clicked(self, index: QModelIndex) -> None:
        row = self._conversations.row(index)
        if QGuiApplication.keyboardModifiers() & _CHOOSING:
            return
        if isinstance(row, FolderRow):
            self._wishes.folder_folded.emit(row.folder.uid, not row.folder.folded)
        elif isinstance(row, Conversation):
            self._open(row)
