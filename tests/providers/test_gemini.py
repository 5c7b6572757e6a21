"""What is Gemini's own."""

from __future__ import annotations

import hashlib
import itertools
import json
from base64 import b64decode
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Capability, Citation, Effort, Parameters, Tool
from switchyard.core.events import (
    CallFailed,
    Cited,
    Finish,
    Finished,
    ImageMade,
    OpaqueGiven,
    ParameterRefused,
    ToolCalled,
    UsageReported,
)
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.core.usage import Usage
from switchyard.providers.base import Embeds, Provider
from switchyard.providers.gemini_reply import GeminiReader, join_parts, read_sources, read_usage
from switchyard.providers.json_items import JsonItemsDecoder

TOOL = Tool("look", "Looks.", {"type": "object", "properties": {"a": {"type": "string"}}})


def chunk(*parts: dict[str, Any], finish: str | None = None, **beside: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": 0, **beside}
    return {"candidates": [{**candidate, "finishReason": finish} if finish else candidate]}


def text(words: str) -> dict[str, Any]:
    return {"text": words}


def call(name: str, arguments: Any, **beside: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": arguments, **beside}}


def counted(**counts: Any) -> dict[str, Any]:
    return {"usageMetadata": counts}


@pytest.fixture
def tell(server: Any, fakes: Any, ask: Any) -> Any:
    """Have a stream told; `array`: as one array of JSON."""

    async def tell(*values: dict[str, Any], array: bool = False, **call: Any) -> Any:
        kind = {"content-type": "application/json" if array else "text/event-stream"}
        body = json.dumps(values, indent=2) if array else fakes.sse(*values, done=False)
        server.play("/models/*", fakes.Script(body, headers=kind, piece_bytes=7 if array else None))
        return await ask("gemini", server.url(), **call)

    return tell


def of(told: Any, kind: type) -> list[Any]:
    return [event for event in told.events if isinstance(event, kind)]


# --- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("STOP", Finish.STOP),
        ("MAX_TOKENS", Finish.LENGTH),
        ("SAFETY", Finish.CONTENT_FILTER),
        ("RECITATION", Finish.CONTENT_FILTER),
        ("PROHIBITED_CONTENT", Finish.CONTENT_FILTER),
        ("BLOCKLIST", Finish.CONTENT_FILTER),
        ("SPII", Finish.CONTENT_FILTER),
        ("IMAGE_SAFETY", Finish.CONTENT_FILTER),
        ("A_NEW_ONE", Finish.STOP),
    ],
)
async def test_finish(tell: Any, reason: str, finish: Finish) -> None:
    told = await tell(chunk(text("a")), chunk(finish=reason), counted(promptTokenCount=1))
    assert told.finish is finish
    assert told.usage.input == 1


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER", "LANGUAGE"])
async def test_breakdown_is_a_failure(tell: Any, reason: str) -> None:
    told = await tell({**chunk(text("a")), **counted(promptTokenCount=3)}, chunk(finish=reason))
    assert told.text == "a"
    assert told.failure.kind is FailureKind.SERVER
    assert told.failure.code == reason
    assert told.failure.message.endswith(".")
    assert told.usage.input == 3
    told = await tell(chunk(finish=reason, finishMessage="Said by Google."))
    assert told.failure.message == "Said by Google."


@pytest.mark.parametrize("stream", [True, False])
async def test_blocked_prompt(tell: Any, stream: bool) -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, **counted(promptTokenCount=8)}
    told = await tell(blocked, stream=stream)
    assert told.failure.kind is FailureKind.REFUSED_INPUT
    assert told.failure.message == "The prompt was blocked (SAFETY)."
    assert (told.usage.input, told.usage.output) == (8, 0)
    told = await tell({"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": "No."}}, stream=stream)
    assert (told.failure.code, told.failure.message) == ("OTHER", "No.")


async def test_blocked_prompt_of_a_whole_reply_is_counted(server: Any, fakes: Any, ask: Any) -> None:
    body = json.dumps({"promptFeedback": {"blockReason": "SAFETY"}, **counted(promptTokenCount=8)})
    server.play("/models/*", fakes.Script(body, headers={"content-type": "application/json"}))
    told = await ask("gemini", server.url(), stream=False)
    assert (told.failure.kind, told.usage.input, told.finish) == (FailureKind.REFUSED_INPUT, 8, None)


async def test_feedback_without_a_reason_is_none(tell: Any) -> None:
    told = await tell({**chunk(text("a"), finish="STOP"), "promptFeedback": {"safetyRatings": []}})
    assert (told.text, told.failure) == ("a", None)


async def test_candidate_without_content_at_the_limit(tell: Any) -> None:
    told = await tell({"candidates": [{"finishReason": "MAX_TOKENS", "index": 0}]}, counted(thoughtsTokenCount=9))
    assert (told.finish, told.text, told.usage.reasoning) == (Finish.LENGTH, "", 9)


async def test_other_candidates_are_left(tell: Any) -> None:
    second = {"content": {"parts": [text("b")]}, "index": 1, "finishReason": "STOP"}
    told = await tell({"candidates": [chunk(text("a"), finish="STOP")["candidates"][0], second]})
    assert told.text == "a"


async def test_object_of_something_else_is_no_reply(tell: Any) -> None:
    assert (await tell({"hello": "world"})).failure.kind is FailureKind.BAD_EVENT
    assert (await tell({"hello": "world"}, array=True)).failure.kind is FailureKind.BAD_EVENT


async def test_done_marker_of_a_relay_is_none_of_the_reply(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/models/*", fakes.Script(fakes.sse(chunk(text("a"), finish="STOP"))))
    told = await ask("gemini", server.url())
    assert (told.text, told.warnings, told.failure) == ("a", [], None)


# --- an array in place of a stream ------------------------------------------------------------------------------------


async def test_array_is_read_as_it_comes(tell: Any) -> None:
    told = await tell(chunk(text('a "{[\\')), chunk(text("b\\"), finish="STOP"), array=True)
    assert told.text == 'a "{[\\b\\'
    assert told.finish is Finish.STOP
    assert len(told.batches) > 2
    whole = await tell(chunk(text("a")), chunk(text("b"), finish="STOP"), array=True, stream=False)
    assert (whole.text, len(whole.batches)) == ("ab", 1)


async def test_array_that_breaks_off_is_cut(server: Any, fakes: Any, ask: Any) -> None:
    body = json.dumps([chunk(text("first")), chunk(text("second"), finish="STOP")])
    script = fakes.Script(body[: body.index("second") + 3], headers={"content-type": "application/json"})
    server.play("/models/*", script)
    told = await ask("gemini", server.url())
    assert (told.text, told.failure.kind, told.warnings) == ("first", FailureKind.CUT, [])


async def test_error_in_an_array_keeps_what_came(tell: Any) -> None:
    told = await tell(
        chunk(text("a")), {"error": {"code": 503, "status": "UNAVAILABLE", "message": "Busy."}}, array=True
    )
    assert (told.text, told.failure.kind, told.failure.status) == ("a", FailureKind.OVERLOADED, 503)


@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.none() | st.lists(st.text()))),
    st.lists(st.integers(min_value=0)),
    st.sampled_from([None, 2]),
)
def test_items_do_not_depend_on_the_split(items: list[dict[str, Any]], cuts: list[int], indent: int | None) -> None:
    raw = json.dumps(items, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    decoder = JsonItemsDecoder()
    found = [
        event for start, end in itertools.pairwise(edges) for event in decoder.feed(raw[start:end])
    ] + decoder.close()
    assert [json.loads(event.data) for event in found] == json.loads(raw)
    assert not decoder.strange


@given(st.binary())
def test_any_bytes_are_survived(raw: bytes) -> None:
    decoder = JsonItemsDecoder()
    for at in range(len(raw)):
        decoder.feed(raw[at : at + 1])
    decoder.close()


# --- what comes beside the words --------------------------------------------------------------------------------------


async def test_calls_with_and_without_ids(tell: Any) -> None:
    told = await tell(
        chunk(call("f", {"x": "é"}, id="c1"), call("g", None), call("g", {})),
        chunk(call("", {}), call("h", '{"y":1}'), {"functionCall": 3}, finish="STOP"),
    )
    calls = [event.call for event in of(told, ToolCalled)]
    assert [(one.name, one.arguments) for one in calls] == [
        ("f", '{"x": "é"}'),
        ("g", "{}"),
        ("g", "{}"),
        ("h", '{"y":1}'),
    ]
    assert calls[0].id == "c1"
    assert len({one.id for one in calls}) == 4
    assert told.finish is Finish.TOOL_CALLS
    assert of(told, OpaqueGiven) == []


async def test_signed_parts_are_given_to_be_sent_back_unchanged(tell: Any, server: Any) -> None:
    signed = {**call("f", {"x": 1}), "thoughtSignature": "c2ln"}
    told = await tell(
        chunk({"text": "Hm", "thought": True}),
        chunk({"text": "m.", "thought": True}),
        chunk(text("Let me ")),
        chunk(text("look.")),
        chunk(signed, text("")),
        chunk({"text": "", "thoughtSignature": "ZW5k"}, finish="STOP"),
        model="models/gemini-3.5-flash",
    )
    opaque = told.events[-2].opaque
    assert isinstance(told.events[-1], Finished)
    parts = [
        {"text": "Hmm.", "thought": True},
        text("Let me look."),
        signed,
        {"text": "", "thoughtSignature": "ZW5k"},
    ]
    assert opaque.value == {"model": "models/gemini-3.5-flash", "parts": parts}
    assert (told.text, told.reasoning) == ("Let me look.", "Hmm.")
    said = ChatMessage(Role.ASSISTANT, "Let me look.", opaque=opaque)
    await tell(chunk(text("a"), finish="STOP"), messages=(said,), model="models/gemini-3.5-flash")
    assert server.received[-1].json()["contents"] == [{"role": "model", "parts": parts}]


async def test_a_reply_that_failed_gives_nothing_to_be_sent_back(tell: Any) -> None:
    told = await tell(chunk({"text": "a", "thoughtSignature": "c2ln"}))
    assert told.failure.kind is FailureKind.CUT
    assert of(told, OpaqueGiven) == []


def test_signed_texts_are_not_joined() -> None:
    parts: list[dict[str, Any]] = [text("a"), {"text": "b", "thoughtSignature": "x"}, text("c"), text(""), text("d")]
    assert join_parts(parts) == [text("a"), {"text": "b", "thoughtSignature": "x"}, text("cd")]


async def test_images(tell: Any) -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "aWk="}}
    told = await tell(
        chunk({**image, "thought": True}),
        chunk(text("Here."), image, {"inlineData": {"mimeType": "audio/wav", "data": "aWk="}}, {"inlineData": None}),
        chunk(finish="STOP"),
    )
    assert [(made.image.media_type, made.image.base64) for made in of(told, ImageMade)] == [("image/png", "aWk=")]


async def test_sources_are_named_once(tell: Any) -> None:
    web = {
        "groundingChunks": [{"web": {"uri": "http://a", "title": "A"}}, {"retrievedContext": {"text": "no address"}}]
    }
    more = {"groundingChunks": [{"web": {"uri": "http://a", "title": "A"}}, {"maps": {"uri": "http://b", "text": "q"}}]}
    quoted = {"citationSources": [{"uri": "http://c", "startIndex": 1}]}
    told = await tell(
        chunk(text("a"), groundingMetadata=web),
        chunk(text("b"), groundingMetadata=more, citationMetadata=quoted, finish="STOP"),
    )
    assert [event.citation for event in of(told, Cited)] == [
        Citation("http://a", "A"),
        Citation("http://b", None, "q"),
        Citation("http://c"),
    ]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "candidates", "content", "parts", "text", "thought", "thoughtSignature", "functionCall", "name",
                        "args", "inlineData", "mimeType", "data", "finishReason", "usageMetadata", "promptFeedback",
                        "blockReason", "groundingMetadata", "groundingChunks", "web", "uri", "index", "error",
                        "promptTokenCount", "promptTokensDetails", "modality", "modelVersion", "finishMessage",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_any_shape_is_survived(value: Any) -> None:
    answer: Any = SimpleNamespace(status=200, request_id=None, headers={})
    reader = GeminiReader(Endpoint("a", "gemini", "http://x"), answer, "m")
    reader.take_whole(value, [])
    reader.close([], None, strange=False)
    if isinstance(value, dict):
        read_usage(value)
        list(read_sources(value))


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        (
            {
                "promptTokenCount": 100,
                "cachedContentTokenCount": 60,
                "toolUsePromptTokenCount": 20,
                "candidatesTokenCount": 7,
                "thoughtsTokenCount": 30,
            },
            Usage(input=120, output=37, cached_input=60, cache_write_5m=0, reasoning=30),
        ),
        ({"promptTokenCount": 5}, Usage(input=5, output=0, cached_input=0, cache_write_5m=0, reasoning=0)),
        ({}, Usage()),
        ({"promptTokenCount": None, "candidatesTokenCount": "7", "thoughtsTokenCount": True}, Usage(output=7)),
        (
            {
                "promptTokenCount": 300,
                "candidatesTokenCount": 1290,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 10},
                    {"modality": "IMAGE", "tokenCount": 258},
                    {"modality": "AUDIO", "tokenCount": 32},
                    None,
                ],
                "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
            },
            Usage(
                input=300,
                output=1290,
                cached_input=0,
                cache_write_5m=0,
                reasoning=0,
                audio=32,
                image=1548,
                image_output=1290,
            ),
        ),
        (
            {"promptTokenCount": 262_960, "cachedContentTokenCount": 257_955, "candidatesTokenCount": 1_744},
            Usage(input=262_960, output=1_744, cached_input=257_955, cache_write_5m=0, reasoning=0),
        ),
    ],
)
def test_usage(raw: dict[str, Any], usage: Usage) -> None:
    assert read_usage(raw) == usage


async def test_last_usage_wins_and_stays_where_the_stream_breaks_off(tell: Any) -> None:
    told = await tell(
        {**chunk(text("a")), **counted(promptTokenCount=169)},
        {**chunk(text("b")), **counted(promptTokenCount=79, candidatesTokenCount=12)},
    )
    assert told.failure.kind is FailureKind.CUT
    assert (told.usage.input, told.usage.output) == (79, 12)


async def test_counts_are_told_now_and_then_and_at_the_end(tell: Any) -> None:
    chunks = [{**chunk(text("a")), **counted(promptTokenCount=9, candidatesTokenCount=n)} for n in range(40)]
    told = await tell(*chunks, {**chunk(finish="STOP"), **counted(promptTokenCount=9, candidatesTokenCount=40)})
    assert [event.usage.output for event in of(told, UsageReported)] == [0, 17, 34, 40]
    assert isinstance(told.events[-2], UsageReported)


@pytest.mark.parametrize(("model", "searches"), [("gemini-2.5-flash", 1), ("gemini-3.5-flash", 2)])
async def test_searches_are_counted_as_they_are_charged(tell: Any, model: str, searches: int) -> None:
    sought = {"webSearchQueries": ["a", "b"]}
    told = await tell(
        {**chunk(text("a"), groundingMetadata={}), **counted(promptTokenCount=1)},
        {**chunk(groundingMetadata=sought, finish="STOP"), **counted(promptTokenCount=1)},
        model=model,
    )
    assert [event.usage.searches for event in of(told, UsageReported)] == [None, searches]


# --- what turns out not to be taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "parameters", "system", "model", "name"),
    [
        ("Thinking is not enabled for models/x", Parameters(), None, "gemini-2.5-flash", "thoughts"),
        ("Thinking level is not supported for this model.", Parameters(effort=Effort.LOW), None, "gemini-9", "effort"),
        ("Budget 0 is invalid. This model only works in thinking mode.", Parameters(effort=Effort.NONE), None,
         "gemini-2.5-flash", "effort"),
        ("Developer instruction is not enabled for models/gemma", Parameters(), "Be brief.", "gemma-3",
         "system_instruction"),
        ("Function calling is not enabled for models/gemma", Parameters(tools=(TOOL,)), None, "gemma-3", "tools"),
        ("JSON mode is not enabled for models/gemma", Parameters(schema={}), None, "gemma-3", "schema"),
        ("Search Grounding is not supported.", Parameters(web_search=True), None, "gemma-3", "web_search"),
        ("Invalid JSON payload received. Unknown name \"seed\" at 'generation_config': Cannot find field.",
         Parameters(seed=1, temperature=1), None, "gemma-3", "seed"),
        ("Invalid JSON payload received. Unknown name \"parametersJsonSchema\" at 'tools[0]': Cannot find field.",
         Parameters(tools=(TOOL,)), None, "gemma-3", "json_schema"),
        ("Invalid JSON payload received. Unknown name \"responseJsonSchema\": Cannot find field.",
         Parameters(schema={"type": "object"}), None, "gemma-3", "json_schema"),
    ],
)  # fmt: skip
async def test_what_is_not_taken_is_left_out_once(
    server: Any, fakes: Any, ask: Any, message: str, parameters: Parameters, system: str, model: str, name: str
) -> None:
    refusal = json.dumps({"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}})
    server.play("/models/*", fakes.Script(refusal, 400), fakes.transcript("gemini.sse"))
    told = await ask("gemini", server.url(), parameters=parameters, system=system, model=model)
    assert told.failure is None
    assert told.batches[0][0] == ParameterRefused(name)
    assert told.sent == 1
    first, second = (request.json() for request in server.received)
    assert first != second
    refused = await ask(
        "gemini", server.url(), parameters=parameters, system=system, model=model, refuses=frozenset({name})
    )
    assert refused.failure is None
    assert server.received[-1].json() == second


@pytest.mark.parametrize(
    ("message", "parameters"),
    [
        ("temperature must be in the range [0.0, 2.0]", Parameters(temperature=3)),
        ("Thinking is not enabled for models/x", Parameters()),
        ("User location is not supported for the API use.", Parameters(temperature=1)),
        ("Function calling is not enabled for this model", Parameters(seed=1)),
    ],
)
async def test_what_is_the_persons_to_correct_is_told(
    server: Any, fakes: Any, ask: Any, message: str, parameters: Parameters
) -> None:
    refusal = json.dumps({"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}})
    server.play("/models/*", fakes.Script(refusal, 400))
    told = await ask("gemini", server.url(), parameters=parameters, model="gemma-3")
    assert told.failure.message == message
    assert len(server.received) == 1


async def test_search_that_gives_way_is_told_before_the_reply(tell: Any) -> None:
    told = await tell(chunk(text("a"), finish="STOP"), parameters=Parameters(tools=(TOOL,), web_search=True))
    assert told.warnings == ["Gemini does not search the web while it may call tools, so no search was asked for."]
    assert told.failure is None


# --- addresses, lists and vectors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "stream", "path"),
    [
        ("gemini-2.5-pro", True, "/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
        ("models/gemini-2.5-pro", False, "/models/gemini-2.5-pro:generateContent"),
    ],
)
async def test_path(tell: Any, server: Any, model: str, stream: bool, path: str) -> None:
    await tell(chunk(text("a"), finish="STOP"), model=model, stream=stream)
    assert server.paths() == [path]


async def test_query_of_an_address_stays_beside_that_of_the_path(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/gate/models/*", fakes.transcript("gemini.sse"))
    assert (await ask("gemini", server.url("/gate?team=a"), model="m")).failure is None
    assert server.paths() == ["/gate/models/m:streamGenerateContent?alt=sse&team=a"]


async def test_list_has_pages(server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    first = {
        "models": [
            {
                "name": "models/gemini-9",
                "inputTokenLimit": 9,
                "outputTokenLimit": 5,
                "supportedGenerationMethods": ["generateContent"],
                "thinking": True,
            },
            {"name": "models/embed-1", "supportedGenerationMethods": ["embedContent"], "inputTokenLimit": "nine"},
            {"name": "models/veo", "supportedGenerationMethods": ["predictLongRunning"]},
            {"name": "models/gemini-9-tts", "supportedGenerationMethods": ["generateContent"]},
            {"name": None},
        ],
        "nextPageToken": "a/b",
    }
    second = {"models": [{"name": "models/unknown", "supportedGenerationMethods": None}], "nextPageToken": ""}
    server.play("/models", fakes.Script(json.dumps(first)), fakes.Script(json.dumps(second)))
    models = await providers["gemini"].list_models(Endpoint("a", "gemini", server.url(), key="k"))
    assert server.paths() == ["/models?pageSize=1000", "/models?pageSize=1000&pageToken=a%2Fb"]
    assert [(model.name, model.context, model.max_output, model.chat) for model in models] == [
        ("gemini-9", 9, 5, True),
        ("embed-1", None, None, False),
        ("veo", None, None, False),
        ("gemini-9-tts", None, None, False),
        ("unknown", None, None, True),
    ]
    assert models[0].capabilities == {Capability.EMBEDDING: False, Capability.REASONING: True}
    assert models[1].capabilities == {Capability.EMBEDDING: True}
    assert models[4].capabilities == {}


async def test_vectors_come_in_order_and_by_the_hundred(
    server: Any, fakes: Any, providers: dict[str, Provider]
) -> None:
    def answer(first: int, many: int) -> Any:
        rows = [{"values": [first + n, 0.5]} for n in range(many)]
        return fakes.Script(json.dumps({"embeddings": rows, **counted(promptTokenCount=many)}))

    server.play("/models/*", answer(0, 100), answer(100, 2))
    provider = providers["gemini"]
    assert isinstance(provider, Embeds)
    endpoint = Endpoint("a", "gemini", server.url(), key="k")
    told = await provider.embed(endpoint, "gemini-embedding-2", [f"text {n}" for n in range(102)])
    assert [vector[0] for vector in told.vectors] == list(range(102))
    assert told.usage == Usage(input=102, output=0)
    assert server.paths() == ["/models/gemini-embedding-2:batchEmbedContents"] * 2
    sent = server.received[-1].json()["requests"]
    assert sent[-1] == {"model": "models/gemini-embedding-2", "content": {"parts": [{"text": "text 101"}]}}


@pytest.mark.parametrize(
    "body", ['{"embeddings": []}', '{"embeddings": [{"values": ["x"]}]}', "[]", '{"embeddings": 3}']
)
async def test_other_vectors_than_asked_for(server: Any, fakes: Any, providers: dict[str, Provider], body: str) -> None:
    server.play("/models/*", fakes.Script(body))
    provider: Any = providers["gemini"]
    with pytest.raises(CallFailed) as caught:
        await provider.embed(Endpoint("a", "gemini", server.url(), key="k"), "m", ["one"])
    assert caught.value.failure.kind is FailureKind.BAD_EVENT
    assert server.paths() == ["/models/m:batchEmbedContents"]


# --- recorded ---------------------------------------------------------------------------------------------------------


def recorded(recordings: Path, pattern: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(recordings.glob(f"gemini/{pattern}.json"))]


async def test_recorded_calls_images_and_sources(recordings: Path, server: Any, fakes: Any, ask: Any) -> None:
    """The bodies as they were, since what stands beside the words is not compared elsewhere."""
    seen = {"calls": 0, "images": 0, "signatures": 0, "sources": 0}
    for item in recorded(recordings, "generate-*"):
        if item["response"]["status"] != 200:
            continue
        server.play("/models/*", fakes.Script(item["response"]["body"], headers=item["response"]["headers"]))
        told = await ask("gemini", server.url(), stream=item["request"]["stream"], model=item["model"] or "m")
        calls = [event.call for event in of(told, ToolCalled)]
        expected = item["expect"]["tool_calls"]
        assert [(one.name, json.loads(one.arguments)) for one in calls] == [
            (one["name"], one["arguments"]) for one in expected
        ]
        assert all(one["id"] in (None, mine.id) for one, mine in zip(expected, calls, strict=True))
        images = [b64decode(event.image.base64) for event in of(told, ImageMade)]
        assert [hashlib.sha256(image).hexdigest() for image in images] == [
            image["sha256"] for image in item["expect"].get("images", [])
        ]
        signed = item["response"]["body"].count('"thoughtSignature"')
        kept = [part for event in of(told, OpaqueGiven) for part in event.opaque.value["parts"]]
        assert sum("thoughtSignature" in part for part in kept) == signed
        seen["calls"] += len(calls)
        seen["images"] += len(images)
        seen["signatures"] += signed
        seen["sources"] += len(of(told, Cited))
    assert all(seen.values())


async def test_recorded_vectors(recordings: Path, server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    for item in recorded(recordings, "embeddings-*"):
        server.play("/models/*", fakes.Script(item["response"]["body"], headers=item["response"]["headers"]))
        provider: Any = providers["gemini"]
        expect = item["expect"]["embeddings"]
        texts = ["one"] * expect["count"]
        told = await provider.embed(Endpoint("a", "gemini", server.url(), key="k"), item["model"] or "m", texts)
        assert [len(vector) for vector in told.vectors] == [expect["dimensions"]] * expect["count"]
        assert [list(vector[:3]) for vector in told.vectors] == expect["first_values"]
