"""Texts as vectors, in OpenAI's dialect."""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import FailureKind
from switchyard.core.usage import Usage
from switchyard.providers.base import Embeds, Provider, Vectors

PATH = "/embeddings"


def packed(*numbers: float) -> str:
    return b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def entry(vector: object, index: object = None) -> dict[str, Any]:
    return {"object": "embedding", "embedding": vector} | ({} if index is None else {"index": index})


@pytest.fixture
def embed(server: Any, fakes: Any, providers: dict[str, Provider]) -> Any:
    """Have texts embedded by a provider whose answers are given."""

    async def embed(*answers: Any, texts: tuple[str, ...] = ("a", "b"), provider: str = "openai") -> Vectors:
        scripts = [
            answer if isinstance(answer, fakes.Script) else fakes.Script(json.dumps(answer)) for answer in answers
        ]
        server.play(PATH, *scripts)
        speaker = providers[provider]
        assert isinstance(speaker, Embeds)
        return await speaker.embed(Endpoint("here", provider, server.url(), key="k"), "m", texts)

    return embed


async def test_packed_vectors_in_the_order_of_the_texts(embed: Any, server: Any) -> None:
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    rows = [entry(packed(0.5, -2.0), 1), entry(packed(1.0, 0.25), 0)]
    vectors = await embed({"object": "list", "data": rows, "model": "m-3", "usage": usage})
    assert vectors == ([[1.0, 0.25], [0.5, -2.0]], Usage(input=8, output=0), "m-3")
    assert server.received[-1].json() == {"model": "m", "input": ["a", "b"], "encoding_format": "base64"}
    assert server.received[-1].headers["authorization"] == "Bearer k"


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"data": rows}])
async def test_plain_lists_and_bare_ones(embed: Any, wrap: Any) -> None:
    vectors = await embed(wrap([entry([1, 0.5]), entry([2, 3.5])]))
    assert vectors == ([[1.0, 0.5], [2.0, 3.5]], Usage(), None)


async def test_who_cannot_pack_is_asked_for_lists(embed: Any, server: Any, fakes: Any) -> None:
    refused = {"detail": [{"type": "extra_forbidden", "loc": ["body", "encoding_format"], "msg": "Extra inputs"}]}
    vectors = await embed(
        fakes.Script(json.dumps(refused), 422), {"data": [entry([1.0])]}, texts=("a",), provider="mistral"
    )
    assert vectors.vectors == [[1.0]]
    assert [set(request.json()) for request in server.received] == [
        {"model", "input", "encoding_format"},
        {"model", "input"},
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"data": [entry([1.0], 0)]},
        {"data": [entry([1.0], 0), entry([2.0], 0)]},
        {"data": [entry([1.0], 0), entry([2.0], 7)]},
        {"data": [entry([1.0], 0), entry("not base64", 1)]},
        {"data": [entry([1.0], 0), entry(b64encode(b"odd").decode(), 1)]},
        {"data": [entry([1.0], 0), entry([], 1)]},
        {"data": [entry([1.0], 0), entry(["x"], 1)]},
        {"data": [entry([1.0], 0), entry(None, 1)]},
        {"data": None, "usage": 7},
    ],
)
async def test_anything_but_a_vector_for_each_is_no_answer(embed: Any, answer: object) -> None:
    with pytest.raises(CallFailed) as caught:
        await embed(answer)
    assert caught.value.failure.kind is FailureKind.BAD_EVENT


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ('{"error":{"message":"no","code":"invalid_api_key"}}', 401, FailureKind.AUTH),
        ('{"error":{"message":"slow down"}}', 429, FailureKind.RATE_LIMIT),
        ("<html>", 200, FailureKind.BAD_EVENT),
        ('{"error":{"message":"busy","code":503}}', 200, FailureKind.OVERLOADED),
    ],
)
async def test_what_fails(embed: Any, fakes: Any, body: str, status: int, kind: FailureKind) -> None:
    with pytest.raises(CallFailed) as caught:
        await embed(fakes.Script(body, status))
    assert caught.value.failure.kind is kind
