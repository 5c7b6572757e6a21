"""The settings: a list of sections at the left, the chosen one at the right; every change holds at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from switchyard.core.errors import UserError
from switchyard.core.settings import ReducedMotion, SendKey, Settings, ThemeMode
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions, Page
from switchyard.ui.pages.settings.about import AboutSection
from switchyard.ui.pages.settings.appearance import AppearanceSection
from switchyard.ui.pages.settings.budgets import BudgetsSection
from switchyard.ui.pages.settings.data import DataSection
from switchyard.ui.pages.settings.privacy import PrivacySection
from switchyard.ui.pages.settings.sections import SectionList
from switchyard.ui.pages.settings.writing import WritingSection
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.separator import Separator
from switchyard.ui.words import Words

if TYPE_CHECKING:
    from switchyard.services.app import Services

_LIST_PX = 300
_NARROW_LIST_PX = 220
_NARROW_BELOW_PX = 1180
_HEAD_PX = 48


class SettingsPage(Page):
    """Carries out what its sections tell."""

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._services: Services | None = None
        self._changing = asyncio.Lock()
        titles = {
            "appearance": self.tr("Appearance"),
            "writing": self.tr("Writing"),
            "budgets": self.tr("Budgets"),
            "privacy": self.tr("Privacy"),
            "data": self.tr("Data and keys"),
            "about": self.tr("About"),
        }
        self._names = list(titles)
        self.appearance = AppearanceSection(theme, titles["appearance"])
        self.writing = WritingSection(theme, titles["writing"])
        self.budgets = BudgetsSection(theme, titles["budgets"], scope, actions)
        self.privacy = PrivacySection(theme, titles["privacy"])
        self.data = DataSection(theme, titles["data"])
        self.about = AboutSection(theme, titles["about"])
        self.sections = SectionList(theme, self.tr("Settings"), list(titles.values()))
        self._stack = QStackedWidget()
        for section in (self.appearance, self.writing, self.budgets, self.privacy, self.data, self.about):
            self._stack.addWidget(section)
        self._side = QWidget()
        self._arrange()
        self.sections.chosen.connect(self._stack.setCurrentIndex)
        self.sections.show_row(0)
        self.appearance.theme_chosen.connect(lambda mode: self._change(theme=ThemeMode(mode)))
        self.appearance.size_chosen.connect(lambda size_px: self._change(message_size_px=int(size_px)))
        self.appearance.motion_chosen.connect(lambda mode: self._change(reduced_motion=ReducedMotion(mode)))
        self.writing.key_chosen.connect(lambda key: self._change(send_key=SendKey(key)))
        self.writing.title_model_wanted.connect(self._pick_title_model)
        self.writing.title_model_cleared.connect(lambda: self._change(title_model=""))
        self.privacy.secrets_switched.connect(lambda on: self._change(warn_secrets=on))
        self.privacy.personal_switched.connect(lambda on: self._change(warn_personal=on))
        theme.changed.connect(self.update)

    async def attach(self, services: Services) -> None:
        """Show what is in force, and follow it."""
        self._services = services
        services.settings.changed.connect(self._show)
        self._show(services.settings.value)
        self.budgets.attach(services)
        self.data.show_folder(services.data_dir)
        keyring = await services.accounts.keyring()
        self.data.show_keys(Words().translate(keyring.sentence))

    def select(self, detail: str) -> None:
        """Show a section by name: appearance, writing, budgets, privacy, data or about."""
        if detail in self._names:
            self.sections.show_row(self._names.index(detail))

    def panes(self) -> list[QWidget]:
        """Return what F6 moves between."""
        return [self.sections, self._stack]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the section room where the page is narrow."""
        super().resizeEvent(event)
        self._side.setFixedWidth(_NARROW_LIST_PX if self.width() < _NARROW_BELOW_PX else _LIST_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground of the list."""
        QPainter(self).fillRect(self._side.geometry(), self.theme.color("bg.window"))

    def _arrange(self) -> None:
        title = Label(self.theme, self.tr("Settings"), "title")
        title.setFixedHeight(_HEAD_PX)
        title.setContentsMargins(18, 0, 0, 0)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        column.addWidget(title)
        column.addWidget(self.sections, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side)
        row.addWidget(Separator(self.theme, Qt.Orientation.Vertical))
        row.addWidget(self._stack, 1)

    def _show(self, settings: Settings) -> None:
        self.appearance.show_settings(settings)
        self.writing.show_settings(settings)
        self.privacy.show_settings(settings)

    def _pick_title_model(self) -> None:
        if self._services is not None:
            self.scope.start(self._open_picker(self._services), name="pick a model", group="pick a model")

    async def _open_picker(self, services: Services) -> None:
        from switchyard.ui.model_picker import ModelPicker

        picker = ModelPicker(self.theme, self.window(), await services.accounts.list())
        picker.chosen.connect(lambda name: self._change(title_model=str(name)))
        picker.open_beside(self.writing.title_model)

    def _change(self, **changes: object) -> None:
        if self._services is not None:
            self.scope.start(self._keep(self._services, changes), name="change settings")

    async def _keep(self, services: Services, changes: dict[str, object]) -> None:
        """Change the settings, one change after the other; where that fails, show again what still holds."""
        async with self._changing:
            try:
                await services.settings.change(**changes)
            except UserError:
                self._show(services.settings.value)
                raise
