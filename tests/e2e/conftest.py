"""What the tests from outside stand on: the parent of the commands ends with them."""

from collections.abc import Iterator

import pytest
from tests.e2e.command_line import warm_parent


@pytest.fixture(scope="session", autouse=True)
def parent_of_commands() -> Iterator[None]:
    """Leave no parent behind; it begins with the first command."""
    yield
    warm_parent.stop()
