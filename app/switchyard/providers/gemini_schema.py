"""Cuts a JSON schema down to the part of it that every Gemini model and every relay takes."""

from __future__ import annotations

from collections.abc import Mapping

# The members of Google's own Schema object that mean the same as in JSON Schema.
_KEPT = (
    "title", "description", "enum", "minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength",
    "pattern", "minProperties", "maxProperties", "required",
)  # fmt: skip
_FORMATS = frozenset({"enum", "date-time", "int32", "int64", "float", "double"})
_ANYTHING: Mapping[str, object] = {"type": "object"}
_Seen = frozenset[str]  # the references that lead to where one is: a schema may hold itself, and is cut there


def without_dialect(schema: Mapping[str, object]) -> dict[str, object]:
    """Return a schema without the name of its own dialect, which is refused."""
    return {name: value for name, value in schema.items() if name not in ("$schema", "$id")}


def reduce_schema(schema: Mapping[str, object]) -> dict[str, object]:
    """Return a schema in Google's older form: references put in, alternatives as `anyOf`, all else left out."""
    return _reduce(schema, schema, frozenset())


def _reduce(schema: Mapping[str, object], root: Mapping[str, object], seen: _Seen) -> dict[str, object]:
    schema, seen = _resolve(schema, root, seen)
    reduced: dict[str, object] = {name: schema[name] for name in _KEPT if name in schema}
    if schema.get("format") in _FORMATS:
        reduced["format"] = schema["format"]
    if "const" in schema:
        reduced["enum"] = [schema["const"]]
    if "enum" in reduced:
        _write_enum(reduced)
    _write_type(schema, reduced)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(choices, list):
        _write_choices([choice for choice in choices if isinstance(choice, Mapping)], reduced, root, seen)
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(properties, Mapping) and properties:
        reduced["properties"] = {
            str(name): _reduce(part, root, seen) for name, part in properties.items() if isinstance(part, Mapping)
        }
    if isinstance(items, Mapping):
        reduced["items"] = _reduce(items, root, seen)
    elif reduced.get("type") == "ARRAY":
        reduced["items"] = {"type": "STRING"}  # has to be there
    return reduced


def _resolve(
    schema: Mapping[str, object], root: Mapping[str, object], seen: _Seen
) -> tuple[Mapping[str, object], _Seen]:
    """Put in what a reference points to within the schema; where it points elsewhere, or to itself, is any object."""
    while isinstance(reference := schema.get("$ref"), str):
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        target = _find(reference, root) if reference not in seen else None
        schema = {**(target or _ANYTHING), **beside}
        seen |= {reference}
    return schema, seen


def _find(reference: str, root: Mapping[str, object]) -> Mapping[str, object] | None:
    start, *names = reference.split("/")
    target: object = root if start == "#" else None
    for name in names:
        target = target.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(target, Mapping) else None
    return target if isinstance(target, Mapping) else None


def _write_type(schema: Mapping[str, object], reduced: dict[str, object]) -> None:
    kinds = schema.get("type")
    names = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]
    if "null" in names or schema.get("nullable") is True:
        reduced["nullable"] = True
    names = [name.upper() for name in names if name != "null"]
    if len(names) == 1:
        reduced.setdefault("type", names[0])
    elif names:
        reduced["anyOf"] = [{"type": name} for name in names]
    elif "properties" in schema:
        reduced["type"] = "OBJECT"


def _write_enum(reduced: dict[str, object]) -> None:
    """Words alone can be listed there; a list of anything else is given up."""
    values = reduced.pop("enum")
    if isinstance(values, list) and values and all(isinstance(value, str) for value in values):
        reduced["enum"] = values
        reduced["type"] = "STRING"


def _write_choices(
    choices: list[Mapping[str, object]], reduced: dict[str, object], root: Mapping[str, object], seen: _Seen
) -> None:
    kept = [choice for choice in choices if choice.get("type") != "null"]
    if len(kept) < len(choices):
        reduced["nullable"] = True
    forms = [_reduce(choice, root, seen) for choice in kept]
    if len(forms) == 1:
        reduced.update({name: value for name, value in forms[0].items() if name not in reduced})
    elif forms:
        reduced["anyOf"] = forms
