"""Chains: immutable versions under a name, one of them the default."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.fakes.chains import chains

from switchyard.core.chain import Chain, DeploymentName, Limits, Track, plain_chain, step_to
from switchyard.core.errors import ChainInvalid, NameTaken
from switchyard.storage.chains import ChainStore, StoredChain
from switchyard.storage.database import Database, open_database
from switchyard.storage.paths import Paths

CHAIN = plain_chain(
    "Everyday", (step_to(DeploymentName("a", "m"), first_token_s=8.5, note="fast"),), Limits(60.0), "mine"
)


async def test_saving_makes_a_version_and_the_newest_is_in_use(database: Database) -> None:
    store = ChainStore(database)
    assert await store.get("Everyday") is None
    await store.save(CHAIN)
    second = replace(CHAIN, tracks=(Track(None, (*CHAIN.steps, step_to(DeploymentName("b", "n/x:1")))),))
    await store.save(second)
    assert await store.get("Everyday") == StoredChain(second, 2)
    assert await store.list() == [StoredChain(second, 2)]
    bodies = await database.read(lambda c: c.execute("SELECT number FROM chain_version ORDER BY number").fetchall())
    assert bodies == [(1,), (2,)]


async def test_a_rename_keeps_the_versions_and_never_runs_into_another(database: Database) -> None:
    store = ChainStore(database)
    await store.save(CHAIN)
    await store.save(replace(CHAIN, name="Other"))
    await store.set_default("Everyday")
    with pytest.raises(NameTaken):
        await store.save(replace(CHAIN, name="Other"), renamed_from="Everyday")
    await store.save(replace(CHAIN, name="Weekend"), renamed_from="Everyday")
    assert [stored.chain.name for stored in await store.list()] == ["Other", "Weekend"]
    renamed = await store.get("Weekend")
    assert renamed is not None
    assert renamed.version == 2
    assert await store.default() == "Weekend"


async def test_a_removal_can_be_undone_and_takes_the_default_along(database: Database) -> None:
    store = ChainStore(database)
    await store.save(CHAIN)
    await store.set_default("Everyday")
    await store.remove("Everyday")
    assert await store.list() == []
    assert await store.default() is None
    await store.restore("Everyday")
    assert await store.get("Everyday") == StoredChain(CHAIN, 1)
    assert await store.default() == "Everyday"


async def test_a_removed_chain_s_name_is_free(database: Database) -> None:
    store = ChainStore(database)
    await store.save(CHAIN)
    await store.remove("Everyday")
    other = replace(CHAIN, note="another")
    await store.save(other)
    assert await store.get("Everyday") == StoredChain(other, 1)
    with pytest.raises(NameTaken):
        await store.restore("Everyday")


async def test_there_is_one_default_at_most(database: Database) -> None:
    store = ChainStore(database)
    for name in ("one", "two"):
        await store.save(replace(CHAIN, name=name))
        await store.set_default(name)
    assert await store.default() == "two"
    assert await database.read(lambda c: c.execute("SELECT sum(is_default) FROM chain").fetchone()[0]) == 1


@pytest.mark.parametrize(
    "chain",
    [
        replace(CHAIN, tracks=(Track(None, ()),)),
        replace(CHAIN, name=" "),
        replace(CHAIN, limits=Limits(calls=0)),
        replace(CHAIN, tracks=(Track(None, (step_to(DeploymentName("a", "")),)),)),
    ],
)
async def test_nothing_is_kept_that_could_not_be_read_back(database: Database, chain: Chain) -> None:
    store = ChainStore(database)
    with pytest.raises(ChainInvalid):
        await store.save(chain)
    assert await store.list() == []


async def test_an_empty_note_is_no_note(database: Database) -> None:
    store = ChainStore(database)
    await store.save(replace(CHAIN, note=""))
    stored = await store.get("Everyday")
    assert stored is not None
    assert stored.chain.note is None


async def test_versions_are_told_with_their_notes_and_stay_as_they_were(database: Database) -> None:
    store = ChainStore(database)
    assert await store.versions("Everyday") == ()
    assert await store.save(CHAIN, text="# first") == 1
    assert await store.save(replace(CHAIN, limits=Limits(calls=2)), note="two calls") == 2
    assert await store.save(replace(CHAIN, name="Weekend"), renamed_from="Everyday") == 3
    told = [(version.number, version.note, version.is_current) for version in await store.versions("Weekend")]
    assert told == [(3, None, True), (2, "two calls", False), (1, None, False)]
    assert await store.get_version("Weekend", 1) == StoredChain(replace(CHAIN, name="Weekend"), 1, "# first")
    assert await store.get_version("Weekend", 4) is None
    assert await store.get_version("Everyday", 1) is None
    assert await store.versions("Everyday") == ()


@given(chains)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_chain_is_read_back(database: Database, chain: Chain) -> None:
    store = ChainStore(database)
    await store.save(chain)
    stored = await store.get(chain.name)
    assert stored is not None
    assert stored.chain == chain
    await store.remove(chain.name)


def _put_back(file: Path, paths: Paths) -> None:
    with closing(sqlite3.connect(paths.database)) as connection:
        connection.executescript(file.read_text(encoding="utf-8"))


RELEASED = sorted((Path(__file__).parent.parent / "data" / "schemas").glob("*.sql"))


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
async def test_the_chains_of_every_released_schema_are_read(paths: Paths, file: Path) -> None:
    _put_back(file, paths)
    database = await open_database(paths)
    try:
        store = ChainStore(database)
        kept = plain_chain("Everyday", (step_to(DeploymentName("a", "m1")), step_to(DeploymentName("b", "m2"))))
        assert await store.list() == [StoredChain(kept, 1)]
        assert [version.number for version in await store.versions("Everyday")] == [1]
        assert await store.save(replace(kept, limits=Limits(calls=2)), note="fewer") == 2
    finally:
        await database.close()


async def test_versions_are_numbered_once(database: Database) -> None:
    await ChainStore(database).save(CHAIN)
    sql = "INSERT INTO chain_version (uid, chain, number, body, created_ms) VALUES ('x', 1, 1, '{}', 0)"
    with pytest.raises(sqlite3.IntegrityError):
        await database.write(lambda c: c.execute(sql))
