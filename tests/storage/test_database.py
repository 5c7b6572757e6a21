"""The database's one thread, and what is said when the disk, the file or another program is in the way."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from switchyard.core.draft import Draft
from switchyard.core.errors import DatabaseLocked, DataDirError, NameTaken, NewerDatabase, StorageFull
from switchyard.core.sentence import sentence
from switchyard.storage.database import BUSY_TIMEOUT_S, Database, open_database
from switchyard.storage.drafts import Drafts
from switchyard.storage.history import History
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths, prepare

SAVE = "INSERT INTO draft (uid, conversation, text, updated_ms) VALUES (?, ?, ?, 0)"


def _save(key: str, text: str = "words") -> Callable[[sqlite3.Connection], sqlite3.Cursor]:
    return lambda connection: connection.execute(SAVE, (key, key, text))


async def _count(database: Database) -> int:
    return int(await database.read(lambda c: c.execute("SELECT count(*) FROM draft").fetchone()[0]))


async def test_what_was_written_is_there_after_closing(paths: Paths) -> None:
    database = await open_database(paths)
    await database.write(_save("a"))
    await database.close()
    database = await open_database(paths)
    assert await _count(database) == 1
    assert database.warnings == []
    await database.close()


async def test_it_is_durable_and_strict_about_links(database: Database) -> None:
    def pragma(name: str) -> Callable[[sqlite3.Connection], object]:
        return lambda c: c.execute(f"PRAGMA {name}").fetchone()[0]

    assert await database.read(pragma("journal_mode")) == "wal"
    assert await database.read(pragma("synchronous")) == 2
    assert await database.read(pragma("foreign_keys")) == 1
    assert not await database.check()


async def test_an_error_undoes_the_whole_write_and_reaches_the_one_who_asked(database: Database) -> None:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute(SAVE, ("a", "a", "words"))
        raise NameTaken(sentence("taken"))

    with pytest.raises(NameTaken):
        await database.write(work)
    assert await _count(database) == 0
    await database.write(_save("a"))
    assert await _count(database) == 1


async def test_a_bug_in_a_statement_stays_a_bug(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.read(lambda c: c.execute("SELECT * FROM nowhere"))
    with pytest.raises(sqlite3.IntegrityError):
        await database.write(lambda c: c.execute("INSERT INTO part (uid) VALUES ('x')"))


async def test_writes_come_one_after_another_and_in_order(database: Database) -> None:
    await asyncio.gather(*(database.write(_save(f"{n:03}")) for n in range(200)))
    keys = await database.read(lambda c: [row[0] for row in c.execute("SELECT uid FROM draft ORDER BY id")])
    assert keys == [f"{n:03}" for n in range(200)]


async def test_who_stops_waiting_stops_nothing(database: Database) -> None:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(database.write(_save("a")))
        await asyncio.sleep(0)
        task.cancel()
    assert await _count(database) == 1


async def test_closing_lets_what_was_asked_for_finish_and_refuses_the_rest(paths: Paths) -> None:
    database = await open_database(paths)
    async with asyncio.TaskGroup() as group:
        written = [group.create_task(database.write(_save(str(n)))) for n in range(50)]
        await asyncio.sleep(0)
        await database.close()
        assert all(task.done() for task in written)
    with pytest.raises(DataDirError):
        await database.write(_save("late"))
    await database.close()
    database = await open_database(paths)
    assert await _count(database) == 50
    await database.close()


async def test_any_text_can_be_kept(database: Database, history: History, drafts: Drafts) -> None:
    await drafts.keep("", Draft("half \ud83d and whole \ud83d\ude00, a byte \udcff, and \0 too"))
    assert (await drafts.read("")).text == "half \ufffd and whole \U0001f600, a byte \ufffd, and \0 too"
    assert await history.open_conversation("\udcff") is None


def test_opening_an_old_friend_loads_no_schema_tools(paths: Paths) -> None:
    script = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from switchyard.storage.database import open_database\nfrom switchyard.storage.paths import Paths\n"
        "async def main():\n await (await open_database(Paths(Path(sys.argv[1])))).close()\n"
        "asyncio.run(main())\nprint('sqlite_utils' in sys.modules)\n"
    )
    seen = [
        subprocess.run([sys.executable, "-c", script, str(paths.data_dir)], check=True, capture_output=True, text=True)
        for _ in range(2)
    ]
    assert [run.stdout.strip() for run in seen] == ["True", "False"]


def test_many_processes_may_begin_at_once(paths: Paths) -> None:
    script = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from switchyard.storage.database import open_database\nfrom switchyard.storage.paths import Paths\n"
        "async def main():\n"
        " database = await open_database(Paths(Path(sys.argv[1])))\n"
        f" await database.write(lambda c: c.execute({SAVE!r}, (sys.argv[2],) * 3))\n"
        " print(len(database.warnings))\n await database.close()\n"
        "asyncio.run(main())\n"
    )
    starts = [
        subprocess.Popen([sys.executable, "-c", script, str(paths.data_dir), str(n)], stdout=subprocess.PIPE)
        for n in range(6)
    ]
    assert [process.communicate()[0].strip() for process in starts] == [b"0"] * 6
    with contextlib.closing(sqlite3.connect(paths.database)) as connection:
        assert connection.execute("SELECT count(*) FROM draft").fetchone()[0] == 6


# --- another program ------------------------------------------------------------------------------------------------


async def test_a_lock_held_too_long_is_said(database: Database, paths: Paths) -> None:
    with contextlib.closing(sqlite3.connect(paths.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked) as caught:
            await database.write(_save("a"))
        assert await _count(database) == 0
        other.execute("ROLLBACK")
    assert caught.value.exit_code == 6
    assert "Nothing was sent." in str(caught.value)
    await database.write(_save("a"))


async def test_a_lock_that_goes_away_in_time_is_waited_for(database: Database, paths: Paths) -> None:
    with contextlib.closing(sqlite3.connect(paths.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.TaskGroup() as group:
            group.create_task(database.write(_save("a")))
            await asyncio.sleep(0)
            other.execute("ROLLBACK")
    assert await _count(database) == 1


async def test_at_the_end_a_lock_is_hardly_waited_for(database: Database, paths: Paths) -> None:
    with contextlib.closing(sqlite3.connect(paths.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(BUSY_TIMEOUT_S - 1), asyncio.TaskGroup() as group:
            waiting = [group.create_task(_refused(database)) for _ in range(3)]
            await asyncio.sleep(0)
            database.hurry()
        assert all(task.result() for task in waiting)
        other.execute("ROLLBACK")
    await database.write(_save("a"))
    assert await _count(database) == 1


async def _refused(database: Database) -> bool:
    try:
        await database.write(_save("b"))
    except DatabaseLocked:
        return True
    return False


# --- a full disk ----------------------------------------------------------------------------------------------------


async def _fill(database: Database) -> None:
    for n in range(2000):
        await database.write(_save(str(n), "x" * 4000))


def _fill_up(file: Path) -> None:
    with contextlib.suppress(OSError), file.open("ab", buffering=0) as filler:
        while filler.write(b"x" * 4096):
            pass


async def test_a_full_file_is_said_and_what_was_there_stays(paths: Paths) -> None:
    database = await open_database(paths, max_pages=110)
    with pytest.raises(StorageFull) as caught:
        await _fill(database)
    assert caught.value.exit_code == 6
    assert 0 < await _count(database) < 2000
    await database.write(lambda c: c.execute("DELETE FROM draft"))
    await database.write(_save("again"))
    await database.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be made by root on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.skip_ok_in_ci("needs the right to mount; a full file is tested everywhere")
async def test_a_full_disk_is_said_and_what_was_there_stays(small_disk: Path) -> None:
    paths = Paths(small_disk / "data")
    prepare(paths)
    database = await open_database(paths)
    with pytest.raises(StorageFull):
        await _fill(database)
    assert 0 < await _count(database) < 2000
    await database.close()


@pytest.mark.skip_ok_in_ci("needs the right to mount")
async def test_a_disk_that_is_full_from_the_start_is_said(small_disk: Path) -> None:
    paths = Paths(small_disk / "data")
    prepare(paths)
    _fill_up(small_disk / "filler")
    with pytest.raises(StorageFull):
        await open_database(paths)


# --- a damaged file -------------------------------------------------------------------------------------------------


async def _filled(paths: Paths) -> None:
    database = await open_database(paths)
    for n in range(100):
        await database.write(_save(str(n), "x" * 2000))
    await database.close()


def _no_database(file: Path) -> None:
    file.write_bytes(b"Dear diary, " * 1000)


def _torn_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 4096 * 9 + 100])


def _overwritten(file: Path) -> None:
    data = bytearray(file.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = os.urandom(64)
    file.write_bytes(data)


@pytest.mark.parametrize("damage", [_no_database, _torn_off, _overwritten])
async def test_a_damaged_file_is_set_aside_by_name_and_work_goes_on(
    paths: Paths, damage: Callable[[Path], None]
) -> None:
    await _filled(paths)
    damage(paths.database)
    damaged = paths.database.read_bytes()
    database = await open_database(paths)
    aside = [
        file for file in paths.data_dir.glob("switchyard.db.corrupt-*") if not file.name.endswith(("-wal", "-shm"))
    ]
    assert len(aside) == 1
    assert aside[0].read_bytes() == damaged
    assert [warning.params["file"] for warning in database.warnings] == [aside[0].name]
    await database.write(_save("a"))
    assert await _count(database) == 1
    await database.close()
    database = await open_database(paths)
    assert database.warnings == []
    await database.close()


async def test_damage_met_at_work_is_said_and_mended_at_the_next_start(paths: Paths) -> None:
    await _filled(paths)
    database = await open_database(paths)
    await database.read(lambda c: c.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    _overwritten(paths.database)
    with pytest.raises(DataDirError) as caught:
        await database.read(lambda c: (c.execute("PRAGMA cache_size = 0"), c.execute("SELECT * FROM draft").fetchall()))
    assert "damaged" in caught.value.title.english()
    with contextlib.suppress(DataDirError):
        await database.close()
    database = await open_database(paths)
    assert len(database.warnings) == 1
    await database.close()


def test_two_that_find_the_same_damage_set_one_file_aside(paths: Paths) -> None:
    _no_database(paths.database)
    script = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from switchyard.storage.database import open_database\nfrom switchyard.storage.paths import Paths\n"
        "async def main():\n await (await open_database(Paths(Path(sys.argv[1])))).close()\n"
        "asyncio.run(main())\n"
    )
    starts = [subprocess.Popen([sys.executable, "-c", script, str(paths.data_dir)]) for _ in range(5)]
    assert [process.wait() for process in starts] == [0] * 5
    assert len(list(paths.data_dir.glob("switchyard.db.corrupt-*"))) == 1


# --- what cannot be used --------------------------------------------------------------------------------------------


async def test_a_newer_database_is_refused_and_left_as_it_is(paths: Paths) -> None:
    await _filled(paths)
    with contextlib.closing(sqlite3.connect(paths.database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = paths.database.read_bytes()
    with pytest.raises(NewerDatabase) as caught:
        await open_database(paths)
    assert caught.value.exit_code == 6
    assert paths.database.read_bytes() == before


async def test_a_folder_in_the_place_of_the_file_is_said(paths: Paths) -> None:
    paths.database.mkdir()
    with pytest.raises(DataDirError) as caught:
        await open_database(paths)
    assert str(paths.database) in caught.value.title.english()


async def test_a_data_directory_that_was_never_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataDirError):
        await open_database(Paths(tmp_path / "nowhere"))


async def test_a_sign_of_life_needs_no_more_than_its_folder(paths: Paths) -> None:
    sign = Liveness(paths.locks)
    sign.hold()
    sign.hold()
    assert len(list(paths.locks.glob("*.lock"))) == 1
    sign.release()
    assert list(paths.locks.glob("*.lock")) == []
