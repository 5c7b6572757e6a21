"""Formulas as drawings: made from TeX in a process of their own, and painted as vectors at any scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QObject, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgRenderer

from switchyard.ui.transcript.drawings import Drawings
from switchyard.ui.transcript.worker_process import Answer

_NOMINAL_PX = 100  # as the worker draws them
_TO_TEXT = 1.12  # the letters of formulas are smaller than those of text of the same size
_LIMIT_MS = 5_000
_KEPT = 2_000


class FormulaKey(NamedTuple):
    """What a formula is drawn from: one with lines of its own may take more room."""

    tex: str
    display: bool = False


@dataclass(slots=True)
class Formula:
    """One drawing; sizes are for a text of one pixel."""

    svg: str
    width: float
    ascent: float
    descent: float
    _renderers: dict[str, QSvgRenderer] = field(default_factory=dict)

    def paint(self, painter: QPainter, origin: QPointF, size_px: float, colour: QColor) -> None:
        """Draw it from a point on the baseline on, in the colour of the text around it."""
        renderer = self._renderers.get(colour.name())
        if renderer is None:
            coloured = self.svg.replace('"black"', f'"{colour.name()}"')
            renderer = self._renderers[colour.name()] = QSvgRenderer(QByteArray(coloured.encode()))
        box = QRectF(0, -self.ascent, self.width, self.ascent + self.descent)
        renderer.render(painter, QRectF(box.topLeft() * size_px, box.size() * size_px).translated(origin))


class Formulas(Drawings[FormulaKey, Formula]):
    """The formulas of a thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__("formula", parent, kept=_KEPT, limit_ms=_LIMIT_MS)

    def question(self, key: FormulaKey) -> Mapping[str, Any]:
        return {"tex": key.tex, "display": key.display}

    def read(self, answer: Answer) -> Formula:
        scale = _TO_TEXT / _NOMINAL_PX
        width, ascent, descent = (float(answer[name]) * scale for name in ("width", "ascent", "descent"))
        return Formula(str(answer["svg"]), width, ascent, descent)
