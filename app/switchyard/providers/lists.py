"""Reads lists of models, in the several shapes they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import CallFailed
from switchyard.providers.client import Answer, Clients, parse
from switchyard.providers.counts import count_of
from switchyard.providers.failures import refused, told_inside, unreadable
from switchyard.providers.list_facts import capabilities_of, host_windows, price_of, quality_of
from switchyard.providers.presets import CHAT_KINDS, chats

_WINDOWS = ("context_length", "context_window", "max_context_length", "max_model_len", "max_input_tokens", "n_ctx")
_MOST_BYTES = 2**53
_OUTPUTS = ("max_completion_tokens", "max_output_tokens", "max_output_length")


async def fetch_json(
    clients: Clients,
    endpoint: Endpoint,
    path: str,
    headers: Mapping[str, str],
    *,
    body: object = None,
) -> object:
    """Ask for a JSON document; raises `CallFailed` for anything else."""
    async with clients.request(endpoint, "GET" if body is None else "POST", path, headers=headers, body=body) as answer:
        return await read_json(answer, endpoint)


async def read_json(answer: Answer, endpoint: Endpoint) -> object:
    """Return the JSON document that an answer holds; raises `CallFailed` for anything else."""
    if not 200 <= answer.status < 300:
        raise CallFailed(await refused(answer, endpoint))
    text = await answer.text()
    try:
        value = await parse(text)
    except ValueError:
        raise CallFailed(unreadable(answer, endpoint, text)) from None
    if isinstance(value, dict) and value.get("error"):
        raise CallFailed(told_inside(value, endpoint, answer))
    if not isinstance(value, dict | list):
        raise CallFailed(unreadable(answer, endpoint, text))
    return value


def models_of(value: object) -> list[Model]:
    """Return the models of a list in the OpenAI dialect: under `data` or `models`, or a bare array."""
    models: dict[str, Model] = {}
    for entry in entries_of(value):
        name = entry.get("id") or entry.get("name")
        if isinstance(name, str) and name and entry.get("active") is not False:
            models[name] = _model(name, entry)
    return list(models.values())


def entries_of(value: object) -> Iterator[dict[str, object]]:
    """Yield the entries of a list, whatever it is wrapped in."""
    if isinstance(value, dict):
        value = value["data"] if isinstance(value.get("data"), list) else value.get("models")
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            yield entry


def _model(name: str, entry: dict[str, object]) -> Model:
    places = [entry, *(part for key in ("top_provider", "meta") if isinstance(part := entry.get(key), dict))]
    return Model(
        name=name,
        context=_first(places, _WINDOWS) or max(filter(None, map(positive, host_windows(entry))), default=None),
        max_output=_first(places, _OUTPUTS),
        chat=_chats(name, entry),
        price=price_of(entry),
        capabilities=MappingProxyType(capabilities_of(entry)),
        quality=quality_of(entry),
    )


def _first(places: list[dict[str, object]], names: tuple[str, ...]) -> int | None:
    found = (positive(place.get(name)) for place in places for name in names)
    return next((number for number in found if number is not None), None)


def positive(value: object) -> int | None:
    """Return a count of tokens or bytes, also where it is written as text; None for anything that is none."""
    return count_of(value, most=_MOST_BYTES) or None


def _chats(name: str, entry: dict[str, object]) -> bool:
    """Whether one can chat with a model: its list says so in one of several ways, or its name has to tell."""
    capabilities, architecture, kind = entry.get("capabilities"), entry.get("architecture"), entry.get("type")
    if isinstance(capabilities, dict) and capabilities.get("completion_chat") is False:
        return False
    outputs = architecture.get("output_modalities") if isinstance(architecture, dict) else None
    if isinstance(outputs, list) and "text" not in outputs:
        return False
    if isinstance(kind, str) and kind not in CHAT_KINDS:
        return False
    return chats(name)
