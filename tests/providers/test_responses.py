"""OpenAI's Responses: what is read of them, and what is asked once more."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Citation, Effort, GeneratedImage, Opaque, Parameters, Tool, ToolCall
from switchyard.core.events import (
    CallForming,
    Cited,
    Finish,
    ImageMade,
    OpaqueGiven,
    ParameterRefused,
    ResponseStarted,
    TextDelta,
    ToolCalled,
)
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Call
from switchyard.providers.client import Clients
from switchyard.providers.openai import OpenAI
from switchyard.providers.openai_responses import ResponseReader, Responses
from switchyard.providers.presets import PRESETS
from switchyard.providers.sse import SseEvent

PATH = "/responses"
TEXT = "Hello, 世界 👋🏽\n\n- one\u2028two"
REASONING = "A greeting. Answer in kind."
STREAM = {"content-type": "text/event-stream"}
JSON = {"content-type": "application/json"}

Events = list[dict[str, Any]]


@pytest.fixture
def providers(clients: Clients) -> dict[str, Responses]:
    return {name: Responses(PRESETS[name], clients) for name in ("openai", "azure", "xai", "openai-compatible")}


@pytest.fixture
def tell(server: Any, fakes: Any, ask: Any) -> Any:
    """Play events (or a document) and return what was made of them."""

    async def tell(*events: Any, document: object = None, provider: str = "openai", **call: Any) -> Any:
        if document is not None:
            script = fakes.Script(json.dumps(document), headers=JSON)
        else:
            body = "".join(
                e if isinstance(e, str) else f"event: {e.get('type')}\ndata: {json.dumps(e)}\n\n" for e in events
            )
            script = fakes.Script(body, headers=STREAM)
        server.play(PATH, script)
        return await ask(provider, server.url(), stream=document is None, **call)

    return tell


def response(status: str = "completed", *output: Any, **members: Any) -> dict[str, Any]:
    return {"object": "response", "model": "m-2026", "status": status, "output": list(output), **members}


def end(*output: Any, status: str = "completed", **members: Any) -> dict[str, Any]:
    return {"type": f"response.{status}", "response": response(status, *output, **members)}


def delta(text: str, index: int = 0, content: int = 0) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "output_index": index, "content_index": content, "delta": text}


def said(text: str, index: int = 0) -> dict[str, Any]:
    return {"type": "response.output_text.done", "output_index": index, "content_index": 0, "text": text}


def message(*texts: str, annotations: object = ()) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text, "annotations": annotations} for text in texts]
    return {"type": "message", "role": "assistant", "content": parts}


def call_item(arguments: object, call: str = "call_1", name: str = "look", **members: Any) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call, "name": name, "arguments": arguments, **members}


def item(kind: str, value: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": f"response.output_item.{kind}", "output_index": index, "item": value}


def calls(told: Any) -> list[ToolCall]:
    return [event.call for event in told.events if isinstance(event, ToolCalled)]


def opaque(told: Any) -> Any:
    given = [event.opaque for event in told.events if isinstance(event, OpaqueGiven)]
    assert len(given) <= 1
    return given[0] if given else None


# --- the whole of it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("piece_bytes", [None, 1, 7, 1000])
async def test_stream(server: Any, fakes: Any, ask: Any, piece_bytes: int | None) -> None:
    script = fakes.transcript("openai-responses.sse", headers={"x-request-id": "r7"}, piece_bytes=piece_bytes)
    server.play(PATH, script)
    told = await ask("openai", server.url())
    assert told.failure is None
    assert (told.text, told.reasoning, told.finish) == (TEXT, REASONING, Finish.STOP)
    assert (told.model, told.request_id, told.warnings, told.sent) == ("model-1-2026", "r7", [], 1)
    assert (told.usage.input, told.usage.output, told.usage.reasoning) == (12, 9, 5)
    assert (told.usage.cached_input, told.usage.cache_write) == (0, 0)
    assert opaque(told).owner == "openai-responses"


@pytest.mark.parametrize("stream", [True, False])
async def test_whole_reply_is_one_batch(server: Any, fakes: Any, ask: Any, stream: bool) -> None:
    server.play(PATH, fakes.transcript("openai-responses.json"))
    told = await ask("openai", server.url(), stream=stream)
    assert (told.text, told.reasoning, told.finish, len(told.batches)) == (TEXT, REASONING, Finish.STOP, 1)
    assert told.usage.output == 9
    assert opaque(told) is not None
    assert server.received[-1].json()["stream"] is stream


async def test_cut_anywhere_is_never_a_good_end(server: Any, fakes: Any, ask: Any) -> None:
    raw = fakes.transcript("openai-responses.sse").raw
    enough = raw.rfind(b"\n\n")
    for cut_at in range(0, len(raw), 97):
        server.play(PATH, fakes.transcript("openai-responses.sse", cut_at=cut_at, ending="close"))
        told = await ask("openai", server.url())
        assert TEXT.startswith(told.text)
        if cut_at < enough:
            assert told.failure.kind is FailureKind.CUT
            assert told.finish is None


async def test_a_connection_is_used_again(server: Any, fakes: Any, ask: Any) -> None:
    server.play(PATH, fakes.transcript("openai-responses.sse"))
    for _ in range(3):
        assert (await ask("openai", server.url())).failure is None
    assert server.connections == 1


# --- text and thoughts ----------------------------------------------------------------------------------------------


async def test_what_the_deltas_left_out_is_added(tell: Any) -> None:
    told = await tell(delta("Hel"), said("Hello"), item("done", message("Hello")), end(message("Hello")))
    assert told.text == "Hello"
    assert (await tell(said("Hello"), end())).text == "Hello"
    assert (await tell(item("done", message("Hello", " there")), end())).text == "Hello there"
    assert (await tell(end(message("Hello")))).text == "Hello"
    assert (await tell(delta("Hullo"), said("Hello"), end())).text == "Hullo"


async def test_several_messages_and_parts(tell: Any) -> None:
    told = await tell(
        delta("First.", 0), said("First.", 0), delta("Second", 1, 0), delta(" part.", 1, 1), said("Second", 1), end()
    )
    assert told.text == "First.Second part."


async def test_pieces_without_their_place(tell: Any) -> None:
    pieces = [{"type": "response.output_text.delta", "delta": text} for text in ("One ", "two")]
    whole = {"type": "response.output_item.done", "item": message("One two")}
    assert (await tell(*pieces, whole, end(message("One two")))).text == "One two"


@pytest.mark.parametrize(("kind", "index"), [("reasoning_summary_text", "summary_index"), ("reasoning_text", "x")])
async def test_thoughts(tell: Any, kind: str, index: str) -> None:
    place = {"output_index": 0, "content_index": 0, index: 0}
    told = await tell(
        {"type": f"response.{kind}.delta", "delta": "So", **place},
        {"type": f"response.{kind}.done", "text": "So be it.", **place},
        delta("Yes.", 1),
        end(),
    )
    assert (told.reasoning, told.text) == ("So be it.", "Yes.")


async def test_thoughts_that_stand_in_their_item_alone(tell: Any) -> None:
    thought = {"type": "reasoning", "summary": [{"text": "A"}, {"text": "B"}], "content": [{"text": "C"}]}
    told = await tell(item("done", thought), delta("Yes.", 1), end())
    assert told.reasoning == "ABC"


async def test_a_refusal_is_told_by_its_finish(tell: Any) -> None:
    told = await tell({"type": "response.refusal.delta", "delta": "No."}, end())
    assert told.finish is Finish.REFUSAL
    refused = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}
    told = await tell(document=response("completed", refused))
    assert (told.finish, told.text, told.warnings) == (Finish.REFUSAL, "", ["The model said: No."])
    told = await tell({"type": "response.refusal.done", "refusal": "No."}, item("done", refused), end())
    assert told.warnings == ["The model said: No."]


# --- calls, sources, images -----------------------------------------------------------------------------------------


async def test_a_call_in_pieces(tell: Any) -> None:
    pieces = [
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": text} for text in ('{"a"', ":1}")
    ]
    told = await tell(item("added", call_item("")), *pieces, end(status="completed"))
    assert calls(told) == [ToolCall("call_1", "look", '{"a":1}')]
    assert told.events.count(CallForming()) == 2  # it is no silence while they come
    assert told.finish is Finish.TOOL_CALLS


async def test_the_end_of_a_call_wins_over_its_pieces(tell: Any) -> None:
    whole = {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"a":2}'}
    piece = {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"a"'}
    assert calls(await tell(item("added", call_item("")), piece, whole, end())) == [
        ToolCall("call_1", "look", '{"a":2}')
    ]
    told = await tell(item("added", call_item("")), piece, item("done", call_item('{"a":3}')), end())
    assert calls(told) == [ToolCall("call_1", "look", '{"a":3}')]


@pytest.mark.parametrize("arguments", ["", None, 7, {}])
async def test_no_arguments_are_an_empty_object(tell: Any, arguments: object) -> None:
    told = await tell(item("done", call_item(arguments)), end())
    assert calls(told) == [ToolCall("call_1", "look", "{}")]


async def test_calls_are_told_once_and_in_order(tell: Any) -> None:
    one, two = call_item('{"n":1}', "c1"), call_item('{"n":', "c2")
    told = await tell(item("done", one, 0), item("done", two, 1), item("done", two, 1), end(one, two))
    assert [call.id for call in calls(told)] == ["c1", "c2"]
    assert calls(told)[1].arguments == '{"n":'
    assert [call.id for call in calls(await tell(document=response("completed", one, two)))] == ["c1", "c2"]


async def test_a_custom_call(tell: Any) -> None:
    custom = {"type": "custom_tool_call", "call_id": "c", "name": "shell", "input": "ls"}
    assert calls(await tell(item("done", custom), end())) == [ToolCall("c", "shell", "ls")]


async def test_a_call_without_name_or_id(tell: Any) -> None:
    told = await tell(
        item("done", {"type": "function_call", "arguments": "{}"}),
        item("done", {"type": "function_call", "name": "look", "arguments": "{}"}, 1),
        end(),
    )
    assert [call.name for call in calls(told)] == ["look"]
    assert calls(told)[0].id


async def test_sources_are_told_once(tell: Any) -> None:
    one = {"type": "url_citation", "url": "https://a.example/1", "title": "One"}
    nested = {"type": "url_citation", "url_citation": {"url": "https://a.example/2", "title": ""}}
    file = {"type": "file_citation", "file_id": "f"}
    added = {"type": "response.output_text.annotation.added", "annotation": one}
    told = await tell(delta("x"), added, item("done", message("x", annotations=[one, nested, file, None])), end())
    assert [event.citation for event in told.events if isinstance(event, Cited)] == [
        Citation("https://a.example/1", "One"),
        Citation("https://a.example/2"),
    ]


@pytest.mark.parametrize(
    ("base64", "told_as", "media_type"),
    [
        ("iVBORw0KGgo=", "jpeg", "image/png"),
        ("/9j/4AAQ", None, "image/jpeg"),
        ("AAAA", "webp", "image/webp"),
        ("AAAA", {"x": 1}, "image/png"),
    ],
)
async def test_an_image(tell: Any, base64: str, told_as: object, media_type: str) -> None:
    made = {"type": "image_generation_call", "result": base64, "output_format": told_as}
    told = await tell(item("done", made), end())
    assert [event.image for event in told.events if isinstance(event, ImageMade)] == [
        GeneratedImage(media_type, base64)
    ]


# --- ends -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("max_output_tokens", Finish.LENGTH),
        ("content_filter", Finish.CONTENT_FILTER),
        ("something_new", Finish.INCOMPLETE),
        (None, Finish.INCOMPLETE),
        ({"a": 1}, Finish.INCOMPLETE),
    ],
)
async def test_a_reply_that_is_incomplete(tell: Any, reason: object, finish: Finish) -> None:
    details = {"incomplete_details": {"reason": reason}}
    assert (await tell(delta("x"), end(status="incomplete", **details))).finish is finish
    assert (await tell(document=response("incomplete", message("x"), **details))).finish is finish


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "error": {"type": "server_error", "message": "It broke.", "code": None}},
        {"type": "error", "message": "It broke.", "code": "server_error", "param": None},
        {"error": {"type": "server_error", "message": "It broke."}},
        end(status="failed", error={"code": "server_error", "message": "It broke."}),
    ],
)
async def test_an_error_inside_keeps_what_came(tell: Any, event: dict[str, Any]) -> None:
    told = await tell(delta("Hel"), event)
    assert told.text == "Hel"
    assert told.failure.kind is FailureKind.SERVER
    assert told.failure.message == "It broke."


async def test_an_error_in_a_whole_reply(tell: Any) -> None:
    told = await tell(document={"error": {"message": "It broke.", "type": "server_error"}})
    assert told.failure.kind is FailureKind.SERVER
    told = await tell(document=response("failed", error={"code": "rate_limit_exceeded", "message": "Slower."}))
    assert told.failure.kind is FailureKind.RATE_LIMIT


async def test_a_cancelled_reply_has_failed(tell: Any) -> None:
    told = await tell(delta("x"), end(status="cancelled"))
    assert told.failure.kind is FailureKind.SERVER


async def test_an_end_without_its_word_is_cut(tell: Any) -> None:
    assert (await tell({"type": "response.created", "response": {}})).failure.kind is FailureKind.CUT
    assert (await tell(delta("x"), "data: [DONE]\n\n")).failure.kind is FailureKind.CUT


async def test_keepalive_alone_is_nothing(tell: Any) -> None:
    assert (await tell({"type": "keepalive", "sequence_number": 3})).failure.kind is FailureKind.EMPTY
    told = await tell({"type": "keepalive"}, delta("x"), {"type": "response.mcp_call.new_thing"}, end(), "data: [DONE]")
    assert (told.text, told.warnings) == ("x", [])


@pytest.mark.parametrize("noise", [None, [], {}, "x", 7, [{}], {"a": [1]}])
async def test_no_shape_is_trusted(tell: Any, noise: Any) -> None:
    kinds = ["output_text.delta", "output_text.done", "output_item.added", "output_item.done", "created"]
    kinds += ["reasoning_text.delta", "function_call_arguments.delta", "function_call_arguments.done"]
    kinds += ["output_text.annotation.added", "refusal.delta", "reasoning_summary_text.done"]
    members = ("delta", "text", "item", "output_index", "content_index", "response", "annotation", "arguments")
    broken = [{"type": f"response.{kind}", **dict.fromkeys(members, noise)} for kind in kinds]
    broken += [{"type": noise}, item("done", {"type": "message", "content": noise})]
    broken += [item("done", {"type": "reasoning", "summary": noise, "content": [noise]})]
    broken += [item("done", {"type": "function_call", "name": "x", "call_id": noise, "arguments": noise}, noise)]
    broken += [item("done", {"type": noise, "result": noise}), item("done", message(noise, annotations=[noise]))]
    last = end(noise, usage=noise, incomplete_details=noise, error=None)
    told = await tell(*broken, last)
    assert told.failure is None
    assert (await tell(document=response("completed", noise, usage=noise, model=noise))).failure is None


async def test_counts_are_read_from_any_shape(tell: Any) -> None:
    told = await tell(delta("x"), end(usage={"input_tokens": "11", "output_tokens": 20, "output_tokens_details": None}))
    assert (told.usage.input, told.usage.output, told.usage.cached_input, told.usage.reasoning) == (11, 20, 0, None)
    details = {"cached_tokens": 4, "cache_write_tokens": 3, "audio_tokens": 2, "image_tokens": None}
    usage = {"input_tokens": 11, "input_tokens_details": details, "output_tokens": 20}
    usage["output_tokens_details"] = {"reasoning_tokens": 9, "image_tokens": 5}
    told = await tell(delta("x"), end(usage=usage))
    assert (told.usage.cached_input, told.usage.cache_write, told.usage.reasoning) == (4, 3, 9)
    assert (told.usage.audio, told.usage.image, told.usage.image_output) == (2, 5, 5)
    told = await tell(delta("x"), end(usage={"input_tokens": -1, "output_tokens": True}))
    assert (told.usage.input, told.usage.output, told.usage.cached_input) == (None, None, None)


async def test_a_charge_that_is_named(tell: Any) -> None:
    usage = {"input_tokens": 1, "output_tokens": 1, "cost_in_usd_ticks": 9243500}
    assert (await tell(delta("x"), end(usage=usage), provider="xai")).cost_nanos == 924350
    assert (await tell(delta("x"), end(usage=usage))).cost_nanos is None
    assert (await tell(delta("x"), end(usage={"input_tokens": 1}), provider="xai")).cost_nanos is None


# --- what goes back -------------------------------------------------------------------------------------------------


SEALED: dict[str, Any] = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VhbGVk"}
OPEN: dict[str, Any] = {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": None}


async def test_items_go_back_as_they_came(tell: Any, server: Any) -> None:
    call = call_item('{"a":1}', id="fc_1")
    told = await tell(item("done", SEALED), item("done", call, 1), end())
    given = opaque(told)
    assert given == Opaque("openai-responses", {"account": "here", "model": "model-1", "items": [SEALED, call]})
    turn = ChatMessage(Role.ASSISTANT, "words", calls=(ToolCall("call_1", "look", "{}"),), opaque=given)
    await tell(end(), messages=(ChatMessage(Role.USER, "Hi"), turn))
    assert server.received[-1].json()["input"] == [{"role": "user", "content": "Hi"}, SEALED, call]


async def test_words_alone_need_no_items(tell: Any) -> None:
    assert opaque(await tell(delta("x"), end(message("x")))) is None


@pytest.mark.parametrize(
    "value",
    [
        {"account": "there", "model": "model-1", "items": [SEALED]},
        {"account": "here", "model": "model-2", "items": [SEALED]},
        {"account": "here", "model": "model-1", "items": [OPEN]},
        {"account": "here", "model": "model-1", "items": None},
        [SEALED],
        None,
    ],
)
async def test_items_of_others_do_not(tell: Any, server: Any, value: object) -> None:
    turn = ChatMessage(Role.ASSISTANT, "words", opaque=Opaque("openai-responses", value))
    await tell(end(), messages=(ChatMessage(Role.USER, "Hi"), turn))
    assert server.received[-1].json()["input"][1] == {"role": "assistant", "content": "words"}


async def test_thoughts_that_are_not_sealed_stay_behind(tell: Any, server: Any) -> None:
    call = call_item("{}")
    value = {"account": "here", "model": "model-1", "items": [OPEN, call]}
    turn = ChatMessage(Role.ASSISTANT, "", opaque=Opaque("openai-responses", value))
    await tell(end(), messages=(turn,))
    assert server.received[-1].json()["input"] == [call]


async def test_what_no_model_takes_here_is_told(server: Any, fakes: Any, ask: Any) -> None:
    server.play(PATH, fakes.transcript("openai-responses.sse"))
    parameters = Parameters(temperature=0.5, stop=("END",), seed=7, effort=Effort.MAX)
    told = await ask("openai", server.url(), model="gpt-5", parameters=parameters)
    assert told.warnings == [
        f"here/gpt-5 does not take {name}: it was left out." for name in ("seed", "stop", "temperature")
    ]
    sent = server.received[-1].json()
    assert sent["reasoning"] == {"effort": "high", "summary": "auto"}
    assert not {"temperature", "stop", "seed"} & set(sent)


@pytest.mark.parametrize(
    ("provider", "model", "api", "path"),
    [
        ("openai", "gpt-5-mini", None, "/responses"),
        ("openai", "gpt-4o", None, "/chat/completions"),
        ("openai", "gpt-5-mini", "chat", "/chat/completions"),
        ("openai", "gpt-4o", "responses", "/responses"),
        ("xai", "grok-4", None, "/responses"),
        ("openai-compatible", "gpt-5", None, "/chat/completions"),
        ("openai-compatible", "any", "responses", "/responses"),
        ("azure", "any", None, "/openai/v1/chat/completions"),
        ("azure", "any", "responses", "/openai/v1/responses"),
        ("openrouter", "openai/gpt-5", None, "/chat/completions"),
        ("openrouter", "openai/gpt-5", "responses", "/responses"),
    ],
)
async def test_which_dialect_is_spoken(
    clients: Clients, server: Any, fakes: Any, provider: str, model: str, api: str | None, path: str
) -> None:
    server.play(path, fakes.transcript("openai-responses.sse" if "responses" in path else "openai-chat.sse"))
    endpoint = Endpoint("here", provider, server.url(), key="k", settings={} if api is None else {"api": api})
    call = Call(endpoint, model, (ChatMessage(Role.USER, "Hi"),))
    async with OpenAI(PRESETS[provider], clients).stream(call) as batches:
        texts = [event.text async for batch in batches for event in batch if isinstance(event, TextDelta)]
    assert "".join(texts).startswith("Hello")
    assert server.paths() == [path]


async def test_a_dated_azure_reads_the_deployment_from_the_body(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/openai/responses", fakes.transcript("openai-responses.sse"))
    settings = {"api": "responses", "api_version": "2025-04-01-preview"}
    told = await ask("azure", server.url(), model="mine", settings=settings)
    assert told.text == TEXT
    assert server.paths() == ["/openai/responses?api-version=2025-04-01-preview"]
    assert server.received[-1].json()["model"] == "mine"
    assert server.received[-1].headers["api-key"]


# --- what is refused ------------------------------------------------------------------------------------------------


def refusal(param: str | None, message: str, code: str | None = "unsupported_parameter", status: int = 400) -> Any:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return {"body": json.dumps({"error": error}), "status": status, "headers": JSON}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("parameters", "refused", "name", "member"),
    [
        (
            Parameters(temperature=0.2),
            refusal("temperature", "Unsupported parameter: 'temperature' is not supported with this model."),
            "temperature",
            "temperature",
        ),
        (
            Parameters(effort=Effort.HIGH),
            refusal("reasoning.effort", "Unsupported value: 'high'.", "unsupported_value"),
            "effort",
            "effort",
        ),
        (
            Parameters(effort=Effort.HIGH),
            refusal("include", "Encrypted content is not supported with this model.", None),
            "encrypted_reasoning",
            "include",
        ),
        (
            Parameters(effort=Effort.HIGH),
            refusal("reasoning.summary", "Your organization must be verified to generate summaries.", "other"),
            "reasoning_summary",
            "summary",
        ),
        (Parameters(top_p=0.5), refusal(None, "Unrecognized request argument supplied: top_p", None), "top_p", "top_p"),
        (
            Parameters(max_output=9),
            refusal(None, "max_output_tokens: Extra inputs are not permitted", None, 422),
            "max_output",
            "max_output_tokens",
        ),
        (
            Parameters(web_search=True),
            refusal("tools", "Hosted tool 'web_search' is not supported with this model."),
            "web_search",
            "web_search",
        ),
        (
            Parameters(web_search=True),
            refusal("max_tool_calls", "Unknown parameter: 'max_tool_calls'."),
            "search_limit",
            "max_tool_calls",
        ),
        (
            Parameters(schema={}),
            refusal("text.format.type", "Unknown parameter: 'text.format.type'."),
            "schema",
            "text",
        ),
    ],
)
async def test_a_refused_parameter_is_left_out(
    server: Any, fakes: Any, ask: Any, parameters: Parameters, refused: Any, name: str, member: str, stream: bool
) -> None:
    good = fakes.transcript("openai-responses.sse" if stream else "openai-responses.json")
    server.play(PATH, fakes.Script(**refused), good)
    model = "gpt-5.2" if parameters.effort else "model-1"
    told = await ask("openai", server.url(), parameters=parameters, stream=stream, model=model)
    assert told.failure is None
    assert told.text == TEXT
    assert told.batches[0][0] == ParameterRefused(name)
    assert isinstance(told.batches[0][1], ResponseStarted)
    assert told.sent == 1
    first, second = (json.dumps(request.json()) for request in server.received)
    assert f'"{member}"' in first
    assert f'"{member}"' not in second


async def test_two_refused_parameters(server: Any, fakes: Any, ask: Any) -> None:
    first = fakes.Script(**refusal("temperature", "Unsupported parameter: 'temperature'."))
    second = fakes.Script(**refusal("top_p", "Unsupported parameter: 'top_p'."))
    server.play(PATH, first, second, fakes.transcript("openai-responses.sse"))
    told = await ask("openai", server.url(), parameters=Parameters(temperature=0.2, top_p=0.5))
    assert told.batches[0][:2] == [ParameterRefused("temperature"), ParameterRefused("top_p")]
    assert told.text == TEXT


@pytest.mark.parametrize(
    "refused",
    [
        refusal("temperature", "Invalid 'temperature': 7 is above the maximum of 2.", "invalid_value"),
        refusal("input[0].content", "Unsupported value.", "unsupported_value"),
        refusal("model", "The model 'm' is not supported.", "model_not_found"),
        refusal(None, "Unsupported parameter: 'seed'."),
        refusal("temperature", "Unsupported parameter: 'temperature'.", status=500),
        {"body": "<html>not supported: temperature</html>", "status": 400, "headers": {}},
    ],
)
async def test_nothing_else_is_asked_again(server: Any, fakes: Any, ask: Any, refused: Any) -> None:
    server.play(PATH, fakes.Script(**refused), fakes.transcript("openai-responses.sse"))
    told = await ask("openai", server.url(), parameters=Parameters(temperature=7.0))
    assert told.failure is not None
    assert len(server.received) == 1
    assert not told.events


async def test_what_stays_refused_fails(server: Any, fakes: Any, ask: Any) -> None:
    server.play(PATH, fakes.Script(**refusal("temperature", "Unsupported parameter: 'temperature'.")))
    told = await ask("openai", server.url(), parameters=Parameters(temperature=0.2))
    assert told.failure.kind is FailureKind.BAD_REQUEST
    assert len(server.received) == 2


async def test_known_refusals_are_not_tried(server: Any, fakes: Any, ask: Any) -> None:
    server.play(PATH, fakes.transcript("openai-responses.sse"))
    refuses = frozenset({"temperature", "effort", "reasoning_summary", "encrypted_reasoning", "tools", "schema"})
    parameters = Parameters(temperature=0.1, effort=Effort.LOW, schema={"type": "object"}, tools=(Tool("t"),))
    await ask("openai", server.url(), parameters=parameters, refuses=refuses, model="gpt-5")
    assert set(server.received[-1].json()) == {"model", "input", "stream", "store"}


async def test_deltas_that_come_together_are_one_batch(tell: Any) -> None:
    told = await tell(delta("a"), delta("b"), delta("c"), end())
    assert [sum(isinstance(event, TextDelta) for event in batch) for batch in told.batches] == [0, 3]


# --- noise ----------------------------------------------------------------------------------------------------------


def mutated(value: Any, chance: random.Random) -> Any:
    """Return a value with some of its members replaced by something of another shape."""
    if chance.random() < 0.06:
        return chance.choice([None, True, -1, 1.5, "", "x", [], [None], {}, {"type": "error"}, 2**70, [[{}]]])
    if isinstance(value, dict):
        return {key: mutated(member, chance) for key, member in value.items() if chance.random() > 0.03}
    return [mutated(member, chance) for member in value] if isinstance(value, list) else value


def test_nothing_but_failures_comes_of_noise(fakes: Any) -> None:
    blocks = fakes.transcript("openai-responses.sse").body.decode().strip().split("\n\n")
    events = [json.loads(block.partition("data: ")[2]) for block in blocks]
    events += [item("added", call_item("")), item("done", call_item('{"a":1}')), end(call_item("{}"), message("x"))]
    call = Call(Endpoint("here", "openai", "http://x"), "m", ())
    answer = SimpleNamespace(status=200, request_id=None, headers={})
    chance = random.Random(7)
    for _ in range(2_000):
        reader = ResponseReader(PRESETS["xai"].habits, call, answer)  # type: ignore[arg-type]
        out: list[Any] = []
        for event in chance.sample(events, chance.randrange(1, len(events))):
            if reader.failure is None and not reader.done:
                reader.take(SseEvent("", json.dumps(mutated(event, chance))), out)
        reader.close([], None, strange=False)
        whole = ResponseReader(PRESETS["xai"].habits, call, answer)  # type: ignore[arg-type]
        whole.take_whole(mutated(events[-1]["response"], chance), out)
        assert all(isinstance(event.call.arguments, str) for event in out if isinstance(event, ToolCalled))
