"""The emergency override: in force until it is undone, for every process."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import UnknownName
from switchyard.core.overrides import Override, Rule, RuleKind
from switchyard.services.overrides import Overrides
from switchyard.storage.database import Database, open_database
from switchyard.storage.overrides import OverrideStore
from switchyard.storage.paths import Paths


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    """Give a database with two accounts of one provider, of which one has the provider's name."""
    async with open_services(environment=os.environ) as services:
        for name in ("openai", "work"):
            await services.accounts.add("openai", name)
        data_dir = services.data_dir
    database = await open_database(Paths(data_dir))
    yield database
    await database.close()


class Clock:
    """A monotonic clock that is turned by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def now_ms(self) -> int:
        return round(self.s * 1000)

    def monotonic(self) -> float:
        return self.s


def rules(override: Override) -> list[tuple[RuleKind, str]]:
    return [(rule.kind, rule.target) for rule in override.rules]


async def test_what_is_decreed_holds_until_it_is_undone(database: Database) -> None:
    clock = Clock()
    told: list[Override] = []
    async with open_services(environment=os.environ) as services:
        overrides = Overrides(
            OverrideStore(database), services.accounts, now_ms=clock.now_ms, monotonic=clock.monotonic
        )
        overrides.changed.connect(told.append)
        assert not await overrides.current()
        await overrides.force(DeploymentName("work", "gpt-5"))
        clock.s = 1
        await overrides.force(DeploymentName("work", "gpt-6"))
        clock.s = 2
        assert await overrides.freeze("openai") == Rule(RuleKind.FREEZE_PROVIDER, "openai", 2000)
        clock.s = 3
        assert await overrides.freeze("openai", account=True) == Rule(RuleKind.FREEZE_ACCOUNT, "openai", 3000)
        await overrides.freeze("work")
        clock.s = 4
        await overrides.keep_local()
        clock.s = 5
        await overrides.keep_local()
        assert len(told) == 6, "what is in force already changes nothing"
        now = await overrides.current()
        assert now.forced == "work/gpt-6"
        assert now.rules[-1] == Rule(RuleKind.LOCAL, "", 4000)
    async with open_services(environment=os.environ) as services:
        again = await services.overrides.current()
        assert again == now
        undone = await services.overrides.clear(["local", "openai"])
        assert len(undone) == 3
        assert rules(await services.overrides.current()) == [
            (RuleKind.FORCE, "work/gpt-6"),
            (RuleKind.FREEZE_ACCOUNT, "work"),
        ]
        await services.overrides.clear()
        assert not await services.overrides.current()
        assert await services.overrides.clear() == []


async def test_what_another_process_decrees_is_seen_within_a_second(database: Database) -> None:
    clock = Clock()
    told: list[Override] = []
    async with open_services(environment=os.environ) as services:
        overrides = Overrides(
            OverrideStore(database), services.accounts, now_ms=clock.now_ms, monotonic=clock.monotonic
        )
        overrides.changed.connect(told.append)
        assert not await overrides.current()
        await services.overrides.keep_local()
        clock.s = 0.9
        assert not await overrides.current()
        clock.s = 1.0
        assert rules(await overrides.current()) == [(RuleKind.LOCAL, "")]
        assert len(told) == 1


async def test_names_that_nobody_has_are_refused(database: Database) -> None:
    async with open_services(environment=os.environ) as services:
        overrides = services.overrides
        for wrong in (
            overrides.force(DeploymentName("nobody", "m")),
            overrides.freeze("nobody"),
            overrides.freeze("anthropic"),
            overrides.clear(["nobody"]),
        ):
            with pytest.raises(UnknownName):
                await wrong
        assert not await overrides.current()
