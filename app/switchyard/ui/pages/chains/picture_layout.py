"""Where everything of a chain's picture stands: lanes from the prompt to the answer, as wide as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF

from switchyard.core.chain import Chain, Step, Track

CARD_PX = 178.0
GAP_PX = 74.0
EDGE_PX = 20.0
TRUNK_X = 62.0
LABEL_PX = 116.0
WIDE_LABEL_PX = 164.0
_WIDE_FROM_PX = 900.0
RAIL_DOWN_PX = 2.0  # a rail's line below the top of its row
_SNAP_PX = 16.0
RAIL_PX = 58.0
MEMBER_PX = 20.0
MEMBERS_SHOWN = 5
_TOP_PX = 14.0
_ANSWER_RAIL_PX = 16.0
_ROW_GAP_PX = 18.0
_LANE_GAP_PX = 18.0
_STEP_PX = 76.0
_LINE_PX = 17.0
_HEAD_PX = 30.0
_STOP_PX = 44.0


class Card(NamedTuple):
    """A step and its place; `number` counts over all tracks, `row` the rows of its lane."""

    step: Step
    number: int
    box: QRectF
    row: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A track and its place: `rows` are the heights of the line in each row, `rails` those of the ways to the answer.

    `stop` is the room of the sentence of a track that refuses.
    """

    track: Track
    cards: tuple[Card, ...]
    rows: tuple[float, ...]
    rails: tuple[float, ...]
    start: float
    stop: QRectF | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole picture. `middle` is where the prompt and the answer stand."""

    lanes: tuple[Lane, ...]
    prompt: QPointF
    answer: QPointF
    rail_x: float
    height: float

    @property
    def cards(self) -> list[Card]:
        """Every card, in order."""
        return [card for lane in self.lanes for card in lane.cards]


def card_height(step: Step) -> float:
    """Return the height of a step's card: that of one deployment, or a line for each of a pool."""
    extra = _LINE_PX if step.only is not None else 0.0
    if len(step.pool) == 1:
        return _STEP_PX + extra
    shown = min(len(step.pool), MEMBERS_SHOWN) + (len(step.pool) > MEMBERS_SHOWN)
    return _HEAD_PX + shown * MEMBER_PX + 8 + extra


def lay_out(chain: Chain, width: float) -> Layout:
    """Return where everything stands in a picture so wide; lanes go on in a new row where there is no more room."""
    labelled = not chain.plain
    label = WIDE_LABEL_PX if width >= _WIDE_FROM_PX else LABEL_PX
    start = TRUNK_X + (label if labelled else 0.0)
    rail_x = width - RAIL_PX
    room = max(CARD_PX, rail_x - 24 - start)
    per_row = max(1, int((room + GAP_PX) // (CARD_PX + GAP_PX)))
    lanes: list[Lane] = []
    top, number = _TOP_PX, 0
    for track in chain.tracks:
        lane, top = _lane(track, number, per_row, start, top, rail_x)
        lanes.append(lane)
        number += len(track.steps)
        top += _LANE_GAP_PX
    lines = [lane.rows[0] for lane in lanes]
    middle = (lines[0] + lines[-1]) / 2 if lines else _TOP_PX
    rails = [rail + RAIL_DOWN_PX for lane in lanes if lane.cards for rail in lane.rails]
    prompt = QPointF(EDGE_PX + 9, _snapped(middle, lines))
    answer = QPointF(width - EDGE_PX - 9, _snapped(middle, [*lines, *rails]))
    return Layout(tuple(lanes), prompt, answer, rail_x, max(top, 60.0))


def _snapped(middle: float, lines: Sequence[float]) -> float:
    """Return the nearest of the lines that are so near that a bend to them would look like a slip."""
    near = min(lines, key=lambda line: abs(line - middle), default=middle)
    return near if abs(near - middle) < _SNAP_PX else middle


def _lane(track: Track, number: int, per_row: int, start: float, top: float, rail_x: float) -> tuple[Lane, float]:
    """Return a lane that begins at a height, and where it ends."""
    if not track.steps:
        box = QRectF(start, top, rail_x - 24 - start, _STOP_PX)
        return Lane(track, (), (box.center().y(),), (top,), start, box), box.bottom()
    cards: list[Card] = []
    rows: list[float] = []
    rails: list[float] = []
    for row, steps in enumerate(_rows(track.steps, per_row)):
        height = max(map(card_height, steps))
        leads_on = len(track.steps) > row * per_row + 1
        upper = top + (_ANSWER_RAIL_PX if leads_on else 0.0)
        middle = upper + height / 2
        for at, step in enumerate(steps):
            own = card_height(step)
            x = start + at * (CARD_PX + GAP_PX)
            cards.append(Card(step, number + len(cards), QRectF(x, middle - own / 2, CARD_PX, own), row))
        rails.append(top)
        rows.append(middle)
        top = upper + height + _ROW_GAP_PX
    return Lane(track, tuple(cards), tuple(rows), tuple(rails), start), top


def _rows(steps: Sequence[Step], per_row: int) -> list[Sequence[Step]]:
    return [steps[at : at + per_row] for at in range(0, len(steps), per_row)]
