"""The page of accounts: a list at the left, the chosen one beside it, and the models it lists."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from switchyard.core.catalog import KeySource
from switchyard.core.chain import Step
from switchyard.core.errors import KeyringUnavailable, UserError
from switchyard.services.accounts import SIMULATOR, AccountView, TestResult
from switchyard.services.app import Services
from switchyard.services.onboarding import EnvironmentKey, FoundOllama
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions, Page
from switchyard.ui.pages.providers.account_panel import AccountPanel
from switchyard.ui.pages.providers.add_form import AddForm, NewAccount
from switchyard.ui.pages.providers.kinds import Kind, kinds_of
from switchyard.ui.pages.providers.models_panel import ModelsPanel
from switchyard.ui.pages.providers.plain_panels import FoundPanel, SimulatorPanel
from switchyard.ui.pages.providers.rows import FOUND_OLLAMA, KEY_PREFIX, rows_of
from switchyard.ui.setup.side_list import SideList
from switchyard.ui.setup.verdict import is_here
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.dialog import confirm
from switchyard.ui.words import Words

_LIST_PX = 300
_LIST_NARROW_PX = 248
_WIDE_FROM_PX = 1176  # a window of 1240 less the rail
_NARROW_BELOW_PX = 960
_FORM_PX = 640
_SIDE_PX = 360
_GUTTER_PX = 32
_LOOK_EVERY_S = 10.0
_ADD = "add"


class ProvidersPage(Page):
    """What is added, tested, replaced and removed here is an account: one key at one provider."""

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._window = actions
        self._words = Words()
        self._services: Services | None = None
        self._kinds: dict[str, Kind] = {}
        self._views: list[AccountView] = []
        self._results: dict[str, TestResult] = {}
        self._keys: list[EnvironmentKey] = []
        self._ollama: FoundOllama | None = None
        self._keyring = (False, "")
        self._shown = ""
        self.list = SideList(theme, self.tr("Providers"), self.tr("Add"), _LIST_PX)
        self.form = AddForm(theme, self._words)
        self.panel = AccountPanel(theme, self._words)
        self.simulator = SimulatorPanel(theme)
        self.found = FoundPanel(theme)
        self.models = ModelsPanel(theme, self._words.locale)
        self._details = (self.form, self.panel, self.simulator, self.found)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._arrange()
        self._connect()
        theme.changed.connect(self.update)

    async def attach(self, services: Services) -> None:
        """Show what is there."""
        self._services = services
        self._kinds = {kind.id: kind for kind in kinds_of(services.onboarding)}
        self.form.attach(services.onboarding)
        self.simulator.show_models((await services.accounts.view(SIMULATOR)).models)
        await self._load(services)
        self._show(self._views[0].account.name if self._views else _ADD)
        services.accounts.changed.connect(self._on_accounts_changed)
        self.scope.start(self._learn_keyring(services), name="keyring")

    def select(self, detail: str) -> None:
        """Show an account."""
        self._show(detail)

    def entered(self) -> None:
        """Look for an Ollama while the page is open."""
        if self._services is not None:
            self.scope.start(self._watch_ollama(self._services), name="ollama", group="ollama")

    def left(self) -> None:
        """Nobody looks for anything while the page is not shown."""
        self.scope.cancel("ollama")

    def panes(self) -> Sequence[QWidget]:
        """Return the list and what stands beside it."""
        return (self.list.view, self._scroll)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the models stand beside the form where there is room, else below it."""
        super().resizeEvent(event)
        self.list.setFixedWidth(_LIST_NARROW_PX if self.width() < _NARROW_BELOW_PX else _LIST_PX)
        wide = self.width() >= _WIDE_FROM_PX
        directions = QBoxLayout.Direction
        self._body.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        self._body.setSpacing(2 * _GUTTER_PX if wide else _GUTTER_PX)
        self.models.setMaximumWidth(_SIDE_PX if wide else _FORM_PX)
        self.models.set_below(not wide)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self.theme.color("bg.surface"))

    # --- arranging --------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        form = QWidget()
        form.setMaximumWidth(_FORM_PX)
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        for detail in self._details:
            detail.hide()
            column.addWidget(detail)
        column.addStretch(1)
        inside = QWidget()
        self._body.setContentsMargins(_GUTTER_PX, 24, _GUTTER_PX, 24)
        self._body.addWidget(form, 30)
        self._body.addWidget(self.models, 20)
        self._body.addStretch(1)
        inside.setLayout(self._body)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self.models.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.list)
        row.addWidget(self._scroll, 1)

    def _connect(self) -> None:
        self.list.chosen.connect(self._show)
        self.list.add_requested.connect(self._on_add)
        self.form.add_requested.connect(self._on_form_agreed)
        self.form.cancelled.connect(self._on_form_cancelled)
        self.panel.test_requested.connect(self._on_test)
        self.panel.key_given.connect(self._on_key_given)
        self.panel.address_given.connect(self._on_address_given)
        self.panel.remove_requested.connect(self._on_remove)
        self.found.use_requested.connect(self._on_use_found)

    def _view(self, name: str) -> AccountView | None:
        return next((view for view in self._views if view.account.name == name), None)

    def _show(self, key: str) -> None:
        """Show what a row names; something that is gone gives way to the first account, or to the form."""
        known = key in self.list.keys or key == _ADD
        if not known:
            key = self._views[0].account.name if self._views else _ADD
        self._shown = key
        self.list.select(key)
        detail = self._fill_detail(key)
        for each in self._details:
            each.setVisible(each is detail)
        view = self._view(key)
        self.models.setVisible(view is not None)
        if view is not None:
            self.models.show_models(view.models, asked=view.models_ms is not None)

    def _fill_detail(self, key: str) -> QWidget:
        view = self._view(key)
        if view is not None:
            self._fill_panel(view)
            return self.panel
        if key == SIMULATOR.name:
            return self.simulator
        if key == FOUND_OLLAMA and self._ollama is not None:
            self.found.show_ollama(self._ollama.base_url)
            return self.found
        found = self._found_key(key)
        if found is not None:
            self.found.show_key(found.provider, found.provider_name, found.variable)
            return self.found
        if self.form.isHidden():
            self.form.begin(keyring=self._keyring[0], keyring_name=self._keyring[1])
        return self.form

    def _fill_panel(self, view: AccountView) -> None:
        name = view.account.name
        available, keyring = self._keyring
        kind = self._kinds.get(view.account.provider)
        self.panel.show_account(view, kind, self._results.get(name), keyring=available, keyring_name=keyring)

    def _found_key(self, key: str) -> EnvironmentKey | None:
        return next((found for found in self._keys if KEY_PREFIX + found.provider == key), None)

    # --- reading ----------------------------------------------------------------------------------------------------

    async def _load(self, services: Services) -> None:
        self._views = await services.accounts.list()
        self._keys = services.onboarding.environment_keys(self._views)
        self.form.set_taken([view.account.name for view in self._views])
        self._fill_list()

    def _fill_list(self) -> None:
        used = {view.account.base_url for view in self._views if view.account.provider == "ollama"}
        ollama = self._ollama if self._ollama is not None and self._ollama.base_url not in used else None
        self.list.set_rows(rows_of(self._views, self._results, self._keys, ollama, self._words.locale))

    async def _refresh(self, services: Services) -> None:
        await self._load(services)
        self._show(self._shown)

    def _on_accounts_changed(self, _name: str) -> None:
        if self._services is not None:
            self.scope.start(self._refresh(self._services), name="refresh", group="refresh")

    async def _learn_keyring(self, services: Services) -> None:
        status = await services.accounts.keyring()
        self._keyring = (status.available, status.name)
        self.form.show_keeping(keyring=status.available, keyring_name=status.name)
        self._show(self._shown)

    async def _watch_ollama(self, services: Services) -> None:
        """See Ollama come and go, and with it the accounts on this computer that use it."""
        seen: FoundOllama | None = FoundOllama("", ())
        while True:
            self._ollama = await services.onboarding.find_ollama()
            if self._ollama != seen:
                seen = self._ollama
                for view in self._views:
                    if view.account.provider == "ollama" and is_here(view.account.base_url):
                        self._results[view.account.name] = await services.accounts.test(view.account)
                await self._refresh(services)
            await asyncio.sleep(_LOOK_EVERY_S)

    # --- what the person does ---------------------------------------------------------------------------------------

    def _on_add(self) -> None:
        self._show(_ADD)
        self.form.provider.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_form_cancelled(self) -> None:
        self._show("")

    def _on_form_agreed(self, account: NewAccount) -> None:
        if self._services is not None:
            self.scope.start(self._add(self._services, account), name="add", group="add")

    def _on_test(self) -> None:
        if self._services is not None and self.panel.account:
            self.scope.start(self._test(self._services, self.panel.account), name="test", group="test")

    def _on_key_given(self, key: str) -> None:
        if self._services is not None:
            self.scope.start(self._replace_key(self._services, self.panel.account, key), name="key", group="test")

    def _on_address_given(self, address: str) -> None:
        if self._services is not None:
            work = self._change_address(self._services, self.panel.account, address)
            self.scope.start(work, name="address", group="test")

    def _on_remove(self) -> None:
        if self._services is not None:
            self.scope.start(self._remove(self._services, self.panel.account), name="remove", group="remove")

    def _on_use_found(self) -> None:
        if self._services is not None:
            self.scope.start(self._use_found(self._services, self._shown), name="use", group="add")

    # --- doing it ---------------------------------------------------------------------------------------------------

    async def _add(self, services: Services, new: NewAccount) -> None:
        self.form.add.set_busy(True)
        try:
            settings = {} if new.place is None else {"place": new.place}
            await services.accounts.add(new.provider, new.name, base_url=new.base_url, settings=settings)
            if new.key:
                await self._keep_key(services, new.name, new.key)
        except UserError as error:
            self.form.show_refused(error)
            return
        finally:
            self.form.add.set_busy(False)
        await self._load(services)
        self._show(new.name)
        await self._test(services, new.name)

    async def _keep_key(self, services: Services, name: str, key: str) -> None:
        """Keep a key in the keyring, or for this session where there is none; the panel says which."""
        try:
            await services.accounts.set_key(name, key)
        except KeyringUnavailable:
            await services.accounts.keep_key_for_session(name, key)

    async def _test(self, services: Services, name: str) -> None:
        self.panel.set_busy(True)
        try:
            self._results[name] = await services.accounts.test(await services.accounts.get(name))
        finally:
            self.panel.set_busy(False)
        await self._refresh(services)
        if self._results[name].failure is None:
            await self._offer_everyday(services)

    async def _offer_everyday(self, services: Services) -> None:
        """Where nothing answers by default yet, what works can become the first chain."""
        if await services.chains.default() is not None or not await services.onboarding.needs_everyday():
            return
        if await services.onboarding.proposal():
            self._window.toast(
                self.tr("It works. There is no default chain yet."),
                level="ok",
                id="everyday",
                action_text=self.tr("Make one"),
                on_action=self._on_make_everyday,
            )

    def _on_make_everyday(self) -> None:
        if self._services is not None:
            self.scope.start(self._make_everyday(self._services), name="everyday", group="everyday")

    async def _make_everyday(self, services: Services) -> None:
        chain = await services.onboarding.make_everyday(await services.onboarding.proposal())
        models = ", ".join(step.use.model for step in chain.steps)
        text = self.tr("The chain {name} asks: {models}").format(name=chain.name, models=models)
        self._window.toast(text, level="ok", id="everyday")

    async def _replace_key(self, services: Services, name: str, key: str) -> None:
        await self._keep_key(services, name, key)
        self.panel.key_row.close_entry()
        await self._test(services, name)

    async def _change_address(self, services: Services, name: str, address: str) -> None:
        try:
            changed = await services.accounts.change(name, base_url=address)
        except UserError as error:
            self.panel.show_refused(error)
            return
        self._results.pop(name, None)
        self.panel.result.clear()
        self.panel.address.set_text(changed.base_url)
        await self._refresh(services)

    async def _use_found(self, services: Services, key: str) -> None:
        found, ollama = self._found_key(key), self._ollama
        self.found.use.set_busy(True)
        try:
            if found is not None:
                account = await services.accounts.add(found.provider, await services.accounts.free_name(found.provider))
            elif ollama is not None:
                name = await services.accounts.free_name("ollama")
                account = await services.accounts.add("ollama", name, base_url=ollama.base_url)
            else:
                return
        finally:
            self.found.use.set_busy(False)
        await self._load(services)
        self._show(account.name)
        await self._test(services, account.name)

    async def _remove(self, services: Services, name: str) -> None:
        view = self._view(name)
        if view is None:
            return
        users = [each.chain.name for each in await services.chains.list() if _uses(each.chain.steps, name)]
        title = self.tr("Remove {name}?").format(name=name)
        agreed = await confirm(
            self, self.theme, title, self._consequence(view, users), self.tr("Keep"), self.tr("Remove account"), True
        )
        if agreed:
            await services.accounts.remove(name)
            self._results.pop(name, None)
            await self._refresh(services)
            self._window.toast(self.tr("{name} was removed.").format(name=name), level="ok", id="removed")

    def _consequence(self, view: AccountView, chains: Sequence[str]) -> str:
        """Say what is lost, and what is not."""
        parts = []
        if view.key in (KeySource.KEYRING, KeySource.SESSION):
            parts.append(self.tr("Its key is deleted here and cannot be shown or brought back."))
        if chains:
            parts.append(self.tr("Chains that skip it from then on: {chains}.").format(chains=", ".join(chains)))
        parts.append(self.tr("Chats stay as they are."))
        return " ".join(parts)


def _uses(steps: Sequence[Step], account: str) -> bool:
    return any(step.use.account == account for step in steps)
