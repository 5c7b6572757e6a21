"""What the commands have in common that call one model for something that is no chat."""

from __future__ import annotations

from typing import Any

from switchyard.cli.ask import DONE, INTERRUPTED, NO_ANSWER, describe_failure
from switchyard.cli.objects import SCHEMA, route_object, usage_object
from switchyard.cli.parser import UsageError
from switchyard.cli.terminal import Terminal
from switchyard.core.chain import DeploymentName, parse_deployment
from switchyard.core.events import Finish
from switchyard.core.failures import FailureKind
from switchyard.core.route import Outcome, RouteRecord
from switchyard.core.sentence import sentence
from switchyard.core.usage import dollars
from switchyard.services.app import Services

OVER_BUDGET = 4


def parse_model(model: str) -> DeploymentName:
    """Return the deployment that `--model` names; raises `UsageError` for a model without its account."""
    deployment = parse_deployment(model)
    if deployment is None:
        raise UsageError(
            sentence("{model} names no account.", model=model), sentence("Write it as ACCOUNT/MODEL: openai/whisper-1")
        )
    return deployment


def exit_code(record: RouteRecord) -> int:
    """Return the code of docs/interfaces for this end."""
    if record.finish is Finish.CANCELLED:
        return INTERRUPTED
    if record.failure is not None and record.failure.kind is FailureKind.BUDGET:
        return OVER_BUDGET
    last = record.attempts[-1] if record.attempts else None
    return DONE if last is not None and last.outcome is Outcome.COMPLETED else NO_ANSWER


def figures(name: DeploymentName, record: RouteRecord, services: Services) -> dict[str, Any]:
    """Return what stands in every such object beside the answer."""
    last = record.attempts[-1] if record.attempts else None
    return {
        "schema": SCHEMA,
        "model": (last.served_model if last is not None else None) or name.model,
        "usage": usage_object(record.usage),
        "cost": dollars(record.cost_nanos),
        "warnings": [warning.english() for warning in (*services.warnings, *record.warnings)],
        "route": route_object(record),
    }


def tell_end(record: RouteRecord, terminal: Terminal) -> None:
    """Tell what was in the way."""
    for attempt in record.attempts:
        if attempt.outcome is Outcome.FAILED:
            terminal.note(describe_failure(attempt))
    for warning in record.warnings:
        terminal.say(warning)
    if exit_code(record) in (NO_ANSWER, OVER_BUDGET):
        if not record.attempts:
            for line in record.decision:
                terminal.say(line)
        terminal.say(sentence("No model answered."))
