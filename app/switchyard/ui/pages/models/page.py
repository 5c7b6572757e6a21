"""The page of models: filters at the left, a table of all that can be asked, and one model's details beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.catalog_queries import Entry
from switchyard.core.chain import DeploymentName
from switchyard.core.facts import NOTHING
from switchyard.services.accounts import AccountView
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui import model_words as wording
from switchyard.ui.pages.models.details import Details, Said
from switchyard.ui.pages.models.filters import FilterPane, count_entries
from switchyard.ui.pages.models.table_model import TableModel
from switchyard.ui.pages.models.table_view import ModelTable
from switchyard.ui.pages.page import Actions, Page, PageName
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Label, Paragraph

_FILTERS_PX = 212
_DETAILS_PX = 348
_HEAD_PX = 48
_SEARCH_STRETCH = 100
_FILTERS_FROM_PX = 1116  # a window of 1180 less the rail

Act = Callable[[Services], Coroutine[Any, Any, None]]


class ModelsPage(Page):
    """Finds a model among thousands, says what is known of it and from whom, and lets the person know better."""

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._window = actions
        self._locale = QLocale()
        self._services: Services | None = None
        self._entries: Sequence[Entry] = ()
        self._accounts: Sequence[AccountView] = ()
        self._stale = False
        self._wanted = ""
        self._filters_wanted: bool | None = None
        self.filters = FilterPane(theme, self._locale, _FILTERS_PX)
        self.filters.changed.connect(self._refresh)
        self.search = Field(theme, self.tr("Search models"), icon="search")
        self.search.changed.connect(self._refresh)
        self.search.submitted.connect(self._on_search_submitted)
        self.filter_button = Button(theme, self.tr("Filter"), icon="filter")
        self.filter_button.clicked.connect(self._on_filter_button)
        self.count = Label(theme, "", "secondary", "text.tertiary")
        self.add = Button(theme, self.tr("Add a model"), icon="plus")
        self.add.clicked.connect(self._on_add)
        self.model = TableModel(self._locale, self)
        self.table = ModelTable(theme, self.model)
        self.table.opened.connect(self.select)
        self.nothing = Paragraph(theme, "", "ui", "text.tertiary", centred=True)
        self.clear = Button(theme, self.tr("Clear filters"), "link")
        self.clear.clicked.connect(self._on_clear)
        self.details = Details(theme, self._locale)
        self.details.setFixedWidth(_DETAILS_PX)
        self._empty = QWidget()
        self._arrange()
        self._connect()
        self._refresh()
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self._on_find)
        theme.changed.connect(self.update)

    async def attach(self, services: Services) -> None:
        """Know whom to ask; that waits until the page is shown, since prices may have to be looked up for it."""
        self._services = services
        services.accounts.changed.connect(self._on_changed)
        services.catalog.changed.connect(self._on_changed)

    def select(self, detail: str) -> None:
        """Show a deployment's details."""
        entry = next((each for each in self._entries if each.deployment.name == detail), None)
        self._wanted = detail if entry is None else ""
        if entry is not None:
            self.table.stand_on(detail)
            self._start("details", lambda services: self._show_details(services, entry))

    def entered(self) -> None:
        """Read anew what has changed meanwhile: speeds do with every reply."""
        self._start("load", self._load)

    def panes(self) -> Sequence[QWidget]:
        """Return the filters, the search, the table and the details."""
        return [self.filters, self.search, self.table, self.details]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the filters stand beside the table where there is room."""
        super().resizeEvent(event)
        self._show_filters()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the details."""
        if event.key() == Qt.Key.Key_Escape and self.details.isVisible():
            self._close_details()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line below the search."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("bg.surface"))
        painter.fillRect(0, _HEAD_PX - 1, self.width(), 1, self.theme.color("border.subtle"))

    # --- showing ----------------------------------------------------------------------------------------------------

    async def _load(self, services: Services) -> None:
        """Read everything anew."""
        self._stale = False
        entries = await services.catalog.entries()
        self._accounts = await services.accounts.list()
        counts = await asyncio.to_thread(count_entries, entries)
        self._entries = entries
        self.filters.show_counts(counts)
        self.search.edit.setPlaceholderText(wording.model_total(len(self._entries), self._locale))
        self.add.setEnabled(bool(self._accounts))
        self._refresh()
        shown = next((each for each in self._entries if each.deployment.name == self.details.shown), None)
        if shown is not None and not self.details.save.isEnabled():
            await self._show_details(services, shown)
        if self._wanted:
            self.select(self._wanted)

    def _refresh(self) -> None:
        """Show what passes the filters."""
        found = self.filters.passing(self._entries, self.search.text())
        shown = self.details.shown
        self.model.set_entries(found)
        if shown:
            self.table.stand_on(shown)
        self.count.setVisible(bool(self._entries))
        self.count.setText(self.tr("{count} shown").format(count=self._locale.toString(len(found))))
        none_match = self.tr("No model matches.")
        self.nothing.setText(none_match if self._entries else self.tr("Reading what is known of models."))
        self.clear.setVisible(bool(self._entries))
        self._empty.setVisible(not found)
        self.table.setVisible(bool(found))
        active = self.filters.active
        words = self.tr("Filter ({count})").format(count=active) if active else self.tr("Filter")
        self.filter_button.setText(words)

    async def _show_details(self, services: Services, entry: Entry) -> None:
        deployment = entry.deployment
        name = DeploymentName(deployment.account, deployment.model)
        said = NOTHING if deployment.simulated else await services.catalog.said(name)
        self.details.show_entry(entry, said)
        self.details.show()

    def _show_filters(self) -> None:
        wide = self.width() >= _FILTERS_FROM_PX
        self.filter_button.setVisible(not wide)
        self.filters.setVisible(wide if self._filters_wanted is None else wide or self._filters_wanted)

    # --- what the person does ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        details = self.details
        details.closed.connect(self._close_details)
        details.used.connect(lambda name: self._window.open_page(PageName.CHAT, name))
        details.forced.connect(
            lambda name: self._start("force", lambda services: services.overrides.force(_named(name)))
        )
        details.saved.connect(lambda said: self._start("save", lambda services: self._save(services, said)))
        details.added.connect(lambda said: self._start("save", lambda services: self._add_model(services, said)))
        details.removed.connect(lambda name: self._start("save", lambda services: self._remove(services, name)))
        details.retried.connect(
            lambda name: self._start("save", lambda services: services.catalog.forget_refusals(_named(name)))
        )
        details.offered.connect(
            lambda name, on: self._start("offer", lambda services: _offer(services, _named(name), offered=on))
        )

    def _start(self, group: str, act: Act) -> None:
        """Start something; before the services are there nothing can be done yet."""
        if self._services is not None:
            self.scope.start(act(self._services), name=group, group=group)

    def _on_changed(self, _name: str) -> None:
        """Read anew once what changes now has changed: thirty accounts that are tested are one change."""
        if not self._stale and self.isVisible():
            self._stale = True
            self._start("load", self._load)

    def _on_find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.edit.selectAll()

    def _on_search_submitted(self) -> None:
        if self.model.entries:
            self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_filter_button(self) -> None:
        self._filters_wanted = self.filters.isHidden()
        self._show_filters()

    def _on_clear(self) -> None:
        self.search.set_text("")
        self.filters.reset()

    def _on_add(self) -> None:
        self.table.clearSelection()
        words = [(view.account.name, _account_words(view), view.account.provider) for view in self._accounts]
        self.details.begin_adding(words)
        self.details.show()
        self.details.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_details(self) -> None:
        self.details.hide()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- doing it ---------------------------------------------------------------------------------------------------

    async def _save(self, services: Services, said: Said) -> None:
        self.details.save.setEnabled(False)
        await services.catalog.override(said.name, said.facts)
        self._window.toast(self.tr("Saved. Your word counts from now on."), level="ok", id="model")

    async def _add_model(self, services: Services, said: Said) -> None:
        await services.catalog.override(said.name, said.facts)
        await self._load(services)
        self.select(str(said.name))

    async def _remove(self, services: Services, name: str) -> None:
        deployment = _named(name)
        said = await services.catalog.said(deployment)
        await services.catalog.remove(deployment)
        self.details.hide()
        self._window.toast(
            self.tr("{name} was removed.").format(name=deployment.model),
            level="ok",
            id="model",
            action_text=self.tr("Undo"),
            on_action=lambda: self._start("save", lambda services: self._add_model(services, Said(deployment, said))),
        )

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.setSpacing(10)
        self.search.setMaximumWidth(340)
        head.addWidget(self.search, _SEARCH_STRETCH)  # room beyond its greatest width goes to the gap behind it
        head.addWidget(self.filter_button)
        head.addStretch(1)
        head.addWidget(self.count)
        head.addWidget(self.add)
        bar = QWidget()
        bar.setFixedHeight(_HEAD_PX)
        bar.setLayout(head)
        empty = QVBoxLayout(self._empty)
        empty.addStretch(2)
        empty.addWidget(self.nothing)
        empty.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignHCenter)
        empty.addStretch(3)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(bar)
        middle.addWidget(self.table, 1)
        middle.addWidget(self._empty, 1)
        self.details.hide()
        self.table.hide()
        self.clear.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.filters)
        row.addLayout(middle, 1)
        row.addWidget(self.details)


def _account_words(view: AccountView) -> str:
    """Return an account as a list names it."""
    name = view.account.name
    return view.provider_name if name == view.account.provider else f"{view.provider_name} · {name}"


def _named(name: str) -> DeploymentName:
    account, _, model = name.partition("/")
    return DeploymentName(account, model)


async def _offer(services: Services, name: DeploymentName, *, offered: bool) -> None:
    await services.catalog.offer(name.account, [name.model], offered=offered)
