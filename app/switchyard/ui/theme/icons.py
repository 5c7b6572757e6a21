"""Draws the bundled SVG icons in the theme's colours, once per colour, size and pixel ratio."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from switchyard.resources import resource

_VARIABLE = re.compile(r"var\(--([a-z]+)-([A-Za-z]+)\)")
_DRAWN_STROKE = 'stroke-width="1.75"'


class IconStore:
    """Keeps sources and finished pictures; a change of theme needs `clear`, since colours are part of a picture."""

    def __init__(self, colour: Callable[[str], QColor]) -> None:
        self._colour = colour
        self._sources: dict[str, str] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self._icons: dict[tuple[str, str, int, float], QIcon] = {}

    def clear(self) -> None:
        """Forget every finished picture."""
        self._pixmaps.clear()
        self._icons.clear()

    def pixmap(self, name: str, token: str, size: int, ratio: float) -> QPixmap:
        """Return an icon `size` logical pixels wide, sharp at the pixel ratio."""
        key = (name, token, size, ratio)
        found = self._pixmaps.get(key)
        if found is None:
            found = self._pixmaps[key] = self._draw(name, token, size, ratio)
        return found

    def icon(self, name: str, token: str, size: int, ratio: float) -> QIcon:
        """Return the icon for Qt's own widgets: brighter under the pointer and when chosen, faint when disabled."""
        key = (name, token, size, ratio)
        found = self._icons.get(key)
        if found is None:
            found = self._icons[key] = QIcon()
            bright = "text.primary" if token in {"text.secondary", "text.tertiary"} else token
            tokens = {
                QIcon.Mode.Normal: token,
                QIcon.Mode.Active: bright,
                QIcon.Mode.Selected: bright,
                QIcon.Mode.Disabled: "text.disabled",
            }
            for each in sorted({1.0, ratio}):
                for mode, colour in tokens.items():
                    found.addPixmap(self.pixmap(name, colour, size, each), mode)
        return found

    def _draw(self, name: str, token: str, size: int, ratio: float) -> QPixmap:
        pixels = round(size * ratio)
        pixmap = QPixmap(pixels, pixels)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(self._coloured(name, token, size).encode())).render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def _coloured(self, name: str, token: str, size: int) -> str:
        source = self._sources.get(name)
        if source is None:
            source = self._sources[name] = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
        source = source.replace("currentColor", self._colour(token).name())
        source = _VARIABLE.sub(lambda match: self._colour(f"{match[1]}.{match[2]}").name(), source)
        return source.replace(_DRAWN_STROKE, f'stroke-width="{_stroke(size)}"')


def _stroke(size: int) -> float:
    """Return the stroke on the 24 grid: thicker for the smallest icons, thinner for the rail's."""
    if size <= 13:
        return 3.0 if size <= 11 else 2.0
    return 1.6 if size >= 20 else 1.75
