"""The first run: what a person has becomes something that answers, on two screens at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QWidget

from switchyard.core.errors import KeyringUnavailable, UserError
from switchyard.services.app import Services
from switchyard.services.onboarding import Added, FoundOllama
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions, Page
from switchyard.ui.pages.welcome.key_card import KeyOffer
from switchyard.ui.pages.welcome.order import OrderScreen
from switchyard.ui.pages.welcome.ways import WaysScreen
from switchyard.ui.theme.theme import Theme
from switchyard.ui.words import Words

_TEST_AFTER_S = 0.7
_LOOK_EVERY_S = 5.0


class WelcomePage(Page):
    """`finished` once there is something to chat with, or the person wants to go on without."""

    finished = Signal()

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._window = actions
        self._services: Services | None = None
        self._words = Words()
        self._added: list[Added] = []
        self.ways = WaysScreen(theme)
        self.order = OrderScreen(theme)
        self._screens = QStackedLayout(self)
        self._screens.setContentsMargins(0, 0, 0, 0)
        for screen in (self.ways, self.order):
            self._screens.addWidget(_scrolled(screen))
        self._connect()
        theme.changed.connect(self.update)

    @property
    def ordering(self) -> bool:
        """Whether the second screen is shown."""
        return self._screens.currentIndex() == 1

    async def attach(self, services: Services) -> None:
        """Know the use cases from now on."""
        self._services = services
        self.ways.key_card.attach(services.onboarding)

    def entered(self) -> None:
        """Begin at the first screen, and look for what is there while the page is open."""
        if self._services is None:
            return
        self._on_back()
        self.scope.start(self._look_around(self._services), name="keyring", group="keyring")
        self.scope.start(self._watch_ollama(self._services), name="ollama", group="ollama")

    def left(self) -> None:
        """Nobody looks for anything while the page is not shown."""
        self.scope.cancel("ollama")
        self.scope.cancel("pause")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self.theme.color("bg.window"))

    # --- what the person does ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        keys, ollama = self.ways.key_card, self.ways.ollama_card
        keys.settled.connect(self._on_settled)
        keys.unsettled.connect(self._on_unsettled)
        keys.entry.submitted.connect(self._on_continue)
        keys.address.submitted.connect(self._on_continue)
        keys.button.clicked.connect(self._on_continue)
        keys.environment_requested.connect(self._on_environment_key)
        ollama.use_requested.connect(self._on_use_ollama)
        ollama.look_requested.connect(self._on_look_again)
        self.ways.simulator_card.button.clicked.connect(self._on_simulator)
        self.ways.skip.clicked.connect(self._on_skip)
        self.order.start_requested.connect(self._on_start)
        self.order.back_requested.connect(self._on_back)

    def _on_settled(self) -> None:
        self.scope.start(self._test_after_pause(), name="pause", group="pause")

    def _on_unsettled(self) -> None:
        self.scope.cancel("pause")

    def _on_continue(self) -> None:
        if not self.ways.key_card.button.busy:
            self._run(self._continue)

    def _on_environment_key(self, provider: str) -> None:
        self._run(lambda services: self._use_environment_key(services, provider))

    def _on_use_ollama(self) -> None:
        self._run(self._use_ollama)

    def _on_look_again(self) -> None:
        self._run(self._look_again)

    def _on_simulator(self) -> None:
        self._run(self._start_simulator)

    def _on_skip(self) -> None:
        self._run(self._skip)

    def _on_start(self) -> None:
        self._run(self._start_chatting)

    def _on_back(self) -> None:
        self._screens.setCurrentIndex(0)
        self.ways.key_card.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _run(self, act: Callable[[Services], Coroutine[Any, Any, None]]) -> None:
        """Start what a button means, one at a time; before the services are there nothing can be done yet."""
        if self._services is not None and not self.scope.running("act"):
            self.scope.cancel("pause")
            self.scope.start(act(self._services), name="act", group="act")

    # --- keys -------------------------------------------------------------------------------------------------------

    async def _test_after_pause(self) -> None:
        await asyncio.sleep(_TEST_AFTER_S)
        if self._services is not None and not self.scope.running("act"):
            self.scope.start(self._test_key(self._services), name="test", group="act")

    async def _continue(self, services: Services) -> None:
        """Test what was pasted; go on with what works, now or from before."""
        card = self.ways.key_card
        if card.offer() is not None:
            if await self._test_key(services):
                await self._go_on(services)
        elif card.entry.key and not card.works:
            card.ask_whose()
        elif self._added:
            await self._go_on(services)
        else:
            card.entry.setFocus(Qt.FocusReason.OtherFocusReason)
            card.show_error(self.tr("There is no key yet."), self.tr("Paste one, or take another way."))

    async def _test_key(self, services: Services) -> bool:
        card = self.ways.key_card
        offer = card.offer()
        if offer is None:
            return False
        card.set_busy(True)
        try:
            added = await self._add_key(services, offer)
        except UserError as error:
            card.show_error(*self._told(error))
            return False
        finally:
            card.set_busy(False)
        card.show_added(added, self._words.locale)
        return self._count(added)

    async def _add_key(self, services: Services, offer: KeyOffer) -> Added:
        """Add and test a key; one for a server of the person's own goes to the address that they gave."""
        if offer.base_url is None:
            return await services.onboarding.add_key(offer.provider, offer.key)
        accounts = services.accounts
        name = await accounts.free_name(offer.provider)
        account = await accounts.add(offer.provider, name, base_url=offer.base_url)
        try:
            await accounts.set_key(name, offer.key)
        except KeyringUnavailable:
            await accounts.keep_key_for_session(name, offer.key)
        result = await accounts.test(account)
        view = await accounts.view(account)
        if result.failure is not None:
            await accounts.remove(name)
        return Added(account, view.provider_name, view.key, result)

    async def _use_environment_key(self, services: Services, provider: str) -> None:
        card = self.ways.key_card
        found = {key.provider: key for key in services.onboarding.environment_keys(await services.accounts.list())}
        if provider not in found:
            return
        card.set_busy(True)
        try:
            added = await services.onboarding.use_environment_key(found[provider])
        finally:
            card.set_busy(False)
        card.show_found_added(added, self._words.locale)
        if self._count(added):
            await self._offer_environment_keys(services)

    def _count(self, added: Added) -> bool:
        """Remember what works."""
        if added.works:
            self._added.append(added)
        return added.works

    # --- Ollama -----------------------------------------------------------------------------------------------------

    async def _watch_ollama(self, services: Services) -> None:
        """Look until an Ollama with a model for chat is there; the person may be starting it right now."""
        card = self.ways.ollama_card
        while not card.usable:
            self._show_ollama(await services.onboarding.find_ollama())
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _look_again(self, services: Services) -> None:
        card = self.ways.ollama_card
        card.button.set_busy(True)
        try:
            self._show_ollama(await services.onboarding.find_ollama())
        finally:
            card.button.set_busy(False)

    def _show_ollama(self, found: FoundOllama | None) -> None:
        self.ways.ollama_card.show_found(found, self._words.locale)

    async def _use_ollama(self, services: Services) -> None:
        card = self.ways.ollama_card
        if card.found is None:
            return
        card.button.set_busy(True)
        try:
            added = await self._add_ollama(services, card.found)
        finally:
            card.button.set_busy(False)
        card.show_added(added, self._words.locale)
        if self._count(added):
            await self._go_on(services)

    async def _add_ollama(self, services: Services, found: FoundOllama) -> Added:
        """Add the Ollama that was found, once."""
        for view in await services.accounts.list():
            if view.account.provider == "ollama" and view.account.base_url == found.base_url:
                result = await services.accounts.test(view.account)
                return Added(view.account, view.provider_name, view.key, result)
        return await services.onboarding.use_ollama(found)

    # --- going on ---------------------------------------------------------------------------------------------------

    async def _look_around(self, services: Services) -> None:
        await self._offer_environment_keys(services)
        self.ways.set_keyring((await services.accounts.keyring()).available)

    async def _offer_environment_keys(self, services: Services) -> None:
        views = await services.accounts.list()
        self.ways.key_card.show_environment(services.onboarding.environment_keys(views))

    async def _go_on(self, services: Services) -> None:
        """Make the first chain of what works; with more than one vendor its order is the person's to say."""
        choices = await services.onboarding.proposal()
        if not await services.onboarding.needs_everyday():
            await self._finish(services)
        elif len(choices) > 1:
            self.order.show_choices(choices)
            self._screens.setCurrentIndex(1)
            self.order.start.setFocus(Qt.FocusReason.OtherFocusReason)
        elif choices:
            await services.onboarding.make_everyday(choices)
            await self._finish(services)
        else:
            text = self.tr("No model for chat was found there, so no chain was made. Type a model's name under Chains.")
            self._window.toast(text, level="warn", id="everyday")
            await self._finish(services)

    async def _start_chatting(self, services: Services) -> None:
        if self.order.chosen:
            await services.onboarding.make_everyday(self.order.chosen)
            await self._finish(services)

    async def _start_simulator(self, services: Services) -> None:
        await services.onboarding.start_simulator()
        await self._finish(services)

    async def _skip(self, services: Services) -> None:
        """Go on without a choice; what was connected already is put to use in the usual order."""
        choices = await services.onboarding.proposal() if self._added else []
        if choices and await services.onboarding.needs_everyday():
            await services.onboarding.make_everyday(choices)
        await self._finish(services)

    async def _finish(self, services: Services) -> None:
        await services.settings.change(onboarded=True)
        self._added = []
        self.ways.key_card.reset()
        self.finished.emit()

    def _told(self, error: UserError) -> tuple[str, str]:
        hint = self._words.translate(error.hint) if error.hint is not None else ""
        return self._words.translate(error.title), hint


def _scrolled(screen: QWidget) -> QScrollArea:
    """Let a screen be as large as the window, and scroll where it does not fit."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(screen)
    return area
