"""Sets what holds for the shown chat as a whole, and says it in its header; leads to what is pinned in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from switchyard.core.message import Message
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.thread_column import ThreadColumn
from switchyard.ui.transcript.acts import EVERYTHING, WITHOUT_KEEPING
from switchyard.ui.widgets.menu import Menu

_PINNED_LENGTH = 44
_MOST_PINNED = 12


class Conditions(QObject):
    """`on_changed` is called when something else holds, `on_kept_changed` when it is kept from now on, or no longer."""

    def __init__(
        self,
        desk: Desk,
        sessions: Sessions,
        column: ThreadColumn,
        on_changed: Callable[[], None],
        on_kept_changed: Callable[[], None],
    ) -> None:
        super().__init__(column)
        self._desk = desk
        self._sessions = sessions
        self._column = column
        self._on_changed = on_changed
        self._on_kept_changed = on_kept_changed
        column.header.more.clicked.connect(self.open)

    def show(self) -> None:
        """Say what holds for the shown chat."""
        session, marks = self._sessions.shown, self._column.header.marks
        marks.local_only.setVisible(session.options.value.local_only)
        marks.system.setVisible(session.options.value.system is not None)
        marks.temporary.setVisible(session.temporary)

    def open(self) -> None:
        """Open the menu."""
        session, options = self._sessions.shown, self._sessions.shown.options
        menu = Menu(self._desk.theme, self._column.header)
        menu.add(self.tr("System text…"), self._open_system, icon="edit")
        local_only = options.value.local_only
        words = self.tr("Let it leave this computer") if local_only else self.tr("Keep it on this computer")
        menu.add(words, lambda: self._set_local_only(not local_only), icon="lock")
        if session.uid is None and not session.messages and not session.busy:
            words = self.tr("Keep this chat") if session.temporary else self.tr("Make it temporary")
            menu.add(words, lambda: self._set_temporary(not session.temporary), icon="history")
        failed = len(session.holes.all)
        if failed and not session.busy:
            words = (
                self.tr("Try the failed reply again") if failed == 1 else self.tr("Try {count} failed replies again")
            )
            menu.add(words.format(count=failed), session.holes.fill_all, icon="retry")
        pinned = [message for message in session.messages if message.pinned]
        if pinned:
            menu.addSeparator()
        for message in pinned[-_MOST_PINNED:]:
            menu.add(_beginning(message), partial(session.view.show_message, message.uid), icon="pin")
        menu.open_below(self._column.header.more)

    # --- inside ---

    def _open_system(self) -> None:
        from switchyard.ui.pages.chat.system_panel import SystemPanel

        session = self._sessions.shown
        panel = SystemPanel(self._desk.theme, self._column.window(), session.options.value.system or "")

        def keep(text: str) -> None:
            session.options.set_system(text)
            self._on_changed()

        panel.changed.connect(keep)
        panel.open_beside(self._column.header.more)

    def _set_local_only(self, local_only: bool) -> None:
        """A reply that is on its way may still be asked for elsewhere: the fence is shut between two replies."""
        if local_only and self._sessions.shown.busy:
            self._desk.actions.toast(self.tr("A reply is coming in. Stop it first, or wait for its end."), id="busy")
            return
        self._sessions.shown.options.set_local_only(local_only)
        self._on_changed()

    def _set_temporary(self, temporary: bool) -> None:
        self._sessions.shown.temporary = temporary
        self._sessions.shown.view.acts.offered = WITHOUT_KEEPING if temporary else EVERYTHING
        self._on_kept_changed()
        self._on_changed()


def _beginning(message: Message) -> str:
    """Return how a message begins, on one line."""
    line = " ".join(message.text.split())
    return line if len(line) <= _PINNED_LENGTH else f"{line[:_PINNED_LENGTH].rstrip()}…"
