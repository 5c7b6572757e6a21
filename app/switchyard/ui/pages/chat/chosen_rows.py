"""The rows of the conversation list as they are chosen and dragged; what keys and pointer do is above it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QLineF,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from switchyard.core.filing import Change
from switchyard.core.message import Conversation, ConversationId
from switchyard.ui.pages.chat.conversation_model import DRAGGED, ConversationModel
from switchyard.ui.pages.chat.conversation_row import INSET_PX, ROW_PX, ConversationRow
from switchyard.ui.pages.chat.list_wishes import ListWishes
from switchyard.ui.pages.chat.row_actions import RowActions
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import hairline

_Index = QModelIndex | QPersistentModelIndex


class ChosenRows(QListView):
    """`chosen_changed` tells how many chats are chosen at once; one alone is simply where the focus is."""

    chosen_changed = Signal(int)

    def __init__(self, theme: Theme, model: ConversationModel, wishes: ListWishes, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._conversations = model
        self._wishes = wishes
        self._rows = ConversationRow(theme, self, taken_px=RowActions.ROOM_PX)
        self._moving: str | None = None
        self._theme = theme
        self._line_y: float | None = None  # where what is dragged would come
        model.rowsAboutToBeRemoved.connect(self._on_rows_leaving)  # before the list itself moves the focus on
        self.setModel(model)
        model.rowsInserted.connect(self._on_rows_come)
        self.setItemDelegate(self._rows)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QListView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(False)
        self.verticalScrollBar().setSingleStep(ROW_PX)
        theme.changed.connect(self.viewport().update)

    def set_shown(self, uid: ConversationId | None) -> None:
        """Mark the open conversation and bring it into view."""
        if uid != self._rows.shown:
            self._rows.shown = uid
            self._conversations.reach(uid)
            index = self._conversations.index_of(uid)
            if index.isValid():
                self.stand_on(index)
                self.scrollTo(index)
            self.viewport().update()

    def stand_on(self, index: QModelIndex) -> None:
        """Bring the focus to a row and choose it alone, whatever keys are held, as Ctrl is where Ctrl+Tab led here."""
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def chosen(self) -> Sequence[Conversation]:
        """Return the chats that are chosen, from the top."""
        rows = sorted(self.selectedIndexes(), key=QModelIndex.row)
        return [each for each in map(self._conversations.conversation, rows) if each is not None]

    def choose_none(self) -> None:
        """Keep the focus where it is, and choose nothing beside it."""
        self.stand_on(self.currentIndex())

    def rename_current(self) -> bool:
        """Open the line in which the focused chat's or folder's name is changed."""
        index = self.currentIndex()
        if not self._conversations.flags(index) & Qt.ItemFlag.ItemIsEditable:
            return False
        self.edit(index)
        return True

    def dataChanged(self, top: _Index, bottom: _Index, roles: Sequence[int] = ()) -> None:
        """Draw the rows anew, and leave out what a list does beside: every row is as high as it was."""
        QAbstractItemView.dataChanged(self, top, bottom, roles)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Show several chosen chats as such."""
        super().selectionChanged(selected, deselected)
        count = len(self.chosen())
        self._rows.many = count > 1
        self.viewport().update()
        self.chosen_changed.emit(count)

    # --- dragging ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take chats of this list, and nothing else."""
        event.setAccepted(event.mimeData().hasFormat(DRAGGED))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show the folder that they would come into, or between which pinned ones."""
        point = event.position().toPoint()
        change = self._dropped_at(point, _dragged(event.mimeData()))
        folder = change.place.folder if change is not None and change.place is not None else None
        self._set_target(folder or "", self._line_at(point) if change is not None and change.pinned else None)
        event.setAccepted(change is not None)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show none any longer."""
        self._set_target("", None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Move what was dragged."""
        self._set_target("", None)
        uids = _dragged(event.mimeData())
        change = self._dropped_at(event.position().toPoint(), uids)
        if change is not None:
            event.accept()
            self._wishes.filed.emit(uids, change)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, and the line where what is dragged would stand."""
        super().paintEvent(event)
        if self._line_y is not None:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(self._theme.color("accent.text"), hairline(painter)))
            painter.drawLine(QLineF(INSET_PX, self._line_y, self.viewport().width() - INSET_PX, self._line_y))

    # --- inside ---

    def _dropped_at(self, point: QPoint, uids: Sequence[ConversationId]) -> Change | None:
        row = self._conversations.row(self.indexAt(point))
        return self._conversations.contents.drop_on(row, uids, below=self._is_below(point)) if uids else None

    def _is_below(self, point: QPoint) -> bool:
        return point.y() > self.visualRect(self.indexAt(point)).center().y()

    def _line_at(self, point: QPoint) -> float:
        """Return where a row would come: below the heading of the pinned ones, or between two of them."""
        rect = self.visualRect(self.indexAt(point))
        is_heading = self._conversations.conversation(self.indexAt(point)) is None
        return max(rect.bottom() + 0.5 if is_heading or self._is_below(point) else rect.top() - 0.5, 0.5)

    def _on_rows_leaving(self, _parent: _Index, first: int, last: int) -> None:
        """Remember the row with the focus: where it only moves, it comes back in a moment."""
        current = self.currentIndex()
        if current.isValid() and first <= current.row() <= last:
            row = self._conversations.conversation(current)
            self._moving = row.uid if row is not None else None

    def _on_rows_come(self) -> None:
        """Let the focus follow a row that moved."""
        index = self._conversations.index_of(self._moving)
        if index.isValid():
            self._moving = None
            self.stand_on(index)

    def _set_target(self, folder: str, line_y: float | None) -> None:
        if (folder, line_y) != (self._rows.target, self._line_y):
            self._rows.target, self._line_y = folder, line_y
            self.viewport().update()

    def _first_index(self) -> QModelIndex:
        shown = self._conversations.index_of(self._rows.shown)
        if shown.isValid():
            return shown
        rows = (self._conversations.index(row) for row in range(self._conversations.rowCount()))
        return next((index for index in rows if index.flags()), QModelIndex())


def _dragged(data: QMimeData) -> Sequence[ConversationId]:
    """Return the chats that are dragged; none where it is something else."""
    uids = bytes(data.data(DRAGGED).data()).decode().split("\n")
    return [ConversationId(uid) for uid in uids if uid]
