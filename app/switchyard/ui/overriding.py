"""Says over every page what a person decreed above the chains, for as long as it is in force."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from switchyard.core.errors import DataDirError
from switchyard.core.overrides import NO_OVERRIDE, Override, Rule, RuleKind
from switchyard.services.tasks import TaskScope
from switchyard.ui.words import translate

if TYPE_CHECKING:
    from switchyard.services.app import Services
    from switchyard.ui.widgets.banner import Banner

_LOOK_EVERY_S = 1.0
_LOOK_BESIDE_EVERY_S = 10.0  # while the person works in another window, this one hardly wakes


class OverrideBanner(QObject):
    """Shows the override and offers to undo it. `banner` makes what it is shown in, once there is something to say."""

    def __init__(self, services: Services, scope: TaskScope, owner: QWidget, banner: Callable[[], Banner]) -> None:
        super().__init__(owner)
        self._services = services
        self._scope = scope
        self._owner = owner
        self._make = banner
        self._banner: Banner | None = None
        self._shown = NO_OVERRIDE

    async def watch(self) -> None:
        """Follow what is in force; what another process decrees is looked up while the window is seen."""
        overrides = self._services.overrides
        forget = overrides.changed.connect(self._on_changed)
        try:
            while True:
                if self._owner.isVisible() and not self._owner.window().isMinimized():
                    with suppress(DataDirError):  # told by whoever has something to do there; the next look may do
                        await self._show(await overrides.current())
                looked_at = self._owner.isActiveWindow()
                await asyncio.sleep(_LOOK_EVERY_S if looked_at else _LOOK_BESIDE_EVERY_S)
        finally:
            forget()

    def _on_changed(self, override: Override) -> None:
        self._scope.start(self._show(override), name="override", group="override")

    async def _show(self, override: Override) -> None:
        if override == self._shown:
            return
        self._shown = override
        if not override:
            if self._banner is not None:
                self._banner.hide()
            return
        views = await self._services.accounts.list()
        names = {view.account.provider: view.provider_name for view in views}
        said = " ".join(_rule_words(rule, names) for rule in override.rules)
        self._banner = self._banner or self._make()
        undo = self.tr("Undo") if len(override.rules) == 1 else self.tr("Undo all")
        self._banner.show_fact("warn", self.tr("An override is in force."), said, [(undo, self._on_undo)])

    def _on_undo(self) -> None:
        self._scope.start(self._services.overrides.clear(), name="undo override", group="undo override")


def _rule_words(rule: Rule, provider_names: Mapping[str, str]) -> str:
    """Return a decree as a sentence."""
    texts = {
        RuleKind.FORCE: translate("Overrides", "Only {name} answers, whatever a chain says."),
        RuleKind.FREEZE_PROVIDER: translate("Overrides", "{name} is frozen out."),
        RuleKind.FREEZE_ACCOUNT: translate("Overrides", "The account {name} is frozen out."),
        RuleKind.LOCAL: translate("Overrides", "Nothing leaves this computer."),
    }
    name = provider_names.get(rule.target, rule.target) if rule.kind is RuleKind.FREEZE_PROVIDER else rule.target
    return texts[rule.kind].format(name=name)
