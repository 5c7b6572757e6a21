"""What Ollama's replies hold: calls, thoughts, counts, and vectors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from switchyard.core.content import Opaque, ToolCall
from switchyard.core.events import CallFailed, Finish, Finished, OpaqueGiven
from switchyard.core.failures import FailureKind
from switchyard.core.usage import Usage
from switchyard.providers.ollama_reply import read_vectors
from switchyard.providers.ollama_request import OWNER

END = {"message": {"content": ""}, "done": True, "done_reason": "stop"}


def line(**message: Any) -> dict[str, Any]:
    return {"model": "m", "created_at": "2026-11-01T00:00:00Z", "message": message, "done": False}


def call(name: object, arguments: object = None, **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}, **more}


@pytest.fixture
def play(server: Any, fakes: Any, ask: Any) -> Any:
    async def play(*lines: dict[str, Any], **asked: Any) -> Any:
        headers = {"content-type": "application/x-ndjson"}
        server.play("/api/chat", fakes.Script("".join(json.dumps(each) + "\n" for each in lines), headers=headers))
        return await ask("ollama", server.url(), **asked)

    return play


async def test_calls_come_whole_and_with_their_ids(play: Any) -> None:
    first = call("f", {"x": 1, "y": "ä"}, id="call_1")
    told = await play(line(thinking="Hm. "), line(thinking="So."), line(tool_calls=[first]), END)
    assert told.calls == [ToolCall("call_1", "f", '{"x": 1, "y": "ä"}')]
    assert (told.finish, told.reasoning) == (Finish.TOOL_CALLS, "Hm. So.")
    assert told.opaque == Opaque(OWNER, {"thinking": "Hm. So.", "tool_calls": [first]})
    kinds = [type(event) for event in told.events]
    assert kinds.index(OpaqueGiven) < kinds.index(Finished)


async def test_thoughts_of_a_server_that_stands_in_for_ollama(play: Any) -> None:
    told = await play(line(content="", reasoning_content="Hm."), line(content="a", reasoning_content=7), END)
    assert (told.reasoning, told.text) == ("Hm.", "a")


async def test_calls_without_ids_get_stable_ones(play: Any) -> None:
    lines = [line(tool_calls=[call("f", {"x": 1}), call("f", {"x": 1})]), line(tool_calls=[call("g")]), END]
    told = await play(*lines)
    ids = [each.id for each in told.calls]
    assert len(set(ids)) == 3
    assert [each.id for each in (await play(*lines)).calls] == ids
    later = [{**each, "created_at": "2026-11-01T00:00:09Z"} for each in lines]
    assert not set(ids) & {each.id for each in (await play(*later)).calls}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [(None, "{}"), ({}, "{}"), ("", "{}"), ('{"a":1}', '{"a":1}'), ('{"a":', '{"a":'), ([1], "{}"), (7, "{}")],
)
async def test_arguments_of_any_shape(play: Any, arguments: object, text: str) -> None:
    (made,) = (await play(line(tool_calls=[call("f", arguments)]), END)).calls
    assert made.arguments == text


@pytest.mark.parametrize("calls", [None, {}, "x", [None, 1, {}, call(None), call(""), call(7), {"function": "f"}]])
async def test_what_is_no_call_is_none(play: Any, calls: object) -> None:
    told = await play(line(content="a", tool_calls=calls), END)
    assert (told.failure, told.calls, told.finish, told.opaque) == (None, [], Finish.STOP, None)


async def test_a_whole_reply_with_a_call(play: Any) -> None:
    told = await play({**line(content="Look.", tool_calls=[call("f")]), "done": True, "eval_count": 3}, stream=False)
    assert (told.text, [each.name for each in told.calls], told.finish) == ("Look.", ["f"], Finish.TOOL_CALLS)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"prompt_eval_count": 40, "eval_count": 5}, Usage(40, 5)),
        ({"prompt_eval_count": 40, "prompt_eval_cached_count": 32, "eval_count": 5}, Usage(40, 5, cached_input=32)),
        ({"prompt_eval_count": 4, "prompt_eval_cached_count": 32, "eval_count": 5}, Usage(4, 5)),
        ({"eval_count": 5}, Usage(None, 5)),
        ({"prompt_eval_count": "40", "eval_count": 0}, Usage(40, None)),
        ({"prompt_eval_count": 0, "eval_count": 0}, None),
        ({"prompt_eval_count": None, "eval_count": -1}, None),
    ],
)
async def test_counts(play: Any, counts: dict[str, Any], usage: Usage | None) -> None:
    assert (await play(line(content="a"), END | counts)).usage == usage


async def test_an_error_after_words_keeps_them(play: Any) -> None:
    told = await play(line(content="Half"), {"error": "an error was encountered while running the model"})
    assert told.text == "Half"
    assert told.failure is not None
    assert "while running the model" in told.failure.message


def test_a_vector_alone_is_that_of_the_only_text() -> None:
    assert read_vectors({"embedding": [1, 0.5]}, 1).vectors == [[1.0, 0.5]]
    for texts, answer in ((2, {"embedding": [1, 0.5]}), (1, {"embedding": []}), (1, {})):
        with pytest.raises(CallFailed):
            read_vectors(answer, texts)


@pytest.mark.parametrize(
    "answer",
    [{}, [], None, {"embeddings": None}, {"embeddings": [[1.0]]}, {"embeddings": [[1.0], []]},
     {"embeddings": [[1.0], ["x"]]}, {"embeddings": [[1.0], None]}, {"embeddings": [[1.0], [True]]}],
)  # fmt: skip
def test_too_few_vectors(answer: object) -> None:
    with pytest.raises(CallFailed) as caught:
        read_vectors(answer, 2)
    assert caught.value.failure.kind is FailureKind.BAD_EVENT
