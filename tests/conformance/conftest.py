"""Where the recordings are, and what plays them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from tests.conformance import servers

from switchyard.providers.base import Provider
from switchyard.providers.client import Clients
from switchyard.providers.registry import build_providers


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take any folder of recordings; only `make conformance` names this one early enough."""
    parser.addoption("--recordings", metavar="DIR", help="the folder of recordings (SWITCHYARD_RECORDINGS)")


def pytest_configure(config: pytest.Config) -> None:
    """Tell the modules that read the recordings when they are imported."""
    folder = config.getoption("recordings", default=None)
    if folder:
        os.environ["SWITCHYARD_RECORDINGS"] = os.path.abspath(folder)


@pytest.fixture
async def providers() -> AsyncIterator[dict[str, Provider]]:
    """The providers that there are, with real connections."""
    clients = Clients("Switchyard/test")
    yield build_providers(clients)
    await clients.close()


@pytest.fixture(scope="session")
def replay(recordings: Any) -> Iterator[Any]:
    """The recordings' own server, running in a thread."""
    from tests.conformance.recorded import ROOT, load_replay

    with load_replay().Replay(ROOT) as running:
        yield running


def _start(request: pytest.FixtureRequest, running: AbstractContextManager[str]) -> str:
    """Start a server for the session, or skip with the reason why it cannot be had."""
    try:
        address = running.__enter__()
    except servers.Absent as absent:
        pytest.skip(str(absent))
    request.addfinalizer(lambda: running.__exit__(None, None, None))
    return address


@pytest.fixture(scope="session")
def aimock(request: pytest.FixtureRequest) -> str:
    """The address of a mock of OpenAI, Anthropic, Gemini, Azure and Ollama."""
    return _start(request, servers.aimock())


@pytest.fixture(scope="session")
def llama_cpp(request: pytest.FixtureRequest) -> str:
    """The address of llama.cpp's server with a tiny model."""
    return _start(request, servers.llama_cpp())


@pytest.fixture(scope="session")
def litellm(request: pytest.FixtureRequest, aimock: str) -> str:
    """The address of the LiteLLM proxy, with aimock behind it."""
    return _start(request, servers.litellm(aimock))
