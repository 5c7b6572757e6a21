"""The providers that there are, by their ids."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from switchyard.providers.anthropic import Anthropic
from switchyard.providers.base import Provider
from switchyard.providers.client import Clients
from switchyard.providers.ollama import Ollama
from switchyard.providers.openai_chat import OpenAIChat
from switchyard.providers.presets import PRESETS, Dialect
from switchyard.providers.simulator import Simulator


def build_providers(
    clients: Clients,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Provider]:
    """Return a provider for every id. `sleep` and `clock` are the Simulator's; whoever made `clients` closes them."""
    providers: dict[str, Provider] = {}
    for preset in PRESETS.values():
        match preset.dialect:
            case Dialect.OPENAI_CHAT:
                providers[preset.id] = OpenAIChat(preset, clients)
            case Dialect.ANTHROPIC:
                providers[preset.id] = Anthropic(clients)
            case Dialect.OLLAMA:
                providers[preset.id] = Ollama(clients)
            case Dialect.SIMULATOR:
                providers[preset.id] = Simulator(sleep=sleep, clock=clock)
    return providers
