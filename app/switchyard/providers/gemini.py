"""The dialect of Google's Gemini."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import quote

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.content import Capability, Parameter
from switchyard.core.events import CallFailed, ProviderEvent
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import Usage
from switchyard.providers.asking import Body, ask
from switchyard.providers.base import Call, Vectors
from switchyard.providers.client import Clients
from switchyard.providers.counts import floats_of
from switchyard.providers.declaration import Preset, auth_headers
from switchyard.providers.gemini_reply import GeminiDecoder, GeminiReader, read_usage
from switchyard.providers.gemini_request import (
    JSON_SCHEMA,
    SYSTEM,
    THOUGHTS,
    request_body,
    resource_of,
    warnings,
)
from switchyard.providers.lists import entries_of, fetch_json, positive
from switchyard.providers.presets import chats
from switchyard.providers.reading import Reply

_PAGES = 20
_TEXTS_PER_REQUEST = 100

# How a refusal names what is not taken: there is no field that does. The first that was sent and is named is left out.
_REFUSALS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (JSON_SCHEMA, r"json_?schema"),
        (SYSTEM, r"(developer|system)[ _]?instruction"),
        (Parameter.EFFORT.value, r"thinking|\bbudget\b"),
        (THOUGHTS, r"thinking|include_?thoughts"),
        (Parameter.SCHEMA.value, r"json mode|mime_?\s?type|response_?schema|controlled generation|structured output"),
        (Parameter.WEB_SEARCH.value, r"google_?search|search (grounding|as (a )?tool)|grounding"),
        (Parameter.TOOLS.value, r"function[ _]?(calling|declarations?)|tool use|\btools\b"),
        (Parameter.TEMPERATURE.value, r"\btemperature"),
        (Parameter.TOP_P.value, r"\btop_?p\b"),
        (Parameter.STOP.value, r"stop_?\s?sequences?"),
        (Parameter.SEED.value, r"\bseed\b"),
        (Parameter.MAX_OUTPUT.value, r"max_?\s?output_?\s?tokens"),
    )
)
_NOT_TAKEN = re.compile(
    r"unknown name|cannot find field|not supported|unsupported|does(n't| not) support|not enabled|is only enabled"
    r"|only works in|budget \d+ is invalid",
    re.IGNORECASE,
)
_CONFIGURED = {
    "temperature": Parameter.TEMPERATURE.value,
    "topP": Parameter.TOP_P.value,
    "maxOutputTokens": Parameter.MAX_OUTPUT.value,
    "stopSequences": Parameter.STOP.value,
    "seed": Parameter.SEED.value,
    "responseMimeType": Parameter.SCHEMA.value,
    "responseJsonSchema": JSON_SCHEMA,
}


class Gemini:
    """A provider of this dialect."""

    def __init__(self, preset: Preset, clients: Clients) -> None:
        self._preset = preset
        self._clients = clients

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        method = "streamGenerateContent?alt=sse" if call.stream else "generateContent"
        path = f"/{resource_of(call.model)}:{method}"
        headers = auth_headers(self._preset, call.endpoint)
        async with ask(self._clients, call, path, headers, request_body, {}, find_refused) as (answer, told):
            reader = GeminiReader(call.endpoint, answer, call.model)
            yield Reply(answer, GeminiDecoder(), reader, stream=call.stream, told=[*told, *warnings(call)])

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models this key may use."""
        models: dict[str, Model] = {}
        after = ""
        for _ in range(_PAGES):
            path = f"{self._preset.models_path}?pageSize=1000{after}"
            page = await fetch_json(self._clients, endpoint, path, auth_headers(self._preset, endpoint))
            for entry in entries_of(page):
                name = entry.get("name")
                if isinstance(name, str) and name:
                    model = _model(name.removeprefix("models/"), entry)
                    models[model.name] = model
            token = page.get("nextPageToken") if isinstance(page, dict) else None
            if not isinstance(token, str) or not token:
                break
            after = f"&pageToken={quote(token, safe='')}"
        return list(models.values())

    async def embed(self, endpoint: Endpoint, model: str, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text."""
        vectors: list[Sequence[float]] = []
        counted: int | None = None
        resource = resource_of(model)
        for start in range(0, len(texts), _TEXTS_PER_REQUEST):
            some = texts[start : start + _TEXTS_PER_REQUEST]
            requests = [{"model": resource, "content": {"parts": [{"text": text}]}} for text in some]
            value = await fetch_json(
                self._clients,
                endpoint,
                f"/{resource}:batchEmbedContents",
                auth_headers(self._preset, endpoint),
                body={"requests": requests},
            )
            vectors += _vectors(value, len(some))
            usage = value.get("usageMetadata") if isinstance(value, dict) else None
            if isinstance(usage, dict):
                counted = (counted or 0) + (read_usage(usage).input or 0)
        return Vectors(vectors, Usage(input=counted, output=0), model)


def find_refused(failure: Failure, body: Body) -> str | None:
    """Return what a refusal says that the model does not take, among the optional things that were sent."""
    if not _NOT_TAKEN.search(failure.message):
        return None
    sent = _sent(body)
    return next((name for name, words in _REFUSALS if name in sent and words.search(failure.message)), None)


def _sent(body: Body) -> set[str]:
    config, tools = body.get("generationConfig"), body.get("tools")
    sent: set[str] = {SYSTEM} if "systemInstruction" in body else set()
    if isinstance(config, dict):
        sent.update(name for member, name in _CONFIGURED.items() if member in config)
        thinking = config.get("thinkingConfig")
        if isinstance(thinking, dict):
            sent.add(THOUGHTS if thinking.keys() == {"includeThoughts"} else Parameter.EFFORT.value)
    for tool in tools if isinstance(tools, list) else ():
        declarations = tool.get("functionDeclarations", ())
        sent.add(Parameter.TOOLS.value if declarations else Parameter.WEB_SEARCH.value)
        sent.update(JSON_SCHEMA for declared in declarations if "parametersJsonSchema" in declared)
    return sent


def _model(name: str, entry: dict[str, object]) -> Model:
    methods = entry.get("supportedGenerationMethods")
    known = isinstance(methods, list)
    offered = {method for method in methods if isinstance(method, str)} if isinstance(methods, list) else set()
    capabilities: dict[Capability, bool] = {}
    if known:
        capabilities[Capability.EMBEDDING] = not offered.isdisjoint(("embedContent", "batchEmbedContents"))
    if entry.get("thinking") is True:
        capabilities[Capability.REASONING] = True
    return Model(
        name,
        context=positive(entry.get("inputTokenLimit")),
        max_output=positive(entry.get("outputTokenLimit")),
        chat=chats(name) and ("generateContent" in offered or not known),
        capabilities=capabilities,
    )


def _vectors(value: object, wanted: int) -> list[Sequence[float]]:
    entries = value.get("embeddings") if isinstance(value, dict) else None
    vectors: list[Sequence[float]] = []
    for entry in entries if isinstance(entries, list) else ():
        numbers = floats_of(entry.get("values")) if isinstance(entry, dict) else []
        if numbers:
            vectors.append(numbers)
    if len(vectors) != wanted:
        raise CallFailed(Failure(FailureKind.BAD_EVENT, "The answer holds other vectors than were asked for."))
    return vectors
