"""What is Anthropic's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.events import Finish
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Provider


def events(*values: dict[str, Any]) -> str:
    return "".join(f"event: {value['type']}\ndata: {json.dumps(value)}\n\n" for value in values)


def delta(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def stop(reason: str | None, **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


STOP = {"type": "message_stop"}


@pytest.fixture
def tell(server: Any, fakes: Any, ask: Any) -> Any:
    async def tell(*values: dict[str, Any], **call: Any) -> Any:
        server.play("/messages", fakes.Script(events(*values), headers={"content-type": "text/event-stream"}))
        return await ask("anthropic", server.url(), max_output=100, **call)

    return tell


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("tool_use", Finish.TOOL_CALLS),
        ("refusal", Finish.REFUSAL),
        ("pause_turn", Finish.PAUSE),
        ("a_new_one", Finish.STOP),
        (None, Finish.STOP),
    ],
)
async def test_finish(tell: Any, reason: str | None, finish: Finish) -> None:
    assert (await tell(delta("a"), stop(reason), STOP)).finish is finish


async def test_error_as_the_first_event(tell: Any) -> None:
    told = await tell({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    assert told.failure.kind is FailureKind.OVERLOADED
    assert told.failure.message == "Overloaded"


async def test_pings_alone_are_empty(tell: Any) -> None:
    assert (await tell({"type": "ping"}, {"type": "ping"})).failure.kind is FailureKind.EMPTY


async def test_usage_is_cumulative_and_nothing_erases_it(tell: Any) -> None:
    start = {
        "type": "message_start",
        "message": {
            "model": "m",
            "usage": {
                "input_tokens": 3,
                "cache_creation_input_tokens": 30,
                "cache_read_input_tokens": 10,
                "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
                "output_tokens": 1,
            },
        },
    }
    told = await tell(start, delta("a"), stop("end_turn", output_tokens=7, input_tokens=None), STOP)
    usage = told.usage
    assert (usage.input, usage.output, usage.cached_input) == (43, 7, 10)
    assert (usage.cache_write_5m, usage.cache_write_1h) == (20, 10)
    told = await tell(start, stop("end_turn", output_tokens=7, input_tokens=5, cache_read_input_tokens=12), STOP)
    assert (told.usage.input, told.usage.cached_input) == (47, 12)


async def test_text_at_the_start_of_a_block(tell: Any) -> None:
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Al"}}
    assert (await tell(block, delta("l"), stop("end_turn"), STOP)).text == "All"


async def test_person_speaks_first_and_nobody_says_nothing(tell: Any, server: Any) -> None:
    messages = (
        ChatMessage(Role.ASSISTANT, "Welcome."),
        ChatMessage(Role.USER, "Hi"),
        ChatMessage(Role.ASSISTANT, " \n"),
        ChatMessage(Role.USER, "Again"),
    )
    await tell(delta("a"), stop("end_turn"), STOP, messages=messages, system=" ")
    body = server.received[-1].json()
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user", "user"]
    assert [message["content"] for message in body["messages"][1:]] == ["Welcome.", "Hi", "Again"]
    assert "system" not in body


async def test_nothing_to_say_is_not_sent(tell: Any, server: Any) -> None:
    told = await tell(delta("a"), STOP, messages=(ChatMessage(Role.USER, " "),))
    assert told.failure.kind is FailureKind.LOCAL
    assert server.received == []


async def _sent_limit(server: Any, fakes: Any, ask: Any, model: str) -> int:
    server.play("/messages", fakes.transcript("anthropic.sse"))
    told = await ask("anthropic", server.url(), model=model)
    assert told.failure is None
    return int(server.received[-1].json()["max_tokens"])


async def test_limit_is_the_models_own_and_asked_for_once(server: Any, fakes: Any, ask: Any) -> None:
    rows = [{"id": "big", "max_tokens": 128_000, "max_input_tokens": 1_000_000}, {"id": "old"}]
    server.play("/models", fakes.Script(json.dumps({"data": rows, "has_more": False, "last_id": "old"})))
    assert await _sent_limit(server, fakes, ask, "big") == 128_000
    assert await _sent_limit(server, fakes, ask, "old") == 4096
    assert await _sent_limit(server, fakes, ask, "unlisted") == 4096
    assert [path for path in server.paths() if path.startswith("/models")] == ["/models?limit=1000"]


@pytest.mark.parametrize("drop", [False, True])
async def test_list_that_fails_is_no_failure_of_the_call(drop: bool, server: Any, fakes: Any, ask: Any) -> None:
    server.play("/models", fakes.Script("", 500, drop=drop))
    assert await _sent_limit(server, fakes, ask, "big") == 4096
    assert await _sent_limit(server, fakes, ask, "big") == 4096
    assert server.paths().count("/models?limit=1000") == 1


async def test_list_has_pages(server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    server.play(
        "/models",
        fakes.Script(json.dumps({"data": [{"id": "a", "max_tokens": 5}], "has_more": True, "last_id": "a/b"})),
        fakes.Script(json.dumps({"data": [{"id": "c", "max_input_tokens": 9}], "has_more": False, "last_id": "c"})),
    )
    models = await providers["anthropic"].list_models(Endpoint("a", "anthropic", server.url(), key="k"))
    assert [(model.name, model.context, model.max_output) for model in models] == [("a", None, 5), ("c", 9, None)]
    assert server.paths() == ["/models?limit=1000", "/models?limit=1000&after_id=a%2Fb"]
