"""What Switchyard is made of, and under which licences: read from the index that ships with it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from switchyard.resources import resource


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the program. `text_file` names the licence's own text where that ships too."""

    name: str
    what: str
    licence: str
    text_file: str | None


def read_components() -> list[Component]:
    """Return the parts, in the index's order."""
    rows = json.loads(resource("licences/components.json").read_text(encoding="utf-8"))
    return [Component(row["name"], row["what"], row["licence"], row["text"]) for row in rows]


def read_licence(component: Component) -> str:
    """Return a licence's text; nothing where it ships with the package itself."""
    if component.text_file is None:
        return ""
    return resource(f"licences/{component.text_file}").read_text(encoding="utf-8").strip("\n")
