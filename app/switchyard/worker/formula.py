"""Draw formulas: `switchyard --worker formula`, a request a line on standard input, an answer a line.

A request is `{"tex": ..., "display": true}`. Its answer is `{"svg": ..., "width": ..., "ascent": ..., "descent": ...}`
for letters of 100 pixels, the SVG's own origin on the baseline; or `{}` where the TeX cannot be drawn.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from ziamath.config import config
from ziamath.zmath import Latex

NOMINAL_PX = 100
_LONGEST = 4_000
_LARGEST_SVG = 1_000_000
_DEEPEST = 3_000  # brackets in brackets

config.svg2 = False  # Qt draws no symbols that are used by reference


def draw(tex: str, *, display: bool) -> dict[str, object]:
    """Return a formula as a drawing; nothing where it cannot be read, whatever its reader trips over."""
    if not tex or len(tex) > _LONGEST:
        return {}
    try:
        formula = Latex(tex, size=NOMINAL_PX, inline=not display)
        if not _is_understood(formula):
            return {}
        root = formula.svgxml()
        _, top, width, height = (float(number) for number in str(root.get("viewBox")).split())
        svg = formula.svg()
    except Exception:  # noqa: BLE001  # each library down there has its own ways to fail, and all mean the same
        return {}
    if len(svg) > _LARGEST_SVG or "<text" in svg or not (width > 0 and height > 0):
        return {}
    return {"svg": svg, "width": width, "ascent": -top, "descent": top + height}


def _is_understood(formula: Any) -> bool:
    """Whether no command is left in its words, and the font has every letter: a box in its place says nothing."""
    words = "".join(formula.mathml.itertext())
    return "\\" not in words and all(char.isspace() or formula.font.glyphindex(char) for char in words)


def main(_: Sequence[str], /) -> int:
    """Answer until nothing more can come; return the exit code."""
    sys.setrecursionlimit(_DEEPEST)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(draw(str(request["tex"]), display=bool(request["display"]))), flush=True)
    return 0
