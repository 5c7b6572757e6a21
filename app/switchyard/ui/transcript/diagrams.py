"""Mermaid diagrams as pictures, in the colours of the window, where the library that draws them is installed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cached_property
from importlib.util import find_spec
from typing import Any, NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.drawings import Drawings
from switchyard.ui.transcript.worker_process import Answer

SCALE = 2
_LIMIT_MS = 20_000
_KEPT = 40

# What Mermaid calls its colours, and ours for them.
_COLOURS = {
    "background": "bg.surface",
    "primaryColor": "bg.raised",
    "primaryTextColor": "text.primary",
    "primaryBorderColor": "border.control",
    "secondaryColor": "bg.hover",
    "secondaryTextColor": "text.primary",
    "secondaryBorderColor": "border.control",
    "tertiaryColor": "bg.code",
    "tertiaryTextColor": "text.secondary",
    "tertiaryBorderColor": "border.default",
    "lineColor": "track.line",
    "textColor": "text.primary",
    "noteBkgColor": "warn.soft",
    "noteTextColor": "text.primary",
    "noteBorderColor": "warn.border",
    "edgeLabelBackground": "bg.surface",
}


class DiagramKey(NamedTuple):
    """What a diagram is drawn from."""

    source: str
    theme: str


class Diagrams(Drawings[DiagramKey, QImage]):
    """The diagrams of a thread."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__("diagram", parent, kept=_KEPT, limit_ms=_LIMIT_MS)
        self._theme = theme

    @cached_property
    def possible(self) -> bool:
        """Whether diagrams can be drawn at all: without the library they stay what they are written as."""
        return find_spec("mermaidx") is not None

    def find(self, source: str) -> QImage | None:
        """Return the picture of a diagram; None while there is none, or where it cannot be drawn."""
        return self.get(self.key(source)) if self.possible else None

    def key(self, source: str) -> DiagramKey:
        """Return what a diagram is known by in the colours of the window."""
        return DiagramKey(source, self._theme.name)

    def question(self, key: DiagramKey) -> Mapping[str, Any]:
        colours = {name: self._theme.color(token).name() for name, token in _COLOURS.items()}
        return {"source": key.source, "colours": colours | {"fontSize": "14px"}, "scale": SCALE}

    def read(self, answer: Answer) -> QImage:
        return QImage.fromData(base64.b64decode(answer["png"]))
