"""The JSON objects of the outside contract (docs/interfaces.md), made from the core's values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from switchyard.core.content import Citation, Extra, ToolCall
from switchyard.core.failures import Failure
from switchyard.core.message import Conversation, Message
from switchyard.core.route import AttemptRecord, Question, RouteRecord, Skip
from switchyard.core.usage import Usage, dollars

SCHEMA = 1


def usage_object(usage: Usage | None) -> dict[str, Any] | None:
    """Tokens as integers or null."""
    if usage is None:
        return None
    return {
        "input": usage.input,
        "output": usage.output,
        "cached_input": usage.cached_input,
        "cache_write": usage.cache_write,
        "reasoning": usage.reasoning,
        "estimated": usage.estimated,
    }


def failure_object(failure: Failure | None) -> dict[str, Any] | None:
    """A failure without its raw body, which stays in the attempt's row."""
    if failure is None:
        return None
    retry = failure.retry_after_s
    return {
        "kind": failure.kind.value,
        "status": failure.status,
        "code": failure.code,
        "message": failure.message,
        "retry_after_s": int(retry) if retry is not None and retry == int(retry) else retry,
        "request_id": failure.request_id,
    }


def attempt_object(attempt: AttemptRecord) -> dict[str, Any]:
    """One call."""
    return {
        "n": attempt.n,
        "track": attempt.track,
        "step": attempt.step,
        "reason": attempt.reason.value,
        "deployment": attempt.deployment,
        "served_model": attempt.served_model,
        "outcome": attempt.outcome.value,
        "failure": failure_object(attempt.failure),
        "ttft_ms": attempt.ttft_ms,
        "duration_ms": attempt.duration_ms,
        "usage": usage_object(attempt.usage),
        "cost": dollars(attempt.cost_nanos),
        "cost_source": attempt.cost_source.value,
    }


def skip_object(skip: Skip) -> dict[str, Any]:
    """A deployment passed over."""
    return {"step": skip.step, "deployment": skip.deployment, "reason": skip.reason.value}


def question_object(question: Question | None) -> dict[str, Any] | None:
    """What a person must decide."""
    if question is None:
        return None
    return {
        "kind": question.kind.value,
        "text": question.text.english(),
        "options": [{"id": option.id, "label": option.label.english()} for option in question.options],
    }


def route_object(route: RouteRecord) -> dict[str, Any]:
    """A whole route."""
    return {
        "id": route.uid,
        "chain": route.chain,
        "decision": [line.english() for line in route.decision],
        "skipped": [skip_object(skip) for skip in route.skipped],
        "failure": failure_object(route.failure),
        "attempts": [attempt_object(attempt) for attempt in route.attempts],
    }


def answer_object(
    *,
    text: str,
    reasoning: str,
    route: RouteRecord,
    conversation: str | None,
    warnings: Iterable[str],
    extras: Sequence[Extra] = (),
) -> dict[str, Any]:
    """The object of `ask --json`."""
    return {
        "schema": SCHEMA,
        "text": text,
        "reasoning": reasoning or None,
        "finish": route.finish.value if route.finish is not None else None,
        "usage": usage_object(route.usage),
        "cost": dollars(route.cost_nanos),
        "simulated": route.simulated,
        "conversation": conversation,
        "question": question_object(route.question),
        "warnings": list(warnings),
        "tool_calls": [call_object(extra) for extra in extras if isinstance(extra, ToolCall)],
        "citations": [citation_object(extra) for extra in extras if isinstance(extra, Citation)],
        "seams": [{"at": seam.at, "attempt": n, "how": seam.how.value} for n, seam in route.seams],
        "route": route_object(route),
    }


def call_object(call: ToolCall) -> dict[str, Any]:
    """A call that the model asks for: its arguments decoded, or as they were written where they are no JSON."""
    try:
        arguments = json.loads(call.arguments, parse_constant=_refuse) if call.arguments.strip() else {}
    except (ValueError, RecursionError):
        arguments = call.arguments
    return {"id": call.id, "name": call.name, "arguments": arguments}


def _refuse(word: str) -> None:
    """`NaN` and the like are Python's own: whoever reads the object knows none of them."""
    raise ValueError(word)


def citation_object(citation: Citation) -> dict[str, Any]:
    """A source."""
    return {"url": citation.url, "title": citation.title, "text": citation.text}


def conversation_object(conversation: Conversation) -> dict[str, Any]:
    """A row of `history list`."""
    return {
        "uid": conversation.uid,
        "title": conversation.title,
        "created_ms": conversation.created_ms,
        "updated_ms": conversation.updated_ms,
        "messages": conversation.messages,
    }


def message_object(message: Message) -> dict[str, Any]:
    """A message of `history show`."""
    return {
        "uid": message.uid,
        "parent": message.parent,
        "role": message.role.value,
        "state": message.state.value,
        "text": message.text,
        "reasoning": message.reasoning or None,
        "created_ms": message.created_ms,
        "route": route_object(message.route) if message.route is not None else None,
    }
