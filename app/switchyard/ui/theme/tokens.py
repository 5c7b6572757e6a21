"""Reads resources/tokens.json, the one place where colours and sizes are written down."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtGui import QColor

from switchyard.resources import resource

ThemeName = Literal["dark", "light"]

_RGBA = re.compile(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A provider's two letters and its colours in one theme."""

    code: str
    series: QColor
    text: QColor
    fill: QColor
    line: QColor


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a kind of text is set: size and line height in pixels, weight, tracking in pixels."""

    size_px: float
    line_px: int
    weight: int
    tracking_px: float


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme's colours by token, and its provider marks."""

    colours: Mapping[str, QColor]
    marks: Mapping[str, Mark]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Everything in the token file, as values."""

    palettes: Mapping[ThemeName, Palette]
    styles: Mapping[str, TextStyle]
    families_ui: tuple[str, ...]
    families_mono: tuple[str, ...]
    radii: Mapping[str, int]


def load_tokens() -> Tokens:
    """Read the bundled token file."""
    data: dict[str, Any] = json.loads(resource("tokens.json").read_text(encoding="utf-8"))
    kinds: dict[str, Any] = data["type"]
    tracking: dict[str, float] = data["tracking"]
    return Tokens(
        palettes={"dark": _palette(data["dark"]), "light": _palette(data["light"])},
        styles={
            name: TextStyle(float(value[0]), int(value[1]), int(value[2]), tracking.get(name, 0.0))
            for name, value in kinds.items()
            if not name.startswith("family.")
        },
        families_ui=tuple(kinds["family.ui"]),
        families_mono=tuple(kinds["family.mono"]),
        radii={name: int(value) for name, value in data["radius"].items()},
    )


def _palette(data: dict[str, Any]) -> Palette:
    return Palette(
        colours={name: _colour(value) for name, value in data.items() if isinstance(value, str)},
        marks={
            provider: Mark(
                code=mark["code"],
                series=_colour(mark["series"]),
                text=_colour(mark["markText"]),
                fill=_colour(mark["markFill"]),
                line=_colour(mark["markLine"]),
            )
            for provider, mark in data["providers"].items()
        },
    )


def _colour(text: str) -> QColor:
    match = _RGBA.fullmatch(text)
    if match is None:
        return QColor(text)
    colour = QColor(int(match[1]), int(match[2]), int(match[3]))
    colour.setAlphaF(float(match[4]))
    return colour
