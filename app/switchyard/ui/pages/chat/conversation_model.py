"""The rows of the conversation list: conversations under the headings of their days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from enum import Enum

from PySide6.QtCore import QAbstractListModel, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from switchyard.core.message import Conversation, ConversationId
from switchyard.ui import format as written
from switchyard.ui.pages.chat.dates import Calendar

ROW_ROLE = Qt.ItemDataRole.UserRole
LIVE_ROLE = Qt.ItemDataRole.UserRole + 1
SPEND_ROLE = Qt.ItemDataRole.UserRole + 2

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_AT_ONCE = 400


class Live(Enum):
    """What happens, or has happened unseen, in a conversation."""

    QUIET = "quiet"
    STREAMING = "streaming"
    UNREAD = "unread"
    FAILED = "failed"


class ConversationModel(QAbstractListModel):
    """A heading is a row that can be neither chosen nor focused. `now` is the local time.

    Rows are made as far as the view has scrolled: a view lays all of them out whenever one comes or goes.
    """

    renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None, *, now: Callable[[], datetime] = datetime.now) -> None:
        super().__init__(parent)
        self._now = now
        self._conversations: list[Conversation] = []
        self._rows: list[str | Conversation] = []
        self._depth = _AT_ONCE
        self._live: dict[ConversationId, Live] = {}

    # --- what is in it ---

    @property
    def conversations(self) -> Sequence[Conversation]:
        """Return the conversations, the one last written in first."""
        return self._conversations

    def set_conversations(self, conversations: Sequence[Conversation]) -> None:
        """Show these, changing only the rows that differ, so that focus and an open editor stay."""
        self._conversations = list(conversations)
        self._replace_rows(self._grouped())

    def put(self, newest: Sequence[Conversation]) -> None:
        """Take in the beginning of the list as it is now; what is not in it stays where it is."""
        known = {conversation.uid for conversation in newest}
        rest = [each for each in self._conversations if each.uid not in known]
        merged = sorted([*newest, *rest], key=lambda each: each.updated_ms, reverse=True)
        self.set_conversations(merged)

    def regroup(self) -> None:
        """Another day may have begun."""
        self._replace_rows(self._grouped())

    def set_live(self, live: Mapping[ConversationId, Live]) -> None:
        """Say in which conversations something happens."""
        before, self._live = self._live, dict(live)
        for uid in before.keys() | live.keys():
            if before.get(uid) is not live.get(uid):
                index = self.index_of(uid)
                if index.isValid():
                    self.dataChanged.emit(index, index, [LIVE_ROLE])

    def reach(self, uid: str | None) -> None:
        """Make the rows down to a conversation."""
        place = next((n for n, each in enumerate(self._conversations) if each.uid == uid), -1)
        if place >= self._depth:
            self._depth = place + _AT_ONCE
            self._replace_rows(self._grouped())

    def index_of(self, uid: str | None) -> QModelIndex:
        """Return where a conversation stands; an invalid index where it is not listed."""
        for row, each in enumerate(self._rows):
            if not isinstance(each, str) and each.uid == uid:
                return self.index(row)
        return QModelIndex()

    def find(self, uid: str | None) -> Conversation | None:
        """Return a conversation, whether it has a row yet or not."""
        return next((each for each in self._conversations if each.uid == uid), None)

    def conversation(self, index: _Index) -> Conversation | None:
        """Return the conversation at an index; None at a heading or nowhere."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Conversation) else None

    # --- the model ---

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of headings and conversations."""
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: _Index) -> bool:
        """Whether there are conversations without a row."""
        return not parent.isValid() and self._depth < len(self._conversations)

    def fetchMore(self, parent: _Index) -> None:
        """Make the next rows: the view has come to the end of those that are there."""
        if self.canFetchMore(parent):
            self._depth += _AT_ONCE
            self._replace_rows(self._grouped())

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what the delegate draws, and what is read out."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
            return row if isinstance(row, str) else row.title
        if role == ROW_ROLE:
            return row
        if isinstance(row, str):
            return None
        if role == LIVE_ROLE:
            return self._live.get(row.uid, Live.QUIET)
        if role == SPEND_ROLE:
            return spend(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a new title, and tell whoever keeps it."""
        conversation = self.conversation(index)
        title = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or conversation is None or title in {"", conversation.title}:
            return False
        self.renamed.emit(conversation.uid, title)
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Let conversations be chosen and renamed, and nothing be done to headings."""
        if self.conversation(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    # --- inside ---

    def _grouped(self) -> list[str | Conversation]:
        calendar = Calendar(self._now(), QLocale())
        rows: list[str | Conversation] = []
        group = ""
        for conversation in self._conversations[: self._depth]:
            title = calendar.group(conversation.updated_ms)
            if title != group:
                rows.append(title)
                group = title
            rows.append(conversation)
        return rows

    def _replace_rows(self, rows: list[str | Conversation]) -> None:
        """Take out and put in what differs, so that the other rows keep the focus and an open editor."""
        if not self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        matcher = SequenceMatcher(None, [_key(row) for row in self._rows], [_key(row) for row in rows], autojunk=False)
        for what, old_from, old_to, new_from, new_to in reversed(matcher.get_opcodes()):
            if what in {"delete", "replace"}:
                self.beginRemoveRows(QModelIndex(), old_from, old_to - 1)
                del self._rows[old_from:old_to]
                self.endRemoveRows()
            if what in {"insert", "replace"}:
                self.beginInsertRows(QModelIndex(), old_from, old_from + new_to - new_from - 1)
                self._rows[old_from:old_from] = rows[new_from:new_to]
                self.endInsertRows()
        before, self._rows = self._rows, rows
        for row, (was, now) in enumerate(zip(before, rows, strict=True)):
            if was is not now and was != now:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _spoken(self, row: Conversation) -> str:
        state = {
            Live.STREAMING: self.tr("answering"),
            Live.UNREAD: self.tr("new reply"),
            Live.FAILED: self.tr("failed"),
        }.get(self._live.get(row.uid, Live.QUIET), "")
        return ", ".join(part for part in (row.title, spend(row), state) if part)


def spend(conversation: Conversation) -> str:
    """Return what a conversation cost as its row shows it; empty where nothing is known, or nothing was spent."""
    if conversation.cost_nanos:
        return written.money(conversation.cost_nanos, QLocale())
    if conversation.free or conversation.simulated:
        return written.cost(None, QLocale(), free=conversation.free, simulated=not conversation.free)
    return ""


def _key(row: str | Conversation) -> str:
    return row if isinstance(row, str) else row.uid
