"""The rows of what a search found: chats by their titles, then messages by their words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QDate,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from switchyard.core.message import Conversation
from switchyard.core.search import Found, Hit
from switchyard.ui.pages.chat.arrangement import Contents, Heading

FOUND_ROLE = Qt.ItemDataRole.UserRole
WHEN_ROLE = Qt.ItemDataRole.UserRole + 1
PLACE_ROLE = Qt.ItemDataRole.UserRole + 2

FoundRow = Heading | Conversation | Hit
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class FoundModel(QAbstractListModel):
    """`more_wanted` tells that a person has scrolled to the end, where there is more."""

    more_wanted = Signal()

    def __init__(self, contents: Contents, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._contents = contents
        self._rows: list[FoundRow] = []
        self._has_more = False

    def show(self, titles: Sequence[Conversation], found: Found) -> None:
        """Show what was found; where it begins as before, only what is new is added."""
        rows: list[FoundRow] = []
        if titles:
            rows += [Heading(self.tr("In titles")), *titles]
        if found.hits:
            rows += [Heading(self.tr("In messages")), *found.hits]
        kept = len(self._rows)
        self._has_more = found.has_more
        if kept and rows[:kept] == self._rows:
            if len(rows) > kept:
                self.beginInsertRows(_NOWHERE, kept, len(rows) - 1)
                self._rows = rows
                self.endInsertRows()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, index: _Index) -> FoundRow | None:
        """Return what stands at an index; None nowhere."""
        return self._rows[index.row()] if index.isValid() else None

    def same(self, sought: FoundRow | None) -> QModelIndex:
        """Return where a chat or a message stands now that was found before; an invalid index where it does not."""
        at = next((at for at, row in enumerate(self._rows) if _is_same(row, sought)), None)
        return self.index(at) if at is not None else QModelIndex()

    def away_from(self, row: int, by: int) -> QModelIndex:
        """Return the next row in a direction that can be opened; an invalid index where there is none."""
        row += by
        while 0 <= row < len(self._rows):
            if not isinstance(self._rows[row], Heading):
                return self.index(row)
            row += by
        return QModelIndex()

    # --- the model ---

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of headings and of what was found."""
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: _Index) -> bool:
        """Whether there are older messages."""
        return not parent.isValid() and self._has_more

    def fetchMore(self, parent: _Index) -> None:
        """Ask for older messages, once."""
        if self.canFetchMore(parent):
            self._has_more = False
            self.more_wanted.emit()

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what the delegate draws, and what is read out."""
        row = self.row(index)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == FOUND_ROLE:
            return row
        if role == WHEN_ROLE:
            return _when(row.created_ms) if isinstance(row, Hit) else ""
        if role == PLACE_ROLE:
            return self._place(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = (_when(row.created_ms), row.snippet.text) if isinstance(row, Hit) else ()
            return ", ".join(word for word in (row.title, self._place(row), *words) if word)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Let everything be opened but headings."""
        if isinstance(self.row(index), Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def _place(self, row: FoundRow) -> str:
        """Return the workspace, where it is not the one that is listed, and whether it is in the archive."""
        if isinstance(row, Heading):
            return ""
        if isinstance(row, Hit):
            workspace, archived = row.workspace, row.archived
        else:
            workspace, archived = row.filing.place.workspace, row.filing.archived_ms is not None
        name = self._contents.shelves.name(workspace or "") if workspace != self._contents.view.of else ""
        return " · ".join(word for word in (name, self.tr("Archive") if archived else "") if word)


def _is_same(row: FoundRow, sought: FoundRow | None) -> bool:
    if isinstance(row, Hit):
        return isinstance(sought, Hit) and row.message == sought.message
    return isinstance(row, Conversation) and isinstance(sought, Conversation) and row.uid == sought.uid


def _when(utc_ms: int) -> str:
    """Return the day, or of today the time."""
    moment = QDateTime.fromMSecsSinceEpoch(utc_ms)
    if moment.date() == QDate.currentDate():
        return QLocale().toString(moment.time(), QLocale.FormatType.ShortFormat)
    return QLocale().toString(moment.date(), QLocale.FormatType.ShortFormat)
