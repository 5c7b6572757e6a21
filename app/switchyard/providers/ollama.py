"""Ollama's own API: chat as lines of JSON, with the context window set so that nothing is cut in silence."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from switchyard.core.catalog import Endpoint, Model, Place
from switchyard.core.events import CallFailed, Finish, ModelLoading, ProviderEvent, UsageReported
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import Usage, estimate_tokens
from switchyard.providers.addresses import OLLAMA_PORT, is_own_host, ollama_address
from switchyard.providers.base import Call
from switchyard.providers.client import Answer, Clients, decode_json
from switchyard.providers.lists import entries_of, fetch_json, positive
from switchyard.providers.ndjson import NdjsonDecoder
from switchyard.providers.presets import chats
from switchyard.providers.reading import Reader, Reply

OLLAMA = "ollama"
SMALLEST_WINDOW = 4096
RESERVED_OUTPUT = 4096
ASK_TIMEOUT_S = 2.0
FIND_TIMEOUT_S = 1.0
_SHOWN_MODELS = 64  # a list is not worth more questions than this

_FINISHES = {"length": Finish.LENGTH, "tool_calls": Finish.TOOL_CALLS}
_EMBEDDING_FAMILY = re.compile(r"bert|embed", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What `/api/show` tells of a model. `set_window` is the window that its own file asks for."""

    context: int | None = None
    set_window: int | None = None
    chat: bool | None = None


class Ollama:
    """The provider. What models can hold is asked for once per model."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._shown: dict[tuple[str, str], Shown] = {}

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        async with AsyncExitStack() as stack:
            yield OllamaStream(self, call, stack)

    async def prepare(self, call: Call) -> tuple[int | None, bool]:
        """Return the window to ask for, if any, and whether the model may have to be loaded first."""
        endpoint = call.endpoint
        if is_cloud(call.model) or is_own_host(OLLAMA, endpoint.base_url):
            return None, False
        shown = await self._show(endpoint, call.model)
        loaded = await self._loaded(endpoint, call.model)
        window = window_for(estimate_prompt(call), shown, loaded or 0)
        return window, loaded is None and endpoint.place is not Place.CLOUD

    async def open(self, call: Call, window: int | None, stack: AsyncExitStack) -> Reply[str]:
        """Send the call; `stack` closes it."""
        answer = await stack.enter_async_context(
            self._clients.request(
                call.endpoint,
                "POST",
                "/api/chat",
                headers=_headers(call.endpoint),
                body=request_body(call, window),
                on_sent=call.on_sent,
                connect_timeout_s=call.connect_timeout_s,
            )
        )
        return Reply(answer, NdjsonDecoder(), OllamaReader(call.endpoint, answer), stream=call.stream)

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models that are there, with their windows."""
        entries = list(entries_of(await fetch_json(self._clients, endpoint, "/api/tags", _headers(endpoint))))
        models: list[Model] = []
        for n, entry in enumerate(entries):
            name = entry.get("model") or entry.get("name")
            if not isinstance(name, str) or not name:
                continue
            self._shown.pop((endpoint.base_url, name), None)  # the person may have pulled a newer one
            shown = await self._show(endpoint, name) if n < _SHOWN_MODELS else Shown()
            models.append(
                Model(
                    name,
                    context=shown.context,
                    size_bytes=positive(entry.get("size")),
                    chat=shown.chat if shown.chat is not None else _chats(name, entry),
                    cloud=is_cloud(name) or bool(entry.get("remote_host")),
                )
            )
        return models

    async def _show(self, endpoint: Endpoint, model: str) -> Shown:
        """Return what is known of a model; where the question fails, nothing is."""
        name = (endpoint.base_url, model)
        if name not in self._shown:
            value = await self._ask(endpoint, "/api/show", {"model": model})
            if value is None:
                return Shown()
            self._shown[name] = read_show(value)
        return self._shown[name]

    async def _loaded(self, endpoint: Endpoint, model: str) -> int | None:
        """Return the window with which a model is loaded, 0 where that is not told; None where it is not loaded."""
        value = await self._ask(endpoint, "/api/ps", None)
        for entry in entries_of(value):
            if _full_name(model) in (_full_name(str(entry.get("model"))), _full_name(str(entry.get("name")))):
                return positive(entry.get("context_length")) or 0
        return None

    async def _ask(self, endpoint: Endpoint, path: str, body: object) -> object:
        """Ask a side question; None where no good answer comes soon. Raises `CallFailed` where nobody is there."""
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                return await fetch_json(self._clients, endpoint, path, _headers(endpoint), body=body)
        except CallFailed as failed:
            if failed.failure.kind is FailureKind.CONNECT:
                raise
            return None
        except TimeoutError:
            return None


class OllamaStream:
    """The events of a call. That a model is loading is told before the answer, which begins when it is loaded."""

    def __init__(self, provider: Ollama, call: Call, stack: AsyncExitStack) -> None:
        self._provider = provider
        self._call = call
        self._stack = stack
        self._prepared = False
        self._window: int | None = None
        self._reply: Reply[str] | None = None

    def __aiter__(self) -> OllamaStream:
        return self

    async def __anext__(self) -> Sequence[ProviderEvent]:
        if not self._prepared:
            self._prepared = True
            self._window, loading = await self._provider.prepare(self._call)
            if loading:
                return [ModelLoading()]
        if self._reply is None:
            self._reply = await self._provider.open(self._call, self._window, self._stack)
        return await anext(self._reply)


async def find_ollama(clients: Clients, environment: Mapping[str, str]) -> str | None:
    """Return the address at which Ollama answers: the one that `OLLAMA_HOST` names, or its port on this computer."""
    named = ollama_address(environment.get("OLLAMA_HOST", ""))
    for address in dict.fromkeys(filter(None, (named, f"http://127.0.0.1:{OLLAMA_PORT}"))):
        try:
            async with asyncio.timeout(FIND_TIMEOUT_S):
                await fetch_json(clients, Endpoint("", OLLAMA, address), "/api/tags", {})
        except (CallFailed, TimeoutError):
            continue
        return address
    return None


def is_cloud(model: str) -> bool:
    """Whether a model of this name runs at the vendor, though the local server passes it on."""
    return model.endswith(("-cloud", ":cloud"))


def estimate_prompt(call: Call) -> int:
    """Estimate the tokens of everything that is sent."""
    said = sum(estimate_tokens(message.text) + 4 for message in call.messages)
    return said + (estimate_tokens(call.system) if call.system else 0)


def window_for(prompt_tokens: int, shown: Shown, loaded_window: int) -> int:
    """Return the context window to ask for: prompt and reply fit, in steps of a doubling, since a change reloads.

    Raises `CallFailed` (CONTEXT) where the model cannot hold the prompt: Ollama would drop its beginning.
    """
    if shown.context is not None and prompt_tokens > shown.context:
        raise CallFailed(
            Failure(
                FailureKind.CONTEXT,
                f"About {prompt_tokens} tokens do not fit into the {shown.context} that the model can read.",
            )
        )
    window = SMALLEST_WINDOW
    while window < prompt_tokens + RESERVED_OUTPUT:
        window *= 2
    window = max(window, shown.set_window or 0, loaded_window)
    return window if shown.context is None else min(window, shown.context)


def request_body(call: Call, window: int | None) -> dict[str, object]:
    """Return what is sent for a call; without a window (a model in the cloud) the server's own stands."""
    messages = [{"role": "system", "content": call.system}] if call.system else []
    messages += [{"role": message.role.value, "content": message.text} for message in call.messages]
    body: dict[str, object] = {"model": call.model, "messages": messages, "stream": call.stream}
    if window is not None:
        body |= {"options": {"num_ctx": window}, "truncate": False, "shift": False}
    return body


def read_show(value: object) -> Shown:
    """Read the answer of `/api/show`."""
    if not isinstance(value, dict):
        return Shown()
    info, capabilities = value.get("model_info"), value.get("capabilities")
    contexts = (
        positive(number)
        for name, number in (info.items() if isinstance(info, dict) else ())
        if name.endswith(".context_length")
    )
    parameters = re.search(r"^num_ctx\s+(\d{1,9})\s*$", str(value.get("parameters") or ""), re.MULTILINE)
    return Shown(
        context=next((number for number in contexts if number is not None), None),
        set_window=int(parameters[1]) if parameters else None,
        chat="completion" in capabilities if isinstance(capabilities, list) and capabilities else None,
    )


def _headers(endpoint: Endpoint) -> dict[str, str]:
    return {"authorization": f"Bearer {endpoint.key.strip()}"} if endpoint.key else {}


def _full_name(model: str) -> str:
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def _chats(name: str, entry: dict[str, object]) -> bool:
    details = entry.get("details")
    details = details if isinstance(details, dict) else {}
    families = details.get("families")
    family = " ".join(map(str, families if isinstance(families, list) else [details.get("family") or ""]))
    return chats(name) and _EMBEDDING_FAMILY.search(family) is None


class OllamaReader(Reader[str]):
    """Reads the lines of a reply; a whole reply is one such line."""

    json_is_whole = False

    def __init__(self, endpoint: Endpoint, answer: Answer) -> None:
        super().__init__(endpoint, answer)
        self._called = False

    def take(self, item: str, out: list[ProviderEvent]) -> None:
        """Add what a line says."""
        try:
            value = decode_json(item)
        except ValueError:
            self.miss(out)
            return
        if isinstance(value, dict):
            self._take_line(value, out)
        else:
            self.miss(out)

    def take_whole(self, value: object, out: list[ProviderEvent]) -> None:
        """Add what a whole reply says."""
        if isinstance(value, dict):
            self._take_line(value, out)

    def _take_line(self, value: dict[str, object], out: list[ProviderEvent]) -> None:
        if value.get("error"):
            self.recognised = True
            self.fail(value, out)
            return
        message = value.get("message")
        if isinstance(message, dict):
            self.recognised = True
            self.name_model(value.get("model"), out)
            self._take_message(message, out)
        if value.get("done") is True:
            self.recognised = self.done = True
            self._take_end(value, out)

    def _take_message(self, message: dict[str, object], out: list[ProviderEvent]) -> None:
        thinking, content = message.get("thinking"), message.get("content")
        if isinstance(thinking, str) and thinking:
            self.add_reasoning(thinking, out)
        if isinstance(content, str) and content:
            self.add_text(content, out)
        if message.get("tool_calls"):
            self._called = True

    def _take_end(self, value: dict[str, object], out: list[ProviderEvent]) -> None:
        reason = value.get("done_reason")
        finish = _FINISHES.get(reason, Finish.STOP) if isinstance(reason, str) else Finish.STOP
        self.finish = Finish.TOOL_CALLS if self._called and finish is Finish.STOP else finish
        prompt, output = positive(value.get("prompt_eval_count")), positive(value.get("eval_count"))
        if prompt is not None or output is not None:
            out.append(UsageReported(Usage(input=prompt, output=output)))
