"""What is sent to OpenAI's Responses: a conversation as a list of items, and how it is to be answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from switchyard.core.content import Attachment, Effort, Opaque, Parameter, Parameters, Tool
from switchyard.core.estimate import MOST_SEARCHES
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.attachments import part_files
from switchyard.providers.base import Call
from switchyard.providers.declaration import Habits
from switchyard.providers.openai_habits import is_strict, known_refusals, nearest_effort

OWNER = "openai-responses"

# Habits that some models and servers refuse, beside the parameters that everyone knows.
SUMMARIES, ENCRYPTED, SEARCH_LIMIT = "reasoning_summary", "encrypted_reasoning", "search_limit"

OPTIONAL: Mapping[str, str] = {
    "temperature": Parameter.TEMPERATURE,
    "top_p": Parameter.TOP_P,
    "max_output_tokens": Parameter.MAX_OUTPUT,
    "reasoning.effort": Parameter.EFFORT,
    "reasoning.summary": SUMMARIES,
    "include": ENCRYPTED,
    "text.format": Parameter.SCHEMA,
    "tools": Parameter.TOOLS,
    "max_tool_calls": SEARCH_LIMIT,
}
_NOT_IN_DIALECT = frozenset({Parameter.STOP, Parameter.SEED})

Item = dict[str, object]

_SEARCH: Item = {"type": "web_search"}


def never_taken(habits: Habits, call: Call) -> frozenset[str]:
    """Return what is set for a reply though the model is known not to take it, or the dialect has no member for it."""
    return frozenset((call.parameters.given() & (known_refusals(habits, call) | _NOT_IN_DIALECT)) - call.refuses)


def request_body(habits: Habits, call: Call, *, reasons: bool) -> dict[str, object]:
    """Return what is sent for a call. `reasons`: the model is known to reason, and is asked to say what it thought.

    Nothing is stored at the provider, so what it thought comes along encrypted, to be sent back.
    """
    parameters, refuses = call.parameters, call.refuses
    asks_reasoning = reasons or (parameters.effort is not None and Parameter.EFFORT not in refuses)
    body: dict[str, object] = {"model": call.model}
    if call.system and call.system.strip():
        body["instructions"] = call.system
    body |= {"input": list(_items(call)), "stream": call.stream, "store": False}
    if asks_reasoning and ENCRYPTED not in refuses:
        body["include"] = ["reasoning.encrypted_content"]
    reasoning = _reasoning(habits, call) if asks_reasoning else {}
    if reasoning:
        body["reasoning"] = reasoning
    for name, parameter, value in (
        ("temperature", Parameter.TEMPERATURE, parameters.temperature),
        ("top_p", Parameter.TOP_P, parameters.top_p),
        ("max_output_tokens", Parameter.MAX_OUTPUT, parameters.max_output),
    ):
        if value is not None and parameter not in refuses:
            body[name] = value
    tools = _tools(parameters, refuses)
    if tools:
        body["tools"] = tools
    if _SEARCH in tools and SEARCH_LIMIT not in refuses:
        body["max_tool_calls"] = MOST_SEARCHES
    if parameters.schema is not None and Parameter.SCHEMA not in refuses:
        body["text"] = {"format": _format(parameters.schema)}
    return body


# --- how to answer --------------------------------------------------------------------------------------------------


def _reasoning(habits: Habits, call: Call) -> dict[str, object]:
    reasoning: dict[str, object] = {}
    effort = call.parameters.effort
    if effort is not None and Parameter.EFFORT not in call.refuses:
        found = nearest_effort(habits.efforts, call.model, effort)
        reasoning["effort"] = found[1] if found is not None else effort.value
    if SUMMARIES not in call.refuses and effort is not Effort.NONE:
        reasoning["summary"] = "auto"
    return reasoning


def _tools(parameters: Parameters, refuses: frozenset[str]) -> list[Item]:
    tools = [] if Parameter.TOOLS in refuses else [_tool(tool) for tool in parameters.tools]
    if parameters.web_search and Parameter.WEB_SEARCH not in refuses:
        tools.append(_SEARCH)
    return tools


def _tool(tool: Tool) -> Item:
    """Return a function as it is declared. Left out, `strict` would be true here, and refuse most schemas."""
    return {
        "type": "function",
        "name": tool.name,
        **({"description": tool.description} if tool.description else {}),
        "parameters": dict(tool.parameters),
        "strict": is_strict(tool.parameters),
    }


def _format(schema: Mapping[str, object]) -> Item:
    if not schema:
        return {"type": "json_object"}
    return {"type": "json_schema", "name": "reply", "schema": dict(schema), "strict": is_strict(schema)}


# --- what was said --------------------------------------------------------------------------------------------------


def _items(call: Call) -> Iterator[Item]:
    for message in call.messages:
        kept = _kept_items(message.opaque, call)
        if kept is not None:
            yield from kept
        elif message.role is Role.TOOL:
            for result in message.results:
                yield {"type": "function_call_output", "call_id": result.call, "output": result.text}
        elif message.role is Role.ASSISTANT:
            yield from _assistant_items(message)
        elif not message.is_empty:
            yield {"role": message.role.value, "content": _content(message, call.refuses)}
    if _asks_for_any_json(call):
        yield {"role": "developer", "content": "Answer with a JSON object."}


def _asks_for_any_json(call: Call) -> bool:
    """Whether the word has to be said: any JSON is refused where no message asks for JSON in words."""
    schema = call.parameters.schema
    if schema is None or schema or Parameter.SCHEMA in call.refuses:
        return False
    return not any("json" in message.text.casefold() for message in call.messages)


def _assistant_items(message: ChatMessage) -> Iterator[Item]:
    if message.text.strip():
        yield {"role": message.role.value, "content": message.text}
    for call in message.calls:
        yield {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments or "{}"}


def _content(message: ChatMessage, refuses: frozenset[str]) -> object:
    files, words = part_files(message, refuses, pdf=True)
    if not files:
        return words
    content = [_file(attachment) for attachment in files]
    return [*content, {"type": "input_text", "text": words}] if words.strip() else content


def _file(attachment: Attachment) -> Item:
    if attachment.is_image:
        return {"type": "input_image", "image_url": attachment.data_url}
    return {"type": "input_file", "filename": attachment.name or "file.pdf", "file_data": attachment.data_url}


# --- what the provider wants back -----------------------------------------------------------------------------------


def opaque_of(items: list[object], call: Call) -> Opaque | None:
    """Return the items of a reply to be sent back, where they hold more than words. Only their writer reads them."""
    if not any(isinstance(item, dict) and item.get("type") not in (None, "message") for item in items):
        return None
    return Opaque(OWNER, {"account": call.endpoint.account, "model": call.model, "items": items})


def _kept_items(opaque: Opaque | None, call: Call) -> list[Item] | None:
    """Return the items of a reply of this model, without thoughts that cannot be sent back for not being encrypted."""
    value = opaque.value if opaque is not None and opaque.owner == OWNER else None
    if not isinstance(value, Mapping) or (value.get("account"), value.get("model")) != (
        call.endpoint.account,
        call.model,
    ):
        return None
    items = value.get("items")
    kept = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    kept = [item for item in kept if item.get("type") != "reasoning" or item.get("encrypted_content")]
    return kept or None
