"""The rows of the conversation list: pinned ones, folders, and the rest under the headings of their days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from enum import Enum
from itertools import islice

from PySide6.QtCore import (
    QAbstractListModel,
    QLocale,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from switchyard.core.filing import Shelves, Unseen
from switchyard.core.message import Conversation, ConversationId
from switchyard.ui import format as written
from switchyard.ui.pages.chat.arrangement import Contents, FolderRow, Heading, Row, View
from switchyard.ui.pages.chat.dates import Calendar
from switchyard.ui.words import translate

ROW_ROLE = Qt.ItemDataRole.UserRole
LIVE_ROLE = Qt.ItemDataRole.UserRole + 1
SPEND_ROLE = Qt.ItemDataRole.UserRole + 2
INDENT_ROLE = Qt.ItemDataRole.UserRole + 3
DRAGGED = "application/x-switchyard-chats"

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_AT_ONCE = 400
# Made once: a view asks for each row that it paints, and flags are slow to put together.
_CHOSEN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_NAMED = _CHOSEN | Qt.ItemFlag.ItemIsEditable
_MOVED = _NAMED | Qt.ItemFlag.ItemIsDragEnabled


class Live(Enum):
    """What happens, or has happened unseen, in a conversation."""

    QUIET = "quiet"
    STREAMING = "streaming"
    WAITING = "waiting"
    UNREAD = "unread"
    FAILED = "failed"


_SEEN_LATER = {Unseen.REPLY: Live.UNREAD, Unseen.FAILED: Live.FAILED}


class ConversationModel(QAbstractListModel):
    """A heading is a row that can be neither chosen nor focused; a folder's can. `now` is the local time.

    Rows are made as far as the view has scrolled: a view lays all of them out whenever one comes or goes.
    """

    renamed = Signal(str, str)
    folder_renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None, *, now: Callable[[], datetime] = datetime.now) -> None:
        super().__init__(parent)
        self._now = now
        self.contents = Contents()
        self._rows: list[Row] = []
        self._places: dict[str, int] | None = None  # of what has an id, once somebody asks
        self._depth = _AT_ONCE
        self._reached_end = True
        self._live: dict[ConversationId, Live] = {}

    # --- what is in it ---

    @property
    def conversations(self) -> Sequence[Conversation]:
        """Return the conversations, the one last written in first, whether they are listed now or not."""
        return self.contents.conversations

    def set_conversations(self, conversations: Sequence[Conversation]) -> None:
        """Show these, changing only the rows that differ, so that focus and an open editor stay."""
        self.contents.conversations = list(conversations)
        self.regroup()

    def put(self, newest: Sequence[Conversation]) -> None:
        """Take in the beginning of the list as it is now; what is not in it stays where it is."""
        self.contents.put(newest)
        self.regroup()

    def set_binned(self, conversations: Sequence[Conversation]) -> None:
        """Take in what was deleted."""
        self.contents.binned = list(conversations)
        self.regroup()

    def set_shelves(self, shelves: Shelves) -> None:
        """Take in which workspaces, folders and tags there are."""
        self.contents.set_shelves(shelves)
        self.regroup()

    def set_view(self, view: View) -> None:
        """List something else, from its beginning."""
        self.contents.view = view
        self._depth = _AT_ONCE
        self.regroup()

    def regroup(self) -> None:
        """Arrange the rows anew: another day may have begun."""
        rows: list[Row] = []
        left = self._depth
        self._reached_end = True
        for row in self._arrangement():
            if isinstance(row, Conversation):
                if not left:
                    self._reached_end = False
                    break
                left -= 1
            rows.append(row)
        self._replace_rows(rows)

    def set_live(self, live: Mapping[ConversationId, Live]) -> None:
        """Say in which conversations something happens."""
        before, self._live = self._live, dict(live)
        for uid in before.keys() | live.keys():
            if before.get(uid) is not live.get(uid):
                index = self.index_of(uid)
                if index.isValid():
                    self.dataChanged.emit(index, index, [LIVE_ROLE])

    def reach(self, uid: str | None) -> None:
        """Make the rows down to a conversation, where it is listed at all."""
        if uid is None or self._reached_end or self.index_of(uid).isValid():
            return
        number = 0
        for row in self._arrangement():
            if isinstance(row, Conversation):
                number += 1
                if row.uid == uid:
                    self._depth = number + _AT_ONCE
                    self.regroup()
                    return

    def index_of(self, uid: str | None) -> QModelIndex:
        """Return where a conversation or a folder stands; an invalid index where it is not listed."""
        if self._places is None:
            self._places = {_key(each): n for n, each in enumerate(self._rows) if not isinstance(each, Heading)}
        row = self._places.get(uid) if uid is not None else None
        return self.index(row) if row is not None else QModelIndex()

    def beside(self, uid: str | None, by: int) -> Conversation | None:
        """Return the conversation that stands so many below another; the first one where that is not listed."""
        at, step = self.index_of(uid).row(), 1 if by > 0 or not self.index_of(uid).isValid() else -1
        chats = (each for each in _from(self._rows, at, step) if isinstance(each, Conversation))
        return next(islice(chats, abs(by) - 1 if at >= 0 else 0, None), None)

    def find(self, uid: str | None) -> Conversation | None:
        """Return a conversation, whether it has a row yet or not."""
        return next((each for each in self.contents.conversations if each.uid == uid), None)

    def conversation(self, index: _Index) -> Conversation | None:
        """Return the conversation at an index; None at a heading or nowhere."""
        row = self.row(index)
        return row if isinstance(row, Conversation) else None

    def row(self, index: _Index) -> Row | None:
        """Return what stands at an index; None nowhere."""
        return self._rows[index.row()] if index.isValid() else None

    # --- the model ---

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of headings and conversations."""
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: _Index) -> bool:
        """Whether there are conversations without a row."""
        return not parent.isValid() and not self._reached_end

    def fetchMore(self, parent: _Index) -> None:
        """Make the next rows: the view has come to the end of those that are there."""
        if self.canFetchMore(parent):
            self._depth += _AT_ONCE
            self.regroup()

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what the delegate draws, and what is read out."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
            return _title(row)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(row, self._state(row) if isinstance(row, Conversation) else Live.QUIET)
        if not isinstance(row, Conversation):
            return None
        if role == LIVE_ROLE:
            return self._state(row)
        if role == SPEND_ROLE:
            return spend(row)
        if role == INDENT_ROLE:
            return self.contents.folder_of(row) is not None
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a new title, and tell whoever keeps it."""
        row = self.row(index)
        title = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or row is None or isinstance(row, Heading) or title in {"", _title(row)}:
            return False
        if isinstance(row, FolderRow):
            self.folder_renamed.emit(row.folder.uid, title)
        else:
            self.renamed.emit(row.uid, title)
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Let conversations be chosen, renamed and dragged, folders be renamed, and nothing be done to headings."""
        row = self.row(index)
        if row is None or isinstance(row, Heading):
            return Qt.ItemFlag.NoItemFlags
        if isinstance(row, FolderRow):
            return _NAMED
        return _CHOSEN if self.contents.shows_bin else _MOVED

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the conversations at these indexes as what is dragged."""
        found = [self.conversation(index) for index in indexes]
        data = QMimeData()
        data.setData(DRAGGED, "\n".join(each.uid for each in found if each is not None).encode())
        return data

    # --- inside ---

    def _arrangement(self) -> Iterator[Row]:
        return self.contents.rows(Calendar(self._now(), QLocale()).group)

    def _replace_rows(self, rows: list[Row]) -> None:
        """Take out and put in what differs, so that the other rows keep the focus and an open editor."""
        if not self._rows:
            self.beginResetModel()
            self._rows, self._places = rows, None
            self.endResetModel()
            return
        for what, old_from, old_to, new_from, new_to in reversed(_differences(self._rows, rows)):
            if what in {"delete", "replace"}:
                self.beginRemoveRows(QModelIndex(), old_from, old_to - 1)
                del self._rows[old_from:old_to]
                self._places = None
                self.endRemoveRows()
            if what in {"insert", "replace"}:
                self.beginInsertRows(QModelIndex(), old_from, old_from + new_to - new_from - 1)
                self._rows[old_from:old_from] = rows[new_from:new_to]
                self._places = None
                self.endInsertRows()
        before, self._rows = self._rows, rows
        for row, (was, now) in enumerate(zip(before, rows, strict=True)):
            if was is not now and was != now:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _state(self, row: Conversation) -> Live:
        later = _SEEN_LATER.get(row.unseen, Live.QUIET) if row.unseen is not None else Live.QUIET
        now = self._live.get(row.uid, Live.QUIET)
        return now if later is Live.QUIET or now not in {Live.QUIET, Live.WAITING} else later


_Difference = tuple[str, int, int, int, int]


def _differences(old: Sequence[Row], new: Sequence[Row]) -> Sequence[_Difference]:
    """Return what `SequenceMatcher` says of two lists of rows; it looks only at where they are not the same."""
    before, after = [_key(row) for row in old], [_key(row) for row in new]
    shortest = min(len(before), len(after))
    head = next((n for n in range(shortest) if before[n] != after[n]), shortest)
    tail = next((n for n in range(shortest - head) if before[-1 - n] != after[-1 - n]), shortest - head)
    middle = (before[head : len(before) - tail], after[head : len(after) - tail])
    found = SequenceMatcher(None, *middle, autojunk=False).get_opcodes()
    return [(what, i + head, j + head, k + head, m + head) for what, i, j, k, m in found if what != "equal"]


def _from(rows: Sequence[Row], at: int, step: int) -> Iterator[Row]:
    """Return the rows beside one, in a direction."""
    return (rows[n] for n in range(at + step, len(rows) if step > 0 else -1, step))


def spend(conversation: Conversation) -> str:
    """Return what a conversation cost as its row shows it; empty where nothing is known, or nothing was spent."""
    if conversation.cost_nanos:
        return written.money(conversation.cost_nanos, QLocale())
    if conversation.free or conversation.simulated:
        return written.cost(None, QLocale(), free=conversation.free, simulated=not conversation.free)
    return ""


def _spoken(row: Row, live: Live) -> str:
    """Return what is read out of a row."""
    if isinstance(row, Heading):
        return row.title
    if isinstance(row, FolderRow):
        folded = (
            translate("ConversationModel", "folded")
            if row.folder.folded
            else translate("ConversationModel", "unfolded")
        )
        named = translate("ConversationModel", "Folder {name}").format(name=row.folder.name)
        return f"{named}, {row.count}, {folded}"
    state = {
        Live.STREAMING: translate("ConversationModel", "answering"),
        Live.WAITING: translate("ConversationModel", "messages wait to be sent"),
        Live.UNREAD: translate("ConversationModel", "new reply"),
        Live.FAILED: translate("ConversationModel", "failed"),
    }.get(live, "")
    return ", ".join(part for part in (row.title, *row.filing.tags, spend(row), state) if part)


def _title(row: Row) -> str:
    if isinstance(row, Heading):
        return row.title
    return row.folder.name if isinstance(row, FolderRow) else row.title


def _key(row: Row) -> str:
    if isinstance(row, Heading):
        return row.title
    return row.folder.uid if isinstance(row, FolderRow) else row.uid
