"""The habits of those who speak the OpenAI dialect."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import CallFailed, Finish
from switchyard.core.failures import FailureKind
from switchyard.providers.base import Provider

PATH = "/chat/completions"


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


@pytest.fixture
def tell(server: Any, fakes: Any, ask: Any) -> Any:
    """Play events (or a document) and return what the provider made of them."""

    async def tell(*events: object, provider: str = "openai", done: bool = True, document: object = None) -> Any:
        if document is not None:
            script = fakes.Script(json.dumps(document), headers={"content-type": "application/json"})
        else:
            script = fakes.Script(fakes.sse(*events, done=done), headers={"content-type": "text/event-stream"})
        server.play(PATH, script)
        return await ask(provider, server.url(), stream=document is None)

    return tell


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("stop", Finish.STOP),
        ("eos", Finish.STOP),
        ("something_new", Finish.STOP),
        ("length", Finish.LENGTH),
        ("model_length", Finish.LENGTH),
        ("tool_calls", Finish.TOOL_CALLS),
        ("function_call", Finish.TOOL_CALLS),
        ("content_filter", Finish.CONTENT_FILTER),
    ],
)
async def test_finish(tell: Any, word: str, finish: Finish) -> None:
    assert (await tell(chunk(content="a"), chunk(word))).finish is finish
    whole = {"choices": [{"message": {"content": "a"}, "finish_reason": word}]}
    assert (await tell(document=whole)).finish is finish


async def test_refusal_is_told_by_its_member(tell: Any) -> None:
    told = await tell(chunk(refusal="I can't"), chunk(refusal=" say"), chunk("stop"))
    assert told.finish is Finish.REFUSAL
    assert (told.text, told.warnings) == ("", ["The model said: I can't say"])
    whole = {"choices": [{"message": {"content": None, "refusal": "I can't"}, "finish_reason": "stop"}]}
    assert (await tell(document=whole)).finish is Finish.REFUSAL


async def test_filtered_choice_without_a_message(tell: Any) -> None:
    told = await tell(document={"choices": [{"index": 0, "finish_reason": "content_filter"}]})
    assert told.failure is None
    assert told.finish is Finish.CONTENT_FILTER


async def test_tool_calls_are_known_by_their_presence(tell: Any) -> None:
    assert (await tell(chunk(tool_calls=[{"function": {"name": "f"}}]), chunk("stop"))).finish is Finish.TOOL_CALLS


async def test_end_without_marker_after_a_finish_is_good(tell: Any) -> None:
    told = await tell(chunk(content="a"), chunk("stop"), done=False)
    assert (told.failure, told.text, told.finish) == (None, "a", Finish.STOP)


async def test_marker_without_a_finish_is_good_where_nothing_is_known_of_the_server(tell: Any) -> None:
    told = await tell(chunk(content="a"), provider="openai-compatible")
    assert (told.failure, told.text, told.finish) == (None, "a", Finish.STOP)


@pytest.mark.parametrize("provider", ["openai", "mistral", "deepseek", "together", "openrouter", "groq", "xai"])
async def test_marker_without_a_finish_is_a_cut_where_every_reply_names_one(tell: Any, provider: str) -> None:
    told = await tell(chunk(content="a"), provider=provider)
    assert (told.failure.kind, told.text, told.finish) == (FailureKind.CUT, "a", None)


async def test_a_whole_reply_needs_no_finish(tell: Any) -> None:
    told = await tell(document={"choices": [{"message": {"content": "a"}}]})
    assert (told.failure, told.text, told.finish) == (None, "a", Finish.STOP)


async def test_marker_alone_is_empty(tell: Any) -> None:
    assert (await tell()).failure.kind is FailureKind.EMPTY


async def test_no_choice_is_empty(tell: Any) -> None:
    assert (await tell(document={"choices": []})).failure.kind is FailureKind.EMPTY


async def test_what_stands_behind_the_marker_is_ignored(tell: Any) -> None:
    told = await tell(chunk(content="a"), chunk("stop"), "[DONE]", chunk(content="b"), "nonsense")
    assert (told.failure, told.text, told.warnings) == (None, "a", [])


async def test_only_the_first_choice_counts(tell: Any) -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "x"}, "finish_reason": "length"}]}
    told = await tell(chunk(content="a"), other, chunk("stop"), other)
    assert (told.text, told.finish) == ("a", Finish.STOP)


async def test_choice_without_an_index(tell: Any) -> None:
    told = await tell({"choices": [{"delta": {"content": "a"}}]}, {"choices": [{"finish_reason": "stop"}]})
    assert told.text == "a"


async def test_content_that_is_a_list(tell: Any) -> None:
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}]
    told = await tell(chunk(content=thinking), chunk(content="b"), chunk("stop"), provider="mistral")
    assert (told.reasoning, told.text) == ("hm", "ab")


async def test_reasoning_and_its_details_are_not_added_up(tell: Any) -> None:
    details = [{"type": "reasoning.text", "text": "hm"}]
    told = await tell(chunk(content="", reasoning="hm", reasoning_details=details), chunk("stop", content="a"))
    assert told.reasoning == "hm"
    assert (await tell(chunk(reasoning_details=details), chunk("stop", content="a"))).reasoning == "hm"


async def test_inline_reasoning_is_parted_from_the_text(tell: Any) -> None:
    told = await tell(*(chunk(content=piece) for piece in ("<thi", "nk>\nhm", "</think>\n\n", "a")), chunk("stop"))
    assert (told.reasoning, told.text) == ("hm", "a")


async def test_unknown_members_are_ignored(tell: Any) -> None:
    odd = {"choices": [{"delta": {"content": "a", "audio": {}, "p": "xx"}, "text": "a", "seed": 1}], "service_tier": 3}
    told = await tell({"id": "", "choices": None}, {"choices": [None, 3]}, odd, chunk("stop"))
    assert (told.failure, told.text) == (None, "a")


@pytest.mark.parametrize(
    "event",
    [
        {"error": {"message": "busy", "code": 503}},
        {"error": "busy", "error_type": "overloaded"},
        {"choices": [{"index": 0, "delta": {}, "error": {"message": "busy", "code": 503}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "error", "error": {"message": "busy", "code": 503}}]},
        {"object": "error", "message": "busy", "code": 503},
        {"choices": [], "x_groq": {"error": {"message": "busy", "status_code": 503}}},
    ],
)
async def test_error_is_found_wherever_it_stands(tell: Any, event: dict[str, Any]) -> None:
    told = await tell(chunk(content="a"), event)
    assert told.text == "a"
    assert told.failure.kind is FailureKind.OVERLOADED
    assert told.failure.message == "busy"
    assert (await tell(document=event)).failure.kind is FailureKind.OVERLOADED


async def test_error_finish_without_a_word_is_a_server_error(tell: Any) -> None:
    assert (await tell(chunk("error"))).failure.kind is FailureKind.SERVER


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_limit_whose_wait_stands_inside_the_error_alone(
    tell: Any, server: Any, fakes: Any, ask: Any, streamed: bool
) -> None:
    error = {"message": "Rate limit exceeded", "code": 429, "metadata": {"headers": {"Retry-After": "17"}}}
    if streamed:
        told = await tell({"error": error, "choices": []}, provider="openrouter")
    else:
        refusal = fakes.Script(json.dumps({"error": error}), 429, {"content-type": "application/json"})
        server.play(PATH, refusal)
        told = await ask("openrouter", server.url())
    assert (told.failure.kind, told.failure.retry_after_s) == (FailureKind.RATE_LIMIT, 17)


async def test_error_after_the_finish_is_a_warning(tell: Any) -> None:
    told = await tell(chunk(content="a"), chunk("stop"), {"error": {"message": "late"}})
    assert told.failure is None
    assert told.warnings == ["The provider added: late"]


async def test_named_error_event(server: Any, fakes: Any, ask: Any) -> None:
    body = fakes.sse(chunk(content="a"), done=False) + 'event: error\ndata: {"message":"no","status_code":429}\n\n'
    server.play(PATH, fakes.Script(body))
    told = await ask("groq", server.url())
    assert told.failure.kind is FailureKind.RATE_LIMIT
    assert told.failure.message == "no"


RAW = {"prompt_tokens": 10, "completion_tokens": 4}


@pytest.mark.parametrize(
    ("provider", "event", "counts"),
    [
        ("openai", {"choices": [], "usage": RAW}, (10, 4, 0, None)),
        ("openai", chunk("stop") | {"usage": RAW | {"prompt_tokens_details": None}}, (10, 4, 0, None)),
        ("openai", {"usage": RAW | {"prompt_tokens_details": {"cached_tokens": 0}}}, (10, 4, 0, None)),
        ("groq", {"choices": [], "x_groq": {"id": "r", "usage": RAW}}, (10, 4, 0, None)),
        ("deepseek", {"choices": [], "usage": RAW | {"prompt_cache_hit_tokens": 6}}, (10, 4, 6, None)),
        ("together", {"choices": [], "usage": RAW | {"cached_tokens": 5}}, (10, 4, 5, None)),
        ("xai", {"usage": RAW | {"completion_tokens_details": {"reasoning_tokens": 7}}}, (10, 11, 0, 7)),
        ("openai", {"usage": RAW | {"completion_tokens_details": {"reasoning_tokens": 3}}}, (10, 4, 0, 3)),
        ("openai", {"usage": {"prompt_tokens": None, "completion_tokens": "4"}}, (None, 4, None, None)),
    ],
)
async def test_usage(tell: Any, provider: str, event: dict[str, Any], counts: tuple[int | None, ...]) -> None:
    told = await tell(chunk(content="a"), event, chunk("stop"), provider=provider)
    usage = told.usage
    assert (usage.input, usage.output, usage.cached_input, usage.reasoning) == counts
    assert told.cost_nanos is None


@pytest.mark.parametrize(
    ("usage", "nanos"),
    [
        ('"cost":0.00014535', 145_350),
        ('"cost":0', 0),
        ('"cost":1e-9', 1),
        ('"cost":1.2345678905', 1_234_567_890),
        ('"cost":12.000000001', 12_000_000_001),
        ('"cost":0.1,"is_byok":true,"cost_details":{"upstream_inference_cost":0.2}', 300_000_000),
        ('"cost":0.1,"is_byok":false,"cost_details":{"upstream_inference_cost":0.2}', 100_000_000),
        ('"cost":null', None),
        ('"cost":{"total":1}', None),
        ('"cost":-1', None),
    ],
)
async def test_charge_is_exact(server: Any, fakes: Any, ask: Any, usage: str, nanos: int | None) -> None:
    event = '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,' + usage + "}}"
    server.play(PATH, fakes.Script(fakes.sse(chunk("stop", content="a"), event)))
    assert (await ask("openrouter", server.url())).cost_nanos == nanos
    assert (await ask("openai", server.url())).cost_nanos is None


async def _list(server: Any, fakes: Any, providers: dict[str, Provider], value: object, provider: str) -> list[Model]:
    server.play("/models", fakes.Script(json.dumps(value)))
    return await providers[provider].list_models(Endpoint("a", provider, server.url(), key="k"))


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"data": rows}, lambda rows: {"models": rows}])
async def test_list_shapes(server: Any, fakes: Any, providers: dict[str, Provider], wrap: Any) -> None:
    rows = [
        {"id": "a", "context_length": 1, "max_completion_tokens": 2},
        {"id": "b", "context_window": 2},
        {"id": "c", "max_context_length": 3},
        {"id": "d", "max_model_len": 4},
        {"id": "e", "max_input_tokens": 5, "max_output_tokens": 6},
        {"id": "f", "top_provider": {"context_length": 6, "max_completion_tokens": 7}},
        {"name": "g"},
        {"id": "gone", "active": False},
        {"id": ""},
        "noise",
    ]
    models = await _list(server, fakes, providers, wrap(rows), "openai-compatible")
    assert [(model.name, model.context, model.max_output) for model in models] == [
        ("a", 1, 2),
        ("b", 2, None),
        ("c", 3, None),
        ("d", 4, None),
        ("e", 5, 6),
        ("f", 6, 7),
        ("g", None, None),
    ]


@pytest.mark.parametrize(
    ("row", "chat"),
    [
        ({"id": "x"}, True),
        ({"id": "x", "type": "chat"}, True),
        ({"id": "x", "type": "embedding"}, False),
        ({"id": "x", "type": "image"}, False),
        ({"id": "x", "capabilities": {"completion_chat": False}}, False),
        ({"id": "x", "architecture": {"output_modalities": ["image"]}}, False),
        ({"id": "x", "architecture": {"output_modalities": ["image", "text"]}}, True),
        ({"id": "whisper-large-v3"}, False),
    ],
)
async def test_what_does_not_chat(
    server: Any, fakes: Any, providers: dict[str, Provider], row: dict[str, Any], chat: bool
) -> None:
    (model,) = await _list(server, fakes, providers, [row], "together")
    assert model.chat is chat


async def test_open_list_says_nothing_of_the_key(server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    server.play("/key", fakes.Script('{"error":{"message":"No such user","code":401}}', 401))
    with pytest.raises(CallFailed) as caught:
        await _list(server, fakes, providers, {"data": [{"id": "a"}]}, "openrouter")
    assert caught.value.failure.kind is FailureKind.AUTH
    server.play("/key", fakes.Script("nothing here", 404))
    assert len(await _list(server, fakes, providers, {"data": [{"id": "a"}]}, "openrouter")) == 1


async def test_query_of_the_address_stays_behind_the_path(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/x/chat/completions", fakes.transcript("openai-chat.sse"))
    told = await ask("openai-compatible", server.url("/x?api-version=2024-10-21"))
    assert told.failure is None
    assert server.paths() == ["/x/chat/completions?api-version=2024-10-21"]


async def test_ten_connections_for_an_account_and_others_wait(server: Any, fakes: Any, ask: Any) -> None:
    server.play(
        PATH, *[fakes.transcript("openai-chat.sse", ending="stall", cut_at=0)] * 10, fakes.transcript("openai-chat.sse")
    )
    sent: list[int] = []
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        held = [group.create_task(ask("openai", server.url())) for _ in range(10)]
        await server.until_received(10)
        waiting = group.create_task(ask("openai", server.url()))
        for _ in range(50):
            await asyncio.sleep(0)
        sent.append(len(server.received))
        held[0].cancel()
        told = await waiting
        for task in held:
            task.cancel()
    assert sent == [10]
    assert told.failure is None
    assert server.connections <= 11
