"""What is asked for by the messages of a thread, and what is said of them beside their words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from switchyard.core.message import Message, MessageId
from switchyard.ui.transcript.acts import EVERYTHING, Act
from switchyard.ui.transcript.focus_walk import FocusWalk
from switchyard.ui.transcript.marks_row import Fork
from switchyard.ui.transcript.message_view import MessageView
from switchyard.ui.transcript.stage import Item, Stage


class MessageActs(QObject):
    """`requested` carries a message's uid and the `Act`. `offered` is what can be done in this thread at all."""

    requested = Signal(str, object)

    def __init__(self, stage: Stage, walk: FocusWalk, parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._walk = walk
        self._forks: Mapping[MessageId, Sequence[MessageId]] = {}
        self.offered: Collection[Act] = EVERYTHING

    @property
    def focused(self) -> str | None:
        """Return the message that has the focus."""
        at = self._walk.at
        return self._stage.items[at].message.uid if at is not None else None

    def attach(self, view: MessageView, item: Item) -> None:
        """A message has a new widget."""
        view.offered = self.offered
        view.act_requested.connect(lambda act: self.requested.emit(item.message.uid, act))
        view.remark(item.message, self._fork(item.message))

    def set_forks(self, forks: Mapping[MessageId, Sequence[MessageId]]) -> None:
        """Show which messages stand beside others: all that do, in the order in which they came."""
        self._forks = forks
        for _, item in tuple(self._stage.shown()):
            self._remark(item)

    def remark(self, message: Message) -> None:
        """A person said something of a message."""
        item = next((item for item in self._stage.items if item.message.uid == message.uid), None)
        if item is not None:
            item.message = message
            self._remark(item)

    def beside(self, uid: MessageId, by: int) -> MessageId | None:
        """Return the message so many branches on; None where there is none."""
        uids = self._forks.get(uid, ())
        to = uids.index(uid) + by if uid in uids else -1
        return uids[to] if 0 <= to < len(uids) else None

    def _remark(self, item: Item) -> None:
        if item.view is not None:
            item.view.remark(item.message, self._fork(item.message))
            self._stage.refresh(item)

    def _fork(self, message: Message) -> Fork:
        uids = self._forks.get(message.uid, ())
        return Fork(uids.index(message.uid) + 1, len(uids)) if uids else Fork()
