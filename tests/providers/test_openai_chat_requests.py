"""What is sent to each speaker of OpenAI's Chat Completions, compared with files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.providers import golden_requests
from tests.providers.golden_requests import CASES, HELLO, calls, check

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Effort, Opaque, Parameter, Parameters, Tool, ToolCall, ToolResult
from switchyard.core.events import CallFailed
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Call
from switchyard.providers.client import Clients
from switchyard.providers.declaration import Dialect, Preset
from switchyard.providers.openai import OpenAI
from switchyard.providers.openai_chat_request import OWNER

THOUGHTS = [{"type": "reasoning.text", "text": "Oslo, then.", "signature": "c2ln", "index": 0}]
# By folder: the provider and its model, what it gives back, and the cases in which it has habits of its own.
SPEAKERS: dict[str, tuple[str, str, Opaque | None, str]] = {
    "openai-chat": ("openai", "gpt-4.1", None, " ".join(CASES)),
    "openai-chat-reasoning": ("openai", "gpt-5", None, "sampling effort no_effort web_search"),
    "openai-chat-search": ("openai", "gpt-4o-search-preview", None, "sampling web_search"),
    "azure": ("azure", "my-deployment", None, "plain pdf sampling effort web_search"),
    "mistral": (
        "mistral", "mistral-small-latest", None, "plain pdf tool_results sampling schema json effort no_effort",
    ),
    "deepseek": (
        "deepseek", "deepseek-v4-flash", Opaque(OWNER, {"maker": "", "reasoning_content": "Oslo, then."}),
        "pdf schema json sampling effort no_effort opaque_back opaque_of_another",
    ),
    "openrouter": (
        "openrouter", "anthropic/claude-sonnet-5", Opaque(OWNER, {"maker": "anthropic", "reasoning_details": THOUGHTS}),
        "turns pdf sampling effort no_effort web_search opaque_back opaque_of_another",
    ),
    "groq": ("groq", "qwen/qwen3-32b", None, "plain pdf sampling effort no_effort web_search"),
    "groq-search": ("groq", "openai/gpt-oss-120b", None, "tools effort web_search"),
    "xai": ("xai", "grok-4.3", None, "sampling effort no_effort web_search"),
    "together": ("together", "Qwen/Qwen3.5", None, "plain sampling effort no_effort"),
    "huggingface": ("huggingface", "Qwen/Qwen3:fastest", None, "sampling schema effort"),
    "openai-compatible": ("openai-compatible", "local", None, "plain pdf sampling schema effort web_search"),
}  # fmt: skip
ANSWER = {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}


@pytest.fixture
def sent(server: Any, fakes: Any, ask: Any) -> Any:
    """Make a call and return the body that arrived, and what was told."""

    async def sent(provider: str, **call: Any) -> tuple[dict[str, Any], Any]:
        path = "/openai/v1/chat/completions" if provider == "azure" else "/chat/completions"
        server.play(path, fakes.Script(json.dumps(ANSWER), headers={"content-type": "application/json"}))
        told = await ask(provider, server.url(), settings={"api": "chat"}, **call)
        return (server.received[-1].json() if server.received else {}), told

    return sent


@pytest.mark.parametrize(
    ("folder", "case"), [(folder, case) for folder, speaker in SPEAKERS.items() for case in speaker[3].split()]
)
async def test_body_is_that_of_the_file(sent: Any, folder: str, case: str) -> None:
    provider, model, opaque, _ = SPEAKERS[folder]
    call = calls(provider, model, opaque=opaque)[case]
    body, told = await sent(
        provider,
        messages=call.messages,
        model=model,
        system=call.system,
        stream=call.stream,
        parameters=call.parameters,
        refuses=call.refuses,
    )
    assert told.failure is None
    check(folder, case, body)


def test_no_file_is_left_over() -> None:
    """A file that nothing is compared with tells of what is sent no longer."""
    for folder, speaker in SPEAKERS.items():
        assert {path.stem for path in (golden_requests.GOLDEN / folder).iterdir()} == set(speaker[3].split())


@pytest.mark.parametrize(
    ("provider", "model", "parameters", "left_out"),
    [
        ("openai", "gpt-5", Parameters(temperature=0.5, top_p=0.5, stop=("x",), seed=1), "stop temperature top_p"),
        ("openai", "o3", Parameters(temperature=0.5), "temperature"),
        ("openai", "gpt-5-chat-latest", Parameters(temperature=0.5), ""),
        ("openai", "gpt-5.2", Parameters(temperature=0.5), ""),
        ("openai", "gpt-5.2", Parameters(temperature=0.5, effort=Effort.NONE), ""),
        ("openai", "gpt-5.2", Parameters(temperature=0.5, effort=Effort.LOW), "temperature"),
        ("openai", "gpt-4o", Parameters(effort=Effort.LOW, web_search=True), "effort web_search"),
        ("deepseek", "deepseek-chat", Parameters(seed=1, web_search=True), "seed web_search"),
        ("deepseek", "deepseek-reasoner", Parameters(effort=Effort.LOW), "effort"),
        ("mistral", "magistral-medium-latest", Parameters(effort=Effort.LOW), "effort"),
        ("xai", "grok-4-fast-reasoning", Parameters(effort=Effort.LOW, stop=("x",)), "effort stop"),
        ("xai", "grok-4-fast-non-reasoning", Parameters(stop=("x",)), ""),
        ("openrouter", "openai/o3", Parameters(temperature=0.5, web_search=True), "temperature"),
        ("azure", "gpt-5", Parameters(temperature=0.5), ""),
    ],
)
async def test_what_a_model_is_known_to_refuse_is_left_out_and_told(
    sent: Any, provider: str, model: str, parameters: Parameters, left_out: str
) -> None:
    body, told = await sent(provider, model=model, parameters=parameters)
    names = left_out.split()
    assert told.warnings == [f"here/{model} does not take {name}: it was left out." for name in names]
    assert not {*names, "reasoning_effort" if "effort" in names else ""} & set(body)


async def test_what_a_deployment_refuses_is_left_out_without_a_word(sent: Any) -> None:
    """Whoever knows of it has told the person already."""
    everything = Parameters(
        temperature=0.5, top_p=0.5, max_output=9, stop=("x",), seed=1, effort=Effort.LOW, schema={}, web_search=True
    )
    body, told = await sent("openrouter", parameters=everything, refuses=frozenset(map(str, Parameter)))
    assert told.warnings == []
    assert set(body) == {"model", "messages", "stream", "stream_options"}


@pytest.mark.parametrize(
    ("provider", "model", "effort", "members"),
    [
        ("openai", "o3", Effort.NONE, {"reasoning_effort": "low"}),
        ("openai", "o3", Effort.MAX, {"reasoning_effort": "high"}),
        ("openai", "gpt-5-mini", Effort.NONE, {"reasoning_effort": "minimal"}),
        ("openai", "gpt-5.1", Effort.MINIMAL, {"reasoning_effort": "low"}),
        ("openai", "gpt-5.2", Effort.MAX, {"reasoning_effort": "xhigh"}),
        ("openai", "gpt-5-pro", Effort.LOW, {"reasoning_effort": "high"}),
        ("groq", "qwen/qwen3-32b", Effort.LOW, {"reasoning_effort": "default"}),
        ("groq", "openai/gpt-oss-20b", Effort.MEDIUM, {"reasoning_effort": "medium"}),
        ("xai", "grok-3-mini", Effort.MEDIUM, {"reasoning_effort": "high"}),
        ("mistral", "mistral-small-latest", Effort.LOW, {"reasoning_effort": "high"}),
        ("deepseek", "deepseek-v4-pro", Effort.MAX, {"reasoning_effort": "max", "thinking": {"type": "enabled"}}),
        ("deepseek", "deepseek-v4-pro", Effort.NONE, {"thinking": {"type": "disabled"}}),
        ("openrouter", "a/b", Effort.MINIMAL, {"reasoning": {"effort": "minimal"}}),
        ("together", "moonshotai/Kimi-K2", Effort.NONE, {"reasoning": {"enabled": False}}),
    ],
)
async def test_effort_in_the_nearest_word(
    sent: Any, provider: str, model: str, effort: Effort, members: dict[str, object]
) -> None:
    body, told = await sent(provider, model=model, parameters=Parameters(effort=effort))
    assert {name: body.get(name) for name in ("reasoning_effort", "reasoning", "thinking") if name in body} == members
    assert told.warnings == []


async def test_call_ids_that_mistral_takes_are_kept_and_others_made_so(sent: Any) -> None:
    talk = (
        ChatMessage(Role.USER, "Go."),
        ChatMessage(
            Role.ASSISTANT, "", calls=(ToolCall("abcDEF123", "f", "{}"), ToolCall("toolu_long-one", "g", "{}"))
        ),
        ChatMessage(Role.TOOL, "", results=(ToolResult("abcDEF123", "f", "1"), ToolResult("toolu_long-one", "g", "2"))),
        ChatMessage(Role.USER, "Stop."),
    )
    body, _ = await sent("mistral", messages=talk)
    _, assistant, first, second, between, last = body["messages"]
    ids = [call["id"] for call in assistant["tool_calls"]]
    assert ids == [first["tool_call_id"], second["tool_call_id"]]
    assert ids[0] == "abcDEF123"
    assert len(ids[1]) == 9
    assert ids[1].isalnum()
    assert (first["name"], assistant["content"]) == ("f", "")
    assert (between["role"], last["role"]) == ("assistant", "user")


@pytest.mark.parametrize(
    ("arguments", "sent_as"), [("", "{}"), ("null", "{}"), ('{"a": 1}', '{"a": 1}'), ('{"a": ', "{}"), ("[1]", "{}")]
)
async def test_arguments_that_no_server_can_read_are_not_sent(sent: Any, arguments: str, sent_as: str) -> None:
    talk = (ChatMessage(Role.USER, "Go."), ChatMessage(Role.ASSISTANT, "Yes.", calls=(ToolCall("c", "f", arguments),)))
    body, _ = await sent("openai", messages=talk)
    assert body["messages"][1]["tool_calls"][0]["function"]["arguments"] == sent_as


async def test_thoughts_go_back_to_their_maker_alone(sent: Any) -> None:
    kept = Opaque(OWNER, {"maker": "anthropic", "reasoning_details": THOUGHTS})
    talk = (*HELLO, ChatMessage(Role.ASSISTANT, "Hm.", opaque=kept), ChatMessage(Role.USER, "Well?"))
    for provider, model, goes in (
        ("openrouter", "anthropic/claude-haiku-5", True),
        ("openrouter", "google/gemini-3-pro", False),
        ("openai-compatible", "anthropic/claude-haiku-5", False),
    ):
        body, _ = await sent(provider, model=model, messages=talk)
        assert ("reasoning_details" in body["messages"][1]) is goes


async def test_deepseek_has_its_thoughts_back_only_among_tools(sent: Any) -> None:
    kept = Opaque(OWNER, {"maker": "", "reasoning_content": "Hm."})
    talk = (*HELLO, ChatMessage(Role.ASSISTANT, "Yes.", opaque=kept), ChatMessage(Role.USER, "Well?"))
    body, _ = await sent("deepseek", messages=talk)
    assert "reasoning_content" not in body["messages"][1]
    body, _ = await sent("deepseek", messages=talk, parameters=Parameters(tools=(Tool("f"),)))
    assert body["messages"][1]["reasoning_content"] == "Hm."


async def test_json_is_spoken_of_where_nobody_has(sent: Any) -> None:
    body, _ = await sent("openai", parameters=Parameters(schema={}), system="Be brief.")
    assert body["messages"][0]["content"] == "Be brief.\n\nAnswer with a JSON object."
    body, _ = await sent("openai", parameters=Parameters(schema={}), system="Write JSON.")
    assert body["messages"][0]["content"] == "Write JSON."


@pytest.mark.parametrize(
    ("model", "marked"), [("anthropic/claude-sonnet-5", 3), ("~anthropic/claude", 3), ("openai/gpt-5", 0)]
)
async def test_the_prefix_is_marked_from_the_second_turn_on(sent: Any, model: str, marked: int) -> None:
    body, _ = await sent("openrouter", model=model, system="Be brief.")
    assert json.dumps(body).count("cache_control") == 0
    talk = [ChatMessage(role, "words") for role in (Role.USER, Role.ASSISTANT) * 3]
    body, _ = await sent("openrouter", model=model, system="Be brief.", messages=(*talk, *HELLO))
    assert json.dumps(body).count("cache_control") == marked


async def test_a_file_that_can_be_told_in_no_way_is_a_bad_request(sent: Any) -> None:
    scan = golden_requests.PDF.__class__("application/pdf", "JVBERi0=", "scan.pdf")
    _, told = await sent("groq", messages=(ChatMessage(Role.USER, "Read.", (scan,)),))
    assert told.failure.message == "This model cannot be sent the file scan.pdf."
    assert told.sent == 0


@pytest.mark.parametrize(
    ("provider", "model", "settings", "parameters", "path"),
    [
        ("openai", "gpt-4o", {}, Parameters(), "/chat/completions"),
        ("openai", "gpt-5", {}, Parameters(), "/responses"),
        ("openai", "gpt-5", {"api": "chat"}, Parameters(), "/chat/completions"),
        ("openai", "gpt-4o", {"api": "responses"}, Parameters(), "/responses"),
        ("openai", "gpt-4o", {}, Parameters(web_search=True), "/responses"),
        ("openai", "gpt-4o-search-preview", {}, Parameters(web_search=True), "/chat/completions"),
        ("xai", "grok-3", {}, Parameters(web_search=True), "/responses"),
        ("openrouter", "openai/gpt-5", {}, Parameters(web_search=True), "/chat/completions"),
        ("openai-compatible", "gpt-5", {}, Parameters(web_search=True), "/chat/completions"),
        ("openai-compatible", "m", {"api": "responses"}, Parameters(), "/responses"),
    ],
)
async def test_which_of_openai_s_dialects_is_spoken(
    server: Any, ask: Any, provider: str, model: str, settings: dict[str, str], parameters: Parameters, path: str
) -> None:
    await ask(provider, server.url(), model=model, settings=settings, parameters=parameters)
    assert server.paths() == [path]


async def test_a_provider_of_responses_alone(server: Any, clients: Clients) -> None:
    preset = Preset("own", "Own", Dialect.RESPONSES, server.url())
    call = Call(Endpoint("here", "own", server.url(), settings={"api": "chat"}), "m", HELLO)
    async with OpenAI(preset, clients).stream(call) as reply:
        with pytest.raises(CallFailed):
            await anext(reply)
    assert server.paths() == ["/responses"]
