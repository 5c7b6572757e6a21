"""The providers that there are, by their ids. A dialect is loaded when a provider that speaks it is first called."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from switchyard.providers.absent import Absent
from switchyard.providers.base import Provider
from switchyard.providers.client import Clients
from switchyard.providers.declaration import Dialect, Preset
from switchyard.providers.deferred import Deferred, DeferredEmbeds, DeferredTranscribes, Make
from switchyard.providers.presets import PRESETS
from switchyard.providers.simulator import Simulator


def _openai(preset: Preset, clients: Clients) -> Make:
    from switchyard.providers.openai import OpenAI

    return partial(OpenAI, preset, clients)


def _anthropic(preset: Preset, clients: Clients) -> Make:
    from switchyard.providers.anthropic import Anthropic

    return partial(Anthropic, preset, clients)


def _gemini(preset: Preset, clients: Clients) -> Make:
    from switchyard.providers.gemini import Gemini

    return partial(Gemini, preset, clients)


def _ollama(_: Preset, clients: Clients) -> Make:
    from switchyard.providers.ollama import Ollama

    return partial(Ollama, clients)


# Who speaks a dialect, and what its provider offers beside chat: one line each.
_SPEAKERS: dict[Dialect, tuple[Callable[[Preset, Clients], Make], type[Deferred]]] = {
    Dialect.OPENAI_CHAT: (_openai, DeferredTranscribes),
    Dialect.RESPONSES: (_openai, DeferredTranscribes),
    Dialect.ANTHROPIC: (_anthropic, Deferred),
    Dialect.GEMINI: (_gemini, DeferredEmbeds),
    Dialect.OLLAMA: (_ollama, DeferredEmbeds),
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
            preset.id: _defer(preset, clients)
            if preset.dialect is not Dialect.SIMULATOR
            else Simulator(sleep=sleep, clock=clock)
            for preset in PRESETS.values()
        }
    )


def _defer(preset: Preset, clients: Clients) -> Provider:
    load, offers = _SPEAKERS[preset.dialect]
    return offers(partial(load, preset, clients), clients.prepare)


class _Providers(dict[str, Provider]):
    """The providers by id, with a stand-in for each that an account was made for while its package was installed."""

    def __missing__(self, uid: str) -> Provider:
        return Absent(uid)
