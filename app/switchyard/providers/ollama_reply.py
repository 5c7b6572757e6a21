"""Reads what Ollama answers: a reply as lines of JSON, and texts as vectors."""

from __future__ import annotations

import json
from hashlib import sha256

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Opaque, ToolCall
from switchyard.core.events import CallFailed, Finish, OpaqueGiven, ProviderEvent, ToolCalled, UsageReported
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import Usage
from switchyard.providers.base import Vectors
from switchyard.providers.client import Answer, decode_json
from switchyard.providers.counts import count_of, floats_of, part_of, parts_of
from switchyard.providers.ollama_request import OWNER
from switchyard.providers.reading import Reader

_FINISHES = {"length": Finish.LENGTH, "tool_calls": Finish.TOOL_CALLS}


class OllamaReader(Reader[str]):
    """Reads the lines of a reply; a whole reply is one such line."""

    json_is_whole = False

    def __init__(self, endpoint: Endpoint, answer: Answer) -> None:
        super().__init__(endpoint, answer)
        self._thoughts: list[str] = []
        self._called: list[dict[str, object]] = []

    def take(self, item: str, out: list[ProviderEvent]) -> None:
        """Add what a line says."""
        try:
            value = decode_json(item)
        except ValueError:
            self.miss(out)
            return
        if isinstance(value, dict):
            self._take_line(value, out)
        else:
            self.miss(out)

    def take_whole(self, value: object, out: list[ProviderEvent]) -> None:
        """Add what a whole reply says."""
        if isinstance(value, dict):
            self._take_line(value, out)

    def add_last(self, out: list[ProviderEvent]) -> None:
        """Give what is to come back with the results of the calls: the model goes on from its thoughts."""
        if self._called:
            value: dict[str, object] = {"thinking": "".join(self._thoughts), "tool_calls": self._called}
            out.append(OpaqueGiven(Opaque(OWNER, {name: part for name, part in value.items() if part})))

    def _take_line(self, value: dict[str, object], out: list[ProviderEvent]) -> None:
        if value.get("error"):
            self.recognised = True
            self.fail(value, out)
            return
        message = value.get("message")
        if isinstance(message, dict):
            self.recognised = True
            self.name_model(value.get("model"), out)
            self._take_message(message, value, out)
        if value.get("done") is True:
            self.recognised = self.done = True
            self._take_end(value, out)

    def _take_message(self, message: dict[str, object], line: dict[str, object], out: list[ProviderEvent]) -> None:
        content = message.get("content")
        thinking = message.get("thinking") or message.get("reasoning_content")  # some who stand in for Ollama
        if isinstance(thinking, str) and thinking:
            self._thoughts.append(thinking)
            self.add_reasoning(thinking, out)
        if isinstance(content, str) and content:
            self.add_text(content, out)
        if message.get("tool_calls"):
            for call in parts_of(message, "tool_calls"):
                self._take_call(call, str(line.get("created_at")), out)

    def _take_call(self, call: dict[str, object], moment: str, out: list[ProviderEvent]) -> None:
        """Tell a call, which always comes whole; older servers give it no id."""
        function = part_of(call, "function")
        name, uid, arguments = function.get("name"), call.get("id"), _written(function.get("arguments"))
        if not isinstance(name, str) or not name:
            return
        if not isinstance(uid, str) or not uid:
            origin = f"{moment} {len(self._called)} {name} {arguments}"
            uid = f"call_{sha256(origin.encode('utf-8', 'replace')).hexdigest()[:12]}"
        self._called.append(call)
        out.append(ToolCalled(ToolCall(uid, name, arguments)))

    def _take_end(self, value: dict[str, object], out: list[ProviderEvent]) -> None:
        reason = value.get("done_reason")
        finish = _FINISHES.get(reason, Finish.STOP) if isinstance(reason, str) else Finish.STOP
        self.finish = Finish.TOOL_CALLS if self._called and finish is Finish.STOP else finish
        usage = _usage(value)
        if usage is not None:
            out.append(UsageReported(usage))


def _usage(value: dict[str, object]) -> Usage | None:
    """Return what was counted; 0 is not. Older servers leave out a prompt that they had in their cache."""
    prompt, output = count_of(value.get("prompt_eval_count")) or None, count_of(value.get("eval_count")) or None
    if prompt is None and output is None:
        return None
    cached = count_of(value.get("prompt_eval_cached_count"))
    inside = prompt is not None and cached is not None and cached <= prompt
    return Usage(input=prompt, output=output, cached_input=cached if inside else None)


def _written(arguments: object) -> str:
    """Return the arguments of a call as text; they come as an object."""
    if isinstance(arguments, str):
        return arguments.strip() or "{}"
    return json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, dict) else "{}"


def read_vectors(value: object, texts: int) -> Vectors:
    """Return the vectors of an answer; raises `CallFailed` where there is not one for each text."""
    answer = value if isinstance(value, dict) else {}
    entries, model = answer.get("embeddings"), answer.get("model")
    if entries is None and texts == 1:
        entries = [answer.get("embedding")]  # as the API before this one has it, and some who stand in for Ollama
    vectors = [floats_of(entry) for entry in entries] if isinstance(entries, list) else []
    if len(vectors) != texts or not all(vectors):
        raise CallFailed(Failure(FailureKind.BAD_EVENT, "The answer does not hold one vector for each text."))
    counted = count_of(answer.get("prompt_eval_count"))
    return Vectors(
        vectors,
        Usage(input=counted, output=None if counted is None else 0),
        model if isinstance(model, str) and model else None,
    )
