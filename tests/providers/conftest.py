"""Providers on the table: real clients, a scripted server on loopback, and what a call amounts to."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint, Place
from switchyard.core.content import Citation, GeneratedImage, Opaque, ToolCall
from switchyard.core.events import (
    CallFailed,
    Cited,
    Finish,
    Finished,
    ImageMade,
    ModelLoading,
    ModelNamed,
    OpaqueGiven,
    ParameterRefused,
    ProviderEvent,
    ReasoningDelta,
    ResponseStarted,
    TextDelta,
    ToolCalled,
    UsageReported,
    Warned,
)
from switchyard.core.failures import Failure
from switchyard.core.message import ChatMessage, Role
from switchyard.core.usage import Usage
from switchyard.providers.base import Call, Provider
from switchyard.providers.client import Clients
from switchyard.providers.registry import build_providers


def _load(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


_FAKES = Path(__file__).parent.parent / "fakes"
_fakes = _load("fake_http_server", _FAKES / "http_server.py")

KEY = "sk-test-0123456789abcdef"


@dataclass
class Told:
    """Everything that one call said."""

    batches: list[list[ProviderEvent]] = field(default_factory=list)
    failure: Failure | None = None
    sent: int = 0

    @property
    def events(self) -> list[ProviderEvent]:
        return [event for batch in self.batches for event in batch]

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ReasoningDelta))

    @property
    def finish(self) -> Finish | None:
        return next((event.finish for event in reversed(self.events) if isinstance(event, Finished)), None)

    @property
    def usage(self) -> Usage | None:
        return next((event.usage for event in reversed(self.events) if isinstance(event, UsageReported)), None)

    @property
    def cost_nanos(self) -> int | None:
        return next((event.cost_nanos for event in reversed(self.events) if isinstance(event, UsageReported)), None)

    @property
    def model(self) -> str | None:
        return next((event.model for event in reversed(self.events) if isinstance(event, ModelNamed)), None)

    @property
    def request_id(self) -> str | None:
        return next((event.request_id for event in self.events if isinstance(event, ResponseStarted)), None)

    @property
    def warnings(self) -> list[str]:
        return [event.sentence.english() for event in self.events if isinstance(event, Warned)]

    @property
    def calls(self) -> list[ToolCall]:
        return [event.call for event in self.events if isinstance(event, ToolCalled)]

    @property
    def citations(self) -> list[Citation]:
        return [event.citation for event in self.events if isinstance(event, Cited)]

    @property
    def images(self) -> list[GeneratedImage]:
        return [event.image for event in self.events if isinstance(event, ImageMade)]

    @property
    def opaque(self) -> Opaque | None:
        return next((event.opaque for event in reversed(self.events) if isinstance(event, OpaqueGiven)), None)

    @property
    def refused(self) -> list[str]:
        return [event.name for event in self.events if isinstance(event, ParameterRefused)]

    @property
    def loading(self) -> bool:
        return any(isinstance(event, ModelLoading) for event in self.events)


async def make_call(provider: Provider, call: Call) -> Told:
    """Make a call and note down everything it says."""
    told = Told()
    try:
        async with provider.stream(call) as batches:
            async for batch in batches:
                assert batch, "an empty batch says nothing"
                told.batches.append(list(batch))
    except CallFailed as failed:
        told.failure = failed.failure
    return told


Ask = Callable[..., Awaitable[Told]]


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    made = Clients("Switchyard/test")
    yield made
    await made.close()


@pytest.fixture
def providers(clients: Clients) -> dict[str, Provider]:
    return build_providers(clients)


@pytest.fixture
async def server() -> AsyncIterator[Any]:
    async with _fakes.HttpServer.running() as running:
        yield running


@pytest.fixture
def fakes() -> ModuleType:
    """The module of the scripted server: `Script`, `sse`, `transcript`."""
    return _fakes


@pytest.fixture
def proxies() -> ModuleType:
    """The module of the proxies."""
    return _load("fake_proxy_server", _FAKES / "proxy_server.py")


@pytest.fixture
def authority(tmp_path: Path) -> Any:
    """An authority that signs servers' certificates."""
    return _load("fake_certificates", _FAKES / "certificates.py").Authority(tmp_path)


@pytest.fixture
def ask(providers: dict[str, Provider]) -> Ask:
    """Call a provider at an address and return what it told."""

    async def ask(
        provider: str,
        base_url: str,
        *,
        messages: tuple[ChatMessage, ...] = (ChatMessage(Role.USER, "Say hello."),),
        model: str = "model-1",
        key: str | None = KEY,
        place: Place = Place.CLOUD,
        settings: Mapping[str, str] = MappingProxyType({}),
        **call: Any,
    ) -> Told:
        sent: list[bool] = []
        endpoint = Endpoint("here", provider, base_url, key=key, place=place, settings=settings)
        told = await make_call(
            providers[provider], Call(endpoint, model, messages, on_sent=lambda: sent.append(True), **call)
        )
        told.sent = len(sent)
        return told

    return ask
