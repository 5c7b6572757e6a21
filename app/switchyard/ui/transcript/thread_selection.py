"""The one selection of a thread: by pointer or by keys, through blocks and messages, seen or far away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent

from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.scrolling import reveal_span, scroll_towards
from switchyard.ui.transcript.selection import FORWARD, Place, Selection, Step
from switchyard.ui.transcript.stage import Item, Stage

_SCROLL_EVERY_MS = 33
_TO_NEIGHBOUR = frozenset({Step.CHAR_BACK, Step.CHAR_ON, Step.WORD_BACK, Step.WORD_ON, Step.LINE_UP, Step.LINE_DOWN})


class Spot(NamedTuple):
    """A place in the thread: a message, one of its passages, and a place in that."""

    item: Item
    passage: int
    place: Place


@dataclass(frozen=True, slots=True)
class Portion:
    """What is selected of one message: some of its passages, or all of it where `selections` is None."""

    item: Item
    selections: tuple[Selection, ...] | None


class ThreadSelection(QObject):
    """Hears of the pointer what messages leave alone. Messages between both ends are selected whether seen or not.

    `dragging`: somebody selects at present. What is selected `holds` the thread in its place, until its end is wanted.
    """

    link_clicked = Signal(str)

    def __init__(self, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._anchor: Spot | None = None
        self._head: Spot | None = None
        self._pressed_link = ""
        self.dragging = False
        self.holds = True
        self._clicked_twice_at: QPoint | None = None
        self._triple = QTimer(self)
        self._triple.setSingleShot(True)
        self._scroll = QTimer(self)
        self._scroll.setInterval(_SCROLL_EVERY_MS)
        self._scroll.timeout.connect(self._on_scroll)
        self._pointer = QPoint()
        stage.viewport().installEventFilter(self)

    @property
    def empty(self) -> bool:
        """Whether no letter is selected."""
        return self._anchor is None or self._anchor == self._head

    # --- by the program ---

    def clear(self) -> None:
        """Select nothing."""
        self._set(None, None)

    def take_message(self, item: Item) -> None:
        """Select every word of a message."""
        passages = _passages(item)
        if passages:
            (first, top), (last, bottom) = passages[0], passages[-1]
            self._set(Spot(item, first, top.selection.start), Spot(item, last, bottom.selection.end))

    def restore(self, item: Item) -> None:
        """A message has another widget, or other words in it: show there what is selected."""
        if not self.empty:
            self._show_in(item, self._stage.items.index(item))

    def forget(self, item: Item) -> None:
        """A message goes away, or its words are others: a selection that began or ended there is over."""
        if any(spot is not None and spot.item is item for spot in (self._anchor, self._head)):
            self.clear()

    def portions(self) -> Iterator[Portion]:
        """Return what is selected, message by message."""
        if self._anchor is None or self._head is None or self.empty:
            return
        items = self._stage.items
        first, last = sorted((items.index(self._anchor.item), items.index(self._head.item)))
        for at in range(first, last + 1):
            view = items[at].view
            inside = first < at < last
            selections = None if inside or view is None else tuple(body.selection for _, body in view.passages())
            yield Portion(items[at], selections)

    # --- by keys ---

    def step(self, item: Item, step: Step) -> None:
        """Move the end of the selection; where there is none it begins in this message."""
        head = self._head or self._outer_spot(item, end=False)
        if head is None:
            return
        to = self._stepped(head, step)
        if to is not None:
            self._set(self._anchor or head, to)
            self._reveal(to)

    def _stepped(self, head: Spot, step: Step) -> Spot | None:
        passages = _passages(head.item)
        numbers = [number for number, _ in passages]
        if head.passage not in numbers:
            return None
        here = numbers.index(head.passage)
        if step in {Step.START, Step.END}:
            number, body = passages[-1] if step is Step.END else passages[0]
            return Spot(head.item, number, body.selection.end if step is Step.END else body.selection.start)
        body = passages[here][1]
        step = body.selection.turned(head.place, step)
        place = body.selection.step(head.place, step)
        if place is not None:
            return Spot(head.item, head.passage, place)
        forward = step in FORWARD
        beside = here + (1 if forward else -1)
        x = body.selection.rect_of(head.place).x()
        if step not in _TO_NEIGHBOUR:
            return None
        if 0 <= beside < len(passages):
            return _entered(head.item, *passages[beside], step, x)
        return self._in_neighbour(head, step, x)

    def _in_neighbour(self, head: Spot, step: Step, x: int) -> Spot | None:
        """Go on in the next message, or the one before."""
        forward = step in FORWARD
        at = self._stage.items.index(head.item) + (1 if forward else -1)
        if not 0 <= at < len(self._stage.items):
            end = self._outer_spot(head.item, end=forward)
            return end if step in {Step.LINE_UP, Step.LINE_DOWN} else None
        self._stage.reveal(at)
        passages = _passages(self._stage.items[at])
        if not passages:
            return None
        return _entered(self._stage.items[at], *passages[0 if forward else -1], step, x)

    def _outer_spot(self, item: Item, *, end: bool) -> Spot | None:
        passages = _passages(item)
        if not passages:
            return None
        number, body = passages[-1 if end else 0]
        return Spot(item, number, body.selection.end if end else body.selection.start)

    def _reveal(self, spot: Spot) -> None:
        body = dict(_passages(spot.item)).get(spot.passage)
        if body is not None:
            body.selection.show(spot.place)
            rect = body.selection.rect_of(spot.place)
            top = body.mapTo(self._stage.viewport(), rect.topLeft()).y()
            reveal_span(self._stage, top, top + rect.height())

    # --- by the pointer ---

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the pointer's events that no message took."""
        if isinstance(event, QMouseEvent):
            match event.type():
                case QEvent.Type.MouseButtonPress if event.button() is Qt.MouseButton.LeftButton:
                    self._press(event)
                case QEvent.Type.MouseMove if event.buttons() & Qt.MouseButton.LeftButton and self.dragging:
                    self._drag(event.position().toPoint())
                case QEvent.Type.MouseButtonRelease if event.button() is Qt.MouseButton.LeftButton:
                    self._release(event.position().toPoint())
                case QEvent.Type.MouseButtonDblClick if event.button() is Qt.MouseButton.LeftButton:
                    self._take_word(event.position().toPoint())
                case _:
                    return False
            return True
        return False

    def _press(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        spot = self._spot_at(point)
        self.dragging = spot is not None
        self._pressed_link = self._link_at(point)
        if self._triple.isActive() and _near(point, self._clicked_twice_at):
            self._take_paragraph(point)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._anchor is not None:
            self._set(self._anchor, spot)
        else:
            self._set(spot, spot)

    def _drag(self, point: QPoint) -> None:
        self._pointer = point
        self._follow()
        beyond = point.y() < 0 or point.y() > self._stage.viewport().height()
        if not beyond:
            self._scroll.stop()
        elif not self._scroll.isActive():
            self._scroll.start()

    def _follow(self) -> None:
        spot = self._spot_at(self._pointer)
        if self._anchor is not None and spot is not None:
            self._set(self._anchor, spot)

    def _on_scroll(self) -> None:
        """The pointer is held above or below the thread: scroll there, and select on."""
        scroll_towards(self._stage, self._pointer.y())
        self._follow()

    def _release(self, point: QPoint) -> None:
        self._scroll.stop()
        self.dragging = False
        link, self._pressed_link = self._pressed_link, ""
        if link and link == self._link_at(point) and self.empty:
            self.link_clicked.emit(link)

    def _take_word(self, point: QPoint) -> None:
        found = self._body_at(point)
        if found is None:
            return
        item, number, body = found
        start, end = body.selection.word_at(_inside(self._stage, body, point))
        self._set(Spot(item, number, start), Spot(item, number, end))
        self.dragging = False
        self._pressed_link = ""
        self._clicked_twice_at = point
        self._triple.start(QGuiApplication.styleHints().mouseDoubleClickInterval())

    def _take_paragraph(self, point: QPoint) -> None:
        found = self._body_at(point)
        if found is None:
            return
        item, number, body = found
        start, end = body.selection.paragraph_at(_inside(self._stage, body, point))
        self._set(Spot(item, number, start), Spot(item, number, end))
        self.dragging = False

    def _spot_at(self, point: QPoint) -> Spot | None:
        found = self._body_at(point)
        if found is None:
            return None
        item, number, body = found
        return Spot(item, number, body.selection.place_at(_inside(self._stage, body, point)))

    def _link_at(self, point: QPoint) -> str:
        found = self._body_at(point)
        if found is None:
            return ""
        inside = _inside(self._stage, found[2], point)
        return found[2].selection.link_at(inside) if found[2].rect().contains(inside) else ""

    def _body_at(self, point: QPoint) -> tuple[Item, int, Body] | None:
        """Return the passage nearest to the height of a point."""
        item = self._stage.item_at(point.y())
        passages = _passages(item) if item is not None else []
        if item is None or not passages:
            return None

        def distance(passage: tuple[int, Body]) -> int:
            y = _inside(self._stage, passage[1], point).y()
            return max(-y, y - passage[1].height(), 0)

        number, body = min(passages, key=distance)
        return item, number, body

    # --- showing it ---

    def _set(self, anchor: Spot | None, head: Spot | None) -> None:
        for spot in (self._anchor, self._head):
            if spot is not None:
                spot.item.held = False
        self._anchor, self._head = anchor, head
        self.holds = True
        for spot in (anchor, head):
            if spot is not None:
                spot.item.held = True
        for at, item in self._stage.shown():
            self._show_in(item, at)

    def _show_in(self, item: Item, at: int) -> None:
        passages = _passages(item)
        if self._anchor is None or self._head is None or self._anchor == self._head:
            for _, body in passages:
                body.selection.clear()
            return
        ends = ((self._stage.items.index(spot.item), spot.passage, spot.place) for spot in (self._anchor, self._head))
        start, end = sorted(ends)
        for number, body in passages:
            if (at, number) < start[:2] or (at, number) > end[:2]:
                body.selection.clear()
            else:
                left = start[2] if (at, number) == start[:2] else None
                right = end[2] if (at, number) == end[:2] else None
                body.selection.mark(left, right)


def _passages(item: Item) -> list[tuple[int, Body]]:
    return list(item.view.passages()) if item.view is not None else []


def _entered(item: Item, number: int, body: Body, step: Step, x: int) -> Spot:
    """Return where a step comes into a passage from the one beside it."""
    forward = step in FORWARD
    if step in {Step.LINE_UP, Step.LINE_DOWN}:
        return Spot(item, number, body.selection.line_from(x, top=forward))
    return Spot(item, number, body.selection.start if forward else body.selection.end)


def _inside(stage: Stage, body: Body, point: QPoint) -> QPoint:
    return body.mapFrom(stage.viewport(), point)


def _near(point: QPoint, other: QPoint | None) -> bool:
    limit = QGuiApplication.styleHints().startDragDistance()
    return other is not None and (point - other).manhattanLength() < limit
