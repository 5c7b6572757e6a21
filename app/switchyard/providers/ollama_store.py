"""Ollama servers, and the models on their disks and in their memory: found, listed, pulled and deleted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.local_models import InstalledModel, LoadedModel, PullStage, PullStep
from switchyard.providers.addresses import OLLAMA_PORT, ollama_address
from switchyard.providers.client import Answer, Clients, decode_json
from switchyard.providers.counts import count_of, part_of
from switchyard.providers.failures import RAW_BYTES, refused, told_inside, unreadable
from switchyard.providers.lists import entries_of, fetch_json, positive
from switchyard.providers.ndjson import NdjsonDecoder
from switchyard.providers.ollama_models import OLLAMA, bearer, is_cloud

FIND_TIMEOUT_S = 1.0
_FINER_THAN_MICROSECONDS = re.compile(r"(?<=\.\d{6})\d+")
_NOT_THERE = re.compile(r"file does not exist|not found|invalid model name", re.IGNORECASE)


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


class OllamaStore:
    """Asks servers about the models that they keep, and has them fetch others."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def installed(self, endpoint: Endpoint) -> list[InstalledModel]:
        """Return what is on the disk; raises `CallFailed`."""
        value = await fetch_json(self._clients, endpoint, "/api/tags", bearer(endpoint))
        return [_installed(name, entry) for entry in entries_of(value) if (name := _name(entry))]

    async def loaded(self, endpoint: Endpoint) -> list[LoadedModel]:
        """Return what is in memory; raises `CallFailed`."""
        value = await fetch_json(self._clients, endpoint, "/api/ps", bearer(endpoint))
        return [_loaded(name, entry) for entry in entries_of(value) if (name := _name(entry))]

    @asynccontextmanager
    async def pull(self, endpoint: Endpoint, model: str) -> AsyncIterator[AsyncIterator[PullStep]]:
        """Have a model fetched, and iterate over what is told of it.

        Leaving closes the connection; what the server has by then it keeps, and goes on from when it is asked again.
        Raises `CallFailed`: CUT where the connection broke, MODEL_GONE where there is no such model.
        """
        body = {"model": model, "stream": True}
        async with self._clients.request(endpoint, "POST", "/api/pull", headers=bearer(endpoint), body=body) as answer:
            if not 200 <= answer.status < 300:
                raise CallFailed(_named(await refused(answer, endpoint)))
            if answer.content_type == "text/html":
                raise CallFailed(unreadable(answer, endpoint, await answer.text(RAW_BYTES)))
            yield _steps(answer, endpoint)

    async def delete(self, endpoint: Endpoint, model: str) -> None:
        """Delete a model from the disk; raises `CallFailed`: MODEL_GONE where it is not there."""
        async with self._clients.request(
            endpoint, "DELETE", "/api/delete", headers=bearer(endpoint), body={"model": model}
        ) as answer:
            if not 200 <= answer.status < 300:
                raise CallFailed(_named(await refused(answer, endpoint)))


async def _steps(answer: Answer, endpoint: Endpoint) -> AsyncIterator[PullStep]:
    """Yield what a pull tells, to its success."""
    decoder = NdjsonDecoder()
    ended = False
    while not ended:
        chunk = await answer.next_chunk()
        ended = chunk is None
        for line in decoder.close() if chunk is None else decoder.feed(chunk):
            step = _step(line, answer, endpoint)
            if step is not None:
                yield step
                if step.stage is PullStage.DONE:
                    return
    raise CallFailed(Failure(FailureKind.CUT, "The connection ended before the model was there."))


def _step(line: str, answer: Answer, endpoint: Endpoint) -> PullStep | None:
    """Return what a line tells; None where it tells nothing that is understood."""
    try:
        value = decode_json(line)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    if value.get("error"):
        raise CallFailed(_named(told_inside(value, endpoint, answer)))
    status, layer = value.get("status"), value.get("digest")
    if isinstance(layer, str) and layer:
        return PullStep(
            PullStage.DOWNLOADING, layer, count_of(value.get("completed")) or 0, count_of(value.get("total")) or 0
        )
    if not isinstance(status, str):
        return None
    if status == "success":
        return PullStep(PullStage.DONE)
    if status.startswith("pulling"):
        return PullStep(PullStage.STARTING)
    return PullStep(PullStage.CHECKING if status.startswith("verifying") else PullStage.FINISHING)


def _named(failure: Failure) -> Failure:
    """Class a refusal by its words where there is no such model: a registry's own sentence has no code."""
    if not _NOT_THERE.search(failure.message):
        return failure
    return Failure(
        FailureKind.MODEL_GONE, failure.message, status=failure.status, request_id=failure.request_id, raw=failure.raw
    )


def _name(entry: dict[str, object]) -> str:
    name = entry.get("model") or entry.get("name")
    return name if isinstance(name, str) else ""


def _installed(name: str, entry: dict[str, object]) -> InstalledModel:
    details = part_of(entry, "details")
    return InstalledModel(
        name,
        size_bytes=positive(entry.get("size")),
        parameters=_word(details.get("parameter_size")),
        quantisation=_word(details.get("quantization_level")),
        family=_word(details.get("family")),
        cloud=is_cloud(name) or bool(entry.get("remote_host")),
    )


def _loaded(name: str, entry: dict[str, object]) -> LoadedModel:
    return LoadedModel(
        name,
        memory_bytes=positive(entry.get("size")),
        gpu_bytes=count_of(entry.get("size_vram")),
        context=positive(entry.get("context_length")),
        until=_moment(entry.get("expires_at")),
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _moment(value: object) -> float | None:
    """Return a moment in seconds of the epoch; the servers write it with nanoseconds."""
    try:
        moment = datetime.fromisoformat(_FINER_THAN_MICROSECONDS.sub("", value) if isinstance(value, str) else "")
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None
