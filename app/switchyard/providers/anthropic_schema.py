"""Writes a JSON schema as Anthropic takes it: every object closed, and what is not checked told in words."""

from __future__ import annotations

import json
from collections.abc import Mapping

Schema = Mapping[str, object]

_KEPT = ("$ref", "type", "enum", "const", "title", "default", "required")
_LISTS = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
_GROUPS = ("properties", "$defs", "definitions")
_FORMATS = frozenset(
    ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
)  # fmt: skip
_SAID_ELSEWHERE = frozenset((*_KEPT, *_LISTS, *_GROUPS, "items", "description", "additionalProperties", "$schema"))


def close_schema(schema: Schema) -> dict[str, object] | None:
    """Return a schema in the vendor's form; None where that would allow less than the schema does."""
    return None if _is_open(schema) else _close(schema)


def _is_open(schema: Schema) -> bool:
    """Whether an object in it may have members of any name: one that is closed could never have them."""
    if schema.get("type") == "object" and not schema.get("properties"):
        return True
    if schema.get("additionalProperties", False) is not False or "patternProperties" in schema:
        return True
    return any(map(_is_open, _inner(schema)))


def _inner(schema: Schema) -> list[Schema]:
    found: list[object] = [schema.get("items")]
    for name in _LISTS:
        choices = schema.get(name)
        found += choices if isinstance(choices, list) else []
    for name in _GROUPS:
        group = schema.get(name)
        found += group.values() if isinstance(group, Mapping) else []
    return [part for part in found if isinstance(part, Mapping)]


def _close(schema: Schema) -> dict[str, object]:
    closed: dict[str, object] = {name: schema[name] for name in _KEPT if name in schema}
    rest = {name: value for name, value in schema.items() if name not in _SAID_ELSEWHERE}
    if schema.get("format") in _FORMATS:
        closed["format"] = rest.pop("format")
    if schema.get("minItems") in (0, 1):
        closed["minItems"] = rest.pop("minItems")
    told = [str(schema["description"])] if schema.get("description") else []
    told += [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in rest.items()]
    if told:
        closed["description"] = "\n".join(told)
    for name, written in _LISTS.items():
        choices = schema.get(name)
        if isinstance(choices, list):
            closed[written] = [_close(choice) for choice in choices if isinstance(choice, Mapping)]
    for name in _GROUPS:
        group = schema.get(name)
        if isinstance(group, Mapping):
            closed[name] = {str(key): _close(part) for key, part in group.items() if isinstance(part, Mapping)}
    items = schema.get("items")
    if isinstance(items, Mapping):
        closed["items"] = _close(items)
    if "properties" in closed:
        closed["additionalProperties"] = False
    return closed
