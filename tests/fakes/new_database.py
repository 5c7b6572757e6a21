"""A database of the newest schema, as a first start leaves it: made once, then copied, for tests that need one at all.

Tests of migrations, of damage and of a first start let the program make its own.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import tempfile
from pathlib import Path

from switchyard.storage.migrations import migrate
from switchyard.storage.paths import Paths, prepare


def lay(data_dir: Path) -> None:
    """Put it into a data directory that has none yet."""
    paths = Paths(data_dir)
    prepare(paths)
    if not paths.database.exists():
        paths.database.write_bytes(_new_database())


@functools.cache
def _new_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(Path(folder))
        with contextlib.closing(sqlite3.connect(paths.database, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, paths)
        return paths.database.read_bytes()
