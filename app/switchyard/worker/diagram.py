"""Draw Mermaid diagrams: `switchyard --worker diagram`, a request a line on standard input, an answer a line.

A request is `{"source": ..., "colours": {...}, "scale": 2}`, where the colours are Mermaid's own theme variables. Its
answer is `{"png": ...}` in base64, or `{}` where the source is no diagram. Nothing is fetched from anywhere.
"""

from __future__ import annotations

import base64
import json
import struct
import sys
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import mermaidx

_LONGEST = 20_000
_LARGEST_PX = 6_000
_MEMORY_BYTES = 1_500_000_000


def draw(request: dict[str, Any]) -> dict[str, str]:
    """Return a picture of a diagram, smaller where it would be too large; nothing where it cannot be drawn."""
    if len(request["source"]) > _LONGEST:
        return {}
    config = {"themeVariables": request["colours"], "securityLevel": "strict"}
    try:
        diagram = mermaidx.render(request["source"], theme="base", config=config)
        if not stands_alone(diagram.svg()):
            return {}
        png = diagram.png(scale=request["scale"])
        width, height = struct.unpack(">II", png[16:24])
        if max(width, height) > _LARGEST_PX:
            png = diagram.png(scale=request["scale"] * _LARGEST_PX / max(width, height))
    except Exception:  # noqa: BLE001  # a whole library of JavaScript fails down there, each part in its own way
        return {}
    return {"png": base64.b64encode(png).decode()}


def stands_alone(svg: str) -> bool:
    """Whether a drawing names nothing outside itself, but where links lead: the painter would read files it names."""
    for element in ElementTree.fromstring(svg).iter():
        named = (value for name, value in element.attrib.items() if name.rpartition("}")[2] == "href")
        if not element.tag.endswith("}a") and not all(value.startswith(("#", "data:")) for value in named):
            return False
    return True


def main(_: Sequence[str], /) -> int:
    """Answer until nothing more can come; return the exit code."""
    _limit_memory()
    for line in sys.stdin:
        print(json.dumps(draw(json.loads(line))), flush=True)
    return 0


def _limit_memory() -> None:
    """A diagram that needs more than a computer can spare ends this process alone, where the system knows how."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
