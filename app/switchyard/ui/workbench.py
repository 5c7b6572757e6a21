"""The window's everyday content: the rail, a banner, and the page that is shown; pages are made when first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions, Page, PageName
from switchyard.ui.rail import Rail
from switchyard.ui.theme.theme import Theme

if TYPE_CHECKING:
    from switchyard.services.app import Services
    from switchyard.ui.facts import Facts
    from switchyard.ui.widgets.banner import Banner, BannerLevel

_NARROW_BELOW_PX = 1100
_LIST_FROM_PX = 1180
_LIST_PX = 268


class Workbench(QWidget):
    """Shows one page at a time, and knows every page that was made."""

    page_made = Signal(PageName)

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scope = scope
        self._actions = actions
        self._services: Services | None = None
        self._pages: dict[PageName, Page] = {}
        self._attached: set[PageName] = set()
        self._wanted: dict[PageName, str] = {}
        self._shown: PageName | None = None
        self._early_keys: list[QKeyEvent] = []
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(self.tr("Page"))
        self.setFocus()
        self.rail = Rail(theme, self)
        self._facts: Facts | None = None
        self._column = QVBoxLayout()
        self._stack = QStackedWidget(self)
        self._arrange()
        self.rail.chosen.connect(self.open_page)

    @property
    def facts(self) -> Facts:
        """Return what a banner over the pages says; the banner is made when there is something to say."""
        if self._facts is None:
            from switchyard.ui.facts import Facts

            self._facts = Facts(self._add_banner())
        return self._facts

    def tell_fact(
        self, id: str, level: BannerLevel, title: str, consequence: str = "", account: str | None = None
    ) -> None:
        """Say in the banner what concerns the whole window; a fact of the same id is replaced.

        One about an account has a button that shows it.
        """
        from switchyard.ui.facts import Fact

        show = (self.tr("Check account"), lambda: self.open_page(PageName.PROVIDERS, account)) if account else None
        self.facts.add(Fact(id, level, title, consequence, show))

    @property
    def page(self) -> Page | None:
        """Return the page that is shown."""
        return None if self._shown is None else self._pages[self._shown]

    @property
    def pages(self) -> dict[PageName, Page]:
        """Return the pages that were made."""
        return dict(self._pages)

    async def load(self, name: PageName) -> None:
        """Load a page's code in a thread, so that making it holds nothing up."""
        await asyncio.to_thread(_PAGES[name])

    async def load_all(self) -> None:
        """Load what is left while nobody waits for it."""
        for name in PageName:
            await self.load(name)

    def open_page(self, name: PageName, detail: str | None = None) -> None:
        """Show a page, made now if it was not there yet, and one thing on it where `detail` names one."""
        page = self._pages.get(name) or self._make(name)
        if name is not self._shown:
            self.leave()
            self._shown = name
            self.rail.set_current(name)
            self._stack.setCurrentWidget(page)
            if self.hasFocus():
                self._hand_over_keyboard(page)
            if name in self._attached:
                page.entered()
        if detail is not None and name in self._attached:
            page.select(detail)
        elif detail is not None:
            self._wanted[name] = detail

    async def attach(self, services: Services) -> None:
        """Fill the pages that are there; later ones are filled as they are made."""
        from switchyard.ui.overriding import OverrideBanner

        self._services = services
        override = OverrideBanner(services, self._scope, self, self._add_banner)
        self._scope.start(override.watch(), name="watch overrides")
        self._scope.start(services.probes.watch(self._is_seen), name="probes")
        services.reconnection.changed.connect(self._on_network_awaited)
        for name in tuple(self._pages):
            await self._attach(name, services)

    def _is_seen(self) -> bool:
        return self.isVisible() and not self.window().isMinimized()

    def _on_network_awaited(self, awaited: bool) -> None:
        if not awaited:
            self.facts.dismiss("network")
            return
        consequence = self.tr("Local models answer. Messages wait, and are sent when it is back.")
        self.tell_fact("network", "warn", self.tr("No network."), consequence)

    def leave(self) -> None:
        """Let the page that is shown put things away; nothing is shown until a page is opened again."""
        if self._shown in self._attached:
            self._pages[self._shown].left()
        self._shown = None

    async def put_away(self) -> None:
        """Let every page that has something to keep keep it: the window is about to close."""
        self.leave()
        for name in self._attached:
            page = self._pages[name]
            if isinstance(page, Keeping):
                await page.put_away()

    def move_between_panes(self, step: int) -> None:
        """Move the focus to the next or the previous pane, in the order in which they stand."""
        panes = [self.rail, *self._panes()]
        focused = QApplication.focusWidget()
        holding = [at for at, pane in enumerate(panes) if focused is not None and _holds(pane, focused)]
        at = holding[-1] if holding else 0
        for away in range(1, len(panes)):
            if _focus(panes[(at + step * away) % len(panes)]):
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep what is typed while there is no page yet: the window is seen a moment before it."""
        if self._shown is None:
            self._early_keys.append(event.clone())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the pages room where the window is narrow."""
        super().resizeEvent(event)
        self.rail.set_narrow(self.width() < _NARROW_BELOW_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the grounds of the panes that the first page will cover."""
        if self._shown is None:
            painter = QPainter(self)
            painter.fillRect(self.rect(), self._theme.color("bg.surface"))
            if self.width() >= _LIST_FROM_PX:
                side = QRect(self.rail.width(), 0, _LIST_PX, self.height())
                painter.fillRect(side, self._theme.color("bg.window"))
                painter.fillRect(side.right() + 1, 0, 1, self.height(), self._theme.color("border.subtle"))

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        self._column.setSpacing(0)
        self._column.addWidget(self._stack, 1)
        row.addLayout(self._column, 1)

    def _add_banner(self) -> Banner:
        """Return a new banner over the pages; the last one made is the uppermost."""
        from switchyard.ui.widgets.banner import Banner

        banner = Banner(self._theme, self)
        self._column.insertWidget(0, banner)
        return banner

    def _hand_over_keyboard(self, page: Page) -> None:
        """Let the first page go on where somebody has begun to type."""
        page.setFocus()
        keys, self._early_keys = self._early_keys, []
        for event in keys:
            QApplication.sendEvent(QApplication.focusWidget() or page, event)

    def _make(self, name: PageName) -> Page:
        page = _PAGES[name]()(self._theme, self._scope.child(name.value), self._actions, self._stack)
        self._pages[name] = page
        self._stack.addWidget(page)
        self.page_made.emit(name)
        if self._services is not None:
            page.scope.start(self._attach(name, self._services), name="attach")
        return page

    async def _attach(self, name: PageName, services: Services) -> None:
        """Fill a page; only then is it told that it is shown, and what to select."""
        page = self._pages[name]
        await page.attach(services)
        self._attached.add(name)
        if name is self._shown:
            page.entered()
        detail = self._wanted.pop(name, None)
        if detail is not None:
            page.select(detail)

    def _panes(self) -> list[QWidget]:
        """Return the parts of the page between which F6 moves: what it names, else what its splitter divides."""
        page = self.page
        if page is None:
            return []
        if isinstance(page, Paned):
            panes = list(page.panes())
        else:
            splitter = page.findChild(QSplitter)
            panes = [page] if splitter is None else _divided(splitter)
        return [pane for pane in panes if pane.isVisible()]


@runtime_checkable
class Keeping(Protocol):
    """A page that holds what a person wrote and did not send or save."""

    async def put_away(self) -> None:
        """Keep it, now."""
        ...


@runtime_checkable
class Paned(Protocol):
    """A page that names its panes, in the order in which they stand."""

    def panes(self) -> Sequence[QWidget]:
        """Return what F6 moves between."""
        ...


def _holds(pane: QWidget, widget: QWidget) -> bool:
    return pane is widget or pane.isAncestorOf(widget)


def _focus(pane: QWidget) -> bool:
    """Focus the first thing of a pane that takes the keyboard; False where there is none."""
    first = pane if pane.focusPolicy() & Qt.FocusPolicy.TabFocus or pane.focusProxy() else _first_inside(pane)
    if first is None:
        return False
    first.setFocus(Qt.FocusReason.ShortcutFocusReason)
    return True


def _first_inside(pane: QWidget) -> QWidget | None:
    widget = pane.nextInFocusChain()
    while widget is not None and widget is not pane:
        usable = widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if usable and pane.isAncestorOf(widget):
            return widget
        widget = widget.nextInFocusChain()
    return None


def _divided(splitter: QSplitter) -> list[QWidget]:
    parts = [splitter.widget(at) for at in range(splitter.count())]
    return [part for part in parts if part is not None]


def _chat() -> type[Page]:
    from switchyard.ui.pages.chat.page import ChatPage

    return ChatPage


def _chains() -> type[Page]:
    from switchyard.ui.pages.chains.page import ChainsPage

    return ChainsPage


def _models() -> type[Page]:
    from switchyard.ui.pages.models.page import ModelsPage

    return ModelsPage


def _providers() -> type[Page]:
    from switchyard.ui.pages.providers.page import ProvidersPage

    return ProvidersPage


def _settings() -> type[Page]:
    from switchyard.ui.pages.settings.page import SettingsPage

    return SettingsPage


_PAGES: dict[PageName, Callable[[], type[Page]]] = {
    PageName.CHAT: _chat,
    PageName.CHAINS: _chains,
    PageName.MODELS: _models,
    PageName.PROVIDERS: _providers,
    PageName.SETTINGS: _settings,
}
