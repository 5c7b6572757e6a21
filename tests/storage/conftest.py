"""A data directory of the test's own, and a real database in it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from switchyard.storage.database import Database, open_database
from switchyard.storage.history import History
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths, prepare
from switchyard.storage.turns import Turns


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(tmp_path / "data")
    prepare(found)
    return found


@pytest.fixture
async def database(paths: Paths) -> AsyncIterator[Database]:
    opened = await open_database(paths)
    yield opened
    await opened.close()


@pytest.fixture
def liveness(paths: Paths) -> Iterator[Liveness]:
    sign = Liveness(paths.locks)
    yield sign
    sign.release()


@pytest.fixture
def turns(database: Database, liveness: Liveness) -> Turns:
    return Turns(database, liveness)


@pytest.fixture
def history(database: Database, liveness: Liveness) -> History:
    return History(database, liveness)
