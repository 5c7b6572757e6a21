"""What is sent to a speaker of OpenAI's Chat Completions: the conversation, and how it is to be answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from switchyard.core.content import Attachment, Effort, Opaque, Parameter, Parameters, Tool, ToolCall
from switchyard.core.failures import Failure
from switchyard.core.media import PDF
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.asking import refused_parameter
from switchyard.providers.attachments import part_files
from switchyard.providers.base import Call
from switchyard.providers.client import decode_json
from switchyard.providers.counts import part_of
from switchyard.providers.declaration import Addition, Efforts, EffortStyle, Files, Habits
from switchyard.providers.openai_habits import is_strict, known_refusals, nearest_effort

OWNER = "openai-chat"
STREAM_OPTIONS = "stream_options"
JSON_SCHEMA = "json_schema"  # habit: a schema may stand in a member of its own; else it is told in words

# Members of a body that can be left out, by the names under which a refusal is remembered.
OPTIONAL: Mapping[str, str] = {
    "temperature": Parameter.TEMPERATURE,
    "top_p": Parameter.TOP_P,
    "stop": Parameter.STOP,
    "seed": Parameter.SEED,
    "random_seed": Parameter.SEED,
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_completion_tokens",
    "reasoning_effort": Parameter.EFFORT,
    "reasoning": Parameter.EFFORT,
    "thinking": Parameter.EFFORT,
    "reasoning_format": "reasoning_format",
    "response_format": Parameter.SCHEMA,
    "tools": Parameter.TOOLS,
    "web_search_options": Parameter.WEB_SEARCH,
    "plugins": Parameter.WEB_SEARCH,
    STREAM_OPTIONS: STREAM_OPTIONS,
}
_LIMITS = ("max_completion_tokens", "max_tokens")
_SHORT_ID = re.compile(r"[A-Za-z0-9]{9}")
_MARK: Mapping[str, object] = {"type": "ephemeral"}
_MARKED_TURNS = 2

Member = dict[str, object]


def never_taken(habits: Habits, call: Call) -> frozenset[str]:
    """Return what is set for a reply though the model is known not to take it."""
    refused = set(known_refusals(habits, call))
    if habits.seed is None:
        refused.add(Parameter.SEED)
    if not any(addition.models.match(call.model) for addition in habits.web_search):
        refused.add(Parameter.WEB_SEARCH)
    return frozenset((call.parameters.given() & refused) - call.refuses)


def request_body(habits: Habits, call: Call) -> Member:
    """Return what is sent for a call."""
    refuses = call.refuses
    body: Member = {"model": call.model, "messages": _messages(habits, call), "stream": call.stream}
    if call.stream and habits.asks_usage and STREAM_OPTIONS not in refuses:
        body[STREAM_OPTIONS] = {"include_usage": True}
    body |= _sampling(habits, call.parameters, refuses)
    if call.parameters.effort is not None and Parameter.EFFORT not in refuses:
        body |= _effort(habits.efforts, call.model, call.parameters.effort)
    if call.parameters.schema is not None and Parameter.SCHEMA not in refuses:
        body["response_format"] = _format(call.parameters.schema, in_words=_in_words(habits, call))
    if call.parameters.tools and Parameter.TOOLS not in refuses:
        body["tools"] = [_tool(tool) for tool in call.parameters.tools]
    _add(body, habits.additions, call)
    if call.parameters.web_search and Parameter.WEB_SEARCH not in refuses:
        _add(body, habits.web_search, call)
    return body


def find_refused(failure: Failure, body: Member) -> str | None:
    """Return the name of the optional thing in `body` that is refused: of JSON, its schema comes before all of it."""
    name = refused_parameter(failure, body, OPTIONAL)
    if name == Parameter.SCHEMA and part_of(body, "response_format").get("type") == "json_schema":
        return JSON_SCHEMA
    return name


# --- how to answer --------------------------------------------------------------------------------------------------


def _sampling(habits: Habits, parameters: Parameters, refuses: frozenset[str]) -> Member:
    limit = next((name for name in (habits.limit, *_LIMITS) if name not in refuses), None)
    wanted: tuple[tuple[str | None, Parameter, object], ...] = (
        (limit, Parameter.MAX_OUTPUT, parameters.max_output),
        ("temperature", Parameter.TEMPERATURE, parameters.temperature),
        ("top_p", Parameter.TOP_P, parameters.top_p),
        ("stop", Parameter.STOP, list(parameters.stop) or None),
        (habits.seed, Parameter.SEED, parameters.seed),
    )
    return {name: value for name, parameter, value in wanted if name and value is not None and parameter not in refuses}


def _effort(efforts: Sequence[Efforts], model: str, effort: Effort) -> Member:
    """Ask for effort in the model's nearest word; of two as near, for the stronger."""
    found = nearest_effort(efforts, model, effort)
    if found is None:
        return {}
    style, word = found[0].style, found[1]
    match style:
        case EffortStyle.WORD:
            return {"reasoning_effort": word}
        case EffortStyle.OBJECT:
            return {"reasoning": {"effort": word}}
        case EffortStyle.TOGGLE:
            return {"reasoning": {"enabled": word != "none"}}
        case EffortStyle.SWITCH if word == "none":
            return {"thinking": {"type": "disabled"}}
        case EffortStyle.SWITCH:
            return {"thinking": {"type": "enabled"}, "reasoning_effort": word}


def _in_words(habits: Habits, call: Call) -> bool:
    return not habits.schemas or JSON_SCHEMA in call.refuses


def _format(schema: Mapping[str, object], *, in_words: bool) -> Member:
    if not schema or in_words:
        return {"type": "json_object"}
    return {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": dict(schema), "strict": is_strict(schema)},
    }


def _tool(tool: Tool) -> Member:
    function: Member = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    if not tool.description:
        del function["description"]
    return {"type": "function", "function": function}


def _add(body: Member, additions: Sequence[Addition], call: Call) -> None:
    """Add the members that requests to this model have; a list joins the one that is there."""
    for addition in additions:
        if addition.models.match(call.model):
            for name, value in addition.members.items():
                if name not in call.refuses:
                    there = body.get(name)
                    body[name] = [*there, *value] if isinstance(there, list) and isinstance(value, list) else value


# --- what was said --------------------------------------------------------------------------------------------------


def _messages(habits: Habits, call: Call) -> list[Member]:
    messages: list[Member] = []
    system = "\n\n".join(filter(None, (call.system, _instruction(habits, call))))
    if system:
        messages.append({"role": "system", "content": system})
    for message in call.messages:
        if message.is_empty and kept_member(habits, message.opaque, call) is None:
            continue
        if habits.strict_turns and message.role is Role.USER and messages and messages[-1]["role"] == "tool":
            messages.append({"role": "assistant", "content": "OK."})
        messages += _written(habits, call, message)
    if habits.marks_cache is not None and habits.marks_cache.match(call.model):
        _mark_prefix(messages)
    return messages


def _written(habits: Habits, call: Call, message: ChatMessage) -> Iterator[Member]:
    match message.role:
        case Role.TOOL:
            for result in message.results:
                text = f"Error: {result.text}" if result.is_error else result.text
                written: Member = {"role": "tool", "tool_call_id": _call_id(habits, result.call), "content": text}
                yield written | {"name": result.name} if habits.strict_turns else written
        case Role.ASSISTANT:
            yield _assistant(habits, call, message)
        case _:
            yield {"role": message.role.value, "content": _content(habits, call, message)}


def _assistant(habits: Habits, call: Call, message: ChatMessage) -> Member:
    written: Member = {"role": "assistant", "content": message.text}
    if message.calls:
        written["content"] = message.text or ("" if habits.strict_turns else None)
        written["tool_calls"] = [_called(habits, called) for called in message.calls]
    kept = kept_member(habits, message.opaque, call)
    if kept is not None and (message.calls or call.parameters.tools or not habits.only_with_calls):
        written[str(habits.takes_back)] = kept
    return written


def kept_member(habits: Habits, opaque: Opaque | None, call: Call) -> object:
    """Return what this provider wants back with a reply of its own, of the same maker's model; else None."""
    if habits.takes_back is None or opaque is None or opaque.owner != OWNER or not isinstance(opaque.value, dict):
        return None
    if opaque.value.get("maker") != maker_of(call.model):
        return None
    return opaque.value.get(habits.takes_back)


def maker_of(model: str) -> str:
    """Return who made a model, where its name tells: `anthropic/claude` is Anthropic's."""
    return model.rpartition("/")[0]


def _called(habits: Habits, called: ToolCall) -> Member:
    return {
        "id": _call_id(habits, called.id),
        "type": "function",
        "function": {"name": called.name, "arguments": _arguments(called.arguments)},
    }


def _arguments(text: str) -> str:
    """Return arguments that a server can read: those that are no object were never carried out."""
    try:
        return text if isinstance(decode_json(text), dict) else "{}"
    except ValueError:
        return "{}"


def _call_id(habits: Habits, uid: str) -> str:
    """Return a call's id in the form that is taken, the same for a call and its result."""
    if not habits.strict_turns or _SHORT_ID.fullmatch(uid):
        return uid
    return sha256(uid.encode("utf-8", "replace")).hexdigest()[:9]


def _content(habits: Habits, call: Call, message: ChatMessage) -> object:
    """Return the words, or with files a list: the files first."""
    files, words = part_files(message, call.refuses, pdf=habits.files is not Files.AS_TEXT)
    if not files:
        return words
    parts = [_file(habits, attachment) for attachment in files]
    return [*parts, {"type": "text", "text": words}] if words else parts


def _file(habits: Habits, attachment: Attachment) -> Member:
    if attachment.media_type != PDF:
        return {"type": "image_url", "image_url": {"url": attachment.data_url}}
    if habits.files is Files.DOCUMENT_URL:
        return {"type": "document_url", "document_url": attachment.data_url}
    name = attachment.name or "document.pdf"
    return {"type": "file", "file": {"filename": name, "file_data": attachment.data_url}}


def _instruction(habits: Habits, call: Call) -> str | None:
    """Return the words without which JSON is not given: it is refused where no message speaks of it."""
    schema = call.parameters.schema
    if schema is None or Parameter.SCHEMA in call.refuses:
        return None
    if schema and not _in_words(habits, call):
        return None
    if schema:
        told = json.dumps(dict(schema), ensure_ascii=False)
        return f"Answer with a JSON object that follows this JSON schema:\n{told}"
    said = [call.system or "", *(message.text for message in call.messages)]
    return None if any("json" in text.casefold() for text in said) else "Answer with a JSON object."


def _mark_prefix(messages: list[Member]) -> None:
    """Mark what stays the same, from the second turn on: the system text and the last two turns."""
    turns = [message for message in messages if message["role"] == "user"]
    if len(turns) < _MARKED_TURNS:
        return
    for message in [*(each for each in messages if each["role"] == "system"), *turns[-_MARKED_TURNS:]]:
        content = message["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        message["content"] = [*parts[:-1], {**parts[-1], "cache_control": dict(_MARK)}]
