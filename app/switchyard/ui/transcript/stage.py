"""The scrolling part of the thread: only messages near the view are widgets, the others keep their height."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from switchyard.core.message import Message
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.column import GUTTER, SPINE_X, Column, column_in
from switchyard.ui.transcript.heights import Heights, guess_height
from switchyard.ui.transcript.message_view import MessageView, Node
from switchyard.ui.transcript.pieces.base import BLEED
from switchyard.ui.transcript.scrolling import EDGE
from switchyard.ui.transcript.sheet import Sheet
from switchyard.ui.transcript.spine import paint_line
from switchyard.ui.transcript.thread_bar import ThreadBar

END_ZONE = 40
_AHEAD = 500
_KEPT = 1_200
_LINE_STEP = 20
_PAGE_OVERLAP = 120
_ABOVE = 10  # how far the first node of the spine may reach above its message


@dataclass(eq=False)
class Item:
    """A message in the thread, and its widget while it is near the view."""

    message: Message
    view: MessageView | None = None
    pinned: bool = False  # streams: its widget stays, seen or not
    held: bool = False  # a selection begins or ends there: its widget stays, too
    unfolded: bool = False  # shows its route as a track
    told_of: int = 0  # the attempt that is told about under it; 0 for none

    @property
    def keeps_view(self) -> bool:
        """Whether the widget is needed even where it is not seen."""
        return self.pinned or self.held or (self.view is not None and self.view.holds_focus())

    def keep_open(self, unfolded: bool, told_of: int) -> None:
        """Remember what is shown of its route, for the next widget."""
        self.unfolded, self.told_of = unfolded, told_of

    def let_go(self) -> None:
        """Drop the widget; the message keeps its height in the thread."""
        if self.view is not None:
            self.view.hide()
            self.view.deleteLater()
            self.view = None


class Stage(QAbstractScrollArea):
    """Asks its owner for widgets as messages come near, and lets go of them as they go far.

    The owner is told whether a message is seen at once: one that is only near can be filled step by step.
    """

    moved = Signal()
    made = Signal(object)  # an item that has a new widget

    def __init__(self, theme: Theme, make_view: Callable[[Item, QWidget, bool], MessageView], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._make_view = make_view
        self.items: list[Item] = []
        self._heights = Heights()
        self.holds: Callable[[], bool] = lambda: False  # whether somebody selects, under whom nothing moves
        self._held_slack = 0
        self._staging = False
        self._still = False
        self._first_shown = 0
        self._last_shown = 0
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)  # labels inside take their text role from it
        self._sheet = Sheet(theme, self.viewport())
        self._bar = ThreadBar(theme, self)
        self.setVerticalScrollBar(self._bar)
        self._bar.setSingleStep(_LINE_STEP)

    # --- items ---

    def set_items(self, items: Sequence[Item]) -> None:
        """Show other messages, from their end."""
        before, self.items = self.items, list(items)
        self._first_shown = self._last_shown = self._held_slack = 0
        for item in before:  # none of them is here any longer, so that the focus goes from one of them to none of them
            item.let_go()
        width = self.column.text_width
        self._heights = Heights(guess_height(item.message, width) for item in self.items)
        self._update_range()
        self.to_end()

    def append(self, item: Item) -> None:
        """Add a message; a view at the end stays there."""
        following = self.at_end and not self.holds()
        self.items.append(item)
        self._heights.append(guess_height(item.message, self.column.text_width))
        self._after_change(following=following)

    def remove(self, at: int, count: int = 1) -> None:
        """Take messages away; what is on top, or the end, stays in its place."""
        following, anchor = self.at_end, self._anchor()
        for each in reversed(range(at, at + count)):
            self.items.pop(each).let_go()
            self._heights.remove(each)
        self._first_shown = min(self._first_shown, at)  # those behind count from further up now
        self._after_change(following=following, anchor=anchor)

    def rebuild(self, items: Sequence[Item] | None = None) -> None:
        """Make widgets anew: those of some messages, or of all, as after a change of theme; nothing moves."""
        for item in self.items if items is None else items:
            item.let_go()
        self.stage()
        self.viewport().update()

    def refresh(self, item: Item) -> bool:
        """A message's widget has another height: lay out, keeping what is on top, or the end, in its place.

        Return whether it is higher than before.
        """
        if item.view is None or self._staging:
            return False
        following = self.at_end and not self.holds()
        at = self.items.index(item) if self.items[-1] is not item else len(self.items) - 1
        anchor = None if following else self._anchor()
        self._held_slack = self._slack if self.holds() else 0
        before, height = self._heights[at], item.view.arrange(self.column.text_width)
        self._heights.set(at, height)
        self._after_change(following=following, anchor=anchor, only=item)
        return height > before

    # --- scrolling ---

    @property
    def column(self) -> Column:
        """Where the thread stands in this view: under the composer, whether a scroll bar shows or not."""
        return column_in(self.width())

    @property
    def at_end(self) -> bool:
        """Whether the view is so near the end that it follows new text."""
        bar = self._bar
        return bar.value() >= bar.maximum() - END_ZONE

    def to_end(self) -> None:
        """Scroll to the end, whatever height what comes into view turns out to have."""
        for _ in range(4):
            bar = self._bar
            bar.setValue(bar.maximum())
            self.stage()
            if bar.value() == bar.maximum():
                return

    def reveal(self, at: int) -> None:
        """Scroll as little as needed to show a message; a high one shows its beginning."""
        bar = self._bar
        top = self._heights.top(at)
        bottom = top + self._heights[at]
        page = self.viewport().height()
        if top < bar.value() + EDGE or bottom - top > page:
            bar.setValue(top - EDGE)
        elif bottom > bar.value() + page:
            bar.setValue(bottom - page + EDGE)
        self.stage()

    def item_at(self, y: int) -> Item | None:
        """Return the message at a height of the view; the nearest where none is."""
        if not self.items:
            return None
        inside = min(max(y, 0), self.viewport().height())
        return self.items[self._heights.index_at(inside + self._bar.value() - self._slack)]

    @property
    def _slack(self) -> int:
        """A short thread stands at the bottom: how much room is above it."""
        return max(self._held_slack, self.viewport().height() - self._heights.total)

    def _update_range(self) -> None:
        bar = self._bar
        page = self.viewport().height()
        self._sheet.setVisible(bool(self.items))  # no spine is left behind by the last message
        bar.setPageStep(max(page - _PAGE_OVERLAP, 1))
        bar.setRange(0, max(0, self._heights.total + self._slack - page))

    def _anchor(self) -> tuple[Item, int] | None:
        if not self.items:
            return None
        at = self._heights.index_at(self._bar.value() - self._slack)
        return self.items[at], self._y(at)

    def _y(self, at: int) -> int:
        """Return how far below the top of the view a message begins."""
        return self._heights.top(at) + self._slack - self._bar.value()

    def _after_change(
        self, *, following: bool, anchor: tuple[Item, int] | None = None, only: Item | None = None
    ) -> None:
        self._staging, before = True, self._staging
        self._update_range()
        if following:
            self._bar.setValue(self._bar.maximum())
        elif anchor is not None and anchor[0] in self.items:
            self._keep(anchor)
        self._staging = before
        self.stage(only)

    def _keep(self, anchor: tuple[Item, int]) -> None:
        """Count from further down, so that a message begins where it began before; nothing moves on the screen."""
        self._still = True
        bar = self._bar
        at = self.items.index(anchor[0])
        bar.setValue(bar.value() + self._y(at) - anchor[1])
        self._still = False

    # --- staging ---

    def stage(self, only: Item | None = None) -> None:
        """Make widgets for what is in view, correct the heights, put everything in its place.

        Where `only` one has changed, the others are moved at most: that spares each tick of a reply a look at them all.
        """
        if self._staging or not self.items or self.viewport().width() < 50:
            return
        self._staging = True
        for _ in range(8):
            if not self._realise():
                break
        self._place(only)
        self._staging = False
        self.moved.emit()

    def _realise(self) -> bool:
        """Make the widgets that are missing; return whether a height turned out different."""
        first, last = self._near(_AHEAD)
        if all(self.items[at].view is not None for at in range(first, last + 1)):
            return False
        seen_first, seen_last = self._near(0)
        following = self.at_end and not self.holds()
        anchor = self._anchor()
        changed = False
        for at in range(first, last + 1):
            item = self.items[at]
            if item.view is None:
                item.view = self._make_view(item, self._sheet, seen_first <= at <= seen_last)
                self._first_shown = min(self._first_shown, at)
                self._last_shown = max(self._last_shown, at)
                self.made.emit(item)
                height = item.view.arrange(self.column.text_width)
                changed = changed or height != self._heights[at]
                self._heights.set(at, height)
        if changed:
            self._still = True
            self._update_range()
            if following:
                self._bar.setValue(self._bar.maximum())
            elif anchor is not None:
                self._keep(anchor)
            self._still = False
        return changed

    def _near(self, beyond: int) -> tuple[int, int]:
        top = self._bar.value() - self._slack
        first = self._heights.index_at(top - beyond)
        return first, self._heights.index_at(top + self.viewport().height() + beyond)

    def _place(self, only: Item | None) -> None:
        first, last = self._near(_KEPT)
        column, above = self.column, max(self._slack - _ABOVE, 0)
        # The sheet reaches from the first message of a short thread, or the top, to the bottom.
        self._sheet.setGeometry(column.left, above, column.width + BLEED, self.viewport().height() - above)
        left, width = GUTTER - BLEED, column.text_width + 2 * BLEED
        lift = self._slack - self._bar.value() - above
        shown: list[int] = []
        nodes: list[tuple[int, Node, str]] = []
        for at, item in self.shown():
            view = item.view
            if view is None:
                continue
            if not first <= at <= last and not item.keeps_view:
                item.let_go()
                continue
            shown.append(at)
            y = self._heights.top(at) + lift
            place = QRect(left, y, width, self._heights[at])
            if only is None or item is only or view.isHidden() or view.size() != place.size():
                view.setGeometry(place)
                view.present()
                view.show()
            elif view.y() != y:
                view.move(left, y)
            nodes.append((y + view.node_y, view.node, view.provider))
        self._first_shown = shown[0] if shown else 0
        self._last_shown = shown[-1] if shown else 0
        self._sheet.show_nodes(nodes)

    def shown(self) -> Iterator[tuple[int, Item]]:
        """Return the messages that may have a widget; the rest of a long thread is not even looked at."""
        upto = min(self._last_shown + 1, len(self.items))
        return ((at, self.items[at]) for at in range(self._first_shown, upto))

    # --- events ---

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted already, with its widgets; only what comes into view is painted."""
        if not self._still:
            self._sheet.move_by(dy)
        self.stage()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new width; the end stays in view, or what was on top."""
        super().resizeEvent(event)
        following = self.at_end
        anchor = self._anchor()
        if event.oldSize().width() != event.size().width():
            for at, item in self.shown():
                if item.view is not None:
                    self._heights.set(at, item.view.arrange(self.column.text_width))
        self._after_change(following=following, anchor=anchor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("bg.surface"))
        if self.items:
            paint_line(painter, self.column.left + SPINE_X, event.rect().top(), event.rect().bottom() + 1, self._theme)
        painter.end()
