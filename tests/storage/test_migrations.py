"""The schema's steps: old files open, a snapshot is made first, and what is released stays as it is."""

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database as Schema
from sqlite_utils import Migrations

from switchyard.storage import migrations
from switchyard.storage.database import SCHEMA_VERSION, open_database
from switchyard.storage.history import History
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths

RELEASED = sorted((Path(__file__).parent.parent / "data" / "schemas").glob("*.sql"))


def _dump(connection: sqlite3.Connection) -> list[str]:
    """Return every statement of the schema, spaced and ordered alike."""
    sql = (
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '_sqlite%' AND name NOT LIKE 'idx__sql%'"
    )
    return sorted(re.sub(r"\s+", " ", row[0]) for row in connection.execute(sql))


def _put_back(file: Path, paths: Paths) -> None:
    with contextlib.closing(sqlite3.connect(paths.database)) as connection:
        connection.executescript(file.read_text(encoding="utf-8"))


def test_every_released_schema_is_kept() -> None:
    assert [file.stem for file in RELEASED] == [f"{n:04}" for n in range(1, SCHEMA_VERSION + 1)]


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
async def test_an_old_database_opens_with_all_that_is_in_it(paths: Paths, file: Path) -> None:
    _put_back(file, paths)
    database = await open_database(paths)
    assert database.warnings == []
    migrated = await database.read(_dump)
    history = History(database, Liveness(paths.locks))
    opened = await history.open_conversation("01900000-0000-7000-8000-000000000001")
    await database.close()
    assert opened is not None
    assert [message.text for message in opened[1]] == ["What is kept?", "Everything."]

    fresh = Paths(paths.data_dir / "fresh")
    for folder in (fresh.data_dir, fresh.locks):
        folder.mkdir()
    database = await open_database(fresh)
    assert migrated == await database.read(_dump)
    await database.close()


async def test_tables_hold_what_their_columns_say(paths: Paths) -> None:
    await (await open_database(paths)).close()
    with contextlib.closing(sqlite3.connect(paths.database)) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        ours = {name: sql for name, sql in tables if not name.startswith(("_sqlite", "sqlite_", "word_index"))}
        assert len(ours) == 22
        assert all(sql.rstrip().endswith("STRICT") for sql in ours.values())
        for name in ours:
            columns = {row[1]: row for row in connection.execute(f"PRAGMA table_info({name})")}
            assert columns["id"][5] == 1
            assert columns["uid"][3] == 1


async def test_a_snapshot_is_made_before_a_step(paths: Paths) -> None:
    database = await open_database(paths)
    await database.write(
        lambda c: c.execute("INSERT INTO draft (uid, conversation, text, updated_ms) VALUES (1,'','x',0)")
    )
    await database.close()

    steps = _with_another_step()
    with contextlib.closing(sqlite3.connect(paths.database, isolation_level=None)) as connection:
        migrations.migrate(connection, paths, steps)
        assert connection.execute("SELECT colour FROM draft").fetchone() == (None,)
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
        migrations.migrate(connection, paths, steps)
    with contextlib.closing(sqlite3.connect(f"{paths.database}.before-m0003_colour")) as snapshot:
        assert snapshot.execute("SELECT text FROM draft").fetchone() == ("x",)
        assert snapshot.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert snapshot.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_no_snapshot_is_made_of_nothing(paths: Paths) -> None:
    await (await open_database(paths)).close()
    assert list(paths.data_dir.glob("*.before-*")) == []


async def test_a_step_that_fails_leaves_no_trace(paths: Paths) -> None:
    await (await open_database(paths)).close()
    steps = _with_another_step(fails=True)
    with contextlib.closing(sqlite3.connect(paths.database, isolation_level=None)) as connection:
        with pytest.raises(ZeroDivisionError):
            migrations.migrate(connection, paths, steps)
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    database = await open_database(paths)
    with pytest.raises(sqlite3.OperationalError):
        await database.read(lambda c: c.execute("SELECT colour FROM draft"))
    await database.close()


def _with_another_step(*, fails: bool = False) -> Migrations:
    steps = Migrations("switchyard")
    steps(name="m0001_first")(migrations.m0001_first)
    steps(name="m0002_catalog")(migrations.m0002_catalog)

    @steps()
    def m0003_colour(schema: Schema) -> None:
        schema.execute("ALTER TABLE draft ADD COLUMN colour TEXT")
        schema.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        if fails:
            raise ZeroDivisionError

    return steps
