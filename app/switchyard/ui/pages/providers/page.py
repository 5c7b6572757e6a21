"""The page of accounts: a list at the left, the chosen one beside it, and the models it lists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.core.errors import UserError
from switchyard.services.accounts import SIMULATOR
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions, Page
from switchyard.ui.pages.providers.account_panel import AccountPanel
from switchyard.ui.pages.providers.add_form import AddForm
from switchyard.ui.pages.providers.decrees import Decrees
from switchyard.ui.pages.providers.desk import Desk, NewAccount
from switchyard.ui.pages.providers.detail_area import DetailArea
from switchyard.ui.pages.providers.health_watch import HealthWatch
from switchyard.ui.pages.providers.kinds import OLLAMA
from switchyard.ui.pages.providers.models_panel import ModelsPanel
from switchyard.ui.pages.providers.ollama_presenter import OllamaPresenter
from switchyard.ui.pages.providers.plain_panels import FoundPanel, SimulatorPanel
from switchyard.ui.pages.providers.rows import FOUND_OLLAMA, NEW_PREFIX, Troubles, state_of
from switchyard.ui.setup.side_list import SideList
from switchyard.ui.theme.theme import Theme
from switchyard.ui.words import Words, translate

_LIST_PX = 300
_LIST_NARROW_PX = 248
_WIDE_FROM_PX = 1176  # a window of 1240 less the rail
_NARROW_BELOW_PX = 960
_LOOK_EVERY_S = 10.0
_ADD = "add"

Act = Callable[[Desk, str], Coroutine[Any, Any, None]]


class ProvidersPage(Page):
    """What is added, tested, replaced and removed here is an account: one key at one provider."""

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._window = actions
        self._words = Words()
        self._desk: Desk | None = None
        self._ollama: OllamaPresenter | None = None
        self._health: HealthWatch | None = None
        self._shown = ""
        self.list = SideList(theme, self.tr("Providers"), self.tr("Add"), _LIST_PX)
        self.form = AddForm(theme, self._words)
        self.panel = AccountPanel(theme, self._words)
        self.simulator = SimulatorPanel(theme)
        self.found = FoundPanel(theme)
        self.models = ModelsPanel(theme, self._words.locale)
        self._area = DetailArea(theme, (self.form, self.panel, self.simulator, self.found), self.models)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.list)
        row.addWidget(self._area, 1)
        self._connect()
        theme.changed.connect(self.update)

    async def attach(self, services: Services) -> None:
        """Show what is there."""
        desk = self._desk = Desk(services)
        self._ollama = OllamaPresenter(
            self.theme, self.panel.ollama, services.local_models, self.scope.child("ollama"), self._window
        )
        self._health = HealthWatch(
            self.panel.health, services, self.scope.child("health"), lambda found: self._show_health(desk, found)
        )
        Decrees(self.theme, self.panel, services.overrides, self.scope)
        self.form.attach(services.onboarding, desk.kinds)
        self.simulator.show_models((await desk.simulator()).models)
        await self._refresh(desk)
        services.accounts.changed.connect(
            lambda _name: self._start("refresh", lambda desk, _shown: self._refresh(desk))
        )
        self.scope.start(self._learn_keyring(desk), name="keyring")

    def select(self, detail: str) -> None:
        """Show an account."""
        self._show(detail)

    def entered(self) -> None:
        """Look up what only a page that is seen needs, and look for an Ollama while it is open."""
        self._show(self._shown)
        self._start("ollama", lambda desk, _shown: self._watch_ollama(desk))
        if self._health is not None:
            self._health.enter()

    def left(self) -> None:
        """Nobody looks for anything while the page is not shown."""
        self.scope.cancel("ollama")
        if self._health is not None:
            self._health.leave()

    def panes(self) -> Sequence[QWidget]:
        """Return the list, what stands beside it, and the models."""
        return (self.list.view, self._area, self.models)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the models stand beside the form where there is room, else below it."""
        super().resizeEvent(event)
        self.list.setFixedWidth(_LIST_NARROW_PX if self.width() < _NARROW_BELOW_PX else _LIST_PX)
        self._area.set_wide(self.width() >= _WIDE_FROM_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self.theme.color("bg.surface"))

    # --- showing ----------------------------------------------------------------------------------------------------

    def _show(self, key: str) -> None:
        """Show what a row names; something that is gone gives way to the first account, or to the form."""
        desk = self._desk
        if desk is None:
            return
        if key not in self.list.keys and key != _ADD:
            key = desk.views[0].account.name if desk.views else _ADD
        anew, self._shown = key != self._shown, key
        self.list.select(key)
        view = desk.view(key)
        self._area.show_detail(self._fill_detail(desk, key, anew=anew), with_models=view is not None)
        if view is not None:
            self.models.show_models(key, view.models, asked=view.models_ms is not None)
        if view is not None and self._health is not None:
            self._health.show_account(key)
        if view is not None and self.isVisible():  # nothing is looked up, and nobody is called, for a page in the back
            self._start("facts", lambda desk, shown: _show_facts(self.models, desk, shown))
            if view.account.provider == OLLAMA and self._ollama is not None:
                self._ollama.show_account(key)

    def _fill_detail(self, desk: Desk, key: str, *, anew: bool) -> QWidget:
        view, found = desk.view(key), desk.found_key(key)
        if view is not None:
            self.panel.show_account(view, desk.kind(view), desk.results.get(key), desk.keeping)
            self.panel.show_state(*state_of(view, desk.results, desk.troubles, self._words.locale))
            return self.panel
        if key == SIMULATOR.name:
            return self.simulator
        if found is not None:
            self.found.show_key(found.provider, found.provider_name, found.variable)
            return self.found
        if key == FOUND_OLLAMA and desk.ollama is not None:
            self.found.show_ollama(desk.ollama.base_url)
            return self.found
        if anew or self.form.isHidden():
            self.form.begin(desk.keeping, key.removeprefix(NEW_PREFIX) if key.startswith(NEW_PREFIX) else "")
        return self.form

    def _show_health(self, desk: Desk, troubles: Troubles) -> None:
        desk.troubles = troubles
        self.list.set_rows(desk.rows(self._words.locale))
        view = desk.view(self._shown)
        if view is not None:
            self.panel.show_state(*state_of(view, desk.results, troubles, self._words.locale))

    async def _refresh(self, desk: Desk, show: str | None = None) -> None:
        """Read everything anew; a new thing is shown only once the list knows it."""
        await desk.load()
        self.form.set_taken([view.account.name for view in desk.views])
        self.list.set_rows(desk.rows(self._words.locale))
        self._show(self._shown if show is None else show)

    async def _learn_keyring(self, desk: Desk) -> None:
        await desk.learn_keyring()
        self.form.show_keeping(desk.keeping)
        self._show(self._shown)

    async def _watch_ollama(self, desk: Desk) -> None:
        """See Ollama come and go, and with it the accounts that use it."""
        while True:
            if await desk.look_for_ollama():
                await self._refresh(desk)
            await asyncio.sleep(_LOOK_EVERY_S)

    # --- what the person does ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.list.chosen.connect(self._show)
        self.list.add_requested.connect(self._on_add)
        self.form.add_requested.connect(lambda new: self._start("add", lambda desk, _shown: self._add(desk, new)))
        self.form.cancelled.connect(lambda: self._show(""))
        self.panel.test_requested.connect(lambda: self._start("test", self._test))
        self.panel.key_given.connect(
            lambda key: self._start("test", lambda desk, shown: self._replace_key(desk, shown, key))
        )
        self.panel.settings_given.connect(
            lambda address, settings: self._start(
                "test", lambda desk, shown: self._change(desk, shown, address, settings)
            )
        )
        self.models.offer_requested.connect(
            lambda models, on: self._start("offer", lambda desk, shown: desk.offer(shown, models, offered=on))
        )
        self.panel.remove_requested.connect(lambda: self._start("remove", self._remove))
        self.found.use_requested.connect(lambda: self._start("add", self._use_found))

    def _start(self, group: str, act: Act) -> None:
        """Start something with what is shown now; before the services are there nothing can be done yet."""
        if self._desk is not None:
            self.scope.start(act(self._desk, self._shown), name=group, group=group)

    def _on_add(self) -> None:
        self._show(_ADD)
        self.form.provider.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- doing it ---------------------------------------------------------------------------------------------------

    async def _add(self, desk: Desk, new: NewAccount) -> None:
        self.form.add.set_busy(True)
        try:
            await desk.add(new)
        except UserError as error:
            self.form.show_refused(error)
            return
        finally:
            self.form.add.set_busy(False)
        await self._show_new(desk, new.name)

    async def _use_found(self, desk: Desk, row: str) -> None:
        self.found.use.set_busy(True)
        try:
            name = await desk.use_found(row)
        finally:
            self.found.use.set_busy(False)
        if name is not None:
            await self._show_new(desk, name)

    async def _show_new(self, desk: Desk, name: str) -> None:
        await self._refresh(desk, show=name)
        await self._test(desk, name)

    async def _test(self, desk: Desk, name: str) -> None:
        self.panel.set_busy(True)
        try:
            works = await desk.test(name)
        finally:
            self.panel.set_busy(False)
        await self._refresh(desk)
        if works and await desk.may_make_everyday():
            self._window.toast(
                self.tr("It works. There is no default chain yet."),
                level="ok",
                id="everyday",
                action_text=self.tr("Make one"),
                on_action=lambda: self._start("everyday", lambda desk, _shown: _make_everyday(self._window, desk)),
            )

    async def _replace_key(self, desk: Desk, name: str, key: str) -> None:
        await desk.keep_key(name, key)
        self.panel.key_row.close_entry()
        await self._test(desk, name)

    async def _change(self, desk: Desk, name: str, address: str, settings: Mapping[str, str]) -> None:
        try:
            account = await desk.change(name, address, settings)
        except UserError as error:
            self.panel.show_refused(error)
            return
        self.panel.show_saved(account)
        await self._refresh(desk)

    async def _remove(self, desk: Desk, name: str) -> None:
        if desk.view(name) is None:
            return
        await desk.remove(name)
        await self._refresh(desk)
        self._window.toast(
            self.tr("{name} was removed.").format(name=name),
            level="ok",
            id=f"account {name}",
            action_text=self.tr("Undo"),
            on_action=lambda: self._start("restore", lambda desk, _shown: self._restore(desk, name)),
        )

    async def _restore(self, desk: Desk, name: str) -> None:
        await desk.restore(name)
        await self._refresh(desk, show=name)


async def _show_facts(models: ModelsPanel, desk: Desk, name: str) -> None:
    models.show_facts(await desk.facts(name))


async def _make_everyday(window: Actions, desk: Desk) -> None:
    chain = await desk.make_everyday()
    models = ", ".join(step.use.model for step in chain.steps)
    text = translate("ProvidersPage", "The chain {name} asks: {models}").format(name=chain.name, models=models)
    window.toast(text, level="ok", id="everyday")
