"""What Gemini is sent."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Effort, Opaque, Parameters, Tool, ToolCall, ToolResult
from switchyard.core.events import CallFailed, Warned
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Call
from switchyard.providers.gemini_request import generation_of, request_body, resource_of, warnings
from switchyard.providers.gemini_schema import reduce_schema


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


golden: Any = _load("golden_requests")

SIGNED = Opaque(
    "gemini",
    {
        "model": "gemini-3.5-flash",
        "parts": [
            {"text": "Let me look."},
            {
                "functionCall": {"name": "get_weather", "args": {"city": "Oslo"}, "id": "call_a1"},
                "thoughtSignature": "c2ln",
            },
            {"functionCall": {"name": "get_time", "args": {}, "id": "call_b2"}},
        ],
    },
)
CALLS = golden.calls("gemini", "gemini-3.5-flash", opaque=SIGNED)
OLDER = golden.calls("gemini", "gemini-2.5-flash", opaque=SIGNED)
TOOL = Tool("look", "", {"$schema": "x", "type": "object", "properties": {"a": {"type": "string"}}})


@pytest.mark.parametrize("case", CALLS)
def test_requests_of_today(case: str) -> None:
    golden.check("gemini", case, request_body(CALLS[case]))


@pytest.mark.parametrize("case", ["effort", "no_effort", "tool_results", "opaque_back", "schema"])
def test_requests_of_the_generation_before(case: str) -> None:
    golden.check("gemini-2.5", case, request_body(OLDER[case]))


def written(model: str = "gemini-3.5-flash", **call: Any) -> dict[str, Any]:
    call.setdefault("messages", (ChatMessage(Role.USER, "Hi"),))
    body: dict[str, Any] = request_body(Call(Endpoint("a", "gemini", "http://x", key="k"), model, **call))
    return body


@pytest.mark.parametrize(
    ("model", "path", "generation"),
    [
        ("gemini-2.5-pro", "models/gemini-2.5-pro", 2.5),
        ("models/gemini-3-pro-preview", "models/gemini-3-pro-preview", 3.0),
        ("tunedModels/mine-1", "tunedModels/mine-1", None),
        ("gemini-flash-latest", "models/gemini-flash-latest", 99.0),
        ("gemma-3-27b-it", "models/gemma-3-27b-it", None),
        ("a b?c:d", "models/a%20b%3Fc%3Ad", None),
    ],
)
def test_name_of_a_model(model: str, path: str, generation: float | None) -> None:
    assert resource_of(model) == path
    assert generation_of(model) == generation


@pytest.mark.parametrize(
    ("model", "effort", "thinking"),
    [
        ("gemini-2.5-flash", None, {"includeThoughts": True}),
        ("gemini-2.5-flash", Effort.NONE, {"thinkingBudget": 0}),
        ("gemini-2.5-pro", Effort.NONE, {"thinkingBudget": 128}),
        ("gemini-2.5-pro", Effort.MAX, {"includeThoughts": True, "thinkingBudget": 32_768}),
        ("gemini-2.5-flash-lite", Effort.MINIMAL, {"includeThoughts": True, "thinkingBudget": 512}),
        ("gemini-2.0-flash", None, None),
        ("gemini-2.5-flash-image", None, None),
        ("gemini-2.5-flash-preview-tts", None, None),
        ("gemma-3-27b-it", None, None),
        ("gemini-3-flash-preview", Effort.MINIMAL, {"includeThoughts": True, "thinkingLevel": "minimal"}),
        ("gemini-3.8-flash", Effort.NONE, {"thinkingLevel": "low"}),
        ("gemini-3.8-flash-lite", Effort.NONE, {"thinkingLevel": "minimal"}),
        ("gemini-3-pro-preview", Effort.MEDIUM, {"includeThoughts": True, "thinkingLevel": "high"}),
        ("gemini-3.1-pro-preview", Effort.MEDIUM, {"includeThoughts": True, "thinkingLevel": "medium"}),
        ("gemini-pro-latest", Effort.MAX, {"includeThoughts": True, "thinkingLevel": "high"}),
    ],
)
def test_effort_in_the_words_of_the_generation(model: str, effort: Effort | None, thinking: Any) -> None:
    body = written(model, parameters=Parameters(effort=effort))
    assert body.get("generationConfig", {}).get("thinkingConfig") == thinking


@pytest.mark.parametrize("refused", ["effort", "thoughts"])
def test_refused_thoughts_are_not_asked_for_again(refused: str) -> None:
    assert "generationConfig" not in written(refuses=frozenset({refused}))


def test_images_are_asked_of_models_that_make_them() -> None:
    config = written("gemini-2.0-flash-exp-image-generation")["generationConfig"]
    assert config == {"responseModalities": ["TEXT", "IMAGE"]}


def test_results_stand_in_the_order_of_their_calls_and_made_ids_stay_here() -> None:
    calls = (ToolCall("gemini-0a", "f", '{"x":1}'), ToolCall("gemini-0b", "f", "[2]"), ToolCall("", "g", "{broken"))
    results = (ToolResult("", "g", "C"), ToolResult("gemini-0b", "f", "B"), ToolResult("gemini-0a", "f", "A"))
    body = written(
        "gemini-2.5-flash",
        messages=(
            ChatMessage(Role.USER, "Hi"),
            ChatMessage(Role.ASSISTANT, "", calls=calls),
            ChatMessage(Role.TOOL, "", results=results),
        ),
    )
    assert [content["role"] for content in body["contents"]] == ["user", "model", "user"]
    assert body["contents"][1]["parts"] == [
        {"functionCall": {"name": "f", "args": {"x": 1}}},
        {"functionCall": {"name": "f", "args": {"arguments": [2]}}},
        {"functionCall": {"name": "g", "args": {"arguments": "{broken"}}},
    ]
    answers = [part["functionResponse"] for part in body["contents"][2]["parts"]]
    assert [answer["response"]["output"] for answer in answers] == ["A", "B", "C"]
    assert not any("id" in answer for answer in answers)


def test_signatures_go_back_to_their_own_generation_alone() -> None:
    said = ChatMessage(Role.ASSISTANT, "Look.", calls=(ToolCall("c", "f", ""),), opaque=SIGNED)
    kept = SIGNED.value["parts"]  # type: ignore[index]
    for model, parts in (
        ("gemini-3.5-flash", kept),
        ("gemini-3.5-pro", kept),
        ("gemini-2.5-pro", [{"text": "Look."}, {"functionCall": {"id": "c", "name": "f", "args": {}}}]),
        (
            "gemini-flash-latest",
            [
                {"text": "Look."},
                {
                    "functionCall": {"id": "c", "name": "f", "args": {}},
                    "thoughtSignature": "skip_thought_signature_validator",
                },
            ],
        ),
    ):
        assert written(model, messages=(said,))["contents"][0]["parts"] == parts


@pytest.mark.parametrize("value", [None, [], {"model": 3}, {"model": "gemini-3.5-flash"}, {"model": "x", "parts": 3}])
def test_what_is_no_list_of_parts_is_left(value: object) -> None:
    said = ChatMessage(Role.ASSISTANT, "Look.", opaque=Opaque("gemini", value))
    assert written(messages=(said,))["contents"][0]["parts"] == [{"text": "Look."}]


def test_empty_messages_are_not_sent() -> None:
    said = (ChatMessage(Role.USER, "Hi"), ChatMessage(Role.ASSISTANT, " \n"), ChatMessage(Role.USER, "Again"))
    assert [content["parts"] for content in written(messages=said)["contents"]] == [
        [{"text": "Hi"}],
        [{"text": "Again"}],
    ]
    with pytest.raises(CallFailed) as caught:
        written(messages=(ChatMessage(Role.USER, " "),))
    assert caught.value.failure.kind is FailureKind.LOCAL


def test_models_without_a_place_for_the_system_text_are_told_first() -> None:
    body = written("gemma-3-27b-it", system="Be brief.", refuses=frozenset({"system_instruction"}))
    assert "systemInstruction" not in body
    assert body["contents"][0] == {"role": "user", "parts": [{"text": "Be brief."}]}


def test_older_models_are_told_a_schema_in_words_beside_tools() -> None:
    parameters = Parameters(schema={"type": "object"}, tools=(TOOL,))
    older, newer = written("gemini-2.5-flash", parameters=parameters), written(parameters=parameters)
    assert "responseMimeType" not in older["generationConfig"]
    assert '{"type":"object"}' in older["systemInstruction"]["parts"][0]["text"]
    assert newer["generationConfig"]["responseJsonSchema"] == {"type": "object"}
    assert "systemInstruction" not in newer


def test_schemas_are_reduced_where_their_own_words_are_refused() -> None:
    parameters = Parameters(schema={"$schema": "x", "type": "object", "additionalProperties": False}, tools=(TOOL,))
    full = written(parameters=parameters)
    assert full["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"] == {
        "type": "object",
        "properties": {"a": {"type": "string"}},
    }
    body = written(parameters=parameters, refuses=frozenset({"json_schema"}))
    assert body["tools"][0]["functionDeclarations"][0]["parameters"] == {
        "properties": {"a": {"type": "STRING"}},
        "type": "OBJECT",
    }
    assert body["generationConfig"]["responseSchema"] == {"type": "OBJECT"}


def test_search_gives_way_to_tools_and_the_person_is_told() -> None:
    call = Call(
        Endpoint("a", "gemini", "http://x"),
        "gemini-3.5-flash",
        (ChatMessage(Role.USER, "Hi"),),
        parameters=Parameters(tools=(TOOL,), web_search=True),
    )
    assert all("googleSearch" not in tool for tool in request_body(call)["tools"])  # type: ignore[attr-defined]
    (warned,) = warnings(call)
    assert isinstance(warned, Warned)
    assert "no search was asked for" in warned.sentence.english()
    assert warnings(CALLS["web_search"]) == warnings(CALLS["tools"]) == []


def test_schema_in_its_older_form() -> None:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {
            "City": {"type": "object", "properties": {"name": {"type": "string", "format": "uri"}}},
            "Tree": {"type": "object", "properties": {"below": {"$ref": "#/$defs/Tree"}}},
        },
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "city": {"$ref": "#/$defs/City", "description": "Where."},
            "kind": {"const": "a"},
            "size": {"type": "integer", "enum": [1, 2]},
            "note": {"type": ["string", "null"]},
            "either": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
            "maybe": {"oneOf": [{"type": "string"}, {"type": "null"}]},
            "both": {"type": ["string", "integer"]},
            "list": {"type": "array"},
            "lost": {"$ref": "other.json"},
        },
        "required": ["city"],
    }
    reduced = reduce_schema(schema)
    assert reduced["required"] == ["city"]
    assert reduced["properties"] == {
        "city": {"description": "Where.", "type": "OBJECT", "properties": {"name": {"type": "STRING"}}},
        "kind": {"enum": ["a"], "type": "STRING"},
        "size": {"type": "INTEGER"},
        "note": {"nullable": True, "type": "STRING"},
        "either": {"nullable": True, "anyOf": [{"type": "STRING"}, {"type": "NUMBER"}]},
        "maybe": {"nullable": True, "type": "STRING"},
        "both": {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]},
        "list": {"type": "ARRAY", "items": {"type": "STRING"}},
        "lost": {"type": "OBJECT"},
    }
    assert "$" not in json.dumps(reduced)
    tree = reduce_schema({"$defs": schema["$defs"], "$ref": "#/$defs/Tree"})
    assert tree == {"type": "OBJECT", "properties": {"below": {"type": "OBJECT"}}}
    assert reduce_schema({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}) == {"type": "OBJECT"}
