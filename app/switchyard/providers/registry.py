"""The providers that there are, by their ids."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from switchyard.providers.absent import Absent
from switchyard.providers.anthropic import Anthropic
from switchyard.providers.base import Provider
from switchyard.providers.client import Clients
from switchyard.providers.declaration import Dialect, Preset
from switchyard.providers.gemini import Gemini
from switchyard.providers.ollama import Ollama
from switchyard.providers.openai import OpenAI
from switchyard.providers.presets import PRESETS
from switchyard.providers.simulator import Simulator

# Who speaks a dialect: one line each.
_SPEAKERS: dict[Dialect, Callable[[Preset, Clients], Provider]] = {
    Dialect.OPENAI_CHAT: OpenAI,
    Dialect.RESPONSES: OpenAI,
    Dialect.ANTHROPIC: Anthropic,
    Dialect.GEMINI: Gemini,
    Dialect.OLLAMA: lambda preset, clients: Ollama(clients),
}


def build_providers(
    clients: Clients,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Provider]:
    """Return a provider for every id. `sleep` and `clock` are the Simulator's; whoever made `clients` closes them."""
    return _Providers(
        {
            preset.id: _SPEAKERS[preset.dialect](preset, clients)
            if preset.dialect is not Dialect.SIMULATOR
            else Simulator(sleep=sleep, clock=clock)
            for preset in PRESETS.values()
        }
    )


class _Providers(dict[str, Provider]):
    """The providers by id, with a stand-in for each that an account was made for while its package was installed."""

    def __missing__(self, uid: str) -> Provider:
        return Absent(uid)
