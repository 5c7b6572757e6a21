"""What both of OpenAI's dialects ask of a declaration: what a model refuses, its words for effort, its strictness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from switchyard.core.content import Effort, Parameter
from switchyard.providers.base import Call
from switchyard.providers.declaration import Efforts, Habits

_STEPS = {"none": 0, "minimal": 1, "low": 2, "medium": 3, "default": 3, "high": 4, "xhigh": 5, "max": 5}


def known_refusals(habits: Habits, call: Call) -> frozenset[Parameter]:
    """Return what the model of a call is known not to take, in any dialect."""
    reasons = call.parameters.effort not in (None, Effort.NONE)
    refused = {
        parameter
        for refusal in habits.refusals
        if refusal.models.match(call.model) and (reasons or not refusal.when_reasoning)
        for parameter in refusal.parameters
    }
    efforts = _of_model(habits.efforts, call.model)
    if efforts is None or not efforts.words:
        refused.add(Parameter.EFFORT)
    return frozenset(refused)


def nearest_effort(efforts: Sequence[Efforts], model: str, effort: Effort) -> tuple[Efforts, str] | None:
    """Return the model's nearest word, and how it is asked with it; of two as near, the stronger."""
    found = _of_model(efforts, model)
    if found is None or not found.words:
        return None
    wanted = _STEPS[effort]
    return found, min(found.words, key=lambda word: (abs(_STEPS[word] - wanted), -_STEPS[word]))


def _of_model(efforts: Sequence[Efforts], model: str) -> Efforts | None:
    return next((each for each in efforts if each.models.match(model)), None)


def is_strict(schema: object) -> bool:
    """Whether a schema keeps to what strict mode demands: objects without further members, all of them required."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if isinstance(properties, Mapping) or schema.get("type") == "object":
        members = properties if isinstance(properties, Mapping) else {}
        required = schema.get("required")
        if schema.get("additionalProperties") is not False:
            return False
        if set(members) != set(map(str, required) if isinstance(required, list) else ()):
            return False
        return all(map(is_strict, members.values())) and _rest_is_strict(schema)
    return _rest_is_strict(schema)


def _rest_is_strict(schema: Mapping[str, object]) -> bool:
    definitions = (schema.get(name) for name in ("$defs", "definitions"))
    inner = [value for group in definitions if isinstance(group, Mapping) for value in group.values()]
    return all(map(is_strict, [*inner, *(schema.get(name) for name in ("items", "anyOf", "allOf", "oneOf"))]))
