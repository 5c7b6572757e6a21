"""Every dialect against recorded traffic of the real providers, played over real HTTP with faults."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import CallFailed, Finish
from switchyard.core.failures import FailureKind
from switchyard.providers.base import Embeds, Provider

ROOT = Path(os.environ.get("SWITCHYARD_RECORDINGS") or Path(__file__).resolve().parents[3] / "shared" / "recordings")
RESPONSES = ("openai-responses", "azure-openai-responses")
CHATS = (
    "openai-chat", "mistral-chat", "azure-openai-chat", *RESPONSES, "anthropic-messages", "gemini-generate",
    "ollama-chat",
)  # fmt: skip
TELL_ALL = (*RESPONSES, "anthropic-messages")  # whose calls, images and sources are compared here
EMBEDDINGS = ("openai-embeddings", "azure-openai-embeddings")
LISTS = ("openai-models", "mistral-models", "openrouter-models", "anthropic-models", "gemini-models", "ollama-tags")
OURS = ("openai", "openrouter", "groq", "xai", "deepseek", "mistral", "together", "anthropic", "gemini", "ollama")

FINISHES = {
    "stop": {Finish.STOP},
    "length": {Finish.LENGTH},
    "tool_calls": {Finish.TOOL_CALLS},
    "content_filter": {Finish.CONTENT_FILTER, Finish.REFUSAL},
    "pause": {Finish.PAUSE},
}
CLASSES = {
    "error-401": FailureKind.AUTH,
    "error-model-not-found": FailureKind.MODEL_GONE,
    "error-context-length": FailureKind.CONTEXT,
    "error-rate-limit": FailureKind.RATE_LIMIT,
    "error-529": FailureKind.OVERLOADED,
    "error-auth": FailureKind.AUTH,
    "error-400": FailureKind.BAD_REQUEST,
}


def _named(apis: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    found = {f"{path.parent.name}/{path.stem}": json.loads(path.read_text("utf-8")) for path in ROOT.glob("*/*.json")}
    return {name: item for name, item in sorted(found.items()) if item["api"] in apis}


RECORDED = _named(CHATS)
STREAMS = [name for name, item in RECORDED.items() if item["request"]["stream"]]
LISTED = _named(LISTS)
EMBEDDED = _named(EMBEDDINGS)


@pytest.fixture(scope="module")
def replay(recordings: Path) -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("recordings_serve", recordings / "serve.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    with module.Replay(recordings) as running:
        yield running


def _provider(item: dict[str, Any]) -> str:
    if item["api"] == "ollama-chat" or item["api"] == "ollama-tags":
        return "ollama"
    return item["provider"] if item["provider"] in OURS and item["provider"] != "ollama" else "openai-compatible"


def _base(replay: Any, name: str, item: dict[str, Any], faults: str) -> str:
    path: str = item["request"]["path"]
    if item["provider"] == "gemini":
        return str(replay.url(name, faults)) + path.partition("/models")[0]
    for endpoint in (
        "/chat/completions",
        "/responses",
        "/embeddings",
        "/messages",
        "/api/chat",
        "/models",
        "/api/tags",
    ):
        before, mark, after = path.partition(endpoint)
        if mark:
            host: str = replay.url(name, faults)
            return host + before + after
    raise AssertionError(path)


async def _told(ask: Any, replay: Any, name: str, faults: str = "") -> Any:
    item = RECORDED[name]
    return await ask(
        _provider(item),
        _base(replay, name, item, faults),
        model=item["model"] or "m",
        stream=item["request"]["stream"],
        max_output=100,
        settings={"api": "responses" if item["api"] in RESPONSES else "chat"},
        key=None if _provider(item) == "ollama" else "sk-test-0123456789abcdef",
    )


def _check(told: Any, item: dict[str, Any]) -> None:
    expect = item["expect"]
    error = expect.get("error")
    if error is not None and error.get("status"):
        assert told.failure is not None
        assert told.failure.status == error["status"]
        assert told.text == ""
        assert "{" not in told.failure.message
        return
    inline = expect.get("inline_think")
    unclosed = inline is None and expect["text"].startswith("<think>")
    if inline is not None:
        assert told.reasoning.strip() == inline["reasoning"].strip()
        assert told.text.strip() == inline["text"].strip()
    elif unclosed:
        assert "<think>" + told.reasoning == expect["text"]
        assert told.text == ""
    else:
        assert told.text == expect["text"]
        assert told.reasoning == (expect["reasoning"] or "")
    if error is not None and expect["finish"] in (None, "error"):
        assert told.failure is not None
        return
    assert told.failure is None
    assert told.finish in (FINISHES[expect["finish"]] if "refusal" not in expect else {Finish.REFUSAL})
    assert told.model == expect["response_model"]
    usage = expect["usage"]
    if usage is None:
        assert told.usage is None
        return
    assert told.usage.input == usage["input"]
    assert told.usage.output == usage["output"]
    assert (told.usage.cached_input or 0) == usage["cached_input"]
    assert (told.usage.reasoning or 0) == usage["reasoning"]
    if usage.get("cache_write") is not None:
        assert (told.usage.cache_write or 0) == usage["cache_write"]


@pytest.mark.parametrize("name", [name for name, item in RECORDED.items() if item["api"] in TELL_ALL])
async def test_calls_images_and_sources(ask: Any, replay: Any, name: str) -> None:
    told, expect = await _told(ask, replay, name), RECORDED[name]["expect"]
    calls = [(call.id, call.name, json.loads(call.arguments)) for call in told.calls]
    assert calls == [(call["id"], call["name"], call["arguments"]) for call in expect.get("tool_calls", [])]
    assert [len(image.base64) for image in told.images] == [i["base64_chars"] for i in expect.get("images", [])]
    assert bool(told.citations) is ("citations" in RECORDED[name]["kinds"])


@pytest.mark.parametrize("name", EMBEDDED)
async def test_vectors_are_those_of_the_recording(providers: dict[str, Provider], replay: Any, name: str) -> None:
    item, provider = EMBEDDED[name], providers[_provider(EMBEDDED[name])]
    assert isinstance(provider, Embeds)
    sent, expect = item["request"]["json"]["input"], item["expect"]
    texts = [sent] if isinstance(sent, str) else sent
    told = await provider.embed(Endpoint("here", "x", _base(replay, name, item, ""), key="k"), item["model"], texts)
    assert [len(vector) for vector in told.vectors] == [expect["embeddings"]["dimensions"]] * len(texts)
    assert [list(vector[:3]) for vector in told.vectors] == expect["embeddings"]["first_values"]
    assert (told.usage.input, told.usage.output) == (expect["usage"]["input"], 0)


@pytest.mark.parametrize("name", RECORDED)
async def test_recording_is_read_as_expected(ask: Any, replay: Any, name: str) -> None:
    _check(await _told(ask, replay, name), RECORDED[name])


@pytest.mark.parametrize("faults", ["split=1", "split=300;seed=1", "split=utf8", "eol=crlf", "gzip=1"])
@pytest.mark.parametrize("name", STREAMS)
async def test_recording_survives_any_transport(ask: Any, replay: Any, name: str, faults: str) -> None:
    if faults == "split=1" and len(RECORDED[name]["response"]["body"]) > 5_000:
        faults = "split=97"  # a piece for each byte would take seconds; the decoders' own tests do that
    _check(await _told(ask, replay, name, faults), RECORDED[name])


@pytest.mark.parametrize("name", [name for name, item in RECORDED.items() if item["response"]["status"] >= 400])
async def test_error_has_its_class(ask: Any, replay: Any, name: str) -> None:
    told = await _told(ask, replay, name)
    kinds = RECORDED[name]["kinds"]
    expected = next(kind for label, kind in CLASSES.items() if label in kinds)
    assert told.failure.kind is expected
    assert told.failure.raw


@pytest.mark.parametrize("end", ["close", "reset", "clean"])
@pytest.mark.parametrize("name", [name for name in STREAMS if "error-in-stream" not in RECORDED[name]["kinds"]])
async def test_half_a_stream_is_cut(ask: Any, replay: Any, name: str, end: str) -> None:
    size = len(RECORDED[name]["response"]["body"].encode())
    told = await _told(ask, replay, name, f"cut={size // 2};end={end}")
    assert told.failure is not None
    # half of a very short stream may hold nothing but comments, or half an event, and end as if that were all
    nothing_whole = end == "clean" and told.model is None and not told.text
    assert told.failure.kind is FailureKind.CUT or nothing_whole
    whole = RECORDED[name]["expect"]["text"]
    assert whole.startswith((told.text, "<think>"))


@pytest.mark.parametrize("provider", OURS)
async def test_dropped_connection_is_no_connection(ask: Any, replay: Any, provider: str) -> None:
    name = next(name for name, item in RECORDED.items() if _provider(item) == provider)
    told = await _told(ask, replay, name, "drop=1")
    assert told.failure.kind is FailureKind.CONNECT
    assert not told.events


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FailureKind.BAD_REQUEST),
        (401, FailureKind.AUTH),
        (403, FailureKind.PERMISSION),
        (404, FailureKind.UNKNOWN),
        (413, FailureKind.CONTEXT),
        (429, FailureKind.RATE_LIMIT),
        (500, FailureKind.SERVER),
        (502, FailureKind.SERVER),
        (503, FailureKind.OVERLOADED),
        (524, FailureKind.SERVER),
        (529, FailureKind.OVERLOADED),
    ],
)
@pytest.mark.parametrize("provider", OURS)
async def test_status_in_the_providers_own_shape(
    ask: Any, replay: Any, provider: str, status: int, kind: FailureKind
) -> None:
    name = next(name for name, item in RECORDED.items() if _provider(item) == provider)
    told = await _told(ask, replay, name, f"status={status};retry-after=7")
    assert told.failure.kind is kind
    assert told.failure.status == status
    assert told.failure.message == f"replayed {status}"
    assert told.failure.retry_after_s == 7


@pytest.mark.parametrize("name", LISTED)
async def test_list_of_models(providers: dict[str, Provider], replay: Any, name: str) -> None:
    item = LISTED[name]
    provider = _provider(item)
    models = await providers[provider].list_models(Endpoint("here", provider, _base(replay, name, item, ""), key="k"))
    expect = item["expect"]["models"]
    ids = {id_.removeprefix("models/"): id_ for id_ in expect["ids"]}
    assert sorted(model.name for model in models) == sorted(ids)
    for model in models:
        window = expect.get("context_windows", {}).get(ids[model.name])
        if window is not None:
            assert model.context == window
    _no_embeddings(models)


def _no_embeddings(models: list[Model]) -> None:
    for model in models:
        if "embed" in model.name or "whisper" in model.name or model.name.startswith(("tts", "dall-e")):
            assert not model.chat, model.name


async def test_list_that_needs_no_key_is_not_trusted_with_one(providers: dict[str, Provider], replay: Any) -> None:
    base = replay.url("openrouter/models-list-models", "status=401") + "/api/v1"
    with pytest.raises(CallFailed) as caught:
        await providers["openrouter"].list_models(Endpoint("here", "openrouter", base, key="wrong"))
    assert caught.value.failure.kind is FailureKind.AUTH
