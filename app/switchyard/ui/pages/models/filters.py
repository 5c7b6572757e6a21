"""The filters beside the table: what a model can do, whose it is, where it runs, and what can be asked now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.catalog import Place
from switchyard.core.catalog_queries import Entry, Query, select
from switchyard.core.content import Capability
from switchyard.ui import model_words as wording
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.choice import CheckBox
from switchyard.ui.widgets.labels import ElidedLabel, Label
from switchyard.ui.widgets.mark import NORMAL, MarkLabel
from switchyard.ui.widgets.scrolling import scrolling

_HEAD_PX = 48
_ROW_PX = 27
_LONG_CONTEXT = 200_000


class Counts(NamedTuple):
    """How many models a filter would leave: by what they can do, where they run, and whose they are."""

    can: Counter[Capability]
    places: Counter[Place]
    owners: Counter[tuple[str, str]]
    long: int
    ready: int
    offered: int


def count_entries(entries: Sequence[Entry]) -> Counts:
    """Count what the filters tell; among thousands that is work for a thread."""
    deployments = [entry.deployment for entry in entries]
    return Counts(
        can=Counter(one for deployment in deployments for one, known in deployment.capabilities.items() if known),
        places=Counter(deployment.place for deployment in deployments),
        owners=Counter((deployment.provider, deployment.provider_name) for deployment in deployments),
        long=sum((deployment.context or 0) >= _LONG_CONTEXT for deployment in deployments),
        ready=sum(deployment.has_key for deployment in deployments),
        offered=sum(entry.chat and entry.offered for entry in entries),
    )


class FilterPane(QWidget):
    """Tick boxes with counts; `changed` tells that other models are wanted."""

    changed = Signal()

    def __init__(self, theme: Theme, locale: QLocale, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._locale = locale
        self._skills = {skill.capability: _Tick(theme, skill.name) for skill in wording.skills()}
        self._long = _Tick(theme, self.tr("Context 200k+"))
        self._places = {place: _Tick(theme, wording.place_name(place)) for place in Place}
        self._owners: dict[str, _Tick] = {}
        self._ready = _Tick(theme, self.tr("With a key"))
        self._offered = _Tick(theme, self.tr("Offered in chats"))
        self.clear = Button(theme, self.tr("Clear"), "ghost", size="small")
        self.clear.clicked.connect(self.reset)
        self._owner_rows = QVBoxLayout()
        self._owner_rows.setSpacing(0)
        self.setFixedWidth(width)
        self.setAccessibleName(self.tr("Filters"))
        self._arrange()
        for tick in self._ticks():
            tick.box.toggled.connect(self._on_toggled)
        self.clear.setVisible(False)
        theme.changed.connect(self.update)

    @property
    def active(self) -> int:
        """Return how many filters narrow the table."""
        return sum(tick.box.isChecked() for tick in self._ticks())

    def show_counts(self, counts: Counts) -> None:
        """Say whose models there are, and how many of each kind."""
        for capability, tick in self._skills.items():
            tick.show_count(counts.can[capability], self._locale)
        for place, tick in self._places.items():
            tick.show_count(counts.places[place], self._locale)
        self._long.show_count(counts.long, self._locale)
        self._ready.show_count(counts.ready, self._locale)
        self._offered.show_count(counts.offered, self._locale)
        self._show_owners(counts.owners)

    def passing(self, entries: Iterable[Entry], text: str) -> list[Entry]:
        """Return what passes the filters and holds every word of the text."""
        needs = frozenset(one for one, tick in self._skills.items() if tick.box.isChecked())
        places = frozenset(place for place, tick in self._places.items() if tick.box.isChecked())
        owners = {owner for owner, tick in self._owners.items() if tick.box.isChecked()}
        ready, offered = self._ready.box.isChecked(), self._offered.box.isChecked()
        query = Query(
            text=text,
            needs=needs,
            context=_LONG_CONTEXT if self._long.box.isChecked() else 0,
            places=places or frozenset(Place),
        )
        return [
            entry
            for entry in select(entries, query)
            if (not owners or entry.deployment.provider in owners)
            and (not ready or entry.deployment.has_key)
            and (not offered or (entry.chat and entry.offered))
        ]

    def reset(self) -> None:
        """Let everything pass."""
        for tick in self._ticks():
            tick.box.blockSignals(True)
            tick.box.setChecked(False)
            tick.box.blockSignals(False)
            tick.box.update()
        self._on_toggled()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line at the right."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.window"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), self._theme.color("border.subtle"))

    def _ticks(self) -> list[_Tick]:
        ticks = [*self._skills.values(), self._long, *self._places.values(), *self._owners.values()]
        return [*ticks, self._ready, self._offered]

    def _on_toggled(self) -> None:
        self.clear.setVisible(self.active > 0)
        self.changed.emit()

    def _show_owners(self, owners: Counter[tuple[str, str]]) -> None:
        """Make a line for every provider; the ones that are there keep their ticks."""
        wanted = dict(sorted(owners, key=lambda one: one[1].casefold()))
        if list(self._owners) != list(wanted):
            ticked = {owner for owner, tick in self._owners.items() if tick.box.isChecked()}
            for tick in self._owners.values():
                tick.setParent(None)
                tick.deleteLater()
            self._owners = {owner: _Tick(self._theme, name, owner) for owner, name in wanted.items()}
            for owner, tick in self._owners.items():
                tick.box.setChecked(owner in ticked)
                tick.box.toggled.connect(self._on_toggled)
                self._owner_rows.addWidget(tick)
        for (owner, _), count in owners.items():
            self._owners[owner].show_count(count, self._locale)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 8, 0)
        title = Label(self._theme, self.tr("Models"), "title")
        title.setFixedHeight(_HEAD_PX)
        head.addWidget(title, 1)
        head.addWidget(self.clear)
        inside = QWidget()
        groups = QVBoxLayout(inside)
        groups.setContentsMargins(16, 2, 16, 16)
        groups.setSpacing(0)
        for heading, rows in (
            (self.tr("Can do"), [*self._skills.values(), self._long]),
            (self.tr("Provider"), self._owner_rows),
            (self.tr("Runs on"), list(self._places.values())),
            (self.tr("Show"), [self._ready, self._offered]),
        ):
            words = Label(self._theme, heading, "caption", "text.tertiary")
            words.setFixedHeight(26)
            groups.addWidget(words)
            if isinstance(rows, QVBoxLayout):
                groups.addLayout(rows)
            else:
                for row in rows:
                    groups.addWidget(row)
            groups.addSpacing(12)
        groups.addStretch(1)
        area = scrolling(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(area, 1)


class _Tick(QWidget):
    """A tick box, a provider's mark where there is one, and how many models there are."""

    def __init__(self, theme: Theme, name: str, provider: str = "") -> None:
        super().__init__()
        self._name = name
        self._count = Label(theme, "", "secondary", "text.tertiary")
        self.box = CheckBox(theme, "")
        self.box.setAccessibleName(name)
        self.setFixedHeight(_ROW_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.box)
        if provider:
            row.addWidget(MarkLabel(theme, provider, name, NORMAL))
        row.addWidget(ElidedLabel(theme, name), 1)
        row.addWidget(self._count)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The whole line can be pressed."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.box.click()

    def show_count(self, count: int, locale: QLocale) -> None:
        """Say how many models there are."""
        self._count.setText(locale.toString(count))
        self.box.setAccessibleName(f"{self._name}, {locale.toString(count)}")
