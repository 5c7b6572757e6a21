"""A list model of rows under headings: the rows can be chosen, and headings are passed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

ROW_ROLE = Qt.ItemDataRole.UserRole  # the row itself, or its heading's text
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Row(Protocol):
    """What can be chosen; `spoken` is what a screen reader says of it."""

    @property
    def spoken(self) -> str: ...


R = TypeVar("R", bound=Row)


class HeadedRows(QAbstractListModel, Generic[R]):
    """Headings, which are texts, and rows of one kind; `title` says what a row is called."""

    def __init__(self, kind: type[R], title: Callable[[R], str], parent: QObject) -> None:
        super().__init__(parent)
        self._kind = kind
        self._title = title
        self._rows: list[str | R] = []

    @property
    def rows(self) -> list[R]:
        """What can be chosen, from the top."""
        return [row for row in self._rows if isinstance(row, self._kind)]

    def set_rows(self, rows: Sequence[str | R]) -> None:
        """Show these headings and rows in place of what there was."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row(self, index: Index) -> R | None:
        """Return the row at an index; None at a heading or nowhere."""
        found = self._rows[index.row()] if index.isValid() else None
        return found if isinstance(found, self._kind) else None

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of headings and rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is drawn and read out."""
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self._title(row) if isinstance(row, self._kind) else row
        if role == Qt.ItemDataRole.AccessibleTextRole and isinstance(row, self._kind):
            return row.spoken
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let headings be passed over."""
        if self.row(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
