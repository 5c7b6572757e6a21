"""Texts as vectors in OpenAI's dialect: asked for packed, and read however they come."""

from __future__ import annotations

import binascii
import sys
from array import array
from base64 import b64decode
from collections.abc import Sequence
from math import isfinite

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import Usage
from switchyard.providers.asking import ask
from switchyard.providers.base import Call, Vectors
from switchyard.providers.client import Clients
from switchyard.providers.counts import count_of, floats_of, part_of
from switchyard.providers.declaration import Preset, auth_headers
from switchyard.providers.lists import entries_of, read_json

PATH = "/embeddings"
_PACKED = "base64_vectors"  # the habit of answering with base64; not every server knows it


async def embed(preset: Preset, clients: Clients, endpoint: Endpoint, model: str, texts: Sequence[str]) -> Vectors:
    """Return a vector for each text; raises `CallFailed`."""

    def write_body(call: Call) -> dict[str, object]:
        packed: dict[str, object] = {} if _PACKED in call.refuses else {"encoding_format": "base64"}
        return {"model": call.model, "input": list(texts), **packed}

    async with ask(
        clients,
        Call(endpoint, model, ()),
        preset.locate(endpoint, model, PATH),
        auth_headers(preset, endpoint),
        write_body,
        {"encoding_format": _PACKED},
    ) as (answer, _):
        value = await read_json(answer, endpoint)
    return read_vectors(value, len(texts))


def read_vectors(value: object, texts: int) -> Vectors:
    """Return what an answer holds, in the order of the texts; raises `CallFailed` where that is not one for each."""
    found: dict[int, Sequence[float]] = {}
    for place, entry in enumerate(entries_of(value)):
        index, vector = count_of(entry.get("index")), _vector(entry.get("embedding"))
        if vector is not None:
            found[place if index is None else index] = vector
    if sorted(found) != list(range(texts)):
        raise CallFailed(Failure(FailureKind.BAD_EVENT, "The answer does not hold one vector for each text."))
    answer = value if isinstance(value, dict) else {}
    usage, model = part_of(answer, "usage"), answer.get("model")
    counted = count_of(usage.get("prompt_tokens"))
    return Vectors(
        [found[place] for place in range(texts)],
        Usage(input=counted, output=None if counted is None else 0),
        model if isinstance(model, str) and model else None,
    )


def _vector(value: object) -> Sequence[float] | None:
    """Return a vector that came as base64 of little-endian 32-bit floats, or as a list of numbers."""
    if isinstance(value, str):
        numbers = array("f")
        try:
            numbers.frombytes(b64decode(value, validate=True))
        except (binascii.Error, ValueError):
            return None
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers.tolist() if numbers and all(map(isfinite, numbers)) else None
    return floats_of(value) or None
