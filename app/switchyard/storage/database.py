"""The database and its one thread: every statement runs there, and writes come one after another."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from switchyard.core.errors import DatabaseLocked, DataDirError, NewerDatabase, StorageFull
from switchyard.core.sentence import Sentence, sentence
from switchyard.storage.locking import FileLock
from switchyard.storage.paths import Paths, is_full
from switchyard.storage.results import Results, results_for

SCHEMA_VERSION = 7
BUSY_TIMEOUT_S = 5.0
LOCK_RETRY_S = 0.05  # what SQLite waits by itself
LOCK_PAUSE_S = 0.005  # before it is asked again: some locks it does not wait for
HURRIED_S = 1.0  # what is left of the five seconds once the program is to end
CHECK_WHOLE_UP_TO_BYTES = 32 * 1024 * 1024  # a full check of more would hold up the start
T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class _Corrupt(Exception):
    """The file is no database, or a damaged one."""


class _Job(NamedTuple):
    work: Callable[[sqlite3.Connection], Any]
    writes: bool
    results: Results
    future: asyncio.Future[Any]


class _Patience:
    """How long another program's lock is waited for: five seconds each time, and hardly at all at the end."""

    def __init__(self) -> None:
        self._until_s: float | None = None

    def hurry(self) -> None:
        """Wait no longer than a second from now on, all locks together."""
        if self._until_s is None:
            self._until_s = time.monotonic() + HURRIED_S

    def deadline_s(self, began_s: float) -> float:
        """Return until when a wait that began then may last."""
        patient_s = began_s + BUSY_TIMEOUT_S
        return patient_s if self._until_s is None else min(patient_s, self._until_s)

    def outwait(self, work: Callable[[], T]) -> T:
        """Run `work`, again while a lock of another program is in its way."""
        began_s = time.monotonic()
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                if not _is_locked(error) or time.monotonic() >= self.deadline_s(began_s):
                    raise
            time.sleep(LOCK_PAUSE_S)


class Database:
    """One connection on one thread. Made by `open_database`."""

    def __init__(self, paths: Paths, *, max_pages: int | None) -> None:
        self._paths = paths
        self._max_pages = max_pages
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="database", daemon=True)
        self._closing = False
        self._patience = _Patience()
        self._results: Results | None = None
        self.warnings: list[Sentence] = []

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction; it is on disk when this returns.

        Raises `StorageFull`, `DatabaseLocked` after five seconds, or another `DataDirError`.
        """
        return await self._submit(work, writes=True)

    async def read(self, work: Work[T]) -> T:
        """Run `work` outside a transaction of ours; raises as `write` does."""
        return await self._submit(work, writes=False)

    async def check(self) -> bool:
        """Whether something is wrong with the whole file; takes a while where it is large."""
        sql = "PRAGMA quick_check(1)"
        return await self.read(lambda c: c.execute(sql).fetchone()[0] != "ok")

    def hurry(self) -> None:
        """The program is to end: wait for the locks of other programs for a second at most from now on."""
        self._patience.hurry()

    async def close(self) -> None:
        """Let what was asked for finish, in a hurry, then close the file."""
        self.hurry()
        if not self._closing:
            self._closing = True
            self._jobs.put(None)
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)
        if self._results is not None:
            results, self._results = self._results, None
            results.close()

    async def _submit(self, work: Work[T], *, writes: bool) -> T:
        if self._closing:
            raise DataDirError(sentence("The database is closed."))
        results = self._results
        if results is None:
            results = self._results = results_for(asyncio.get_running_loop())
        future: asyncio.Future[T] = results.loop.create_future()
        self._jobs.put(_Job(work, writes, results, future))
        return await future

    async def start(self) -> None:
        """Open the file on its thread; raises `DataDirError` and its kin."""
        self._thread.start()
        await self._submit(lambda connection: None, writes=False)

    # --- on the thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        failed: BaseException | None = None
        while (job := self._jobs.get()) is not None:
            if connection is None and failed is None:
                try:
                    connection = _open(self._paths, self.warnings, self._max_pages, self._patience)
                except BaseException as error:  # noqa: BLE001 - whoever asked must hear of it, or would wait for ever
                    failed = translate(error, self._paths)
                    if isinstance(failed, DatabaseLocked):
                        failed = DatabaseLocked(opening=True)
            if connection is None:
                job.results.tell(job.future, None, failed)
                continue
            try:
                result = self._do(connection, job)
            except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the one who asked
                job.results.tell(job.future, None, translate(error, self._paths))
            else:
                job.results.tell(job.future, result, None)
        if connection is not None:
            connection.close()

    def _do(self, connection: sqlite3.Connection, job: _Job) -> Any:
        if not job.writes:
            return self._patience.outwait(lambda: job.work(connection))
        self._patience.outwait(lambda: connection.execute("BEGIN IMMEDIATE"))
        return _transact(connection, job.work)


async def open_database(paths: Paths, *, max_pages: int | None = None) -> Database:
    """Open the database of a data directory, making or migrating it; `warnings` tells what had to be done.

    A corrupt file is set aside by name and a new one begun. `max_pages` bounds the file, as a full disk would.
    """
    database = Database(paths, max_pages=max_pages)
    try:
        await database.start()
    except BaseException:
        await database.close()
        raise
    return database


def _transact(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Run `work` in the transaction that was begun, and end it."""
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def translate(error: BaseException, paths: Paths) -> BaseException:
    """Return what a person can act on in place of the database's own error; anything else stays as it is."""
    if isinstance(error, OSError):
        return StorageFull() if is_full(error) else _unusable(paths)
    if not isinstance(error, sqlite3.Error):
        return error
    code = _code(error)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_room(paths)):
        return StorageFull()
    if _is_locked(error):
        return DatabaseLocked()
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        with contextlib.suppress(OSError):
            _suspicion(paths).touch()
        return DataDirError(
            sentence("The database is damaged."),
            sentence("Start Switchyard again: it keeps the damaged file under another name and begins a new one."),
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return _unusable(paths)
    return error


def _code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _is_locked(error: sqlite3.Error) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _unusable(paths: Paths) -> DataDirError:
    return DataDirError(
        sentence("The database {file} cannot be written.", file=str(paths.database)),
        sentence("Check the rights of the file and its folder, or name another directory with --data-dir."),
    )


def _no_room(paths: Paths) -> bool:
    import shutil

    with contextlib.suppress(OSError):
        return shutil.disk_usage(paths.data_dir).free < 256 * 1024
    return False


def _suspicion(paths: Paths) -> Path:
    """A file that says: check the whole database at the next start."""
    return paths.data_dir / "switchyard.db.check"


# --- opening --------------------------------------------------------------------------------------------------------


class _Connection(sqlite3.Connection):
    """A connection that can take every text: half of a split emoji, or a byte that was no text, is no UTF-8."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        try:
            return super().execute(sql, parameters)
        except UnicodeEncodeError:
            return super().execute(sql, [_mended(value) for value in parameters])


def _mended(value: Any) -> Any:
    """Join the halves of characters that were split, and put a replacement in the place of a half alone."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value


def _open(paths: Paths, warnings: list[Sentence], max_pages: int | None, patience: _Patience) -> sqlite3.Connection:
    with _one_at_a_time(paths, patience):
        try:
            return patience.outwait(lambda: _open_sound(paths, max_pages))
        except (_Corrupt, sqlite3.DatabaseError) as error:
            if isinstance(error, sqlite3.DatabaseError) and not _is_corrupt(error):
                raise
        aside = _set_aside(paths)
        warnings.append(
            sentence("The database was damaged. It is kept as {file}, and a new one was begun.", file=aside.name)
        )
        return _open_sound(paths, max_pages)


@contextlib.contextmanager
def _one_at_a_time(paths: Paths, patience: _Patience) -> Iterator[None]:
    """Let one process after another open: two that find the same damage must not set each other's new file aside."""
    lock = FileLock(paths.locks / "opening.lock")
    began_s = time.monotonic()
    while not lock.acquire():
        if time.monotonic() >= patience.deadline_s(began_s):
            raise DatabaseLocked
        time.sleep(LOCK_RETRY_S)
    try:
        yield
    finally:
        lock.release(remove=False)


def _open_sound(paths: Paths, max_pages: int | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        paths.database, timeout=LOCK_RETRY_S, isolation_level=None, cached_statements=256, factory=_Connection
    )
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise NewerDatabase
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if max_pages is not None:
            connection.execute(f"PRAGMA max_page_count = {max_pages:d}")
        _check(connection, paths)
        if version < SCHEMA_VERSION:
            from switchyard.storage.migrations import migrate

            migrate(connection, paths)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, paths: Paths) -> None:
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    suspected = _suspicion(paths).exists()
    if not suspected and paths.database.stat().st_size > CHECK_WHOLE_UP_TO_BYTES:
        return
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _Corrupt
    _suspicion(paths).unlink(missing_ok=True)


def _is_corrupt(error: sqlite3.DatabaseError) -> bool:
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _set_aside(paths: Paths) -> Path:
    """Give the damaged files another name; nothing is deleted."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = paths.database.with_name(f"{paths.database.name}.corrupt-{stamp}")
    for suffix in ("-wal", "-shm", ""):
        file = paths.database.with_name(paths.database.name + suffix)
        if file.exists():
            file.rename(aside.with_name(aside.name + suffix))
    _suspicion(paths).unlink(missing_ok=True)
    return aside
