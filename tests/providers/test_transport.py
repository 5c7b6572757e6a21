"""The connections themselves: which way they go, and what a request carries beside its own."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from switchyard.core.failures import FailureKind

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PROVIDER = "openai-compatible"
FAR = "http://models.example.invalid/v1"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave none of the proxies that this computer may use."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
async def test_a_far_address_goes_through_the_proxy(
    variable: str, server: Any, fakes: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, server.url().removeprefix("http://"))
    server.play(f"{FAR}/chat/completions", fakes.transcript("openai-chat.sse"))
    told = await ask(PROVIDER, FAR)
    assert told.failure is None
    assert server.paths() == [f"{FAR}/chat/completions"]
    assert server.received[0].headers["host"] == "models.example.invalid"


async def test_an_address_that_is_excepted_goes_through_no_proxy(
    server: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url())
    monkeypatch.setenv("NO_PROXY", "other.invalid, .example.invalid")
    told = await ask(PROVIDER, FAR)
    assert (told.failure.kind, told.failure.code) == (FailureKind.CONNECT, "no_address")
    assert server.received == []


@pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:9", "http://127.0.0.1:port"])
async def test_a_proxy_of_an_unknown_kind_is_said(proxy: str, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    told = await ask(PROVIDER, FAR)
    assert told.failure.kind is FailureKind.CONNECT
    assert told.failure.message == "The proxy of the environment cannot be used."


async def test_a_name_in_the_address_signs_in(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/chat/completions", fakes.transcript("openai-chat.sse"))
    await ask(PROVIDER, server.url().replace("//", "//me:pass%20word@"), key=None)
    received = server.received[0]
    assert received.headers["authorization"] == "Basic bWU6cGFzcyB3b3Jk"
    assert "me" not in received.headers["host"]


async def test_what_a_server_wants_remembered_is_not(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/chat/completions", fakes.transcript("openai-chat.sse", headers={"set-cookie": "who=you; Path=/"}))
    for _ in range(2):
        await ask(PROVIDER, server.url())
    assert all("cookie" not in received.headers for received in server.received)


class Looking:
    """Stands before all that finds modules, and remembers what is looked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, *_: object) -> None:
        """Find nothing."""
        self.names.append(name)


async def test_no_request_looks_for_modules(server: Any, fakes: Any, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.play("/chat/completions", fakes.transcript("openai-chat.sse"))
    await ask(PROVIDER, server.url())
    looking = Looking()
    monkeypatch.setattr(sys, "meta_path", [looking, *sys.meta_path])
    server.play("/chat/completions", fakes.transcript("openai-chat.sse"))
    told = await ask(PROVIDER, server.url())
    assert told.failure is None
    assert looking.names == []
