"""What Anthropic is sent."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Attachment, Effort, Opaque, Parameters, Tool, ToolCall, ToolResult
from switchyard.core.events import CallFailed, Warned
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.anthropic_models import listed_traits, traits_of
from switchyard.providers.anthropic_refusals import find_refused
from switchyard.providers.anthropic_request import never_taken, request_body, warnings
from switchyard.providers.anthropic_schema import close_schema
from switchyard.providers.base import Call


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


golden: Any = _load("golden_requests")

NOW, BEFORE = "claude-sonnet-5", "claude-sonnet-4-5-20250929"
MARK = {"type": "ephemeral"}


def kept_by(model: str) -> Opaque:
    return Opaque(
        "anthropic",
        {
            "model": model,
            "content": [
                {"type": "thinking", "thinking": "Where?", "signature": "c2ln"},
                {"type": "text", "text": "Let me look."},
                {"type": "tool_use", "id": "call_a1", "name": "get_weather", "input": {"city": "Oslo"}},
                {"type": "tool_use", "id": "call_b2", "name": "get_time", "input": {}, "caller": {"type": "direct"}},
            ],
        },
    )


CALLS = golden.calls("anthropic", NOW, opaque=kept_by(NOW))
OLDER = golden.calls("anthropic", BEFORE, opaque=kept_by(BEFORE))

USER, ASSISTANT, TOOL, SYSTEM = Role.USER, Role.ASSISTANT, Role.TOOL, Role.SYSTEM
HI = (ChatMessage(USER, "Hi"),)


def call_of(model: str, **call: Any) -> Call:
    return Call(Endpoint("a", "anthropic", "http://x", key="k"), model, call.pop("messages", HI), **call)


def prepared(call: Call, max_tokens: int = 4096) -> dict[str, Any]:
    """The body as the provider has it written: without what the model is known not to take."""
    traits = traits_of(call.model)
    never = never_taken(call, traits, max_tokens)
    left = Call(call.endpoint, call.model, call.messages, call.system, call.stream, parameters=call.parameters,
                refuses=call.refuses | never)  # fmt: skip
    return request_body(left, traits, max_tokens)


def written(model: str = NOW, max_tokens: int = 4096, **call: Any) -> dict[str, Any]:
    return prepared(call_of(model, **call), max_tokens)


def turns(*messages: ChatMessage, model: str = NOW, **call: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    body = written(model, messages=messages, **call)
    return [(turn["role"], turn["content"]) for turn in body["messages"]]


@pytest.mark.parametrize("case", CALLS)
def test_requests_of_today(case: str) -> None:
    golden.check("anthropic", case, prepared(CALLS[case]))


@pytest.mark.parametrize("case", ["effort", "no_effort", "sampling", "schema", "opaque_back", "opaque_of_another"])
def test_requests_of_the_generation_before(case: str) -> None:
    golden.check("anthropic-4.5", case, prepared(OLDER[case]))


# --- what models take -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "effort", "max_tokens", "thinking", "word"),
    [
        ("claude-3-opus-20240229", Effort.HIGH, 4096, None, None),
        ("claude-3-7-sonnet-latest", Effort.LOW, 64_000, {"type": "enabled", "budget_tokens": 2048}, None),
        ("claude-sonnet-4-20250514", Effort.HIGH, 64_000, {"type": "enabled", "budget_tokens": 24_576}, None),
        ("claude-sonnet-4-0", Effort.MAX, 4096, {"type": "enabled", "budget_tokens": 2048}, None),
        ("claude-haiku-4-5", Effort.MINIMAL, 1025, {"type": "enabled", "budget_tokens": 1024}, None),
        ("claude-haiku-4-5", Effort.HIGH, 1024, None, None),
        ("claude-haiku-4-5", Effort.NONE, 4096, None, None),
        ("claude-opus-4-5", Effort.MAX, 4096, {"type": "enabled", "budget_tokens": 2048}, "high"),
        ("claude-opus-4-6", Effort.MAX, 4096, {"type": "adaptive"}, "max"),
        ("claude-opus-4-6", None, 4096, None, None),
        ("claude-opus-4-8", None, 4096, None, None),
        ("claude-opus-4-8", Effort.MEDIUM, 200, {"type": "adaptive", "display": "summarized"}, "medium"),
        ("anthropic/claude-opus-4.8", Effort.NONE, 4096, None, None),
        ("claude-sonnet-5", None, 4096, {"type": "adaptive", "display": "summarized"}, None),
        ("claude-sonnet-5", Effort.NONE, 4096, {"type": "disabled"}, None),
        ("claude-fable-5-1", Effort.NONE, 4096, {"type": "adaptive", "display": "summarized"}, "low"),
        ("claude-latest", Effort.MAX, 4096, {"type": "adaptive", "display": "summarized"}, "max"),
        ("kimi-k3", Effort.HIGH, 4096, {"type": "enabled", "budget_tokens": 2048}, None),
    ],
)
def test_effort_in_the_words_of_the_generation(
    model: str, effort: Effort | None, max_tokens: int, thinking: Any, word: str | None
) -> None:
    body = written(model, max_tokens, parameters=Parameters(effort=effort))
    assert body.get("thinking") == thinking
    assert body.get("output_config", {}).get("effort") == word


@pytest.mark.parametrize(
    ("model", "effort", "sent", "never"),
    [
        ("claude-sonnet-4-0", None, {"temperature", "top_p"}, set()),
        ("claude-sonnet-4-5", None, {"temperature"}, {"top_p"}),
        ("claude-sonnet-4-5", Effort.LOW, set(), {"temperature", "top_p"}),
        ("claude-opus-4-6", Effort.NONE, {"temperature"}, {"top_p"}),
        ("claude-opus-4-7", None, set(), {"temperature", "top_p"}),
        ("kimi-k3", None, {"temperature", "top_p"}, set()),
    ],
)
def test_temperature_and_top_p_go_where_they_are_taken(
    model: str, effort: Effort | None, sent: set[str], never: set[str]
) -> None:
    call = call_of(model, parameters=Parameters(temperature=0.5, top_p=0.9, effort=effort, seed=7))
    assert {"temperature", "top_p"} & prepared(call).keys() == sent
    assert never_taken(call, traits_of(model), 4096) == {*never, "seed"}


def test_what_the_deployment_is_known_to_refuse_is_not_told_again() -> None:
    call = call_of("claude-opus-4-7", parameters=Parameters(temperature=0.5), refuses=frozenset({"temperature"}))
    assert never_taken(call, traits_of(call.model), 4096) == frozenset()


def test_models_that_cannot_think_are_not_asked_to() -> None:
    call = call_of("claude-3-opus-20240229", parameters=Parameters(effort=Effort.LOW))
    assert never_taken(call, traits_of(call.model), 4096) == {"effort"}


def test_list_tells_more_than_a_name() -> None:
    yes, no = {"supported": True}, {"supported": False}
    told = {
        "thinking": {"supported": True, "types": {"adaptive": yes, "enabled": no}},
        "effort": {"supported": True, "low": yes, "max": yes, "high": no, "a_new_one": yes},
        "structured_outputs": yes,
    }
    traits = listed_traits("claude-3-opus", {"capabilities": told})
    assert (traits.adaptive, traits.budgets, traits.schemas, traits.efforts) == (True, False, True, ("low", "max"))
    strange = {"thinking": 3, "effort": [], "structured_outputs": "x"}
    nothing: tuple[dict[str, object], ...] = ({}, {"capabilities": None}, {"capabilities": strange})
    for entry in nothing:
        assert listed_traits("claude-opus-4-6", entry) == traits_of("claude-opus-4-6")


def test_no_room_to_think_is_told() -> None:
    call = call_of("claude-haiku-4-5", parameters=Parameters(effort=Effort.HIGH, stop=("END", " ")))
    told = warnings(call, traits_of(call.model), 200)
    texts = [event.sentence.english() for event in told if isinstance(event, Warned)]
    assert len(texts) == 2
    assert "at most 200 tokens" in texts[0]
    assert "blank" in texts[1]
    assert request_body(call, traits_of(call.model), 200)["stop_sequences"] == ["END"]
    assert not warnings(call_of(NOW, parameters=Parameters(effort=Effort.HIGH)), traits_of(NOW), 200)


# --- turns ----------------------------------------------------------------------------------------------------------


def test_person_speaks_first_and_nobody_twice_or_nothing() -> None:
    assert turns(
        ChatMessage(ASSISTANT, "Welcome. "),
        ChatMessage(USER, "Hi"),
        ChatMessage(ASSISTANT, " \n"),
        ChatMessage(USER, "Again"),
        refuses=frozenset({"cache_control"}),
    ) == [
        ("user", [{"type": "text", "text": "…"}]),
        ("assistant", [{"type": "text", "text": "Welcome."}]),
        ("user", [{"type": "text", "text": "Hi"}, {"type": "text", "text": "Again"}]),
    ]
    with pytest.raises(CallFailed) as caught:
        written(messages=(ChatMessage(USER, " "),))
    assert caught.value.failure.kind is FailureKind.LOCAL


def test_results_stand_first_and_one_for_every_call() -> None:
    calls = (ToolCall("functions.f:0", "f", '{"x":1}'), ToolCall("b", "f", "[2]"), ToolCall("", "g", "{broken"))
    results = (ToolResult("b", "f", "B"), ToolResult("functions.f:0", "f", "A", is_error=True))
    said = turns(
        ChatMessage(USER, "Hi"),
        ChatMessage(ASSISTANT, "", calls=calls),
        ChatMessage(USER, "And?"),
        ChatMessage(TOOL, "", results=results),
        refuses=frozenset({"cache_control"}),
    )
    assert said[1][1] == [
        {"type": "tool_use", "id": "functions_f_0", "name": "f", "input": {"x": 1}},
        {"type": "tool_use", "id": "b", "name": "f", "input": {"arguments": [2]}},
        {"type": "tool_use", "id": "_", "name": "g", "input": {"arguments": "{broken"}},
    ]
    assert said[2][1] == [
        {"type": "tool_result", "tool_use_id": "b", "content": "B"},
        {"type": "tool_result", "tool_use_id": "functions_f_0", "content": "A", "is_error": True},
        {"type": "tool_result", "tool_use_id": "_", "content": "The call was not made.", "is_error": True},
        {"type": "text", "text": "And?"},
    ]


def test_blocks_go_back_to_the_model_that_wrote_them_alone() -> None:
    said = ChatMessage(ASSISTANT, "Look.", opaque=kept_by(NOW))
    kept = kept_by(NOW).value["content"]  # type: ignore[index]
    assert turns(*HI, said)[1][1] == kept
    assert turns(*HI, said, model="claude-opus-5")[1][1] == [{"type": "text", "text": "Look."}]


@pytest.mark.parametrize("value", [None, [], {"model": 3}, {"model": NOW}, {"model": NOW, "content": [3, None]}])
def test_what_is_no_list_of_blocks_is_left(value: object) -> None:
    said = ChatMessage(ASSISTANT, "Look.", opaque=Opaque("anthropic", value))
    assert turns(*HI, said)[1][1] == [{"type": "text", "text": "Look."}]


def test_nothing_written_for_one_call_is_seen_in_the_next() -> None:
    said = ChatMessage(ASSISTANT, "Look.", opaque=kept_by(NOW))
    messages = (*HI, said, ChatMessage(TOOL, "", results=golden.RESULTS))
    assert written(messages=messages) == written(messages=messages)
    assert said.opaque == kept_by(NOW)


def test_no_budget_is_given_amid_calls_whose_thoughts_are_lost() -> None:
    asked = ChatMessage(ASSISTANT, "", calls=golden.CALLED)
    results = ChatMessage(TOOL, "", results=golden.RESULTS)
    parameters = Parameters(effort=Effort.HIGH)
    lost = written(BEFORE, messages=(*HI, asked, results), parameters=parameters)
    assert "thinking" not in lost
    asked = ChatMessage(ASSISTANT, "", calls=golden.CALLED, opaque=kept_by(BEFORE))
    assert "thinking" in written(BEFORE, messages=(*HI, asked, results), parameters=parameters)
    assert "thinking" in written(NOW, messages=(*HI, asked, results), parameters=parameters)


def test_file_that_cannot_be_sent_is_told() -> None:
    with pytest.raises(CallFailed) as caught:
        written(messages=(ChatMessage(USER, "Hi", (Attachment("application/zip", "UEs=", "all.zip"),)),))
    assert caught.value.failure.kind is FailureKind.BAD_REQUEST


def test_system_text_is_one_wherever_it_stands() -> None:
    body = written(system="Be brief.", messages=(ChatMessage(SYSTEM, "Be kind."), *HI))
    assert body["system"] == [{"type": "text", "text": "Be brief.\n\nBe kind."}]
    assert len(body["messages"]) == 1


# --- the cache ------------------------------------------------------------------------------------------------------


def test_cache_is_marked_from_the_second_turn_on_at_four_places() -> None:
    parameters = Parameters(tools=(golden.CLOCK, golden.WEATHER), web_search=True)
    long = (*HI, ChatMessage(ASSISTANT, "a"), *HI, ChatMessage(ASSISTANT, "b"), ChatMessage(USER, "c", (golden.IMAGE,)))

    def marks(messages: tuple[ChatMessage, ...], **call: Any) -> list[tuple[str, int, int]]:
        body = written(messages=messages, system="Be brief.", parameters=parameters, **call)
        places = [("tools", 0, body["tools"]), ("system", 0, body["system"])]
        places += [(turn["role"], at, turn["content"]) for at, turn in enumerate(body["messages"])]
        return [
            (name, at, each)
            for name, at, blocks in places
            for each, block in enumerate(blocks)
            if block.get("cache_control") == MARK
        ]

    assert marks(HI) == []
    assert marks(long[:3]) == [("tools", 0, 2), ("system", 0, 0), ("user", 0, 0), ("user", 2, 0)]
    assert marks(long) == [("tools", 0, 2), ("system", 0, 0), ("user", 2, 0), ("user", 4, 1)]
    assert marks(long, refuses=frozenset({"cache_control"})) == []


# --- tools and schemas ----------------------------------------------------------------------------------------------


def test_schema_of_a_tool_is_always_one_of_an_object() -> None:
    body = written(parameters=Parameters(tools=(Tool("look", "", {"properties": {}}),)))
    assert body["tools"] == [{"name": "look", "input_schema": {"type": "object", "properties": {}}}]


@pytest.mark.parametrize(
    ("model", "schema", "more", "refuses"),
    [
        ("claude-3-opus-20240229", golden.SCHEMA, {}, ()),
        (NOW, golden.SCHEMA, {"web_search": True}, ()),
        (NOW, golden.SCHEMA, {}, ("json_schema",)),
        (NOW, {"type": "object", "additionalProperties": {"type": "string"}, "properties": {"a": {}}}, {}, ()),
    ],
)
def test_schema_is_told_in_words_where_it_is_not_taken(
    model: str, schema: Any, more: dict[str, Any], refuses: tuple[str, ...]
) -> None:
    body = written(model, parameters=Parameters(schema=schema, **more), refuses=frozenset(refuses), system="Be brief.")
    assert "output_config" not in body
    assert body["system"][0]["text"].startswith("Be brief.\n\nAnswer with JSON alone")
    assert '"properties"' in body["system"][0]["text"]
    refused = written(model, parameters=Parameters(schema=schema, **more), refuses=frozenset({"schema"}))
    assert "system" not in refused
    assert "output_config" not in refused


def test_schema_in_the_vendors_form() -> None:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"City": {"type": "object", "properties": {"name": {"type": "string", "minLength": 1}}}},
        "type": "object",
        "properties": {
            "city": {"$ref": "#/$defs/City"},
            "size": {"type": "integer", "minimum": 1, "description": "In km²."},
            "when": {"type": "string", "format": "date"},
            "code": {"type": "string", "format": "int32"},
            "kinds": {"type": "array", "minItems": 1, "items": {"enum": ["a", "b"]}},
            "many": {"type": "array", "minItems": 3, "items": {"type": "string"}},
            "either": {"oneOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["city"],
    }
    assert close_schema(schema) == {
        "type": "object",
        "required": ["city"],
        "properties": {
            "city": {"$ref": "#/$defs/City"},
            "size": {"type": "integer", "description": "In km².\nminimum: 1"},
            "when": {"type": "string", "format": "date"},
            "code": {"type": "string", "description": 'format: "int32"'},
            "kinds": {"type": "array", "minItems": 1, "items": {"enum": ["a", "b"]}},
            "many": {"type": "array", "description": "minItems: 3", "items": {"type": "string"}},
            "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "$defs": {
            "City": {
                "type": "object",
                "properties": {"name": {"type": "string", "description": "minLength: 1"}},
                "additionalProperties": False,
            }
        },
        "additionalProperties": False,
    }
    for open_one in ({"type": "object"}, {"type": "array", "items": {"type": "object", "properties": {}}}):
        assert close_schema(open_one) is None


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "message", "name"),
    [
        (BEFORE, '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
         '"output_config.effort" to control thinking behavior.', "thinking_budget"),
        (NOW, "adaptive thinking is not supported on this model", "adaptive_thinking"),
        (NOW, "thinking.adaptive.display: Extra inputs are not permitted", "thinking_summaries"),
        (NOW, "This model does not support the effort parameter.", "effort"),
        (NOW, "output_config: Extra inputs are not permitted", "effort"),
        (NOW, "output_config.format: Extra inputs are not permitted", "json_schema"),
        (NOW, "Web search is not enabled for this organization", "web_search"),
        (NOW, "tools.2: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags",
         "web_search"),
        (NOW, "This model does not support tool use.", "tools"),
        (NOW, "system.0.cache_control: Extra inputs are not permitted", "cache_control"),
        ("claude-sonnet-4-0", "`temperature` and `top_p` cannot both be specified for this model.", "top_p"),
        ("claude-sonnet-4-0", "`temperature` is deprecated for this model.", "temperature"),
        ("claude-sonnet-4-0", "`temperature` may only be set to 1 when thinking is enabled.", "temperature"),
        ("claude-sonnet-4-0", "temperature: range: 0..1", None),
        (NOW, "`temperature` is deprecated for this model.", None),
        (NOW, "tools.0.custom.input_schema: JSON schema is invalid", None),
        (NOW, "max_tokens: 300000 > 128000, which is the maximum allowed number of output tokens", None),
        (NOW, "This model does not support image input.", None),
    ],
)  # fmt: skip
def test_refusal_is_found_in_its_sentence(model: str, message: str, name: str | None) -> None:
    effort = None if model == "claude-sonnet-4-0" else Effort.HIGH
    parameters = Parameters(
        temperature=0.5, top_p=0.9, effort=effort, schema=None if model == BEFORE else golden.SCHEMA,
        tools=(golden.CLOCK,), stop=("END",),
    )  # fmt: skip
    messages = (*HI, ChatMessage(ASSISTANT, "a"), *HI)
    call = call_of(model, messages=messages, parameters=parameters)
    body = prepared(call)
    body["tools"] = [*body["tools"], {"type": "web_search_20250305", "name": "web_search"}]
    assert find_refused(Failure(FailureKind.BAD_REQUEST, message), body) == name


def test_thinking_is_asked_for_in_the_other_way_where_one_is_refused() -> None:
    parameters = Parameters(effort=Effort.HIGH)
    other = {"type": "adaptive", "display": "summarized"}
    assert written("kimi-k3", parameters=parameters, refuses=frozenset({"thinking_budget"}))["thinking"] == {
        "type": "adaptive"
    }
    assert written(parameters=parameters)["thinking"] == other
    turned = written(parameters=parameters, refuses=frozenset({"adaptive_thinking"}))
    assert turned["thinking"] == {"type": "enabled", "budget_tokens": 2048}
    both = written(parameters=parameters, refuses=frozenset({"adaptive_thinking", "thinking_budget"}))
    assert "thinking" not in both
    assert written(parameters=parameters, refuses=frozenset({"thinking_summaries"}))["thinking"] == {"type": "adaptive"}
    off = written(parameters=Parameters(effort=Effort.NONE), refuses=frozenset({"thinking_off"}))
    assert "thinking" not in off
    assert "output_config" not in written(parameters=parameters, refuses=frozenset({"effort"}))
