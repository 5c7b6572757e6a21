"""What the tests of the use cases stand on: a data directory that was started in before."""

from pathlib import Path

import pytest
from tests.fakes import new_database


@pytest.fixture(autouse=True)
def begun(data_dir: Path) -> None:
    """Spare each test the making of a schema; a data directory of its own it makes itself."""
    new_database.lay(data_dir)
