"""What follows when a reply of a conversation has ended: the messages that wait, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from switchyard.core.draft import Draft
from switchyard.core.errors import UserError
from switchyard.core.message import MessageState
from switchyard.core.unsent import Delay, Hold, Unsent
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.network_wait import NetworkWait
from switchyard.ui.pages.chat.waiting import Waiting

if TYPE_CHECKING:
    from switchyard.ui.pages.chat.session import Session


class Succession(QObject):
    """Works for one conversation, until `close`. `keeping`: a message that is to wait is on its way to the disk.

    A message that found no network goes again by itself once; after that the person decides.
    """

    changed = Signal()

    def __init__(self, desk: Desk, session: Session) -> None:
        super().__init__(session)
        self._desk = desk
        self._session = session
        self._by_itself = False
        self.keeping = False
        self.waiting = Waiting(desk, session.view, self)
        self.waiting.changed.connect(self._on_waiting_changed)
        self.waiting.local_requested.connect(self._on_local_requested)
        self.network = NetworkWait(desk, self)
        self.network.said.connect(session.said)
        self.network.changed.connect(self.changed)

    @property
    def answering(self) -> bool:
        """Whether a reply is on its way or about to be: all that keeps a chat busy but the wait for the network."""
        return self._session.busy and not self.network.waits

    @property
    def idle(self) -> bool:
        """Whether nothing goes on here."""
        return not (self._session.busy or self.keeping or self._session.remedies.waiting)

    def let_wait(self, draft: Draft) -> None:
        """Keep a message that is sent when its turn comes; it is known at once that it is on its way."""
        self.keeping = True
        self.changed.emit()
        self._desk.scope.start(self._let_wait(draft), name="waiting")

    def send_waiting(self) -> None:
        """Send all that waits, one after the other."""
        self.waiting.release()
        self._send_first()

    async def after(self, asked: Prompt, refusal: UserError | None) -> Prompt | None:
        """Return what is asked once a prompt has come to its end; None where nothing is, or the person decides."""
        session, last = self._session, self._session.last
        is_new = asked.retry_of is None and asked.edits is None and len(session.messages) > 1
        if refusal is None and is_new and not session.temporary and self.network.lacks(last):
            await self._take_over(asked.target)
        elif refusal is not None or last is None or last.state is not MessageState.COMPLETE:
            self.waiting.hold(Hold.INCOMPLETE)
        elif asked.retry_of is not None:
            self.waiting.resume()
        self.waiting.leaving = None
        first = self.waiting.first
        self._by_itself = first is not None and first.delay is Delay.NETWORK
        if first is not None and self._by_itself:
            instead = await self._wait_for_network(first)
            if instead is not None:
                self._by_itself = False
                return instead
        return self._leave(self.waiting.first)

    def end(self) -> None:
        """Nothing is asked any more."""
        self.waiting.leaving = None
        self._by_itself = False

    def close(self) -> None:
        """Follow nothing any longer."""
        self.waiting.close()

    # --- inside ---

    async def _take_over(self, target: Target) -> None:
        """Let the last message wait for the network: its place is below the thread now."""
        session = self._session
        if not await self.waiting.take_over(session.messages[-2], target, goes=not self._by_itself):
            return
        with self.waiting.aside(session.uid):
            session.messages = session.messages[:-2]
            session.view.cut(len(session.messages))
        if self._by_itself:
            self.waiting.hold(Hold.NETWORK)

    async def _wait_for_network(self, first: Unsent) -> Prompt | None:
        """Wait until it is back; return what is to be asked in place of that."""
        target = self.waiting.target(first) or self._session.target or Target()
        back = await self.network.back(self._desk.targets.deployments(target))
        if isinstance(back, Prompt):
            return back
        if back:
            self.waiting.reach()
        else:
            self.waiting.hold(Hold.NETWORK)
        return None

    def _leave(self, message: Unsent | None, target: Target | None = None) -> Prompt | None:
        """Let a message that waits be the next; return it as it is asked."""
        self.waiting.leaving = message
        if message is None:
            return None
        own = self._session.target or Target()
        target = target or self.waiting.target(message) or own
        once = target != own
        return Prompt(message.text, target, message.conversation, files=message.files, unsent=message.uid, once=once)

    async def _let_wait(self, draft: Draft) -> None:
        session = self._session
        delay = Delay.NETWORK if self.network.waits else Delay.REPLY
        try:
            await self.waiting.add(draft, self._desk.targets.meant(draft.to) or session.target or Target(), delay)
        except UserError as error:
            session.refuse(error)
            return
        finally:
            self.keeping = False
            self.changed.emit()
        session.sent.emit(session.uid)
        session.view.to_end()
        self._send_first()  # its turn may have come by now

    def _send_first(self) -> None:
        prompt = self._leave(self.waiting.first) if not self._session.busy else None
        if prompt is not None:
            self._session.start(prompt)

    def _on_waiting_changed(self) -> None:
        if self.waiting.first is None:
            self.network.stop()
        self.changed.emit()

    def _on_local_requested(self, message: Unsent) -> None:
        """Ask a model on this computer, which the network is not needed for."""
        local = self._desk.targets.local
        if local is None or self.answering:
            return
        prompt = self._leave(message, local)
        if prompt is not None and not self.network.ask_now(prompt):
            self._session.start(prompt)
