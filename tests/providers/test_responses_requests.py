"""What is sent to OpenAI's Responses, compared with files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.providers.golden_requests import calls, check

from switchyard.core.content import Opaque
from switchyard.providers.base import Call
from switchyard.providers.declaration import Habits
from switchyard.providers.openai_habits import is_strict
from switchyard.providers.openai_responses_request import never_taken, request_body
from switchyard.providers.presets import PRESETS

ITEMS = [
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VhbGVk"},
    {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_a1",
        "name": "get_weather",
        "arguments": '{"city":"Oslo"}',
    },
    {"type": "function_call", "id": "fc_2", "call_id": "call_b2", "name": "get_time", "arguments": "{}"},
]
OPAQUE = Opaque("openai-responses", {"account": "here", "model": "gpt-5.2", "items": ITEMS})
OPENAI = PRESETS["openai"].habits
REASONING = calls("openai", "gpt-5.2", opaque=OPAQUE)
PLAIN = calls("openai", "gpt-4o")


def body(habits: Habits, call: Call, *, reasons: bool) -> object:
    never = never_taken(habits, call)
    return request_body(habits, replace(call, refuses=call.refuses | never), reasons=reasons)


@pytest.mark.parametrize("case", REASONING)
def test_bodies_for_a_model_that_reasons(case: str) -> None:
    check("openai-responses", case, body(OPENAI, REASONING[case], reasons=True))


@pytest.mark.parametrize("case", ["plain", "sampling", "effort", "web_search"])
def test_bodies_for_one_that_does_not(case: str) -> None:
    check("openai-responses-plain", case, body(OPENAI, PLAIN[case], reasons=False))


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        ({"type": "object"}, False),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": False}, False),
        ({"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}, True),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "array", "items": {"type": "object"}}},
                "required": ["a"],
                "additionalProperties": False,
            },
            False,
        ),
        ({"anyOf": [{"type": "string"}, {"type": "object"}]}, False),
        ({"$defs": {"x": {"type": "object"}}, "type": "string"}, False),
        ({"type": "object", "properties": {"a": {}}, "required": [["a"]], "additionalProperties": False}, False),
        ({"type": "string"}, True),
    ],
)
def test_strictness_is_read_from_the_schema(schema: object, strict: bool) -> None:
    assert is_strict(schema) is strict
