"""Recorded traffic of real providers: how we would have made each call, and whether we read what it expects.

A folder of recordings has the form that its README tells: `<provider>/<name>.json`, each with the request, the answer
byte for byte, and `expect`, computed by a reader that shares no code with ours. `SWITCHYARD_RECORDINGS` names it.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.providers.conftest import Told, make_call

from switchyard.core.catalog import Endpoint
from switchyard.core.events import Finish
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.core.usage import Usage
from switchyard.providers.base import Call, Embeds, Provider, Vectors
from switchyard.providers.presets import PRESETS

USUAL = Path(__file__).resolve().parents[3] / "shared" / "recordings"
ROOT = Path(os.environ.get("SWITCHYARD_RECORDINGS") or USUAL)
KEY = "sk-test-0123456789abcdef"

CHATS = {
    "openai-chat", "mistral-chat", "azure-openai-chat", "openai-responses", "azure-openai-responses",
    "anthropic-messages", "gemini-generate", "ollama-chat",
}  # fmt: skip
EMBEDDINGS = {"openai-embeddings", "azure-openai-embeddings", "gemini-embeddings", "ollama-embed"}
LISTS = {"openai-models", "mistral-models", "openrouter-models", "anthropic-models", "gemini-models", "ollama-tags"}
NOT_SPOKEN = {
    "anthropic-count-tokens": "tokens are estimated here, and counted by the answer",
    "gemini-count-tokens": "tokens are estimated here, and counted by the answer",
    "ollama-generate": "replies are asked for at /api/chat",
    "ollama-show": "read on the way to other answers: tests/providers/test_ollama.py",
}
_PROVIDER_OF = {"anthropic": "anthropic", "gemini": "gemini", "ollama": "ollama"}
_ENDPOINTS = ("/chat/completions", "/responses", "/messages", "/embeddings", "/models")

FINISHES: Mapping[str, set[Finish]] = {
    "stop": {Finish.STOP},
    "length": {Finish.LENGTH},
    "tool_calls": {Finish.TOOL_CALLS},
    "content_filter": {Finish.CONTENT_FILTER, Finish.REFUSAL},
    "pause": {Finish.PAUSE},
    "other": set(Finish) - {Finish.ERROR},
}
KINDS: Mapping[str, FailureKind] = {
    "error-auth": FailureKind.AUTH,
    "error-401": FailureKind.AUTH,
    "error-model-not-found": FailureKind.MODEL_GONE,
    "error-context-length": FailureKind.CONTEXT,
    "error-rate-limit": FailureKind.RATE_LIMIT,
    "error-529": FailureKind.OVERLOADED,
    "error-400": FailureKind.BAD_REQUEST,
}


@dataclass(frozen=True)
class Recorded:
    """One exchange. `path` is what followed the host."""

    name: str
    item: Mapping[str, Any]

    @property
    def api(self) -> str:
        return str(self.item["api"])

    @property
    def expect(self) -> Mapping[str, Any]:
        expect: Mapping[str, Any] = self.item["expect"]
        return expect

    @property
    def is_stream(self) -> bool:
        return bool(self.item["request"]["stream"])

    @property
    def path(self) -> str:
        return str(self.item["request"]["path"])

    @property
    def body(self) -> bytes:
        return str(self.item["response"]["body"]).encode()

    @property
    def status(self) -> int:
        return int(self.item["response"]["status"])

    @property
    def kinds(self) -> Sequence[str]:
        kinds: Sequence[str] = self.item["kinds"]
        return kinds

    @property
    def provider(self) -> str:
        """Whose preset speaks to it: its own where the recording is of its own dialect."""
        own = _PROVIDER_OF.get(self.api.partition("-")[0])
        if own is not None:
            return own
        name = str(self.item["provider"])
        return name if name in PRESETS and name not in _PROVIDER_OF.values() else "openai-compatible"

    @property
    def model(self) -> str:
        """The model as it is called; Azure's older paths name a deployment."""
        deployment = re.search(r"/deployments/([^/]+)/", self.path)
        return deployment[1] if deployment else self.item["model"] or "model-1"

    @property
    def base_path(self) -> str:
        """What stands between the host and what we append ourselves."""
        path = urlsplit(self.path).path
        if self.provider == "azure":
            return "/models" if path.startswith("/models/") else ""
        if self.provider in ("gemini", "ollama"):
            return path.partition("/models")[0].partition("/api/")[0]
        return next(path.partition(mark)[0] for mark in _ENDPOINTS if mark in path)

    @property
    def operation(self) -> str:
        """The beginning of what we append ourselves."""
        return "/" + self.path.removeprefix(self.base_path).split("/")[1].partition("?")[0]

    @property
    def settings(self) -> Mapping[str, str]:
        api = {"api": "responses" if "responses" in self.api else "chat"}
        if self.provider != "azure":
            return api
        version = parse_qs(urlsplit(self.path).query).get("api-version")
        return api | {"api_version": version[0] if version else "v1"}

    def endpoint(self, host: str) -> Endpoint:
        """Return where it is called."""
        key = None if self.provider == "ollama" else KEY
        return Endpoint("here", self.provider, host + self.base_path, key=key, settings=self.settings)

    def call(self, host: str) -> Call:
        """Return the call that brings its answer."""
        messages = (ChatMessage(Role.USER, "Say hello."),)
        return Call(self.endpoint(host), self.model, messages, stream=self.is_stream, max_output=100)


def recordings_of(apis: set[str]) -> dict[str, Recorded]:
    """Return the recordings of these interfaces by their names."""
    found = (
        Recorded(f"{path.parent.name}/{path.stem}", json.loads(path.read_text("utf-8")))
        for path in sorted(ROOT.glob("*/*.json"))
    )
    return {recorded.name: recorded for recorded in found if recorded.api in apis}


def load_replay() -> ModuleType:
    """Return the recordings' own server as a module; a folder without one is served by the usual one."""
    path = next(folder / "serve.py" for folder in (ROOT, USUAL) if (folder / "serve.py").is_file())
    spec = importlib.util.spec_from_file_location("recordings_serve", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


async def tell(providers: Mapping[str, Provider], recorded: Recorded, host: str) -> Told:
    """Make the call and return what it told."""
    return await make_call(providers[recorded.provider], recorded.call(host))


async def embed(providers: Mapping[str, Provider], recorded: Recorded, host: str) -> Vectors:
    """Ask for as many vectors as were recorded."""
    provider = providers[recorded.provider]
    assert isinstance(provider, Embeds), f"{recorded.provider} has no embeddings"
    texts = [f"text {n}" for n in range(recorded.expect["embeddings"]["count"])]
    return await provider.embed(recorded.endpoint(host), recorded.model, texts)


# --- what is expected -------------------------------------------------------------------------------------------------


def check_reply(told: Told, recorded: Recorded) -> None:
    """Compare all that a call told with what its recording expects."""
    expect = recorded.expect
    if recorded.status >= 400:
        check_refusal(told, recorded)
        return
    _check_words(told, expect)
    _check_extras(told, recorded)
    _check_end(told, expect)
    if expect["response_model"]:
        assert told.model == expect["response_model"]
    check_usage(told.usage, expect["usage"])
    # What a model says in refusing, what is added behind an end, and that it only paused, is told beside the reply.
    beside: tuple[str, ...] = ()
    if told.finish is Finish.PAUSE:
        beside = ("The model paused ",)
    elif {"error", "stop_details", "refusal"} & set(expect):
        beside = ("The provider added: ", "The model said: ")
    assert [warning for warning in told.warnings if not warning.startswith(beside)] == []
    if expect.get("refusal"):
        assert any(expect["refusal"] in words for words in (told.text, *told.warnings))


def check_refusal(told: Told, recorded: Recorded) -> None:
    """Compare a failure with the error that was recorded: its class, status, code, words and body."""
    failure, error = told.failure, recorded.expect["error"]
    assert failure is not None
    assert (failure.status, told.text) == (error["status"], "")
    assert _same_words(failure.message, error["message"])
    codes = {str(error[name]) for name in ("code", "type", "inner_code", "reason") if error.get(name)}
    assert not codes or failure.code in codes
    assert failure.raw
    expected = next((kind for label, kind in KINDS.items() if label in recorded.kinds), None)
    assert expected is None or failure.kind is expected


def _check_words(told: Told, expect: Mapping[str, Any]) -> None:
    text, inline = expect["text"] or "", expect.get("inline_think")
    if inline is not None:
        assert told.reasoning.strip() == inline["reasoning"].strip()
        assert told.text.strip() == inline["text"].strip()
    elif text.startswith("<think>"):  # the limit came before the tag was closed
        assert "<think>" + told.reasoning == text
        assert told.text == ""
    else:
        assert told.text == text or (not text and told.text == expect.get("refusal"))
        assert told.reasoning == (expect["reasoning"] or "")


def _check_extras(told: Told, recorded: Recorded) -> None:
    expect = recorded.expect
    calls = [(call.name, json.loads(call.arguments or "{}")) for call in told.calls]
    assert calls == [(call["name"], call["arguments"] or {}) for call in expect["tool_calls"]]
    for call, wanted in zip(told.calls, expect["tool_calls"], strict=True):
        assert call.id == wanted["id"] or (not wanted["id"] and call.id)
    # What a store of files holds has no address; no search of one is ever asked for.
    on_the_web = b"retrievedContext" not in recorded.body
    assert bool(told.citations) is ("citations" in recorded.kinds and on_the_web)
    images = [image for image in expect.get("images", []) if "url" not in image]
    assert len(told.images) == len(images)
    for image, wanted in zip(told.images, images, strict=True):
        if "base64_chars" in wanted:
            assert len(image.base64) == wanted["base64_chars"]
        else:
            assert hashlib.sha256(base64.b64decode(image.base64)).hexdigest() == wanted["sha256"]
            assert image.media_type == wanted["mime"]


def _check_end(told: Told, expect: Mapping[str, Any]) -> None:
    error, finish, failure = expect.get("error"), expect["finish"], told.failure
    if expect.get("block_reason"):
        assert failure is not None
        assert failure.kind is FailureKind.REFUSED_INPUT
    elif finish == "error" or (error is not None and finish is None):
        assert failure is not None
        assert error is None or _same_words(failure.message, error["message"])
    elif finish is None:  # it broke off when it was recorded, or its end says no more
        assert failure is None or failure.kind is FailureKind.CUT
    else:
        assert failure is None
        assert told.finish in ({Finish.REFUSAL} if expect.get("refusal") else FINISHES[finish])


def check_usage(usage: Usage | None, expected: Mapping[str, Any] | None) -> None:
    """Compare counts; a part that is not told is no tokens to the recordings."""
    if expected is None:
        assert usage is None
        return
    assert usage is not None
    assert expected["input"] is None or (usage.input or 0) == expected["input"]
    assert (usage.output or 0) == (expected["output"] or 0)
    assert (usage.cached_input or 0) == (expected.get("cached_input") or 0)
    assert (usage.reasoning or 0) == (expected.get("reasoning") or 0)
    assert (usage.cache_write or 0) == (expected.get("cache_write") or 0)


def check_vectors(told: Vectors, recorded: Recorded) -> None:
    """Compare vectors with what their recording expects of them."""
    expect = recorded.expect["embeddings"]
    assert [len(vector) for vector in told.vectors] == [expect["dimensions"]] * expect["count"]
    assert [list(vector[:3]) for vector in told.vectors] == expect["first_values"]
    if recorded.expect["usage"] is not None:
        check_usage(told.usage, recorded.expect["usage"])


async def check_models(providers: Mapping[str, Provider], recorded: Recorded, host: str) -> None:
    """Ask for a list of models, and compare it."""
    models = await providers[recorded.provider].list_models(recorded.endpoint(host))
    expect = recorded.expect["models"]
    ids = {id_.removeprefix("models/"): id_ for id_ in expect["ids"]}
    assert sorted(model.name for model in models) == sorted(ids)
    windows = expect.get("context_windows", {})
    for model in models:
        window = windows.get(ids[model.name])
        assert window is None or model.context == window
        is_other = "embed" in model.name or "whisper" in model.name or model.name.startswith(("tts", "dall-e"))
        assert not (is_other and model.chat), model.name


def _same_words(ours: str, theirs: str) -> bool:
    """Whether a message is told as it was sent: in one line, without keys, and not without end."""
    shown = re.escape(ours.removesuffix("…")).replace(re.escape("[key]"), r"\S+")
    return re.match(shown, " ".join(theirs.split())) is not None
