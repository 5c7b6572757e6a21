"""What Anthropic is sent for a call: turns of blocks, tools, how to think and reply, and markers of what is cached."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from switchyard.core.content import Attachment, Effort, Parameter, Tool, ToolCall, ToolResult
from switchyard.core.estimate import MOST_SEARCHES
from switchyard.core.events import CallFailed, ProviderEvent, Warned
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.core.sentence import sentence
from switchyard.providers.anthropic_models import Traits
from switchyard.providers.anthropic_schema import close_schema
from switchyard.providers.attachments import part_files
from switchyard.providers.base import Call
from switchyard.providers.counts import parts_of

Body = dict[str, object]
Block = dict[str, object]

DIALECT = "anthropic"  # the owner of what is sent back unchanged
# Habits: what a model, or a relay, turns out not to take.
ADAPTIVE = "adaptive_thinking"
BUDGET = "thinking_budget"
NO_THINKING = "thinking_off"
SUMMARIES = "thinking_summaries"
JSON_SCHEMA = "json_schema"
CACHE = "cache_control"

_LEAST_BUDGET = 1024
_BUDGETS = {
    Effort.MINIMAL: 1024,
    Effort.LOW: 2048,
    Effort.MEDIUM: 8192,
    Effort.HIGH: 24_576,
    Effort.MAX: 63_999,
}
_MARK: Block = {"type": "ephemeral"}
_MARKED_TURNS = 2
_SEARCH: Block = {"type": "web_search_20250305", "name": "web_search", "max_uses": MOST_SEARCHES}
_NOT_IN_ID = re.compile(r"[^a-zA-Z0-9_-]")


def request_body(call: Call, traits: Traits, max_tokens: int) -> Body:
    """Return what is sent for a call: the person speaks first, nobody says nothing, nobody speaks twice in a row."""
    turns = _turns(call)
    if not turns:
        raise CallFailed(Failure(FailureKind.LOCAL, "There is nothing to send."))
    body: Body = {"model": call.model, "max_tokens": max_tokens}
    tools, system = _tools(call), _system(call, traits)
    if tools:
        body["tools"] = tools
    if system:
        body["system"] = [{"type": "text", "text": system}]
    body["messages"] = turns
    if CACHE not in call.refuses:
        _mark(body, turns)
    parameters = call.parameters
    thinking = thinking_of(call, traits, max_tokens)
    if thinking and not (thinking["type"] == "enabled" and _goes_on_without_thoughts(turns)):
        body["thinking"] = thinking
    config = _output_config(call, traits)
    if config:
        body["output_config"] = config
    if _takes(call, Parameter.TEMPERATURE):
        body["temperature"] = parameters.temperature
    if _takes(call, Parameter.TOP_P):
        body["top_p"] = parameters.top_p
    stop = [text for text in parameters.stop if text.strip()]  # a blank one is refused
    if stop and Parameter.STOP not in call.refuses:
        body["stop_sequences"] = stop
    return {**body, "stream": call.stream}


def never_taken(call: Call, traits: Traits, max_tokens: int) -> frozenset[Parameter]:
    """Return what is set for a reply though the model is known not to take it, or not together with the rest."""
    never = {Parameter.SEED}
    if not (traits.adaptive or traits.budgets or traits.efforts) and call.parameters.effort is not Effort.NONE:
        never.add(Parameter.EFFORT)
    thinks = thinking_of(call, traits, max_tokens).get("type") in ("adaptive", "enabled")
    samplings = 0 if thinks else traits.samplings
    sampled = [each for each in (Parameter.TEMPERATURE, Parameter.TOP_P) if _takes(call, each)]
    return frozenset((call.parameters.given() & {*never, *sampled[samplings:]}) - call.refuses)


def warnings(call: Call, traits: Traits, max_tokens: int) -> list[ProviderEvent]:
    """Return what the person should know before the reply: what was asked for and cannot be had."""
    told: list[ProviderEvent] = []
    thinks = call.parameters.effort not in (None, Effort.NONE) and Parameter.EFFORT not in call.refuses
    if thinks and traits.budgets and not traits.adaptive and max_tokens <= _LEAST_BUDGET:
        told.append(
            Warned(
                sentence(
                    "A reply of at most {tokens} tokens leaves no room to think first, so none was asked for.",
                    tokens=max_tokens,
                )
            )
        )
    if any(not text.strip() for text in call.parameters.stop) and Parameter.STOP not in call.refuses:
        told.append(Warned(sentence("Anthropic takes no stop text that is blank: it was left out.")))
    return told


def thinking_of(call: Call, traits: Traits, max_tokens: int) -> Body:
    """Return how the model is to think; empty where nothing is said of it."""
    refuses = call.refuses
    effort = call.parameters.effort if Parameter.EFFORT not in refuses else None
    if effort is Effort.NONE and not traits.thinks_always:
        return {"type": "disabled"} if traits.thinks_unasked and NO_THINKING not in refuses else {}
    if effort is None and not traits.thinks_unasked:
        return {}
    if (traits.adaptive or BUDGET in refuses) and ADAPTIVE not in refuses:
        # those that can do nothing else keep their thoughts to themselves where no summary is asked for
        silent = not traits.budgets and SUMMARIES not in refuses
        return {"type": "adaptive", "display": "summarized"} if silent else {"type": "adaptive"}
    can_budget = (traits.budgets or ADAPTIVE in refuses) and BUDGET not in refuses
    if effort in _BUDGETS and can_budget and max_tokens > _LEAST_BUDGET:
        room = max(_LEAST_BUDGET, max_tokens // 2)  # the reply itself has to fit in the rest
        return {"type": "enabled", "budget_tokens": min(_BUDGETS[effort], room)}
    return {}


def _takes(call: Call, parameter: Parameter) -> bool:
    return parameter in call.parameters.given() and parameter not in call.refuses


# --- turns ----------------------------------------------------------------------------------------------------------


def _turns(call: Call) -> list[Body]:
    turns: list[tuple[str, list[Block]]] = []
    for message in call.messages:
        if message.role is Role.SYSTEM:
            continue
        if message.role is Role.ASSISTANT:
            role, blocks = "assistant", _assistant_blocks(message, call.model)
        else:
            role, blocks = "user", _user_blocks(message, call.refuses)
        if blocks and turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((role, blocks))
    if turns and turns[0][0] != "user":
        turns.insert(0, ("user", [_text("…")]))
    _answer_calls(turns)
    return [{"role": role, "content": blocks} for role, blocks in turns]


def _answer_calls(turns: list[tuple[str, list[Block]]]) -> None:
    """Put results first, and one for each call that was never made: a call without is refused."""
    asked: list[object] = []
    for role, blocks in turns:
        if role == "assistant":
            asked = [block.get("id") for block in blocks if block.get("type") == "tool_use"]
            continue
        results = [block for block in blocks if block["type"] == "tool_result"]
        answered = {block["tool_use_id"] for block in results}
        results += [
            _result(ToolResult(str(id_), "", "The call was not made.", True)) for id_ in asked if id_ not in answered
        ]
        blocks[:] = [*results, *(block for block in blocks if block["type"] != "tool_result")]


def _goes_on_without_thoughts(turns: list[Body]) -> bool:
    """Whether results follow calls whose thoughts are lost: then no budget may be given to think on."""
    contents = [parts_of(turn, "content") for turn in turns[-2:]]
    if len(contents) < 2 or contents[1][0]["type"] != "tool_result":
        return False
    return contents[0][0].get("type") not in ("thinking", "redacted_thinking")


def _user_blocks(message: ChatMessage, refuses: frozenset[str]) -> list[Block]:
    files, words = part_files(message, refuses, pdf=True)
    blocks = [*map(_result, message.results), *map(_file, files)]
    return [*blocks, _text(words)] if words.strip() else blocks


def _assistant_blocks(message: ChatMessage, model: str) -> list[Block]:
    kept = _kept_blocks(message, model)
    if kept:
        return kept
    blocks = [_text(message.text.rstrip())] if message.text.strip() else []  # the last one may not end in a blank
    return [*blocks, *map(_call, message.calls)]


def _kept_blocks(message: ChatMessage, model: str) -> list[Block]:
    """Return the blocks that this very model wrote; another one is told what was said."""
    value = message.opaque.value if message.opaque is not None and message.opaque.owner == DIALECT else None
    if not isinstance(value, Mapping) or value.get("model") != model:
        return []
    blocks = value.get("content")
    return [dict(block) for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _file(file: Attachment) -> Block:
    source = {"type": "base64", "media_type": file.media_type, "data": file.base64}
    if file.is_image:
        return {"type": "image", "source": source}
    return {"type": "document", "source": source, **({"title": file.name} if file.name else {})}


def _call(call: ToolCall) -> Block:
    return {"type": "tool_use", "id": _id(call.id), "name": call.name, "input": read_input(call.arguments)}


def read_input(arguments: str) -> Body:
    """Return the arguments of a call as the object that has to be sent, whatever the model wrote."""
    try:
        value = json.loads(arguments) if arguments.strip() else {}
    except (ValueError, RecursionError):
        value = arguments
    return value if isinstance(value, dict) else {"arguments": value}


def _result(result: ToolResult) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": _id(result.call), "content": result.text}
    return {**block, "is_error": True} if result.is_error else block


def _id(call: str) -> str:
    """Return an id in the letters that are taken: other providers' ids have more."""
    return _NOT_IN_ID.sub("_", call) or "_"


# --- instructions and tools -----------------------------------------------------------------------------------------


def _system(call: Call, traits: Traits) -> str:
    told = [call.system or "", *(message.text for message in call.messages if message.role is Role.SYSTEM)]
    schema = call.parameters.schema
    if schema is not None and Parameter.SCHEMA not in call.refuses and _format(call, traits) is None:
        written = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        told.append(
            f"Answer with JSON alone that follows this JSON schema:\n{written}"
            if schema
            else "Answer with one JSON object alone."
        )
    return "\n\n".join(text for text in told if text.strip())


def _tools(call: Call) -> list[Block]:
    tools = [_tool(tool) for tool in call.parameters.tools] if _takes(call, Parameter.TOOLS) else []
    return [*tools, dict(_SEARCH)] if _takes(call, Parameter.WEB_SEARCH) else tools


def _tool(tool: Tool) -> Block:
    declared: Block = {"name": tool.name}
    if tool.description:
        declared["description"] = tool.description
    return {**declared, "input_schema": {"type": "object", **tool.parameters}}


def _output_config(call: Call, traits: Traits) -> Body:
    config: Body = {}
    effort = call.parameters.effort if Parameter.EFFORT not in call.refuses else None
    if effort is not None and (effort is not Effort.NONE or traits.thinks_always):
        word = traits.word_for(effort)
        if word is not None:
            config["effort"] = word
    written = _format(call, traits)
    return config if written is None else {**config, "format": written}


def _format(call: Call, traits: Traits) -> Body | None:
    """Return the form of the reply; None where none is asked for, or the model has to be told in words.

    Replies with sources take no form.
    """
    schema = call.parameters.schema
    in_words = not traits.schemas or JSON_SCHEMA in call.refuses or _takes(call, Parameter.WEB_SEARCH)
    if not schema or in_words or Parameter.SCHEMA in call.refuses:
        return None
    closed = close_schema(schema)
    return {"type": "json_schema", "schema": closed} if closed is not None else None


# --- what is cached -------------------------------------------------------------------------------------------------


def _mark(body: Body, turns: list[Body]) -> None:
    """Mark what comes again with the next turn, from the second on: a first one may have none, and writing costs."""
    asked = [turn for turn in turns if turn["role"] == "user"]
    if len(asked) < _MARKED_TURNS:
        return
    for blocks in (body.get("tools"), body.get("system"), *(turn["content"] for turn in asked[-_MARKED_TURNS:])):
        if isinstance(blocks, list):
            blocks[-1]["cache_control"] = _MARK
