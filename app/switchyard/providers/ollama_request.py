"""What Ollama is sent: the messages, how to answer, and a window that holds both."""

from __future__ import annotations

import re

from switchyard.core.content import Effort, Opaque, Parameter, Parameters, Tool, ToolCall
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.core.needs import estimate_message
from switchyard.core.usage import estimate_tokens
from switchyard.providers.asking import Body
from switchyard.providers.attachments import part_files
from switchyard.providers.base import Call
from switchyard.providers.client import decode_json
from switchyard.providers.ollama_models import Shown, is_cloud, takes_levels

OWNER = "ollama"
SMALLEST_WINDOW = 4096
RESERVED_OUTPUT = 4096

_LEVELS = {
    Effort.NONE: "low",  # the least there is
    Effort.MINIMAL: "low",
    Effort.LOW: "low",
    Effort.MEDIUM: "medium",
    Effort.HIGH: "high",
    Effort.MAX: "high",
}
_REFUSALS: tuple[tuple[str, Parameter, re.Pattern[str]], ...] = (
    ("think", Parameter.EFFORT, re.compile(r"not support thinking|think value", re.IGNORECASE)),
    ("tools", Parameter.TOOLS, re.compile(r"not support tools", re.IGNORECASE)),
    ("format", Parameter.SCHEMA, re.compile(r"(format|structured outputs?)\b.* not supported", re.IGNORECASE)),
)


def window_for(
    prompt_tokens: int,
    shown: Shown,
    loaded_window: int,
    *,
    output_tokens: int = RESERVED_OUTPUT,
    fixed: int | None = None,
) -> int:
    """Return the context window to ask for: prompt and reply fit, in steps of a doubling, since a change reloads.

    `fixed` is the person's own. Raises `CallFailed` (CONTEXT) where the prompt cannot be held: Ollama would drop its
    beginning.
    """
    limit = min((number for number in (shown.context, fixed) if number is not None), default=prompt_tokens)
    if prompt_tokens > limit:
        raise CallFailed(
            Failure(
                FailureKind.CONTEXT,
                f"About {prompt_tokens} tokens do not fit into the {limit} that the model can read.",
            )
        )
    window = SMALLEST_WINDOW
    while window < prompt_tokens + output_tokens:
        window *= 2
    window = fixed or max(window, shown.set_window or 0, loaded_window)
    return window if shown.context is None else min(window, shown.context)


def estimate_prompt(call: Call) -> int:
    """Estimate the tokens of everything that is sent."""
    tools = (f"{tool.name} {tool.description} {dict(tool.parameters)}" for tool in call.parameters.tools)
    said = sum(map(estimate_message, call.messages)) + sum(map(estimate_tokens, tools))
    return said + (estimate_tokens(call.system) if call.system else 0)


def never_taken(call: Call, shown: Shown) -> frozenset[Parameter]:
    """Return what is set for a reply though it is known that this model cannot be asked for it."""
    refused = {Parameter.WEB_SEARCH}
    if shown.thinks is False and call.parameters.effort is not Effort.NONE:
        refused.add(Parameter.EFFORT)
    return frozenset((call.parameters.given() & refused) - call.refuses)


def find_refused(failure: Failure, body: Body) -> str | None:
    """Return what a refusal says that the model does not take, among what was sent."""
    return next(
        (name.value for member, name, words in _REFUSALS if member in body and words.search(failure.message)), None
    )


def request_body(call: Call, window: int | None, shown: Shown) -> Body:
    """Return what is sent for a call; without a window (a model in the cloud) the server's own stands."""
    parameters, refuses = call.parameters, call.refuses
    body: Body = {"model": call.model, "messages": _messages(call), "stream": call.stream}
    if parameters.tools and Parameter.TOOLS not in refuses:
        body["tools"] = [_tool(tool) for tool in parameters.tools]
    if parameters.schema is not None and Parameter.SCHEMA not in refuses:
        body["format"] = dict(parameters.schema) or "json"
    if parameters.effort is not None and Parameter.EFFORT not in refuses and shown.thinks is not False:
        body["think"] = _think(call.model, shown, parameters.effort)
    options = _options(parameters, refuses)
    if window is not None:
        options = {"num_ctx": window} | options
        body |= {"truncate": False, "shift": False}
    if options:
        body["options"] = options
    return body | keep_alive(call)


def keep_alive(call: Call) -> Body:
    """Return the member that says how long a model stays in memory, where the account has a say in it."""
    said = call.endpoint.settings.get("keep_alive")
    if said is None or is_cloud(call.model):
        return {}
    return {"keep_alive": int(said) if said.lstrip("-").isdigit() else said}


def _think(model: str, shown: Shown, effort: Effort) -> bool | str:
    return _LEVELS[effort] if takes_levels(model, shown) else effort is not Effort.NONE


def _options(parameters: Parameters, refuses: frozenset[str]) -> Body:
    wanted: tuple[tuple[str, Parameter, object], ...] = (
        ("num_predict", Parameter.MAX_OUTPUT, parameters.max_output),
        ("temperature", Parameter.TEMPERATURE, parameters.temperature),
        ("top_p", Parameter.TOP_P, parameters.top_p),
        ("stop", Parameter.STOP, list(parameters.stop) or None),
        ("seed", Parameter.SEED, parameters.seed),
    )
    return {name: value for name, parameter, value in wanted if value is not None and parameter not in refuses}


def _tool(tool: Tool) -> Body:
    function: Body = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _messages(call: Call) -> list[Body]:
    messages: list[Body] = [{"role": "system", "content": call.system}] if call.system else []
    for message in call.messages:
        if message.is_empty and _kept(message.opaque) is None:
            continue
        if message.role is Role.TOOL:
            messages += _results(message)
        elif message.role is Role.ASSISTANT:
            messages.append(_assistant(message))
        else:
            messages.append(_said(call, message))
    return messages


def _said(call: Call, message: ChatMessage) -> Body:
    files, words = part_files(message, call.refuses, pdf=False)
    said: Body = {"role": message.role.value, "content": words}
    return said | {"images": [file.base64 for file in files]} if files else said


def _assistant(message: ChatMessage) -> Body:
    """Write a reply; one that called tools as it came, thoughts included, which the model goes on from."""
    said: Body = {"role": "assistant", "content": message.text}
    kept = _kept(message.opaque)
    if kept is not None:
        return said | kept
    return said | {"tool_calls": [_called(call) for call in message.calls]} if message.calls else said


def _kept(opaque: Opaque | None) -> Body | None:
    if opaque is None or opaque.owner != OWNER or not isinstance(opaque.value, dict):
        return None
    kept = {name: opaque.value[name] for name in ("thinking", "tool_calls") if opaque.value.get(name)}
    return kept if "tool_calls" in kept else None


def _called(call: ToolCall) -> Body:
    return {"id": call.id, "function": {"name": call.name, "arguments": _arguments(call.arguments)}}


def _arguments(text: str) -> object:
    """Return arguments as the object that they have to be: others were never carried out."""
    try:
        value = decode_json(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _results(message: ChatMessage) -> list[Body]:
    return [
        {
            "role": "tool",
            "tool_name": result.name,
            "tool_call_id": result.call,
            "content": f"Error: {result.text}" if result.is_error else result.text,
        }
        for result in message.results
    ]
