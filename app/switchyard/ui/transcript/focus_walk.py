"""Moves the focus through the thread: every message is one stop, and Enter goes into it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.message_view import MessageView
from switchyard.ui.transcript.pieces.base import Piece
from switchyard.ui.transcript.scrolling import reveal_span
from switchyard.ui.transcript.stage import Stage

_ROOM = 12  # above and below what has the focus


class FocusWalk:
    """Knows where the focus is in a stage and where it goes next; messages far away are brought near first."""

    def __init__(self, stage: Stage, let_take: Callable[[], object]) -> None:
        self._stage = stage
        self._let_take = let_take

    @property
    def at(self) -> int | None:
        """Which message has the focus, on itself or inside."""
        shown = self._stage.shown()
        return next((at for at, item in shown if item.view is not None and item.view.holds_focus()), None)

    def step(self, by: int) -> bool:
        """Go to another message; False where there is none."""
        items = self._stage.items
        here = self.at
        if not items:
            return False
        to = len(items) - 1 if here is None else here + by
        if not 0 <= to < len(items):
            return False
        return self.go(to, Qt.FocusReason.TabFocusReason if by > 0 else Qt.FocusReason.BacktabFocusReason)

    def go(self, to: int, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> bool:
        """Go to a message by its number."""
        self._stage.reveal(to)
        view = self._stage.items[to].view
        if view is not None:
            view.tell_place(to + 1, len(self._stage.items))
            view.setFocus(reason)
        return view is not None

    def enter(self) -> None:
        """Go into the message that has the focus: to its first link, button or figure."""
        view = self._view()
        if view is not None:
            stops = view.inner_stops()
            if stops:
                self._take(stops[0], Qt.FocusReason.TabFocusReason)

    def leave(self) -> bool:
        """Go back from inside a message to the message; False where the focus was not inside."""
        view = self._view()
        if view is None or view.hasFocus():
            return False
        view.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def release(self, view: MessageView | None) -> None:
        """Let the focus be taken elsewhere before what holds it goes away, so that it does not go astray."""
        if view is not None and view.holds_focus():
            self._let_take()

    def stay_through(self, rebuild: Callable[[], object]) -> None:
        """Keep the focus on its message while all widgets are made anew; where that is far, it is taken elsewhere.

        Meanwhile nothing has it: Qt would give it to the next widget, and the thread would scroll there.
        """
        at, before = self.at, self._view()
        if at is None or before is None:
            rebuild()
            return
        ringed = before.ringed
        (before.focus_inside() or before).clearFocus()
        rebuild()
        view = self._stage.items[at].view
        if view is None:
            self._let_take()
        else:
            view.setFocus(Qt.FocusReason.OtherFocusReason if ringed else Qt.FocusReason.MouseFocusReason)

    def tab(self, *, forward: bool) -> bool:
        """Move as Tab does: between messages, or round inside the one that was entered; False to leave the thread."""
        view = self._view()
        if view is None or view.hasFocus():
            return self.step(1 if forward else -1) if view is not None else False
        focused = view.focus_inside()
        if isinstance(focused, Piece) and focused.step_link(forward=forward):
            self._show(focused)
            return True
        stops = view.inner_stops()
        place = stops.index(focused) if focused in stops else -1
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        self._take(stops[(place + (1 if forward else -1)) % len(stops)], reason)
        return True

    def _take(self, stop: QWidget, reason: Qt.FocusReason) -> None:
        """Let something inside a message have the focus, where it can be seen."""
        stop.setFocus(reason)
        self._show(stop)

    def _show(self, stop: QWidget) -> None:
        place = stop.show_focused() if isinstance(stop, Piece) else stop.rect()
        top = stop.mapTo(self._stage.viewport(), place.topLeft()).y()
        reveal_span(self._stage, top - _ROOM, top + place.height() + _ROOM)

    def outside(self, *, forward: bool, pane: QWidget) -> QWidget | None:
        """Return what has the focus next when it leaves the thread."""
        widget = _neighbour(pane, forward=forward)
        while widget is not None and widget is not pane:
            inside = pane.isAncestorOf(widget)
            usable = widget.isVisible() and widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            if not inside and usable:
                return widget
            widget = _neighbour(widget, forward=forward)
        return None

    def _view(self) -> MessageView | None:
        here = self.at
        return self._stage.items[here].view if here is not None else None


def _neighbour(widget: QWidget, *, forward: bool) -> QWidget | None:
    return widget.nextInFocusChain() if forward else widget.previousInFocusChain()
