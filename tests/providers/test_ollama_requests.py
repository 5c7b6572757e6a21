"""What Ollama is sent, compared with files, and what it turns out not to take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.providers.golden_requests import CALLED, CASES, HELLO, QUESTION, RESULTS, calls, check

from switchyard.core.catalog import Place
from switchyard.core.content import Attachment, Effort, Opaque, Parameter, Parameters, Tool, ToolCall
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Embeds, Provider
from switchyard.providers.ollama_request import OWNER

THOUGHT = Opaque(
    OWNER,
    {
        "thinking": "Oslo, then.",
        "tool_calls": [
            {"id": "call_a1", "function": {"index": 0, "name": "get_weather", "arguments": {"city": "Oslo"}}},
            {"id": "call_b2", "function": {"index": 1, "name": "get_time", "arguments": {}}},
        ],
    },
)
ANSWER = {"model": "m", "message": {"role": "assistant", "content": "a"}, "done": True, "done_reason": "stop"}
SHOWN = {
    "model_info": {"qwen3.context_length": 40_960},
    "details": {"family": "qwen3"},
    "capabilities": ["completion", "tools", "thinking"],
}
LEVELLED = {**SHOWN, "details": {"family": "gptoss"}}
EVERY = " ".join([*CASES, "opaque_back", "opaque_of_another"])
# By folder: the model, what is shown of it, the account's settings, and the cases in which it is of interest.
SPEAKERS: dict[str, tuple[str, Any, dict[str, str], str]] = {
    "ollama": ("qwen3:8b", SHOWN, {}, EVERY),
    "ollama-levels": ("gpt-oss:20b", LEVELLED, {"keep_alive": "-1", "num_ctx": "16384"}, "plain effort no_effort"),
    "ollama-cloud": ("gpt-oss:120b-cloud", LEVELLED, {"keep_alive": "5m"}, "plain sampling effort opaque_back"),
    "ollama-plain": (
        "llama3.2",
        {**SHOWN, "capabilities": ["completion"]},
        {"keep_alive": "1h30m"},
        "effort no_effort",
    ),
}


@pytest.fixture
def sent(server: Any, fakes: Any, ask: Any) -> Any:
    """Make a call and return the body that arrived last, and what was told."""

    async def sent(*answers: Any, shown: Any = SHOWN, **call: Any) -> tuple[dict[str, Any], Any]:
        server.play("/api/show", fakes.Script(json.dumps(shown)))
        server.play("/api/ps", fakes.Script('{"models":[]}'))
        server.play("/api/chat", *answers, fakes.Script(json.dumps(ANSWER) + "\n"))
        told = await ask("ollama", server.url(), **{"key": None, "place": Place.COMPUTER, **call})
        last = server.received[-1]
        return (last.json() if last.path == "/api/chat" else {}), told

    return sent


@pytest.mark.parametrize(
    ("folder", "case"), [(folder, case) for folder, speaker in SPEAKERS.items() for case in speaker[3].split()]
)
async def test_body_is_that_of_the_file(sent: Any, folder: str, case: str) -> None:
    model, shown, settings, _ = SPEAKERS[folder]
    call = calls("ollama", model, opaque=THOUGHT)[case]
    body, told = await sent(
        shown=shown,
        settings=settings,
        messages=call.messages,
        model=model,
        system=call.system,
        stream=call.stream,
        parameters=call.parameters,
        refuses=call.refuses,
    )
    assert told.failure is None
    check(folder, case, body)


@pytest.mark.parametrize(
    ("words", "parameter", "member"),
    [
        ('"m" does not support thinking', Parameter.EFFORT, "think"),
        ('think value "low" is not supported for this model', Parameter.EFFORT, "think"),
        ("registry.ollama.ai/library/m:latest does not support tools", Parameter.TOOLS, "tools"),
        ("structured outputs are not supported for cloud models", Parameter.SCHEMA, "format"),
    ],
)
async def test_what_is_refused_is_left_out_and_told(
    sent: Any, server: Any, fakes: Any, words: str, parameter: Parameter, member: str
) -> None:
    refusal = fakes.Script(json.dumps({"error": words}), 400)
    wanted = Parameters(effort=Effort.LOW, tools=(Tool("f"),), schema={})
    body, told = await sent(refusal, parameters=wanted)
    assert told.failure is None
    assert told.refused == [parameter]
    assert member in server.received[-2].json()
    assert member not in body
    assert told.sent == 1
    body, told = await sent(refusal, parameters=wanted, refuses=frozenset({parameter}))
    assert told.failure.kind is FailureKind.BAD_REQUEST


async def test_other_refusals_are_not_asked_about_again(sent: Any, server: Any, fakes: Any) -> None:
    refusal = fakes.Script('{"error":"invalid format: not a schema"}', 400)
    _, told = await sent(refusal, parameters=Parameters(effort=Effort.LOW, schema={"type": "x"}))
    assert told.failure.kind is FailureKind.BAD_REQUEST
    assert server.paths().count("/api/chat") == 1


async def test_what_can_never_be_asked_is_told(sent: Any) -> None:
    plain = {**SHOWN, "capabilities": ["completion"]}
    _, told = await sent(shown=plain, parameters=Parameters(effort=Effort.HIGH, web_search=True))
    assert told.warnings == [
        "here/model-1 does not take effort: it was left out.",
        "here/model-1 does not take web_search: it was left out.",
    ]
    _, told = await sent(shown=plain, parameters=Parameters(effort=Effort.NONE))
    assert told.warnings == []


@pytest.mark.parametrize("arguments", ["[1]", "{broken", "", "7"])
async def test_arguments_are_an_object(sent: Any, arguments: str) -> None:
    said = ChatMessage(Role.ASSISTANT, "", calls=(ToolCall("c", "f", arguments),))
    body, _ = await sent(messages=(QUESTION, said, ChatMessage(Role.TOOL, "", results=RESULTS)))
    assert body["messages"][1]["tool_calls"] == [{"id": "c", "function": {"name": "f", "arguments": {}}}]


@pytest.mark.parametrize("value", [None, [], {"tool_calls": None}, "x", {"other": 1}])
async def test_what_was_kept_in_another_shape_is_passed_over(sent: Any, value: object) -> None:
    said = ChatMessage(Role.ASSISTANT, "Look.", calls=CALLED, opaque=Opaque(OWNER, value))
    body, _ = await sent(messages=(QUESTION, said, ChatMessage(Role.TOOL, "", results=RESULTS)))
    assert [call["id"] for call in body["messages"][1]["tool_calls"]] == ["call_a1", "call_b2"]


async def test_a_scan_can_be_told_in_no_way(sent: Any) -> None:
    scan = Attachment("application/pdf", "JVBERi0=", "scan.pdf")
    _, told = await sent(messages=(ChatMessage(Role.USER, "Read.", (scan,)),))
    assert told.failure.message == "This model cannot be sent the file scan.pdf."
    assert told.sent == 0


async def test_embedding_cuts_nothing(server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    provider = providers["ollama"]
    assert isinstance(provider, Embeds)
    server.play("/api/embed", fakes.Script('{"model":"v","embeddings":[[1,0.5],[0,-1]],"prompt_eval_count":4}'))
    here = calls("ollama", "v")["plain"].endpoint
    here = type(here)("a", "ollama", server.url(), settings={"keep_alive": "0"})
    told = await provider.embed(here, "v", ["one", "two"])
    assert server.received[-1].json() == {"model": "v", "input": ["one", "two"], "truncate": False, "keep_alive": 0}
    assert told.vectors == [[1.0, 0.5], [0.0, -1.0]]
    assert (told.usage.input, told.usage.output, told.model) == (4, 0, "v")


async def test_thinking_is_asked_of_a_model_in_the_cloud_in_its_own_words(sent: Any, server: Any) -> None:
    body, _ = await sent(model="deepseek:cloud", parameters=Parameters(effort=Effort.MAX), messages=HELLO)
    assert body["think"] is True
    assert server.paths() == ["/api/show", "/api/chat"]
