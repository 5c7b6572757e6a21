"""How high each message is, and where that puts it: exact where it was laid out, a guess where it was not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from switchyard.core.message import Message, Role

GAP = 17
PAD_TOP = 14
PAD_BOTTOM = 17
_LINE = 21
_CHAR_WIDTH = 7.0
_ROUTE_LINE = 34
_USER_PADDING = 18
_TILES = 60
_IMAGE = 320
_QUIET_LINE = 24


class Heights:
    """Tops follow from the heights above them, and are worked out again only below what changed."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._tops: list[int] = []

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, at: int) -> int:
        return self._heights[at]

    def set(self, at: int, height: int) -> None:
        """Change one height."""
        if self._heights[at] != height:
            self._heights[at] = height
            del self._tops[at + 1 :]

    def append(self, height: int) -> None:
        """Add a message at the end."""
        self._heights.append(height)

    def remove(self, at: int) -> None:
        """Take a message away."""
        del self._heights[at]
        del self._tops[at:]

    def top(self, at: int) -> int:
        """Return where a message begins; one past the last is where the next would."""
        self._work_out(at)
        return self._tops[at]

    @property
    def total(self) -> int:
        """The height of everything, with the room above the first message and below the last."""
        return self.top(len(self._heights)) - GAP + PAD_BOTTOM if self._heights else 0

    def index_at(self, y: int) -> int:
        """Return which message lies at a height; the nearest where none does."""
        self._work_out(len(self._heights))
        return min(max(bisect_right(self._tops, y) - 1, 0), max(len(self._heights) - 1, 0))

    def _work_out(self, upto: int) -> None:
        known = len(self._tops)
        if known > upto:
            return
        if known == 0:
            self._tops.append(PAD_TOP)
            known = 1
        steps = (height + GAP for height in self._heights[known - 1 : upto])
        start = self._tops.pop()
        self._tops.extend(accumulate(steps, initial=start))


def guess_height(message: Message, width: int) -> int:
    """Guess how high a message will be, from its length alone: this runs for thousands of them at once."""
    per_line = max(width / _CHAR_WIDTH, 10)
    lines = len(message.text) / per_line + message.text.count("\n") * 0.7 + 1
    words = round(lines * _LINE)
    if message.role is Role.USER:
        return words + _USER_PADDING + (_TILES if message.files else 0)
    images = len(message.files) * _IMAGE
    return words + images + (len(message.calls) + len(message.citations)) * _QUIET_LINE + _ROUTE_LINE
