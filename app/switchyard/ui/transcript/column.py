"""Where the thread stands in the window; the composer below it uses the same column."""

from __future__ import annotations

from dataclasses import dataclass

WIDEST = 804
MARGIN = 24
GUTTER = 44
SPINE_X = 15


@dataclass(frozen=True, slots=True)
class Column:
    """The left edge and the width of the column; text begins after the gutter."""

    left: int
    width: int

    @property
    def text_width(self) -> int:
        """How wide text may be."""
        return self.width - GUTTER


def column_in(width: int) -> Column:
    """Return the column in a pane: centred, at most as wide as reads well, never nearer to the edge than its margin."""
    wide = max(min(WIDEST, width - 2 * MARGIN), GUTTER + 80)
    return Column((width - wide) // 2, wide)
