"""Lets a chat be given a title once its first reply is complete."""

from __future__ import annotations

from PySide6.QtCore import QObject

from switchyard.core.message import MessageState
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.session import Session
from switchyard.ui.pages.chat.sessions import Sessions


class Titling(QObject):
    """Belongs to the sessions; which model gives titles, if any, is a setting."""

    def __init__(self, desk: Desk, sessions: Sessions) -> None:
        super().__init__(sessions)
        self._desk = desk
        sessions.ended.connect(self._on_ended)

    def _on_ended(self, session: Session) -> None:
        last = session.last
        if session.uid is None or len(session.messages) != 2 or last is None:
            return
        if last.state is MessageState.COMPLETE:
            self._desk.scope.start(self._desk.services.titles.give(session.uid), name="title", group=session.uid)
