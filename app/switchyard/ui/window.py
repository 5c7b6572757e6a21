"""The main window: arranges the workbench, the welcome and the trouble screen, and shows what is to be told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from switchyard.core.errors import DataDirError, UserError
from switchyard.services.tasks import TaskScope
from switchyard.ui.geometry import (
    SMALLEST_SIZE,
    keep_splitters,
    keep_window,
    restore_splitters,
    restore_window,
)
from switchyard.ui.home import State
from switchyard.ui.look import show_look
from switchyard.ui.pages.page import Page, PageName
from switchyard.ui.rail import SHORTCUTS
from switchyard.ui.theme.theme import Theme
from switchyard.ui.words import Words
from switchyard.ui.workbench import Workbench

if TYPE_CHECKING:
    from pathlib import Path

    from switchyard.core.settings import Settings
    from switchyard.services.app import Services
    from switchyard.services.notices import Notice
    from switchyard.ui.pages.welcome.page import WelcomePage
    from switchyard.ui.widgets.toast import ToastLevel, Toasts

_TOAST_LEVELS: Mapping[str, ToastLevel] = {
    "ok": "ok",
    "info": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "warn",
}


class MainWindow(QMainWindow):
    """The one window. It is whole before the services are there; `attach` brings it to life."""

    quit_requested = Signal()
    first_painted = Signal()

    def __init__(self, theme: Theme, scope: TaskScope, state: State, *, onboarded: bool) -> None:
        super().__init__()
        self._theme = theme
        self._scope = scope
        self._state = state
        self._words = Words()
        self._services: Services | None = None
        self.welcome: WelcomePage | None = None
        self._painted = False
        self._toasts: Toasts | None = None
        self._keyring: tuple[bool, bool] | None = None  # what was told of it: whether it keeps keys, whether it answers
        self._screens = QStackedWidget(self)
        self.workbench = Workbench(theme, scope, self, self._screens)
        self.workbench.page_made.connect(self._on_page_made)
        self._screens.addWidget(self.workbench if onboarded else QWidget())
        self._screens.addWidget(self.workbench)
        self.setCentralWidget(self._screens)
        self.setWindowTitle("Switchyard")
        self.setMinimumSize(*SMALLEST_SIZE)
        self._add_shortcuts()
        restore_window(self, state)

    # --- life -------------------------------------------------------------------------------------------------------

    async def begin(self, *, onboarded: bool) -> None:
        """Show the chat, or the welcome of a first run. Its code is loaded in a thread: the window is there already."""
        if not onboarded:
            await asyncio.to_thread(_welcome_page)
            self.show_welcome()
            return
        await self.workbench.load(PageName.CHAT)
        if self.workbench.page is None:
            self.workbench.open_page(PageName.CHAT)

    async def attach(self, services: Services) -> None:
        """Fill the window: from now on it does what it shows."""
        self._services = services
        services.settings.changed.connect(self._on_settings_changed)
        services.notices.posted.connect(self._on_notice)
        services.notices.withdrawn.connect(self.workbench.facts.dismiss)
        services.accounts.changed.connect(self._on_accounts_changed)
        services.notices.listen()
        if services.offline:
            consequence = self.tr("Only local models and the Simulator answer.")
            self.workbench.tell_fact("offline", "warn", self.tr("Offline."), consequence)
        for number, warning in enumerate(services.warnings):
            text = self._words.translate(warning)
            self.workbench.tell_fact(f"opening {number}", "warn", text)
        if self.welcome is not None:
            await self._attach_welcome(self.welcome, services)
        await self.workbench.attach(services)
        self._on_accounts_changed("")
        if services.settings.value.onboarded:
            self._scope.start(self.workbench.load_all(), name="pages")

    def show_trouble(self, title: str, hint: str, folder: Path | None) -> None:
        """Say, instead of everything else, why nothing works."""
        from switchyard.ui.trouble import TroubleScreen

        screen = TroubleScreen(self._theme, title, hint, folder, self._screens)
        screen.quit_pressed.connect(self.quit_requested)
        self._screens.addWidget(screen)
        self._screens.setCurrentWidget(screen)
        screen.setFocus()

    async def put_away(self) -> None:
        """Let the pages keep what is not kept yet: the window is about to close."""
        await self.workbench.put_away()

    def kept_state(self) -> State:
        """Return what the next start is to know: where the window stands and how its panes are divided."""
        state = keep_window(self, self._state)
        for name, page in self.workbench.pages.items():
            state = keep_splitters(page, name, self.screen(), state)
        return state

    async def painted(self, patience_s: float) -> None:
        """Wait until the window was painted; one that cannot be seen is not waited for longer than that."""
        if not self._painted:
            seen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.first_painted.connect(partial(_tell, seen))
            await asyncio.wait({seen}, timeout=patience_s)

    def come_forward(self) -> None:
        """Show the window above others: a second start asked for it."""
        if self.isMinimized():
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Everything ends in order, and the window last."""
        event.ignore()
        self.quit_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first painting, once everything else of it is on the screen too."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    # --- what pages may ask -----------------------------------------------------------------------------------------

    def open_page(self, name: PageName, detail: str | None = None) -> None:
        """Show a page; `detail` names what it should select."""
        self._screens.setCurrentWidget(self.workbench)
        self.workbench.open_page(name, detail)

    def toast(
        self,
        text: str,
        *,
        level: str = "info",
        id: str | None = None,
        action_text: str | None = None,
        on_action: Callable[[], None] | None = None,
    ) -> None:
        """Show a message for five seconds; one of the same id is replaced."""
        if self._toasts is None:
            from switchyard.ui.widgets.toast import Toasts

            self._toasts = Toasts(self, self._theme)
        self._toasts.show(text, _TOAST_LEVELS[level], action_text, on_action, key=id)

    def show_welcome(self) -> None:
        """Show the first run's screen, over everything."""
        self.workbench.leave()
        if self.welcome is None:
            self.welcome = _welcome_page()(self._theme, self._scope.child("welcome"), self, self._screens)
            self.welcome.finished.connect(self._on_welcome_finished)
            self._screens.addWidget(self.welcome)
            if self._services is not None:
                self._scope.start(self._attach_welcome(self.welcome, self._services), name="welcome")
        elif self._services is not None:
            self.welcome.entered()
        self._screens.setCurrentWidget(self.welcome)

    # --- what is to be told -----------------------------------------------------------------------------------------

    def tell_error(self, error: UserError) -> None:
        """Tell of an expected error: what stops all work in a banner, the rest in a toast."""
        title = self._words.translate(error.title)
        hint = self._words.translate(error.hint) if error.hint is not None else ""
        if isinstance(error, DataDirError):
            self.workbench.tell_fact(type(error).__name__, "bad", title, hint)
        else:
            self.toast(f"{title} {hint}".strip(), level="warn", id=type(error).__name__)

    def _on_notice(self, notice: Notice) -> None:
        title = self._words.translate(notice.title)
        hint = self._words.translate(notice.hint) if notice.hint is not None else ""
        if notice.level == "error":
            self.workbench.tell_fact(notice.id, "bad", title, hint, notice.account)
        else:
            self.toast(f"{title} {hint}".strip(), level=notice.level.value, id=notice.id)

    async def _tell_of_keyring(self, services: Services) -> None:
        keyring = await services.accounts.keyring()
        found = (keyring.available, keyring.answers)
        if not services.settings.value.onboarded or found == self._keyring:
            return
        self._keyring = found
        if keyring.available:
            self.workbench.facts.dismiss("keyring")
        elif keyring.answers:
            consequence = self.tr("Keys live for this session only, or come from the environment.")
            self.workbench.tell_fact("keyring", "info", self.tr("This system has no keyring."), consequence)
        else:
            consequence = self.tr("The keys in it cannot be read. Unlock it, then try again.")
            self.workbench.tell_fact("keyring", "warn", self.tr("The system keyring does not answer."), consequence)

    def _on_accounts_changed(self, name: str) -> None:
        if self._services is not None:
            self._scope.start(self._look_at_accounts(self._services), name="accounts", group="accounts")

    async def _look_at_accounts(self, services: Services) -> None:
        lacking = [view.account.name for view in await services.accounts.list() if view.lacks_key]
        reason = self.tr("A key is missing: {accounts}").format(accounts=", ".join(lacking)) if lacking else ""
        self.workbench.rail.set_attention(PageName.PROVIDERS, reason)
        await self._tell_of_keyring(services)  # which may have been asked for keys in vain just now

    # --- wiring -----------------------------------------------------------------------------------------------------

    def _on_settings_changed(self, settings: Settings) -> None:
        show_look(self._theme, settings)

    def _on_page_made(self, name: PageName) -> None:
        restore_splitters(self.workbench.pages[name], name, self.screen(), self._state)

    async def _attach_welcome(self, welcome: Page, services: Services) -> None:
        await welcome.attach(services)
        if self._screens.currentWidget() is welcome:
            welcome.entered()

    def _on_welcome_finished(self) -> None:
        self._scope.start(self._leave_welcome(), name="welcome", group="welcome")

    async def _leave_welcome(self) -> None:
        await self.workbench.load(PageName.CHAT)
        if self.welcome is not None:
            self.welcome.left()
        self.open_page(PageName.CHAT)
        await self.workbench.load_all()

    def _add_shortcuts(self) -> None:
        for name, keys in SHORTCUTS.items():
            self._add_shortcut(keys, partial(self.workbench.open_page, name))
        self._add_shortcut("Ctrl+N", partial(self.open_page, PageName.CHAT, ""))
        self._add_shortcut("F6", partial(self.workbench.move_between_panes, 1))
        self._add_shortcut("Shift+F6", partial(self.workbench.move_between_panes, -1))
        QShortcut(QKeySequence(QKeySequence.StandardKey.Quit), self, self.quit_requested.emit)

    def _add_shortcut(self, keys: str, act: Callable[[], None]) -> None:
        """Add a shortcut of the workbench; it does nothing while another screen is shown."""

        def act_there() -> None:
            if self._screens.currentWidget() is self.workbench:
                act()

        QShortcut(QKeySequence(keys), self, act_there)


def _tell(seen: asyncio.Future[None]) -> None:
    if not seen.done():
        seen.set_result(None)


def _welcome_page() -> type[WelcomePage]:
    from switchyard.ui.pages.welcome.page import WelcomePage

    return WelcomePage
