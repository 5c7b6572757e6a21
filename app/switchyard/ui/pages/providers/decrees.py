"""The menu of an account: what can be decreed above every chain, and what of it is in force."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from switchyard.core.overrides import Override, RuleKind
from switchyard.services.accounts import AccountView
from switchyard.services.overrides import Overrides
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.providers.account_panel import AccountPanel
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.menu import Menu

Act = Callable[[], Coroutine[Any, Any, Any]]


class Decrees(QObject):
    """Freezes the shown account or its provider out, keeps everything on this computer, and undoes either."""

    def __init__(self, theme: Theme, panel: AccountPanel, overrides: Overrides, scope: TaskScope) -> None:
        super().__init__(panel)
        self._theme = theme
        self._panel = panel
        self._overrides = overrides
        self._scope = scope
        panel.more.clicked.connect(lambda: scope.start(self._open_menu(), name="override", group="override"))

    async def _open_menu(self) -> None:
        view = self._panel.view
        override = await self._overrides.current()
        if view is not None and view is self._panel.view:
            self._menu(view, override).open_below(self._panel.more)

    def _menu(self, view: AccountView, override: Override) -> Menu:
        menu = Menu(self._theme, self._panel)
        account, provider = view.account.name, view.account.provider
        in_force = {(rule.kind, rule.target) for rule in override.rules}
        if (RuleKind.FREEZE_PROVIDER, provider) in in_force:
            self._add(menu, self.tr("Call {name} again").format(name=view.provider_name), self._undo(provider))
        else:
            self._add(menu, self.tr("Freeze {name} out").format(name=view.provider_name), self._freeze(provider))
        if (RuleKind.FREEZE_ACCOUNT, account) in in_force:
            self._add(menu, self.tr("Call the account {name} again").format(name=account), self._undo(account))
        elif account != provider:  # one of that name cannot be told from its provider
            words = self.tr("Freeze the account {name} out").format(name=account)
            self._add(menu, words, self._freeze(account, account=True))
        menu.addSeparator()
        if (RuleKind.LOCAL, "") in in_force:
            self._add(menu, self.tr("Not only on this computer"), self._undo(RuleKind.LOCAL.value))
        else:
            self._add(menu, self.tr("Everything on this computer"), self._overrides.keep_local)
        return menu

    def _freeze(self, name: str, *, account: bool = False) -> Act:
        return partial(self._overrides.freeze, name, account=account)

    def _undo(self, name: str) -> Act:
        return partial(self._overrides.clear, (name,))

    def _add(self, menu: Menu, words: str, act: Act) -> None:
        menu.add(words, lambda: self._scope.start(act(), name="override", group="override"))
