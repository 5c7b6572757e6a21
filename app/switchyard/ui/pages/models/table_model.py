"""The rows and columns of the table of models: what stands in each cell, what is said of it, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from switchyard.core.catalog_queries import Entry
from switchyard.core.facts import Source
from switchyard.ui import model_words as wording

ENTRY_ROLE = Qt.ItemDataRole.UserRole

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_Key = tuple[int, float | str]


class Column(IntEnum):
    """The columns from the left."""

    MODEL = 0
    ACCOUNT = 1
    PLACE = 2
    CONTEXT = 3
    OUTPUT = 4
    PRICE_IN = 5
    PRICE_OUT = 6
    CAN = 7
    QUALITY = 8
    FIRST_TOKEN = 9
    PACE = 10


@dataclass(frozen=True, slots=True)
class Spec:
    """A column: its heading, what it says of an entry, what it is ordered by, and who knows it."""

    heading: str
    text: Callable[[Entry, QLocale], str]
    rank: Callable[[Entry], float | str | None]
    note: Callable[[Entry, QLocale], str]
    right: bool = True
    down: bool = False


class TableModel(QAbstractTableModel):
    """Shows entries in an order that the person chooses; what is not known stands last, whichever way."""

    def __init__(self, locale: QLocale, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._locale = locale
        self._entries: list[Entry] = []
        self._found: list[Entry] = []
        self._texts: dict[int, Sequence[str]] = {}
        self.specs = _specs()
        self.column = Column.MODEL
        self.descending = False

    @property
    def entries(self) -> Sequence[Entry]:
        """Return what is shown, from the top."""
        return self._entries

    def texts(self, row: int) -> Sequence[str]:
        """Return what stands in a row's columns; they are drawn far more often than they change."""
        found = self._texts.get(row)
        if found is None:
            entry = self._entries[row]
            found = self._texts[row] = [self.specs[column].text(entry, self._locale) for column in Column]
        return found

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show these."""
        self._found = list(entries)
        self._reorder()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column."""
        self.column = Column(column)
        self.descending = order is Qt.SortOrder.DescendingOrder
        self._reorder()

    def row_of(self, name: str) -> int:
        """Return the row of a deployment; -1 where it is not shown."""
        return next((at for at, entry in enumerate(self._entries) if entry.deployment.name == name), -1)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's heading."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.specs[Column(section)].heading

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is drawn, read out and told on hover."""
        entry = self._entries[index.row()]
        if role == ENTRY_ROLE:
            return entry
        spec = self.specs[Column(index.column())]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts(index.row())[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{spec.heading}: {spec.text(entry, self._locale)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return spec.note(entry, self._locale)
        return None

    def _reorder(self) -> None:
        rank, down = self.specs[self.column].rank, self.descending
        ranked = [(rank(entry), entry) for entry in sorted(self._found, key=lambda entry: entry.deployment.name)]
        known = [pair for pair in ranked if pair[0] is not None]
        known.sort(key=_by_rank, reverse=down)
        self.beginResetModel()
        self._texts = {}
        self._entries = [entry for _, entry in known] + [entry for value, entry in ranked if value is None]
        self.endResetModel()


def _by_rank(pair: tuple[float | str | None, Entry]) -> _Key:
    value = pair[0]
    return (0, value) if value is not None else (1, 0.0)


def _specs() -> dict[Column, Spec]:
    return {
        Column.MODEL: Spec(
            _tr("Model"),
            lambda e, _: e.deployment.model,
            lambda e: e.deployment.model.casefold(),
            lambda e, _: e.deployment.name,
            right=False,
        ),
        Column.ACCOUNT: Spec(
            _tr("Provider"),
            lambda e, _: wording.owner(e.deployment),
            lambda e: wording.owner(e.deployment).casefold(),
            lambda e, _: _account_note(e),
            right=False,
        ),
        Column.PLACE: Spec(
            _tr("Runs on"),
            lambda e, _: wording.place_name(e.deployment.place),
            lambda e: wording.place_name(e.deployment.place),
            lambda e, _: _place_note(e),
            right=False,
        ),
        Column.CONTEXT: Spec(
            _tr("Context"),
            lambda e, locale: wording.size(e.deployment.context, locale),
            lambda e: e.deployment.context,
            lambda e, locale: _size_note(e, e.deployment.context, "context", locale),
            down=True,
        ),
        Column.OUTPUT: Spec(
            _tr("Output"),
            lambda e, locale: wording.size(e.deployment.max_output, locale),
            lambda e: e.deployment.max_output,
            lambda e, locale: _size_note(e, e.deployment.max_output, "max_output", locale),
            down=True,
        ),
        Column.PRICE_IN: Spec(
            _tr("In"),
            lambda e, locale: wording.price_in(e.deployment, locale),
            lambda e: _price_rank(e, "input_nanos"),
            _price_note,
        ),
        Column.PRICE_OUT: Spec(
            _tr("Out"),
            lambda e, locale: wording.price_out(e.deployment, locale),
            lambda e: _price_rank(e, "output_nanos"),
            _price_note,
        ),
        **_measured_specs(),
    }


def _measured_specs() -> dict[Column, Spec]:
    return {
        Column.CAN: Spec(
            _tr("Can do"),
            lambda e, _: skills_words(e),
            lambda e: sum(e.deployment.capabilities.values()),
            lambda e, _: _skills_note(e),
            right=False,
            down=True,
        ),
        Column.QUALITY: Spec(
            _tr("Quality"),
            wording.quality,
            lambda e: e.quality.score if e.quality is not None else None,
            lambda e, _: wording.quality_note(e),
            down=True,
        ),
        Column.FIRST_TOKEN: Spec(
            _tr("First token"),
            wording.first_token,
            lambda e: e.speed.ttft_ms if e.speed is not None else None,
            wording.speed_note,
        ),
        Column.PACE: Spec(
            _tr("tok/s"),
            wording.pace,
            lambda e: e.speed.tokens_per_s if e.speed is not None else None,
            wording.speed_note,
            down=True,
        ),
    }


def skills_words(entry: Entry) -> str:
    """Return what a model is known to be able to do, in words."""
    can = [skill.name for skill in wording.skills() if entry.deployment.capabilities.get(skill.capability)]
    return ", ".join(can) or wording.can_word(None)


def _price_rank(entry: Entry, rate: str) -> float | None:
    if entry.deployment.free:
        return 0
    price = entry.deployment.price
    return getattr(price, rate) if price is not None else None


def _account_note(entry: Entry) -> str:
    name = _tr("Account {name}.").format(name=entry.deployment.account)
    return name if entry.deployment.has_key else f"{name} {_tr('Its key is missing.')}"


def _place_note(entry: Entry) -> str:
    if entry.deployment.local:
        return _tr("Counts as local: it may be asked while offline.")
    return _tr("Does not count as local: it is not asked while offline.")


def _size_note(entry: Entry, tokens: int | None, field: str, locale: QLocale) -> str:
    source = entry.sources.get(field)
    if tokens is None or source is None:
        return _tr("Nobody says.")
    count = _tr("{count} tokens").format(count=locale.toString(tokens))
    return _tr("{fact}: {source}.").format(fact=count, source=wording.source_name(source))


def _price_note(entry: Entry, locale: QLocale) -> str:
    """Say every rate that is known, and who says so."""
    deployment, source = entry.deployment, entry.sources.get("prices")
    if deployment.free:
        return _tr("It runs on this computer, and costs nothing.")
    price = deployment.price
    if price is None:
        return _tr("No price is known.")
    lines = [
        _tr("{what}: {rate} for a million tokens").format(what=what, rate=wording.rate(nanos, locale))
        for what, nanos in (
            (_tr("Prompt"), price.input_nanos),
            (_tr("Answer"), price.output_nanos),
            (_tr("Prompt from the cache"), price.cached_input_nanos),
            (_tr("Writing to the cache"), price.cache_write_5m_nanos),
        )
        if nanos is not None
    ]
    if price.tiers:
        lines.append(_tr("Large prompts cost more."))
    return "\n".join([*lines, _source_line(source)])


def _skills_note(entry: Entry) -> str:
    lines = []
    for skill in wording.skills():
        can = entry.deployment.capabilities.get(skill.capability)
        said = f" ({wording.source_name(entry.sources.get(skill.capability.value))})" if can is not None else ""
        lines.append(f"{skill.name}: {wording.can_word(can)}{said}")
    return "\n".join(lines)


def _source_line(source: Source | None) -> str:
    return _tr("From: {source}.").format(source=wording.source_name(source))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
