"""A chain begins ready-made of the person's own accounts, with the reasons, or empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.http_server import HttpServer
from tests.fakes.setup_pages import Rig, eventually, listed, opened, unnamed, words

from switchyard.core.chain import Chain
from switchyard.ui.pages.chains.page import ChainsPage
from switchyard.ui.theme.theme import Theme

Page = Rig[ChainsPage]


async def settled(rig: Page) -> None:
    groups = ("change", "refresh", "check", "offers")
    await eventually(lambda: not any(rig.page.scope.running(group) for group in groups))


def test_ready_made_chains_are_offered_with_their_reasons(qrun: Any, theme: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        keys = {"SWITCHYARD_KEY_OPENAI": "sk-a", "SWITCHYARD_KEY_ANTHROPIC": "sk-b"}
        async with HttpServer.running() as server, opened(ChainsPage, theme, tmp_path, keys) as rig:
            server.play("/v1/models", listed("gpt-5", "gpt-5-mini"))
            account = await rig.services.accounts.add("openai", "openai", base_url=server.url("/v1"))
            await rig.services.accounts.test(account)
            await settled(rig)
            empty = rig.page.empty
            await eventually(lambda: empty.offers)  # there is no chain yet
            assert "No chain yet" in words(empty)
            rig.page.list.add.click()
            await settled(rig)
            assert empty.isVisible()
            assert rig.focused is empty.new
            told = words(empty)
            for part in ("Cost optimised", "1. openai/gpt-5-mini", "A typical message costs $"):
                assert part in told
            assert "sim/" not in told
            assert not unnamed(rig.page)
            [use] = [one for one in empty.offers if one.accessibleName() == "Use the chain Cost optimised"]
            use.click()
            assert not empty.isVisible()
            assert rig.page.editor.name.text() == "Cost optimised"
            rig.page.header.save.click()
            await settled(rig)
            kept: Chain = await rig.services.chains.get("Cost optimised")
            assert [step.use.model for step in kept.steps] == ["gpt-5-mini", "gpt-5"]
            rig.page.list.add.click()
            await settled(rig)
            rig.page.select("Cost optimised")
            assert not empty.isVisible()
            rig.page.list.add.click()
            await settled(rig)
            empty.new.click()
            assert rig.page.editor.name.text() == "New chain"
            assert rig.page.editor.draft.steps == ()

    qrun(main())


def test_without_an_account_a_new_chain_is_an_empty_one(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            rig.page.list.add.click()
            await settled(rig)
            assert rig.page.editor.name.text() == "New chain"
            assert not rig.page.empty.isVisible()

    qrun(main())
