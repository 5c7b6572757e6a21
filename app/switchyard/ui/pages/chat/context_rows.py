"""What the next message takes with it, row by row: rows are made when they are looked at, so that any number opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QLocale, QModelIndex, QObject, QPersistentModelIndex, QStringListModel, Qt, Signal

from switchyard.core.context import Context, Fate
from switchyard.core.draft import Draft
from switchyard.core.fitting import SUMMARY_TOKENS
from switchyard.core.message import MessageId
from switchyard.ui import format as written
from switchyard.ui.pages.chat.context_words import beginning, note_of, who

ROW_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_UNSENT = frozenset({Fate.TRIMMED, Fate.SUMMARISED, Fate.EXCLUDED, Fate.EMPTY})


class _Beside(IntEnum):
    """What is no message of the past; messages go by their places, from 0."""

    SYSTEM = -1
    TOOLS = -2
    SUMMARY = -3
    ASKED = -4


@dataclass(frozen=True, slots=True)
class ContextRow:
    """One thing that is sent, or is not. `ticked` is None where that cannot be chosen; `files` are their names."""

    who: str
    words: str
    tokens: str
    uid: MessageId | None = None
    ticked: bool | None = None
    note: str = ""
    sent: bool = True
    files: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """What a screen reader says of it."""
        return ", ".join(filter(None, (self.who, self.words, *self.files, self.tokens, self.note)))


class ContextModel(QStringListModel):
    """`toggled` carries the message that is to be left out, or taken in again.

    Qt counts the rows: a list asks for their number twice for each of them whenever it is laid out.
    """

    toggled = Signal(str)

    def __init__(self, context: Context, draft: Draft, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._draft = draft
        self._order: Sequence[int] = _order_of(context)
        self.setStringList([""] * len(self._order))

    def show_context(self, context: Context, draft: Draft) -> None:
        """Show what it is now; where nothing came or went, the rows stay where they are."""
        self._context, self._draft, self._order = context, draft, _order_of(context)
        if len(self._order) == self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(len(self._order) - 1))
        else:
            self.setStringList([""] * len(self._order))

    @property
    def first_kept(self) -> int:
        """Where what is sent begins behind what is not; the last row where all of it is sent."""
        if self._context.left_out and self._context.kept_from in self._order:
            return self._order.index(self._context.kept_from)
        return len(self._order) - 1

    def row(self, index: Index) -> ContextRow:
        """Return what stands at an index."""
        return self._make_row(self._order[index.row()])

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let messages be ticked."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsUserCheckable if self.row(index).ticked is not None else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is drawn and read out."""
        if role not in _ROLES or not index.isValid():
            return None
        row = self.row(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.words
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.spoken
            case Qt.ItemDataRole.CheckStateRole:
                ticked = {True: Qt.CheckState.Checked, False: Qt.CheckState.Unchecked}
                return ticked[row.ticked] if row.ticked is not None else None
            case _:
                return row

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Leave a message out, or take it in again, where its tick is changed."""
        row = self.row(index)
        if role != Qt.ItemDataRole.CheckStateRole or row.ticked is None or row.uid is None:
            return False
        if (Qt.CheckState(value) is Qt.CheckState.Checked) is not row.ticked:
            self.toggled.emit(row.uid)
        return True

    def _make_row(self, place: int) -> ContextRow:
        load, locale = self._context.load, QLocale()
        match place:
            case _Beside.SYSTEM:
                words = beginning(load.system or "")
                return ContextRow(self.tr("System text"), words, written.count(load.system_tokens, locale))
            case _Beside.TOOLS:
                return ContextRow(self.tr("Tools"), "", written.count(load.tool_tokens, locale))
            case _Beside.SUMMARY:
                most = self.tr("at most {tokens}").format(tokens=written.count(SUMMARY_TOKENS, locale))
                return ContextRow(self.tr("Summary"), self.tr("of what stands above"), most)
            case _Beside.ASKED:
                files = tuple(file.name for file in self._draft.files)
                words = beginning(self._draft.text) or ("" if files else self.tr("Your next message"))
                tokens = written.count(load.asked.tokens, locale) if self._draft else ""
                return ContextRow(self.tr("You"), words, tokens, files=files)
            case _:
                return self._message_row(place)

    def _message_row(self, at: int) -> ContextRow:
        message, weight = self._context.load.past[at], self._context.load.weights[at]
        fate = self._context.fate(at)
        return ContextRow(
            who(message),
            beginning(message.text),
            written.count(weight.tokens, QLocale()) if weight is not None else "",
            message.uid,
            None if fate is Fate.EMPTY else not message.excluded,
            note_of(fate),
            fate not in _UNSENT,
            tuple(file.name for file in message.files),
        )


_ROLES = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.CheckStateRole,
        ROW_ROLE,
    }
)


def _order_of(context: Context) -> list[int]:
    """Return the rows in the order in which they are sent: messages by their places, what else there is as a sign."""
    load = context.load
    order: list[int] = [
        sign for sign, tokens in ((_Beside.SYSTEM, load.system_tokens), (_Beside.TOOLS, load.tool_tokens)) if tokens
    ]
    places = range(len(load.past))
    if context.by is not None and context.left_out:
        order += [*places[: context.kept_from], _Beside.SUMMARY, *places[context.kept_from :]]
    else:
        order += places
    return [*order, _Beside.ASKED]
