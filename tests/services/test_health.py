"""Health over time and over processes: parks in a real database, keys that change, limits that are set and told."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import UnknownName, UserError
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import Closed, HealthState
from switchyard.core.scopes import ScopeKind, Scopes
from switchyard.services.accounts import Accounts
from switchyard.services.health import HealthService
from switchyard.storage.database import open_database
from switchyard.storage.parks import ParkStore
from switchyard.storage.paths import Paths, prepare

K = FailureKind
KEY = "sk-the-key-itself"
GONE = Failure(K.MODEL_GONE, "No such model as the one you told me about.", status=404, code="model_not_found")
REFUSED = Failure(K.AUTH, "Bad key sk-the.", status=401, code="invalid_api_key")
LIMITED = Failure(K.RATE_LIMIT, status=429, retry_after_s=30)


class Clocks:
    """Both clocks, turned by hand. Each starts again at another time of the monotonic one."""

    def __init__(self) -> None:
        self.s = 1000.0
        self.slept_s = 0.0  # of which the monotonic one knows nothing

    def now_ms(self) -> int:
        return 1_795_000_000_000 + round((self.s + self.slept_s) * 1000)

    def monotonic(self) -> float:
        return self.s


@asynccontextmanager
async def process(clocks: Clocks, key: str = KEY) -> AsyncIterator[tuple[HealthService, Accounts]]:
    """Open the test's data directory as a process does, with one account that has this key."""
    environment = {"SWITCHYARD_KEY_WORK": key, "SWITCHYARD_KEY_HOME": key}
    async with open_services(data_dir=os.environ["SWITCHYARD_DATA_DIR"], environment=environment) as services:
        if "work" not in await services.accounts.names():
            await services.accounts.add("openai", "work")
        paths = Paths(services.data_dir)
        database = await open_database(paths)
        try:
            health = HealthService(
                ParkStore(database),
                services.accounts,
                rng=lambda: 0.5,
                now_ms=clocks.now_ms,
                monotonic=clocks.monotonic,
            )
            yield health, services.accounts
        finally:
            await database.close()


async def ready(health: HealthService, accounts: Accounts, account: str = "work", model: str = "m") -> Scopes:
    """Return the scopes of a deployment, as they are got before a plan."""
    [resolved] = await accounts.resolve([DeploymentName(account, model)])
    assert resolved is not None
    [scopes] = await health.ready([resolved])
    return scopes


async def call(health: HealthService, scopes: Scopes, failure: Failure | None) -> None:
    """Make a call that ends so at once."""
    await health.end(health.begin(scopes, 10), failure, 10)


def closed(health: HealthService, scopes: Scopes, clocks: Clocks) -> Closed | None:
    return health.health.closed(scopes, clocks.monotonic(), clocks.now_ms())


async def test_parks_outlive_the_process_and_breakers_do_not(data_dir: Path) -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        scopes = await ready(health, accounts)
        for _ in range(3):
            await call(health, scopes, Failure(K.SERVER, status=500))
        found = closed(health, scopes, clocks)
        assert found is not None
        assert found.kind is K.SERVER
        await call(health, scopes, LIMITED)
    clocks.s += 10
    async with process(clocks) as (health, accounts):
        scopes = await ready(health, accounts)
        found = closed(health, scopes, clocks)
        assert found is not None
        assert (found.kind, found.until_s) == (K.RATE_LIMIT, clocks.s + 20)
        clocks.s += 20
        assert closed(health, scopes, clocks) is None
        await call(health, scopes, Failure(K.QUOTA))
    with closing(sqlite3.connect(data_dir / "switchyard.db")) as connection:
        assert connection.execute("SELECT kind FROM park").fetchall() == [("QUOTA",)], "what is over is struck out"


async def test_what_was_shut_before_the_computer_slept_may_be_tried_when_it_wakes() -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        scopes = await ready(health, accounts)
        for _ in range(3):
            await call(health, scopes, Failure(K.SERVER, status=500))
        clocks.slept_s += 5
        await ready(health, accounts)
        assert closed(health, scopes, clocks) is not None, "a clock that was put right is no sleep"
        clocks.slept_s += 3600
        await ready(health, accounts)
        assert closed(health, scopes, clocks) is None
        assert health.waiting_for_probe() == ["work/m"]


async def test_the_network_of_before_the_sleep_says_nothing_of_the_one_after() -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        await accounts.add("openai-compatible", "other", base_url="https://models.example.com/v1")
        for account in ("work", "other"):
            await call(health, await ready(health, accounts, account), Failure(K.CONNECT))
        assert health.health.offline(clocks.monotonic())
        clocks.slept_s += 3600
        await ready(health, accounts)
        assert not health.health.offline(clocks.monotonic())


async def test_a_dead_key_stays_parked_until_it_is_another_one(data_dir: Path) -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        await call(health, await ready(health, accounts), REFUSED)
    clocks.s += 10**6
    async with process(clocks) as (health, accounts):
        assert closed(health, await ready(health, accounts), clocks) is not None
    async with process(clocks, "sk-another") as (health, accounts):
        assert closed(health, await ready(health, accounts), clocks) is None
    async with process(clocks) as (health, accounts):
        assert closed(health, await ready(health, accounts), clocks) is None, "it was struck out"


async def test_a_server_that_wanted_a_key_after_all_is_asked_again_with_one() -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        await accounts.add("openai-compatible", "own", base_url="http://127.0.0.1:9/v1")
        await call(health, await ready(health, accounts, "own"), REFUSED)
        assert closed(health, await ready(health, accounts, "own"), clocks) is not None
        await accounts.keep_key_for_session("own", "sk-own")
        assert closed(health, await ready(health, accounts, "own"), clocks) is None


async def test_neither_a_key_nor_a_providers_words_are_written_down(data_dir: Path) -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        scopes = await ready(health, accounts)
        for failure in (REFUSED, GONE):
            await call(health, scopes, failure)
    with closing(sqlite3.connect(data_dir / "switchyard.db")) as connection:
        rows = connection.execute("SELECT * FROM park").fetchall()
    assert len(rows) == 2
    told = repr(rows)
    assert KEY not in told
    assert "sk-the" not in told
    assert "No such model" not in told
    assert "404 model_not_found" in told


async def test_the_fingerprint_of_a_key_is_another_one_in_every_account() -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        await accounts.add("openai", "home")
        for name in ("work", "home"):
            await call(health, await ready(health, accounts, name), REFUSED)
        parks = await ParkStore(health._store._database).all()
    marks = {park.fingerprint for park in parks}
    assert len(marks) == 2
    assert None not in marks


async def test_what_is_edited_in_an_account_lifts_what_it_may_have_caused(data_dir: Path) -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        scopes = await ready(health, accounts)
        await call(health, scopes, GONE)
        await call(health, scopes, REFUSED)
        clocks.s += 5
        assert closed(health, await ready(health, accounts), clocks) is not None
        await accounts.change("work", base_url="https://eu.api.openai.com/v1")
        there = await ready(health, accounts)
        assert there.model != scopes.model
        assert closed(health, there, clocks) is None, "the key may be good at another address"
        await accounts.change("work", base_url="https://api.openai.com/v1")
        assert closed(health, await ready(health, accounts), clocks) is None, "the model may be there by now"


async def test_another_process_parks_and_lifts(data_dir: Path) -> None:
    clocks = Clocks()
    async with process(clocks) as (window, accounts), process(clocks) as (command, others):
        scopes = await ready(window, accounts)
        await call(command, await ready(command, others), LIMITED)
        clocks.s += 1
        await ready(window, accounts)
        assert closed(window, scopes, clocks) is not None
        assert await command.try_now("work")
        assert not await command.try_now("work")
        assert closed(command, scopes, clocks) is None
        clocks.s += 1
        await ready(window, accounts)
        assert closed(window, scopes, clocks) is None


async def test_a_longer_park_of_another_process_stays(data_dir: Path) -> None:
    clocks = Clocks()
    async with process(clocks) as (window, accounts), process(clocks) as (command, others):
        mine, its = await ready(window, accounts), await ready(command, others)
        await call(window, mine, LIMITED)
        await call(command, its, Failure(K.RATE_LIMIT, retry_after_s=5))
        clocks.s += 10
        await ready(command, others)
        found = closed(command, its, clocks)
        assert found is not None
        assert found.until_s == clocks.s + 20


async def test_what_cannot_be_written_down_counts_all_the_same(tmp_path: Path) -> None:
    clocks = Clocks()
    async with process(clocks) as (_, accounts):
        paths = Paths(tmp_path / "full")
        prepare(paths)
        database = await open_database(paths, max_pages=None)
        health = HealthService(
            ParkStore(database), accounts, rng=lambda: 0.5, now_ms=clocks.now_ms, monotonic=clocks.monotonic
        )
        scopes = await ready(health, accounts)
        await database.close()
        await call(health, scopes, LIMITED)
        assert closed(health, scopes, clocks) is not None


async def test_how_everything_is_and_a_way_to_have_it_tried(data_dir: Path) -> None:
    clocks = Clocks()
    told: list[None] = []
    async with process(clocks) as (health, accounts):
        health.changed.connect(told.append)
        scopes = await ready(health, accounts)
        await call(health, scopes, None)
        assert not told, "nothing is in another state"
        await call(health, scopes, GONE)
        for _ in range(3):
            await call(health, scopes, Failure(K.CONNECT))
        assert len(told) == 4
        views = list(await health.view())
        assert [(view.scope.kind, view.state) for view in views] == [
            (ScopeKind.KEY, HealthState.HEALTHY),
            (ScopeKind.HOST, HealthState.OPEN),
            (ScopeKind.MODEL, HealthState.PARKED),
        ]
        assert await health.try_now("work", "m")
        assert closed(health, scopes, clocks) is None
        await call(health, await ready(health, accounts, "work", "another"), GONE)
        assert not await health.try_now("work", "m2")
        assert await health.try_now("work")
        with pytest.raises(UnknownName):
            await health.try_now("nobody")


async def test_nothing_stays_of_an_account_that_was_removed(data_dir: Path) -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        scopes = await ready(health, accounts)
        await call(health, scopes, REFUSED)
        await call(health, scopes, Failure(K.PERMISSION))
        await accounts.remove("work")
        assert [view.scope.kind for view in await health.view()] == [ScopeKind.HOST, ScopeKind.MODEL]
    with closing(sqlite3.connect(data_dir / "switchyard.db")) as connection:
        assert connection.execute("SELECT * FROM park").fetchall() == []


async def test_limits_that_are_set_and_limits_that_are_told() -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        await accounts.change("work", settings={"rpm": "2", "tpm": "100", "parallel": "1"})
        scopes = await ready(health, accounts)
        flight = health.begin(scopes, 10)
        assert health.rates.wait_s(scopes, 10, clocks.s) > 0, "one at a time"
        health.cancel(flight, sent=False)
        await call(health, scopes, None)
        assert health.rates.wait_s(scopes, 10, clocks.s) == 0
        await call(health, scopes, None)
        assert health.rates.wait_s(scopes, 10, clocks.s) == 60
        await accounts.change("work", settings={})
        scopes = await ready(health, accounts)
        assert health.rates.wait_s(scopes, 10, clocks.s) == 0
        health.learn(scopes, {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6s"})
        assert health.rates.wait_s(scopes, 10, clocks.s) == 6


@pytest.mark.parametrize("setting", [{"rpm": "0"}, {"tpm": "many"}, {"parallel": "-1"}, {"organisation": "a b"}])
async def test_settings_that_make_no_sense_are_refused(setting: dict[str, str]) -> None:
    async with process(Clocks()) as (_, accounts):
        with pytest.raises(UserError):
            await accounts.change("work", settings=setting)


async def test_accounts_of_one_organisation_share_what_is_parked() -> None:
    clocks = Clocks()
    async with process(clocks) as (health, accounts):
        await accounts.change("work", settings={"organisation": "acme"})
        await accounts.add("openai", "home", settings={"organisation": "acme"})
        await call(health, await ready(health, accounts), LIMITED)
        assert closed(health, await ready(health, accounts, "home"), clocks) is not None
