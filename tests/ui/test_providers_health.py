"""How accounts are, on their page: parked, failing, trying again, until when and why, and tried before that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale
from tests.fakes.setup_pages import Rig, eventually, opened, words

from switchyard.core.chain import DeploymentName
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import HealthState, HealthView
from switchyard.core.scopes import Scope, ScopeKind
from switchyard.services.app import Services
from switchyard.ui.health_words import standing_words
from switchyard.ui.pages.providers.page import ProvidersPage
from switchyard.ui.theme.theme import Theme

Page = Rig[ProvidersPage]
LIMITED = Failure(FailureKind.RATE_LIMIT, status=429, retry_after_s=3000)
GONE = Failure(FailureKind.MODEL_GONE, status=404)
BRITISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)


async def fail(services: Services, account: str, failure: Failure, model: str = "m") -> None:
    """Let a call of an account fail."""
    [resolved] = await services.accounts.resolve([DeploymentName(account, model)])
    assert resolved is not None
    [scopes] = await services.health.ready([resolved])
    await services.health.end(services.health.begin(scopes, 10), failure, 10)


KEYS = {"SWITCHYARD_KEY_WORK": "sk-a", "SWITCHYARD_KEY_HOME": "sk-b"}


async def shown(rig: Page, account: str) -> None:
    rig.page.select(account)
    await eventually(lambda: rig.page.panel.isVisible())


def test_a_parked_account_says_why_and_until_when_and_can_be_tried(qrun: Any, theme: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, theme, tmp_path, KEYS) as rig:
            for name in ("work", "home"):
                await rig.services.accounts.add("openai", name)
            await eventually(lambda: "home" in rig.page.list.keys)
            await shown(rig, "work")
            line = rig.page.panel.health
            assert "No trouble known" in words(line)  # nobody has found out that it works
            assert not line.try_now.isVisible()
            await fail(rig.services, "work", LIMITED)
            await eventually(lambda: "Parked for another" in words(line))
            assert "work was rate limited. It goes on by itself when the limit is over." in words(line)
            row = rig.page.list.row("work")
            assert row is not None
            assert (row.lamp, row.caption) == ("bad", "Parked")
            assert "Connected" not in words(rig.page.panel)  # one truth, wherever the account is shown
            before = words(line)
            await eventually(lambda: words(line) != before)  # it counts down
            await shown(rig, "home")
            await eventually(lambda: "No trouble known" in words(line))
            await shown(rig, "work")
            await eventually(lambda: "Parked for another" in words(line))
            line.try_now.click()
            await eventually(lambda: "Parked" not in words(line))
            names = [DeploymentName("work", "")]
            left = (await rig.services.health.troubles(names))[names[0]]
            assert [view.state for view in left if view.state is HealthState.PARKED] == []
            await eventually(lambda: getattr(rig.page.list.row("work"), "caption", "") != "Parked")

    qrun(main())


def test_a_model_that_is_gone_does_not_make_its_account_look_bad(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, KEYS) as rig:
            await rig.services.accounts.add("openai", "work")
            await eventually(lambda: "work" in rig.page.list.keys)
            await shown(rig, "work")
            await fail(rig.services, "work", GONE, "gpt-5")
            line = rig.page.panel.health
            await eventually(lambda: "is not known to its provider" in words(line))
            assert getattr(rig.page.list.row("work"), "caption", "") == "Not tested yet"

    qrun(main())


async def test_troubles_are_told_of_deployments_and_of_whole_accounts(data_dir: Path) -> None:
    from switchyard.bootstrap import open_services

    async with open_services(data_dir=str(data_dir), environment=KEYS) as services:
        for name in ("work", "home"):
            await services.accounts.add("openai", name)
        await fail(services, "work", GONE, "gpt-5")
        await fail(services, "home", LIMITED)
        texts = ("work/", "work/gpt-5", "work/gpt-6", "home/x", "gone/x")
        names = [DeploymentName(*text.split("/")) for text in texts]
        found = await services.health.troubles(names)
        kinds = {str(name): [view.kind for view in views] for name, views in found.items()}
        assert kinds["work/"] == [FailureKind.MODEL_GONE]
        assert kinds["work/gpt-5"] == [FailureKind.MODEL_GONE]
        assert kinds["work/gpt-6"] == []
        assert kinds["home/x"] == [FailureKind.RATE_LIMIT]
        assert "gone/x" not in kinds


@pytest.mark.parametrize(
    ("state", "until_ms", "said"),
    [
        (HealthState.HEALTHY, None, "Healthy"),
        (HealthState.PARKED, 38_000, "Parked for another 38 s"),
        (HealthState.PARKED, 37_001, "Parked for another 38 s"),
        (HealthState.PARKED, None, "Parked until something is changed"),
        (HealthState.OPEN, 90_000, "Failing, tried again in 1 min 30 s"),
        (HealthState.OPEN, -5, "Failing, tried again in 0 s"),
        (HealthState.HALF_OPEN, None, "Trying again"),
    ],
)
def test_states_are_said_in_words(state: HealthState, until_ms: int | None, said: str) -> None:
    view = HealthView(Scope(ScopeKind.KEY, "work"), state, 0, until_ms, FailureKind.RATE_LIMIT)
    assert standing_words(view, 0, BRITISH) == said
