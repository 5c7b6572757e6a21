"""Dialects are loaded when a provider that speaks one is first called, and not before."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.events import Finish
from switchyard.providers.base import Embeds, Prepares, Provider, Transcribes
from switchyard.providers.client import Clients
from switchyard.providers.declaration import Dialect
from switchyard.providers.deferred import Deferred
from switchyard.providers.presets import PRESETS
from switchyard.providers.registry import build_providers

DIALECTS = ("anthropic", "gemini", "ollama", "openai", "openai_chat", "openai_responses")
SPEAKS = {
    Dialect.OPENAI_CHAT: ("openai", "OpenAI"),
    Dialect.RESPONSES: ("openai", "OpenAI"),
    Dialect.ANTHROPIC: ("anthropic", "Anthropic"),
    Dialect.GEMINI: ("gemini", "Gemini"),
    Dialect.OLLAMA: ("ollama", "Ollama"),
}


def test_opening_the_services_loads_no_dialect(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from switchyard.bootstrap import open_services\n"
        "async def main():\n"
        "    async with open_services(data_dir=sys.argv[1], environment={}) as services:\n"
        "        await services.accounts.list()\n"
        "asyncio.run(main())\n"
        f"print([name for name in {DIALECTS!r} if 'switchyard.providers.' + name in sys.modules])\n"
    )
    command = [sys.executable, "-P", "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("uid", [uid for uid, preset in PRESETS.items() if preset.dialect in SPEAKS])
def test_a_provider_to_be_offers_what_the_provider_will(uid: str, clients: Clients) -> None:
    module, name = SPEAKS[PRESETS[uid].dialect]
    speaker = getattr(importlib.import_module(f"switchyard.providers.{module}"), name)
    for offer, method in ((Embeds, "embed"), (Transcribes, "transcribe")):
        assert isinstance(build_providers(clients)[uid], offer) == hasattr(speaker, method)


async def test_a_dialect_is_loaded_in_a_thread_and_its_provider_is_made_once(
    server: Any, fakes: Any, providers: dict[str, Provider], clients: Clients
) -> None:
    loaded: list[threading.Thread] = []
    made: list[threading.Thread] = []

    def make() -> Provider:
        made.append(threading.current_thread())
        return providers["openai-compatible"]

    def load() -> Callable[[], Provider]:
        loaded.append(threading.current_thread())
        return make

    server.play("/v1/models", fakes.Script('{"data": [{"id": "m"}]}', headers={"content-type": "application/json"}))
    provider = Deferred(load, clients.prepare)
    here = Endpoint("a", "openai-compatible", server.url("/v1"))
    lists = await asyncio.gather(provider.list_models(here), provider.list_models(here))
    assert [[model.name for model in models] for models in lists] == [["m"], ["m"]]
    assert threading.main_thread() not in loaded
    assert made == [threading.main_thread()]


async def test_the_first_call_and_the_next_are_answered_alike(server: Any, fakes: Any, ask: Any) -> None:
    script = fakes.transcript("anthropic.sse")
    server.play("/messages", script, script)
    first, second = await ask("anthropic", server.url()), await ask("anthropic", server.url())
    assert first.finish is second.finish is Finish.STOP
    assert first.events == second.events


async def test_who_is_made_ready_for_is_loaded_and_hears_nothing(
    server: Any, clients: Clients, providers: dict[str, Provider]
) -> None:
    loaded: list[threading.Thread] = []

    def load() -> Callable[[], Provider]:
        loaded.append(threading.current_thread())
        return lambda: providers["openai-compatible"]

    provider = Deferred(load, clients.prepare)
    here = Endpoint("a", "openai-compatible", server.url("/v1"))
    assert isinstance(provider, Prepares)
    await provider.prepare(here)
    await provider.prepare(here)
    assert len(loaded) == 1
    assert loaded != [threading.main_thread()]
    assert (server.connections, server.received) == (0, [])
