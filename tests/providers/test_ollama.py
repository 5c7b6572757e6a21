"""What is Ollama's own: the window, the loading, and what its list tells."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint, Place
from switchyard.core.content import Capability, Parameters
from switchyard.core.events import CallFailed, Finish
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Provider
from switchyard.providers.client import Clients
from switchyard.providers.ollama_models import Shown, capabilities_of, is_cloud, read_show
from switchyard.providers.ollama_request import window_for
from switchyard.providers.ollama_store import find_ollama


def show(context: int | None = None, **more: Any) -> str:
    info = {"general.architecture": "llama"} | ({"llama.context_length": context} if context else {})
    return json.dumps({"model_info": info, "capabilities": ["completion"], **more})


@pytest.fixture
def tell(server: Any, fakes: Any, ask: Any) -> Any:
    """Call a model of which `/api/show` and `/api/ps` tell something, or nothing."""

    async def tell(shown: str | None = None, loaded: object = None, text: str = "Hi", **call: Any) -> Any:
        server.play("/api/chat", fakes.transcript("ollama.ndjson"))
        if shown is not None:
            server.play("/api/show", fakes.Script(shown))
        if loaded is not None:
            server.play("/api/ps", fakes.Script(json.dumps({"models": loaded})))
        call = {"model": "llama3.2", "key": None, "place": Place.COMPUTER} | call
        return await ask("ollama", server.url(), messages=(ChatMessage(Role.USER, text),), **call)

    return tell


def sent_window(server: Any) -> int:
    return int(server.received[-1].json()["options"]["num_ctx"])


@pytest.mark.parametrize(
    ("prompt", "shown", "loaded", "window"),
    [
        (0, Shown(), 0, 4096),
        (1, Shown(), 0, 8192),
        (4096, Shown(), 0, 8192),
        (4097, Shown(), 0, 16_384),
        (100, Shown(context=2048), 0, 2048),
        (5000, Shown(context=8000), 0, 8000),
        (100, Shown(set_window=20_000), 0, 20_000),
        (100, Shown(context=131_072), 32_768, 32_768),
        (100, Shown(context=16_000), 32_768, 16_000),
        (8000, Shown(context=8000), 0, 8000),
    ],
)
def test_window(prompt: int, shown: Shown, loaded: int, window: int) -> None:
    assert window_for(prompt, shown, loaded) == window


def test_prompt_that_does_not_fit_is_not_sent() -> None:
    with pytest.raises(CallFailed) as caught:
        window_for(8001, Shown(context=8000), 0)
    assert caught.value.failure.kind is FailureKind.CONTEXT


async def test_window_holds_the_prompt(tell: Any, server: Any) -> None:
    await tell(show(131_072), [])
    assert sent_window(server) == 8192
    await tell(show(131_072), [], "word " * 20_000)
    assert sent_window(server) == 32_768
    assert server.received[-1].json()["truncate"] is False


async def test_window_holds_a_long_reply(tell: Any, server: Any) -> None:
    await tell(show(131_072), [], parameters=Parameters(max_output=20_000))
    assert sent_window(server) == 32_768


@pytest.mark.parametrize(("said", "context", "window"), [("12000", 131_072, 12_000), ("12000", 8192, 8192)])
async def test_window_of_the_account_wins(tell: Any, server: Any, said: str, context: int, window: int) -> None:
    loaded = [{"model": "llama3.2:latest", "context_length": 40_960}]
    await tell(show(context), loaded, settings={"num_ctx": said})
    assert sent_window(server) == window


async def test_window_of_the_account_may_be_too_small(tell: Any) -> None:
    told = await tell(show(131_072), [], "word " * 20_000, settings={"num_ctx": "8192"})
    assert told.failure.kind is FailureKind.CONTEXT


async def test_too_long_a_prompt_stays_here(tell: Any, server: Any) -> None:
    told = await tell(show(4096), [], "word " * 20_000)
    assert told.failure.kind is FailureKind.CONTEXT
    assert "4096" in told.failure.message
    assert "/api/chat" not in server.paths()


async def test_model_is_asked_about_once(tell: Any, server: Any) -> None:
    for _ in range(3):
        await tell(show(8192), [])
    assert server.paths().count("/api/show") == 1


async def test_unknown_model_details_do_not_matter(tell: Any, server: Any) -> None:
    told = await tell()
    assert told.failure is None
    assert sent_window(server) == 8192


@pytest.mark.parametrize(
    ("model", "loaded", "loading"),
    [
        ("llama3.2", [], True),
        ("llama3.2", [{"model": "other:latest"}], True),
        ("llama3.2", [{"model": "llama3.2:latest", "context_length": 8192}], False),
        ("llama3.2:latest", [{"name": "llama3.2:latest"}], False),
        ("llama3.2:1b", [{"model": "llama3.2:latest"}], True),
        ("llama3.2", None, True),
        ("llama3.2", [{"model": "llama3.2:latest", "context_length": 4096}], True),  # a larger window loads it anew
    ],
)
async def test_loading(tell: Any, model: str, loaded: object, loading: bool) -> None:
    told = await tell(show(131_072), loaded, model=model)
    assert told.failure is None
    assert told.loading is loading


async def test_loaded_window_is_kept(tell: Any, server: Any) -> None:
    await tell(show(131_072), [{"model": "llama3.2:latest", "context_length": 40_960}])
    assert sent_window(server) == 40_960


async def test_server_elsewhere_is_not_waited_for(tell: Any) -> None:
    assert not (await tell(show(8192), [], place=Place.CLOUD)).loading


async def test_model_in_the_cloud_is_only_passed_on(tell: Any, server: Any) -> None:
    told = await tell(show(8192), [], model="gpt-oss:120b-cloud")
    assert told.failure is None
    assert not told.loading
    assert server.paths() == ["/api/chat"]
    assert "options" not in server.received[-1].json()


async def test_model_that_is_told_to_be_in_the_cloud_is_only_passed_on(tell: Any, server: Any) -> None:
    told = await tell(show(8192, remote_host="https://ollama.com:443"), [], model="mine")
    assert not told.loading
    assert server.paths() == ["/api/show", "/api/chat"]
    assert "options" not in server.received[-1].json()


def test_cloud_names() -> None:
    assert is_cloud("gpt-oss:120b-cloud")
    assert is_cloud("kimi-k2:cloud")
    assert not is_cloud("cloud-llama:8b")


@pytest.mark.parametrize(
    ("end", "finish"),
    [
        ({"done_reason": "stop"}, Finish.STOP),
        ({"done_reason": "length"}, Finish.LENGTH),
        ({"done_reason": "load"}, Finish.STOP),
        ({}, Finish.STOP),
        ({"done_reason": "stop", "message": {"tool_calls": [{"function": {"name": "f"}}]}}, Finish.TOOL_CALLS),
        ({"done_reason": "stop", "message": {"content": "", "tool_calls": [{}, None, {"function": 1}]}}, Finish.STOP),
    ],
)
async def test_finish(server: Any, fakes: Any, ask: Any, end: dict[str, Any], finish: Finish) -> None:
    lines = [{"message": {"content": "a"}, "done": False}, {"message": {"content": ""}, "done": True} | end]
    server.play("/api/chat", fakes.Script("".join(json.dumps(line) + "\n" for line in lines)))
    told = await ask("ollama", server.url())
    assert (told.failure, told.finish) == (None, finish)
    assert told.usage is None


async def test_error_line_in_a_good_answer(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/api/chat", fakes.Script('{"error":"prompt too long; exceeded max context length"}\n'))
    assert (await ask("ollama", server.url())).failure.kind is FailureKind.CONTEXT


async def test_busy_server_that_loads(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/api/chat", fakes.Script('{"error":"loading model"}', 503))
    assert (await ask("ollama", server.url())).failure.kind is FailureKind.LOADING


async def test_list(server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    rows = [
        {"name": "llama3.2:latest", "model": "llama3.2:latest", "size": 7, "details": {"family": "llama"}},
        {"name": "some-vectors:latest", "size": 3, "details": {"families": ["nomic-bert"]}},
        {"name": "nomic-embed-text:latest"},
        {"name": "gpt-oss:120b-cloud", "size": 300, "remote_host": "https://ollama.com"},
        {"name": "plain", "remote_host": "https://ollama.com"},
    ]
    server.play("/api/tags", fakes.Script(json.dumps({"models": rows})))
    server.play("/api/show", fakes.Script(show(131_072)), fakes.Script("", 404))
    here = Endpoint("a", "ollama", server.url(), place=Place.COMPUTER)
    models = await providers["ollama"].list_models(here)
    assert [(model.name, model.chat, model.cloud) for model in models] == [
        ("llama3.2:latest", True, False),
        ("some-vectors:latest", False, False),
        ("nomic-embed-text:latest", False, False),
        ("gpt-oss:120b-cloud", True, True),
        ("plain", True, True),
    ]
    assert (models[0].context, models[0].size_bytes) == (131_072, 7)
    assert models[1].context is None
    assert models[0].capabilities[Capability.SCHEMA]
    assert Capability.VISION not in models[1].capabilities
    server.play("/api/show", fakes.Script(show(131_072)))
    away = await providers["ollama"].list_models(replace(here, place=Place.CLOUD))
    assert Capability.SCHEMA not in away[0].capabilities
    server.play("/api/show", fakes.Script(show(131_072, remote_host="https://ollama.com:443")))
    assert (await providers["ollama"].list_models(here))[0].cloud


def test_what_show_tells() -> None:
    shown = read_show(json.loads(show(8192, parameters='stop "<x>"\nnum_ctx                        4096\n')))
    assert shown == Shown(context=8192, set_window=4096, capabilities=frozenset({"completion"}))
    assert shown.chat
    assert shown.thinks is False
    assert read_show({"capabilities": ["embedding"], "model_info": {"bert.context_length": 512}}).chat is False
    assert read_show({}) == read_show("noise") == Shown()
    assert read_show({"capabilities": "x", "model_info": [], "details": None, "parameters": 7}) == Shown()
    assert Shown().chat is Shown().thinks is None


def test_capabilities() -> None:
    told = read_show({"capabilities": ["completion", "vision", "tools"]})
    assert capabilities_of(told, cloud=False) == {
        Capability.VISION: True,
        Capability.TOOLS: True,
        Capability.REASONING: False,
        Capability.EMBEDDING: False,
        Capability.IMAGE_OUTPUT: False,
        Capability.JSON: True,
        Capability.SCHEMA: True,
        Capability.FILES: False,
        Capability.WEB_SEARCH: False,
    }
    assert Capability.SCHEMA not in capabilities_of(told, cloud=True)
    assert capabilities_of(Shown(), cloud=False) == {Capability.FILES: False, Capability.WEB_SEARCH: False}


async def test_find(server: Any, fakes: Any, clients: Clients) -> None:
    server.play("/api/tags", fakes.Script('{"models":[]}'))
    address = server.url()
    assert await find_ollama(clients, {"OLLAMA_HOST": address.removeprefix("http://")}) == address


async def test_find_nothing(clients: Clients) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    assert await find_ollama(clients, {"OLLAMA_HOST": host}) in (None, "http://127.0.0.1:11434")
