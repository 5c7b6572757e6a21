"""The first run: what a person has becomes something that answers, on two screens at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QWidget

from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions, Page
from switchyard.ui.pages.welcome.connecting import Connecting
from switchyard.ui.pages.welcome.order import OrderScreen
from switchyard.ui.pages.welcome.ways import WaysScreen
from switchyard.ui.theme.theme import Theme
from switchyard.ui.words import Words

_TEST_AFTER_S = 0.7


class WelcomePage(Page):
    """`finished` once there is something to chat with, or the person wants to go on without."""

    finished = Signal()

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._window = actions
        self._words = Words()
        self._services: Services | None = None
        self._connecting: Connecting | None = None
        self.ways = WaysScreen(theme)
        self.order = OrderScreen(theme)
        self._screens = QStackedLayout(self)
        self._screens.setContentsMargins(0, 0, 0, 0)
        for screen in (self.ways, self.order):
            self._screens.addWidget(_scrolled(screen))
        self._connect()
        theme.changed.connect(self.update)

    async def attach(self, services: Services) -> None:
        """Know the use cases from now on."""
        self._services = services
        self._connecting = Connecting(services, self.ways, self._words)
        self.ways.key_card.attach(services.onboarding)

    def entered(self) -> None:
        """Begin at the first screen, and look for what is there while the page is open."""
        if self._services is None or self._connecting is None:
            return
        self._on_back()
        self.scope.start(self._look_around(self._services, self._connecting), name="keyring", group="keyring")
        self.scope.start(self._connecting.watch_ollama(), name="ollama", group="ollama")

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
        for pressed in (keys.entry.submitted, keys.address.submitted, keys.button.clicked):
            pressed.connect(lambda: self._run(self._continue))
        keys.environment_requested.connect(
            lambda provider: self._run(lambda _services, connecting: connecting.use_environment_key(provider))
        )
        ollama.use_requested.connect(lambda: self._run(self._use_ollama))
        ollama.look_requested.connect(lambda: self._run(lambda _services, connecting: connecting.look_again()))
        self.ways.simulator_card.button.clicked.connect(lambda: self._run(self._start_simulator))
        self.ways.skip.clicked.connect(lambda: self._run(self._skip))
        self.order.start_requested.connect(lambda: self._run(self._start_chatting))
        self.order.back_requested.connect(self._on_back)

    def _on_settled(self) -> None:
        self.scope.start(self._test_after_pause(), name="pause", group="pause")

    def _on_unsettled(self) -> None:
        self.scope.cancel("pause")

    def _on_back(self) -> None:
        self._screens.setCurrentIndex(0)
        self.ways.key_card.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _run(self, act: Callable[[Services, Connecting], Coroutine[Any, Any, object]]) -> None:
        """Start what a button means, one at a time; before the services are there nothing can be done yet."""
        if self._services is not None and self._connecting is not None and not self.scope.running("act"):
            self.scope.cancel("pause")
            self.scope.start(act(self._services, self._connecting), name="act", group="act")

    # --- doing it ---------------------------------------------------------------------------------------------------

    async def _look_around(self, services: Services, connecting: Connecting) -> None:
        await connecting.offer_environment_keys()
        self.ways.set_keyring((await services.accounts.keyring()).available)

    async def _test_after_pause(self) -> None:
        await asyncio.sleep(_TEST_AFTER_S)
        if self._connecting is not None and not self.scope.running("act"):
            self.scope.start(self._connecting.test_key(), name="test", group="act")

    async def _continue(self, services: Services, connecting: Connecting) -> None:
        """Test what was pasted; go on with what works, now or from before."""
        card = self.ways.key_card
        if card.offer() is not None:
            if await connecting.test_key():
                await self._go_on(services)
        elif card.entry.key and not card.works:
            card.ask_whose()
        elif connecting.connected:
            await self._go_on(services)
        else:
            card.entry.setFocus(Qt.FocusReason.OtherFocusReason)
            card.show_error(self.tr("There is no key yet."), self.tr("Paste one, or take another way."))

    async def _use_ollama(self, services: Services, connecting: Connecting) -> None:
        if await connecting.use_ollama():
            await self._go_on(services)

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

    async def _start_chatting(self, services: Services, _connecting: Connecting) -> None:
        if self.order.chosen:
            await services.onboarding.make_everyday(self.order.chosen)
            await self._finish(services)

    async def _start_simulator(self, services: Services, _connecting: Connecting) -> None:
        await services.onboarding.start_simulator()
        await self._finish(services)

    async def _skip(self, services: Services, connecting: Connecting) -> None:
        """Go on without a choice; what was connected already is put to use in the usual order."""
        choices = await services.onboarding.proposal() if connecting.connected else []
        if choices and await services.onboarding.needs_everyday():
            await services.onboarding.make_everyday(choices)
        await self._finish(services)

    async def _finish(self, services: Services) -> None:
        await services.settings.change(onboarded=True)
        self._connecting = Connecting(services, self.ways, self._words)
        self.ways.key_card.reset()
        self.finished.emit()


def _scrolled(screen: QWidget) -> QScrollArea:
    """Let a screen be as large as the window, and scroll where it does not fit."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(screen)
    return area
