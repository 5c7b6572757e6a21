"""What is decreed above every chain: said over every page while it is in force, decreed and undone in the window."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QMenu
from tests.fakes.setup_pages import eventually, words

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import UserError
from switchyard.core.overrides import RuleKind
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.models.page import ModelsPage
from switchyard.ui.pages.page import PageName
from switchyard.ui.pages.providers.page import ProvidersPage
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.banner import Banner
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.window import MainWindow

SIM = DeploymentName("sim", "sim-fast")


@dataclass
class Rig:
    """The window as a person sees it."""

    window: MainWindow
    services: Services

    @property
    def said(self) -> str:
        """Return what the banners say."""
        return " ".join(b.accessibleName() for b in self.window.findChildren(Banner) if b.isVisible())

    def press(self, text: str) -> None:
        """Press a button."""
        [button] = [b for b in self.window.findChildren(Button) if b.isVisible() and b.text() == text]
        button.click()

    async def choose(self, text: str) -> None:
        """Choose from the menu that is open, or about to open."""
        await eventually(lambda: self._rows)
        actions = self._rows
        assert text in actions, list(actions)
        actions[text].trigger()
        QApplication.activePopupWidget().close()  # type: ignore[union-attr]

    @property
    def _rows(self) -> dict[str, Any]:
        menu = QApplication.activePopupWidget()
        return {action.text(): action for action in menu.actions()} if isinstance(menu, QMenu) else {}

    async def rules(self) -> list[tuple[RuleKind, str]]:
        return [(rule.kind, rule.target) for rule in (await self.services.overrides.current()).rules]


@asynccontextmanager
async def opened(theme: Theme, data_dir: Path) -> AsyncIterator[Rig]:
    """Open the window with two accounts of one provider."""
    bugs: list[BaseException] = []
    errors: list[UserError] = []
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await services.settings.change(onboarded=True)
        for name in ("openai", "work"):
            await services.accounts.add("openai", name)
        scope = TaskScope("test", on_user_error=errors.append, on_bug=bugs.append)
        window = MainWindow(theme, scope, {}, onboarded=True)
        window.show()
        window.activateWindow()
        await window.begin(onboarded=True)
        await window.attach(services)
        try:
            yield Rig(window, services)
        finally:
            await window.put_away()
            await scope.close()
            window.hide()
            window.deleteLater()
    assert not bugs
    assert not errors


def test_what_is_in_force_is_said_on_every_page_until_it_is_undone(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(dark, tmp_path) as rig:
            assert "override" not in rig.said
            await rig.services.overrides.force(SIM)
            await eventually(lambda: "override" in rig.said)
            told = "An override is in force. Only sim/sim-fast answers, whatever a chain says."
            for name in PageName:
                rig.window.open_page(name)
                assert told in rig.said, name
            await rig.services.overrides.freeze("openai")
            await eventually(lambda: "OpenAI is frozen out." in rig.said)
            rig.press("Undo all")
            await eventually(lambda: "override" not in rig.said)
            assert await rig.rules() == []
            await rig.services.overrides.keep_local()
            await eventually(lambda: "Nothing leaves this computer." in rig.said)
            rig.press("Undo")
            await eventually(lambda: "override" not in rig.said)

    qrun(main())


def test_what_another_process_decrees_is_seen(qrun: Any, light: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(light, tmp_path) as rig, open_services(data_dir=str(tmp_path), environment={}) as other:
            await other.overrides.freeze("work")
            await eventually(lambda: "The account work is frozen out." in rig.said)
            await other.overrides.clear()
            await eventually(lambda: "override" not in rig.said)

    qrun(main())


def test_a_provider_or_an_account_is_frozen_out_from_its_menu(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(dark, tmp_path) as rig:
            rig.window.open_page(PageName.PROVIDERS, "work")
            page = rig.window.workbench.page
            assert isinstance(page, ProvidersPage)
            await eventually(lambda: "work" in words(page.panel))
            for text, rule in (
                ("Freeze OpenAI out", (RuleKind.FREEZE_PROVIDER, "openai")),
                ("Freeze the account work out", (RuleKind.FREEZE_ACCOUNT, "work")),
                ("Everything on this computer", (RuleKind.LOCAL, "")),
            ):
                page.panel.more.click()
                await rig.choose(text)
                await eventually(lambda: not page.scope.running("override"))
                assert rule in await rig.rules()
            for text in ("Call OpenAI again", "Call the account work again", "Not only on this computer"):
                page.panel.more.click()
                await rig.choose(text)
                await eventually(lambda: not page.scope.running("override"))
            assert await rig.rules() == []

    qrun(main())


def test_a_model_is_forced_where_it_is_described(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(dark, tmp_path) as rig:
            rig.window.open_page(PageName.MODELS, str(SIM))
            page = rig.window.workbench.page
            assert isinstance(page, ModelsPage)
            await eventually(lambda: page.details.shown == str(SIM))
            page.details.force.click()
            await eventually(lambda: "Only sim/sim-fast answers" in rig.said)
            assert await rig.rules() == [(RuleKind.FORCE, str(SIM))]

    qrun(main())
