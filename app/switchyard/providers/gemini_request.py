"""What Gemini is sent for a call: contents, tools, and how to reply, in the words of the model's generation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from switchyard.core.content import Effort, Parameter, Parameters, Tool, ToolCall, ToolResult
from switchyard.core.events import CallFailed, ProviderEvent, Warned
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.core.sentence import sentence
from switchyard.providers.attachments import part_files
from switchyard.providers.base import Call
from switchyard.providers.gemini_schema import reduce_schema, without_dialect

Body = dict[str, object]

DIALECT = "gemini"  # the owner of what is sent back unchanged
MADE_ID = "gemini-"  # begins the ids of calls that came without one; these are not sent back
JSON_SCHEMA = "json_schema"  # habit: schemas may be written in JSON Schema's own words
SYSTEM = "system_instruction"  # habit: there is a place for the system text
THOUGHTS = "thoughts"  # habit: summaries of the thoughts can be asked for

# Told to the models that want every call signed, in place of a signature that another model never gave.
_UNSIGNED = "skip_thought_signature_validator"
_NEWEST = 99.0
_SIGNED_SINCE = 3.0
_LEVELS_SINCE = 3.0
_THINKS_SINCE = 2.5
_MINIMAL_UNTIL = 3.6  # of the Flash models; the small ones of any generation have this level
_GENERATION = re.compile(r"gemini-(\d+(?:\.\d+)?)")
_THINKS_NOT = re.compile(r"image|tts|audio|live|embedding|computer-use")
_BUDGETS = {
    Effort.NONE: 0,
    Effort.MINIMAL: 512,
    Effort.LOW: 1024,
    Effort.MEDIUM: 8192,
    Effort.HIGH: 24_576,
    Effort.MAX: 24_576,
}
_PRO_BUDGETS = {Effort.NONE: 128, Effort.MAX: 32_768}  # it cannot stop thinking, and may think more
_LEVELS = {
    Effort.NONE: "minimal",
    Effort.MINIMAL: "minimal",
    Effort.LOW: "low",
    Effort.MEDIUM: "medium",
    Effort.HIGH: "high",
    Effort.MAX: "high",
}


def resource_of(model: str) -> str:
    """Return the path of a model: names with a slash are paths already (`models/...`, `tunedModels/...`)."""
    return quote(model if "/" in model else f"models/{model}", safe="/")


def generation_of(model: str) -> float | None:
    """Return the generation that a name tells, as 2.5; the newest for a name without, None for another family's."""
    name = model.rpartition("/")[2]
    found = _GENERATION.match(name)
    if found is not None:
        return float(found[1])
    return _NEWEST if name.startswith("gemini-") else None


def request_body(call: Call) -> Body:
    """Return what is sent for a call."""
    parameters = call.parameters
    contents = _contents(call)
    if not contents:
        raise CallFailed(Failure(FailureKind.LOCAL, "There is nothing to send."))
    body: Body = {"contents": contents}
    system = _system(call)
    if system and SYSTEM in call.refuses:
        contents.insert(0, {"role": "user", "parts": [{"text": system}]})
    elif system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    tools = _tools(call)
    if tools:
        body["tools"] = tools
    config = _config(call, parameters)
    if config:
        body["generationConfig"] = config
    return body


def warnings(call: Call) -> list[ProviderEvent]:
    """Return what the person should know before the reply: what was asked for and cannot be had together."""
    if _takes(call, Parameter.WEB_SEARCH) and _takes(call, Parameter.TOOLS):
        return [Warned(sentence("Gemini does not search the web while it may call tools, so no search was asked for."))]
    return []


def _takes(call: Call, parameter: Parameter) -> bool:
    return parameter in call.parameters.given() and parameter not in call.refuses


# --- contents -------------------------------------------------------------------------------------------------------


def _contents(call: Call) -> list[Body]:
    contents: list[Body] = []
    order: list[str] = []
    for message in call.messages:
        if message.role is Role.ASSISTANT:
            parts = _model_parts(message, call.model)
            order = [asked.id for asked in message.calls]
        elif message.role is Role.TOOL:
            parts = [_result(result) for result in sorted(message.results, key=lambda one: _place(one, order))]
        else:
            parts = _user_parts(message, call.refuses)
        if parts:
            contents.append({"role": "model" if message.role is Role.ASSISTANT else "user", "parts": parts})
    return contents


def _place(result: ToolResult, order: list[str]) -> int:
    """Results stand in the order of their calls: without ids, nothing else tells which is whose."""
    return order.index(result.call) if result.call in order else len(order)


def _user_parts(message: ChatMessage, refuses: frozenset[str]) -> list[Body]:
    files, words = part_files(message, refuses, pdf=True)
    parts: list[Body] = [{"inlineData": {"mimeType": file.media_type, "data": file.base64}} for file in files]
    if words:
        parts.append({"text": words})
    return parts


def _model_parts(message: ChatMessage, model: str) -> list[Body]:
    kept = _kept_parts(message, model)
    if kept:
        return kept
    parts: list[Body] = [{"text": message.text}] if message.text.strip() else []
    calls: list[Body] = [{"functionCall": _call(call)} for call in message.calls]
    if calls and (generation_of(model) or 0) >= _SIGNED_SINCE:
        calls[0]["thoughtSignature"] = _UNSIGNED
    return parts + calls


def _kept_parts(message: ChatMessage, model: str) -> list[Body]:
    """Return the parts that a model of the same generation wants back; signatures mean nothing to any other."""
    opaque = message.opaque
    value = opaque.value if opaque is not None and opaque.owner == DIALECT else None
    if not isinstance(value, Mapping) or not _is_related(value.get("model"), model):
        return []
    parts = value.get("parts")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _is_related(writer: object, model: str) -> bool:
    if not isinstance(writer, str):
        return False
    return writer == model or generation_of(writer) == generation_of(model) not in (None, _NEWEST)


def _call(call: ToolCall) -> Body:
    try:
        arguments = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        arguments = call.arguments
    written: Body = {"name": call.name, "args": arguments if isinstance(arguments, dict) else {"arguments": arguments}}
    return {**_id(call.id), **written}


def _result(result: ToolResult) -> Body:
    response = {"error" if result.is_error else "output": result.text}
    return {"functionResponse": {**_id(result.call), "name": result.name, "response": response}}


def _id(call: str) -> Body:
    return {"id": call} if call and not call.startswith(MADE_ID) else {}


# --- instructions and tools -----------------------------------------------------------------------------------------


def _system(call: Call) -> str:
    """Return the system text, and with it a schema that older models take in no other way beside tools."""
    words = [call.system] if call.system and call.system.strip() else []
    schema = call.parameters.schema
    if schema is not None and _takes(call, Parameter.SCHEMA) and _schema_in_words(call):
        written = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        words.append(
            f"Answer with JSON alone that follows this JSON schema:\n{written}"
            if schema
            else "Answer with one JSON object alone."
        )
    return "\n\n".join(words)


def _schema_in_words(call: Call) -> bool:
    """Whether the model takes no schema together with what else it is asked for."""
    generation = generation_of(call.model)
    has_tools = _takes(call, Parameter.TOOLS) or _takes(call, Parameter.WEB_SEARCH)
    return has_tools and generation is not None and generation < _LEVELS_SINCE


def _tools(call: Call) -> list[Body]:
    if _takes(call, Parameter.TOOLS):
        full = JSON_SCHEMA not in call.refuses
        return [{"functionDeclarations": [_declaration(tool, full=full) for tool in call.parameters.tools]}]
    return [{"googleSearch": {}}] if _takes(call, Parameter.WEB_SEARCH) else []


def _declaration(tool: Tool, *, full: bool) -> Body:
    declared: Body = {"name": tool.name, "description": tool.description or tool.name}
    if full:
        declared["parametersJsonSchema"] = without_dialect(tool.parameters)
    elif tool.parameters.get("properties"):  # an object without members is refused there
        declared["parameters"] = reduce_schema(tool.parameters)
    return declared


# --- the configuration of the reply ---------------------------------------------------------------------------------


def _config(call: Call, parameters: Parameters) -> Body:
    members: tuple[tuple[Parameter, str, object], ...] = (
        (Parameter.TEMPERATURE, "temperature", parameters.temperature),
        (Parameter.TOP_P, "topP", parameters.top_p),
        (Parameter.MAX_OUTPUT, "maxOutputTokens", parameters.max_output),
        (Parameter.STOP, "stopSequences", list(parameters.stop)),
        (Parameter.SEED, "seed", parameters.seed),
    )
    config: Body = {name: value for parameter, name, value in members if _takes(call, parameter)}
    if parameters.schema is not None and _takes(call, Parameter.SCHEMA) and not _schema_in_words(call):
        config["responseMimeType"] = "application/json"
        if parameters.schema and JSON_SCHEMA in call.refuses:
            config["responseSchema"] = reduce_schema(parameters.schema)
        elif parameters.schema:
            config["responseJsonSchema"] = without_dialect(parameters.schema)
    thinking = _thinking(call)
    if thinking:
        config["thinkingConfig"] = thinking
    name = call.model.rpartition("/")[2]
    if name.startswith("gemini-") and "image" in name:
        config["responseModalities"] = ["TEXT", "IMAGE"]
    return config


def _thinking(call: Call) -> Body:
    """Return how much is to be thought, and that its summaries are wanted, in the words of the model's generation."""
    if Parameter.EFFORT in call.refuses:
        return {}
    effort, generation = call.parameters.effort, generation_of(call.model)
    name = call.model.rpartition("/")[2]
    thinking: Body = {}
    thinks = generation is not None and generation >= _THINKS_SINCE and not _THINKS_NOT.search(name)
    if thinks and effort is not Effort.NONE and THOUGHTS not in call.refuses:
        thinking["includeThoughts"] = True
    if effort is None:
        return thinking
    if generation is not None and generation < _LEVELS_SINCE:
        thinking["thinkingBudget"] = _budget(name, effort)
    else:
        thinking["thinkingLevel"] = _level(name, generation or _NEWEST, effort)
    return thinking


def _budget(name: str, effort: Effort) -> int:
    return _PRO_BUDGETS.get(effort, _BUDGETS[effort]) if "pro" in name else _BUDGETS[effort]


def _level(name: str, generation: float, effort: Effort) -> str:
    level = _LEVELS[effort]
    if level == "minimal" and not ("lite" in name or ("flash" in name and generation <= _MINIMAL_UNTIL)):
        return "low"
    return "high" if level == "medium" and name.startswith("gemini-3-pro") else level
