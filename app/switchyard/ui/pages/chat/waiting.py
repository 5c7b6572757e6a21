"""Messages that were sent while a reply came: they stand below it, and are sent one by one as replies end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from time import time

from PySide6.QtCore import QObject, Signal

from switchyard.core.draft import Draft, joined
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.ui.transcript.thread_view import ThreadView

LONGEST_S = 600
_numbers = count(1)


class Waiting(QObject):
    """Keeps the order in which they were written; `changed` tells that other words wait. `now_s`: the wall clock."""

    changed = Signal()

    def __init__(self, view: ThreadView, parent: QObject, *, now_s: Callable[[], float] = time) -> None:
        super().__init__(parent)
        self._view = view
        self.now_s = now_s
        self._messages: list[Message] = []

    @property
    def drafts(self) -> Sequence[Draft]:
        """Return what waits, in order."""
        return [_draft(message) for message in self._messages]

    @property
    def first(self) -> Draft | None:
        """Return what is sent next; None where nothing waits."""
        return _draft(self._messages[0]) if self._messages else None

    @property
    def is_old(self) -> bool:
        """Whether what is sent next has waited so long that the person decides anew: they may have moved on."""
        return bool(self._messages) and self._now_ms() - self._messages[0].created_ms > LONGEST_S * 1000

    def add(self, draft: Draft) -> None:
        """Let a message wait, behind the others."""
        uid = MessageId(f"waiting {next(_numbers)}")
        message = Message(uid, None, Role.USER, MessageState.QUEUED, draft.text, self._now_ms(), files=draft.files)
        self._messages.append(message)
        self._view.append(message)
        self.changed.emit()

    def _now_ms(self) -> int:
        return round(self.now_s() * 1000)

    def take(self, uid: str | None = None) -> Draft:
        """Take a message out, the last one where none is named; return it, an empty one where nothing waits."""
        found = next((each for each in reversed(self._messages) if uid in {None, each.uid}), None)
        if found is None:
            return Draft()
        self._remove(found)
        return _draft(found)

    def take_all(self) -> Draft:
        """Take out all that waits; return it as one."""
        whole = joined(self.drafts)
        for message in tuple(self._messages):
            self._remove(message)
        return whole

    @contextmanager
    def aside(self, *, sent: bool) -> Iterator[None]:
        """Make room for messages that come before these; with `sent`, the first of these is among them."""
        for message in self._messages:
            self._view.remove(message.uid)
        yield
        if sent:
            del self._messages[0]
        for message in self._messages:
            self._view.append(message)
        if sent:
            self.changed.emit()

    def _remove(self, message: Message) -> None:
        self._messages.remove(message)
        self._view.remove(message.uid)
        self.changed.emit()


def _draft(message: Message) -> Draft:
    return Draft(message.text, message.files)
