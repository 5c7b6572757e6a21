"""What speakers of OpenAI's Chat Completions answer beside words: calls, sources, images, counts and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Capability, Citation, Effort, GeneratedImage, Parameters, Tool, ToolCall
from switchyard.core.events import CallForming, Finish, ParameterRefused, ResponseStarted
from switchyard.core.failures import FailureKind
from switchyard.core.usage import Price
from switchyard.providers.base import Provider

PATH = "/chat/completions"
JSON = {"content-type": "application/json"}


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def piece(
    arguments: object = None, name: str | None = None, uid: str | None = None, index: Any = ...
) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    told: dict[str, Any] = {"function": {key: value for key, value in function.items() if value is not None}}
    return told | ({"id": uid} if uid is not None else {}) | ({"index": index} if index is not ... else {})


@pytest.fixture
def tell(server: Any, fakes: Any, ask: Any) -> Any:
    """Play events, or a message, and return what was made of them."""

    async def tell(*events: object, provider: str = "openai", message: object = None, **call: Any) -> Any:
        if message is not None:
            document = {"choices": [{"message": message, "finish_reason": "stop"}]}
            script = fakes.Script(json.dumps(document), headers=JSON)
        else:
            script = fakes.Script(fakes.sse(*events), headers={"content-type": "text/event-stream"})
        server.play(PATH, script)
        return await ask(provider, server.url(), stream=message is None, **call)

    return tell


# --- calls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        pytest.param(
            [piece("", "f", "a", 0), piece('{"x"', index=0), piece(":1}", index=0)],
            [ToolCall("a", "f", '{"x":1}')],
            id="joined by index",
        ),
        pytest.param(
            [piece("", "f", "a", 0), piece("", "g", "b", 1), piece("{}", index=1), piece('{"x":1}', index=0)],
            [ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", "{}")],
            id="two at once, mixed",
        ),
        pytest.param(
            [piece('{"x":1}', "f", "a", 0), piece('{"y":2}', "g", "b", 0)],
            [ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", '{"y":2}')],
            id="the same index twice",
        ),
        pytest.param(
            [piece('{"x":1}', "f", "a"), piece('{"y":2}', "g", "b")],
            [ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", '{"y":2}')],
            id="no index",
        ),
        pytest.param(
            [piece('{"x"', "f", "a"), piece(":1}")],
            [ToolCall("a", "f", '{"x":1}')],
            id="no index, in pieces",
        ),
        pytest.param(
            [piece('{"x"', "f", "a", 0), piece(":1}", "f", "a", 0)],
            [ToolCall("a", "f", '{"x":1}')],
            id="id and name with every piece",
        ),
        pytest.param(
            [piece('{"x"', "f", index=0), piece(":1}", "f", index=0), piece("", "f", index=0)],
            [ToolCall("call_1", "f", '{"x":1}')],
            id="name with every piece, no id",
        ),
        pytest.param(
            [piece('{"x":1}', "f", index=0), piece('{"x":2}', "f", index=0)],
            [ToolCall("call_1", "f", '{"x":1}'), ToolCall("call_2", "f", '{"x":2}')],
            id="no id and the same index",
        ),
        pytest.param(
            [piece("{}", "f", "same", 0), piece("{}", "g", "same", 1)],
            [ToolCall("same", "f", "{}"), ToolCall("call_2", "g", "{}")],
            id="the same id twice",
        ),
        pytest.param([piece(None, "f", "a", 0)], [ToolCall("a", "f", "{}")], id="no arguments"),
        pytest.param([piece("", "f", "a", 0)], [ToolCall("a", "f", "{}")], id="empty arguments"),
        pytest.param([piece("null", "f", "a", 0)], [ToolCall("a", "f", "{}")], id="null as text"),
        pytest.param([piece({"x": "ü"}, "f", "a", 0)], [ToolCall("a", "f", '{"x": "ü"}')], id="an object"),
        pytest.param([piece('{"x": ', "f", "a", 0)], [ToolCall("a", "f", '{"x":')], id="broken off by the model"),
        pytest.param([piece("{}", None, "a", 0)], [], id="no name"),
    ],
)
async def test_calls_are_joined(tell: Any, pieces: list[dict[str, Any]], calls: list[ToolCall]) -> None:
    told = await tell(*(chunk(tool_calls=[each]) for each in pieces), chunk("tool_calls"))
    assert told.calls == calls
    assert told.finish is Finish.TOOL_CALLS
    assert [type(event).__name__ for event in told.events][-len(calls) - 1 :] == ["ToolCalled"] * len(calls) + [
        "Finished"
    ]


@pytest.mark.parametrize(
    "odd",
    [None, "text", 3, {}, [None], ["text"], [{"function": None}], [{"index": "x", "function": {"name": 3}}], [{}]],
)
async def test_odd_calls_are_no_calls(tell: Any, odd: object) -> None:
    told = await tell(chunk(content="a", tool_calls=odd), chunk("stop"))
    assert (told.failure, told.text, told.calls, told.finish) == (None, "a", [], Finish.STOP)


async def test_arguments_that_come_in_are_no_silence(tell: Any) -> None:
    told = await tell(chunk(tool_calls=[piece("", "f", "a", 0)]), chunk("tool_calls"))
    assert CallForming() in told.events


async def test_calls_of_a_whole_reply(tell: Any) -> None:
    told = await tell(
        message={"content": None, "tool_calls": [piece('{"x":1}', "f", ""), piece("{}", "f", ""), piece("", "g", "c")]}
    )
    assert told.calls == [
        ToolCall("call_1", "f", '{"x":1}'), ToolCall("call_2", "f", "{}"), ToolCall("c", "g", "{}"),
    ]  # fmt: skip
    assert told.finish is Finish.TOOL_CALLS
    assert CallForming() not in told.events


async def test_the_older_call(tell: Any) -> None:
    events = [chunk(function_call=part) for part in ({"name": "f", "arguments": ""}, {"arguments": '{"x":1}'})]
    told = await tell(*events, chunk("function_call"))
    assert told.calls == [ToolCall("call_1", "f", '{"x":1}')]
    assert (await tell(message={"function_call": {"name": "f", "arguments": "{}"}})).calls == [
        ToolCall("call_1", "f", "{}")
    ]


async def test_no_call_of_a_reply_that_broke_off(server: Any, fakes: Any, ask: Any) -> None:
    events = fakes.sse(chunk(tool_calls=[piece('{"x"', "f", "a", 0)]), done=False)
    server.play(PATH, fakes.Script(events, headers={"content-type": "text/event-stream"}))
    told = await ask("openai", server.url())
    assert told.failure.kind is FailureKind.CUT
    assert told.calls == []


async def test_text_and_calls_together(tell: Any) -> None:
    told = await tell(chunk(content="Let me look."), chunk(tool_calls=[piece("{}", "f", "a", 0)]), chunk("stop"))
    assert (told.text, told.finish) == ("Let me look.", Finish.TOOL_CALLS)


# --- sources and images ---------------------------------------------------------------------------------------------

CITED = {"type": "url_citation", "url_citation": {"url": "https://a.example", "title": "A", "content": "words"}}


async def test_sources_are_told_once(tell: Any) -> None:
    flat = {"type": "url_citation", "url": "https://b.example", "title": ""}
    annotations = [CITED, CITED, flat, {"type": "file"}, None, {"url_citation": {"url": 3}}]
    told = await tell(chunk(content="a", annotations=annotations), chunk("stop", annotations=[CITED]))
    assert told.citations == [Citation("https://a.example", "A", "words"), Citation("https://b.example")]
    assert (await tell(message={"content": "a", "annotations": annotations})).citations == told.citations


async def test_sources_as_a_list_of_addresses(tell: Any) -> None:
    urls = ["https://a.example", "https://b.example", "javascript:alert(1)", 3]
    told = await tell(chunk(content="a") | {"citations": urls}, chunk("stop") | {"citations": urls})
    assert [citation.url for citation in told.citations] == urls[:2]
    results = [{"url": "https://a.example", "title": "A", "snippet": "words"}]
    told = await tell(chunk("stop", content="a") | {"citations": urls[:1], "search_results": results})
    assert told.citations == [Citation("https://a.example", "A", "words")]
    assert [c.url for c in (await tell(chunk("stop", content="a", citations=urls))).citations] == urls[:2]


async def test_images(tell: Any) -> None:
    made = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}
    elsewhere = {"type": "image_url", "image_url": {"url": "https://a.example/x.png"}}
    told = await tell(chunk(content="a", images=[made, elsewhere, None, {"image_url": None}]), chunk("stop"))
    assert told.images == [GeneratedImage("image/png", "iVBO")]
    assert (await tell(message={"content": "", "images": [made]})).images == told.images
    assert (await tell(message={"content": [made, {"type": "text", "text": "a"}]})).images == told.images


# --- what goes back -------------------------------------------------------------------------------------------------


async def test_details_of_reasoning_go_back_as_they_were(tell: Any) -> None:
    details = [
        {"type": "reasoning.text", "text": "Os", "index": 0, "format": "anthropic-claude-v1"},
        {"type": "reasoning.text", "text": "lo.", "index": 0, "signature": None},
        {"type": "reasoning.text", "signature": "c2ln", "index": 0},
        {"type": "reasoning.encrypted", "data": "x1", "index": 1, "id": "rs_1"},
        {"type": "reasoning.encrypted", "data": "x2", "index": 2, "id": "rs_2"},
    ]
    events = [chunk(content="", reasoning=detail.get("text"), reasoning_details=[detail]) for detail in details]
    told = await tell(*events, chunk("stop", content="a"), provider="openrouter", model="anthropic/claude")
    assert told.reasoning == "Oslo."
    assert told.opaque.owner == "openai-chat"
    assert told.opaque.value == {
        "maker": "anthropic",
        "reasoning_details": [
            {
                "type": "reasoning.text", "text": "Oslo.", "index": 0, "format": "anthropic-claude-v1",
                "signature": "c2ln",
            },
            *details[3:],
        ],
    }  # fmt: skip
    assert (await tell(*events, chunk("stop", content="a"), provider="openai")).opaque is None


async def test_deepseek_s_thoughts_go_back_among_tools_alone(tell: Any) -> None:
    events = [chunk(reasoning_content="Os"), chunk(reasoning_content="lo."), chunk("stop", content="a")]
    assert (await tell(*events, provider="deepseek")).opaque is None
    tools = Parameters(tools=(Tool("f"),))
    told = await tell(*events, provider="deepseek", parameters=tools)
    assert told.opaque.value == {"maker": "", "reasoning_content": "Oslo."}
    called = chunk("tool_calls", tool_calls=[piece("{}", "f", "a", 0)])
    assert (await tell(*events[:2], called, provider="deepseek")).opaque is not None


# --- counts ---------------------------------------------------------------------------------------------------------


async def test_sound_and_images_are_counted_in_both_directions(tell: Any) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {
            "audio_tokens": 40,
            "image_tokens": 20,
            "cached_tokens": 10,
            "cache_write_tokens": 30,
        },
        "completion_tokens_details": {"audio_tokens": 5, "reasoning_tokens": None},
    }
    told = (await tell(chunk("stop", content="a") | {"usage": usage})).usage
    assert (told.input, told.output, told.cached_input, told.cache_write_5m) == (100, 50, 10, 30)
    assert (told.audio, told.audio_output, told.image, told.image_output) == (45, 5, 20, None)


# --- refusals of parameters -----------------------------------------------------------------------------------------


def refusal(message: str, param: str | None = None, code: str | None = None) -> str:
    return json.dumps({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}})


@pytest.mark.parametrize(
    ("provider", "status", "body", "refused", "gone"),
    [
        (
            "openai-compatible", 400,
            refusal("Unsupported value: 'temperature' does not support 0.5.", "temperature", "unsupported_value"),
            "temperature", "temperature",
        ),
        ("openai-compatible", 400, refusal("Unrecognized request argument supplied: stream_options"), "stream_options",
         "stream_options"),
        ("openai-compatible", 400, '{"object":"error","message":"Unknown field: seed"}', "seed", "seed"),
        (
            "mistral", 422,
            '{"detail":[{"type":"extra_forbidden","loc":["body","reasoning_effort"],"msg":"Extra inputs"}]}',
            "effort", "reasoning_effort",
        ),
        ("groq", 400, refusal("`reasoning_format` is not supported with this model", "reasoning_format"),
         "reasoning_format", "reasoning_format"),
        ("openai-compatible", 400, refusal("response_format is not supported by this model"), "schema",
         "response_format"),
    ],
)  # fmt: skip
async def test_a_refused_parameter_is_left_out_once(
    server: Any, fakes: Any, ask: Any, provider: str, status: int, body: str, refused: str, gone: str
) -> None:
    server.play(PATH, fakes.Script(body, status, JSON), fakes.transcript("openai-chat.sse"))
    parameters = Parameters(temperature=0.5, seed=1, effort=Effort.HIGH, schema={})
    model = "mistral-small-latest" if provider == "mistral" else "qwen/qwen3-32b"
    told = await ask(provider, server.url(), model=model, parameters=parameters)
    assert told.failure is None
    assert told.refused == [refused]
    assert told.events[0] == ParameterRefused(refused)
    assert isinstance(told.events[1], ResponseStarted)
    first, second = (request.json() for request in server.received)
    assert gone in first
    left_out = {gone, "messages"} if gone == "response_format" else {gone}  # with its words about JSON
    assert {name: value for name, value in first.items() if name not in left_out} == {
        name: value for name, value in second.items() if name not in left_out - {gone}
    }
    assert told.sent == 1


CHECKED = (  # what llama-cpp-python and vLLM say of a member's kind, the former with status 500
    "1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), "
    "'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}"
)
SCHEMA = {"type": "object", "properties": {"answer": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, json.dumps({"error": {"message": CHECKED, "type": "internal_server_error", "param": None}})),
        (400, json.dumps({"error": {"message": CHECKED, "type": "BadRequestError", "code": 400}})),
        (
            422,
            '{"detail":[{"type":"literal_error","loc":["body","response_format","type"],"msg":"Input should be ..."}]}',
        ),
        (
            422,
            '{"detail":[{"type":"union_tag_invalid","loc":["body","response_format"],"msg":"Input tag ..."}]}',
        ),
        (400, refusal("Invalid parameter: 'json_schema' is not supported with this model.", "response_format")),
    ],
)
async def test_a_schema_is_told_in_words_where_it_may_not_stand_by_itself(
    server: Any, fakes: Any, ask: Any, status: int, body: str
) -> None:
    server.play(PATH, fakes.Script(body, status, JSON), fakes.transcript("openai-chat.sse"))
    told = await ask("openai-compatible", server.url(), parameters=Parameters(schema=SCHEMA))
    assert told.failure is None
    assert told.refused == ["json_schema"]
    first, second = (request.json() for request in server.received)
    assert first["response_format"]["type"] == "json_schema"
    assert second["response_format"] == {"type": "json_object"}
    assert '{"answer": {"type": "integer"}}' in second["messages"][0]["content"]
    server.play(PATH, fakes.transcript("openai-chat.sse"))
    remembered = frozenset({"json_schema"})
    again = await ask("openai-compatible", server.url(), parameters=Parameters(schema=SCHEMA), refuses=remembered)
    assert again.refused == []
    assert server.received[-1].json() == second


async def test_json_is_given_up_where_not_even_that_is_taken(server: Any, fakes: Any, ask: Any) -> None:
    refused = fakes.Script(refusal("response_format is not supported by this model"), 400, JSON)
    server.play(PATH, refused, refused, fakes.transcript("openai-chat.sse"))
    told = await ask("openai-compatible", server.url(), parameters=Parameters(schema=SCHEMA))
    assert told.failure is None
    assert told.refused == ["json_schema", "schema"]
    assert "response_format" not in server.received[-1].json()


@pytest.mark.parametrize(
    "body",
    [
        '{"error":{"message":"response_format is not supported by this model","type":"internal_server_error"}}',
        "{\"error\":{\"message\":\"{'type': 'literal_error', 'loc': ('response', 'temperature')}\"}}",
        "temperature: unexpected error",
    ],
)
async def test_a_broken_server_refuses_nothing_unless_it_names_the_member(
    server: Any, fakes: Any, ask: Any, body: str
) -> None:
    server.play(PATH, fakes.Script(body, 500, JSON))
    told = await ask("openai-compatible", server.url(), parameters=Parameters(temperature=0.5, schema=SCHEMA))
    assert told.failure.kind is FailureKind.SERVER
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_a_refusal_is_told_though_the_call_fails_without_the_parameter(
    server: Any, fakes: Any, ask: Any, status: int
) -> None:
    refused = fakes.Script(refusal("Unrecognized request argument supplied: seed"), 400, JSON)
    server.play(PATH, refused, fakes.Script(refusal("Not now."), status, JSON))
    told = await ask("openai-compatible", server.url(), parameters=Parameters(seed=1))
    assert told.events == [ParameterRefused("seed")]
    assert told.failure.status == status
    assert told.failure.message == "Not now."


async def test_the_limit_goes_by_its_other_name_where_one_is_refused(server: Any, fakes: Any, ask: Any) -> None:
    body = refusal("Unsupported parameter: 'max_tokens'.", "max_tokens", "unsupported_parameter")
    server.play(PATH, fakes.Script(body, 400, JSON), fakes.transcript("openai-chat.sse"))
    told = await ask("openai-compatible", server.url(), parameters=Parameters(max_output=9))
    assert told.refused == ["max_tokens"]
    assert server.received[-1].json()["max_completion_tokens"] == 9
    await ask("openai-compatible", server.url(), parameters=Parameters(max_output=9), refuses=frozenset({"max_tokens"}))
    assert server.received[-1].json()["max_completion_tokens"] == 9


@pytest.mark.parametrize(
    "body",
    [
        refusal("Invalid schema for response_format 'reply'", "response_format", "invalid_json_schema"),
        refusal("max_tokens is too large", "max_tokens", "invalid_value"),
        refusal("Unsupported parameter: 'messages'", "messages", "unsupported_parameter"),
        refusal("No."),
    ],
)
async def test_what_is_not_refused_as_such_is_asked_once(server: Any, fakes: Any, ask: Any, body: str) -> None:
    server.play(PATH, fakes.Script(body, 400, JSON))
    told = await ask("openai-compatible", server.url(), parameters=Parameters(max_output=9, schema={"type": "object"}))
    assert told.failure.kind is FailureKind.BAD_REQUEST
    assert len(server.received) == 1


async def test_a_call_that_the_model_wrote_wrong(server: Any, fakes: Any, ask: Any) -> None:
    error = {"message": "Failed to call a function.", "code": "tool_use_failed", "failed_generation": "<f>"}
    server.play(PATH, fakes.Script(json.dumps({"error": error}), 400, JSON))
    told = await ask("groq", server.url(), parameters=Parameters(tools=(Tool("f"),)))
    assert told.failure.kind is FailureKind.BAD_REQUEST
    assert len(server.received) == 1


# --- lists ----------------------------------------------------------------------------------------------------------

C = Capability


@pytest.mark.parametrize(
    ("row", "capabilities"),
    [
        ({}, {}),
        (
            {
                "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text", "image"]},
                "supported_parameters": ["tools", "response_format"],
            },
            {
                C.VISION: True, C.FILES: False, C.AUDIO: False, C.IMAGE_OUTPUT: True, C.EMBEDDING: False,
                C.TOOLS: True, C.JSON: True, C.SCHEMA: False, C.REASONING: False,
            },
        ),
        ({"capabilities": {"vision": True, "function_calling": False, "ocr": True}}, {C.VISION: True, C.TOOLS: False}),
        ({"capabilities": ["tool_use", "completion", 3]}, {C.TOOLS: True}),
        ({"type": "vlm"}, {C.VISION: True}),
        ({"type": "embeddings"}, {C.EMBEDDING: True}),
        (
            {"providers": [{"supports_tools": False}, {"supports_tools": True, "supports_structured_output": False}]},
            {C.TOOLS: True, C.SCHEMA: False},
        ),
        ({"providers": [{"supports_tools": True, "status": "error"}, None, 3]}, {}),
        ({"architecture": None, "supported_parameters": "tools", "capabilities": 3, "type": []}, {}),
    ],
)  # fmt: skip
async def test_what_a_list_says_a_model_can_do(
    server: Any, fakes: Any, providers: dict[str, Provider], row: dict[str, Any], capabilities: dict[Capability, bool]
) -> None:
    server.play("/models", fakes.Script(json.dumps({"data": [{"id": "a", **row}]})))
    (model,) = await providers["huggingface"].list_models(Endpoint("a", "huggingface", server.url(), key="k"))
    assert dict(model.capabilities) == capabilities


@pytest.mark.parametrize(
    ("pricing", "price"),
    [
        ({"prompt": "0.00000005", "completion": "0.0000004"}, Price(50_000_000, 400_000_000)),
        (
            {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003", "web_search": "0.01"},
            Price(3_000_000_000, 15_000_000_000, cached_input_nanos=300_000_000, search_nanos=10_000_000),
        ),
        ({"input": 0.18, "output": 0.59, "hourly": 0}, Price(180_000_000, 590_000_000)),
        ({"prompt": "0", "completion": "0"}, Price(0, 0)),
        ({"prompt": "-1", "completion": "-1"}, None),
        ({"prompt": "NaN", "completion": "x"}, None),
        ({"prompt": "0.1"}, None),
        ({"hourly": 2}, None),
        ("free", None),
    ],
)
async def test_what_a_list_says_a_model_costs(
    server: Any, fakes: Any, providers: dict[str, Provider], pricing: object, price: Price | None
) -> None:
    server.play("/models", fakes.Script(json.dumps({"data": [{"id": "a", "pricing": pricing}]})))
    (model,) = await providers["together"].list_models(Endpoint("a", "together", server.url(), key="k"))
    assert model.price == price


async def test_the_widest_of_a_router_s_hosts_is_its_window(
    server: Any, fakes: Any, providers: dict[str, Provider]
) -> None:
    hosts = [{"context_length": 5}, {"context_length": 7}, {"context_length": 9, "status": "error"}, {}]
    server.play("/models", fakes.Script(json.dumps({"data": [{"id": "a", "providers": hosts}]})))
    (model,) = await providers["huggingface"].list_models(Endpoint("a", "huggingface", server.url(), key="k"))
    assert model.context == 7
