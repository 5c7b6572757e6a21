"""The messages of one conversation that wait to be sent, as they stand below its thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal, SignalInstance

from switchyard.core.chain import parse_deployment
from switchyard.core.draft import Draft
from switchyard.core.message import ConversationId, Message, MessageId, MessageState, Role
from switchyard.core.unsent import Delay, Hold, Unsent, UnsentId
from switchyard.core.value import replace
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.transcript.queued_view import Wait
from switchyard.ui.transcript.thread_view import ThreadView


class Waiting(QObject):
    """Follows what is kept; `changed` tells that something else waits, or that it waits for something else.

    `leaving` is the message that is being sent: it can be taken out no more.
    """

    changed = Signal()
    edit_requested = Signal(object)
    discard_requested = Signal(object)
    local_requested = Signal(object)

    def __init__(self, desk: Desk, view: ThreadView, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._view = view
        self._outgoing = desk.services.kept.unsent
        self._uid: ConversationId | None = None
        self._shown: list[UnsentId] = []
        self.leaving: Unsent | None = None
        self._disconnect = self._outgoing.changed.connect(self._on_changed)
        self._wishes = (
            (view.queued.edit_requested, lambda uid: self._pass_on(self.edit_requested, uid)),
            (view.queued.discard_requested, lambda uid: self._pass_on(self.discard_requested, uid)),
            (view.queued.local_requested, lambda uid: self._pass_on(self.local_requested, uid)),
        )
        for asked, act in self._wishes:
            asked.connect(act)

    @property
    def messages(self) -> Sequence[Unsent]:
        """Return what waits, in order."""
        return self._outgoing.of(self._uid)

    @property
    def first(self) -> Unsent | None:
        """Return what goes next by itself; None where nothing does."""
        return self._outgoing.first(self._uid)

    @property
    def why_held(self) -> Hold | None:
        """Return why what waits does not go by itself; None where it does, or nothing waits."""
        return self._outgoing.why_held(self._uid)

    def begin(self, uid: ConversationId | None) -> None:
        """Stand below the thread of a conversation, which was laid out anew."""
        self._uid = uid
        self._shown.clear()
        self._show()

    async def add(self, draft: Draft, target: Target, delay: Delay) -> None:
        """Let a message wait, behind the others; raises `DataDirError` where it cannot be kept."""
        assert self._uid is not None
        await self._outgoing.add(self._outgoing.new(self._uid, draft.text, draft.files, target, delay))

    async def take_over(self, message: Message, target: Target, *, goes: bool) -> bool:
        """Let a message wait that was sent and found no network."""
        assert self._uid is not None
        made = self._outgoing.new(self._uid, message.text, message.files, target, Delay.NETWORK)
        # It stands where it was written, before what was written since.
        written_ms = self.leaving.created_ms if self.leaving is not None else message.created_ms
        return await self._outgoing.take_over(replace(made, created_ms=written_ms), message.uid, goes=goes)

    def find(self, uid: str | None = None) -> Unsent | None:
        """Return a message that can still be taken out, the last one where none is named."""
        leaving = self.leaving.uid if self.leaving is not None else None
        return next((each for each in reversed(self.messages) if uid in {None, each.uid} and each.uid != leaving), None)

    def target(self, message: Unsent) -> Target | None:
        """Return what a message was sent to; None where that is gone."""
        model = parse_deployment(message.deployment or "")
        target = Target(chain=message.chain, model=model)
        return target if self._desk.targets.knows(target) else None

    def sent(self) -> None:
        """What was leaving is in the conversation now."""
        if self.leaving is not None:
            self._outgoing.forget(self.leaving.uid)

    def hold(self, why: Hold) -> None:
        """Let nothing go by itself from now on."""
        if self.messages:
            self._outgoing.hold(self._uid, why)

    def resume(self) -> None:
        """The reply that held it up has come after all."""
        self._outgoing.resume(self._uid)

    def release(self) -> None:
        """Let everything go: the person wants it."""
        self._outgoing.release(self._uid)

    def reach(self) -> None:
        """There is a network again."""
        self._outgoing.reach(self._uid)

    @contextmanager
    def aside(self, uid: ConversationId | None) -> Iterator[None]:
        """Make room for messages that come before these, and may be the first of their conversation."""
        self._uid = uid
        self._clear()
        yield
        self._show()

    def close(self) -> None:
        """Follow nothing any longer; the thread is used again."""
        self._disconnect()
        for asked, act in self._wishes:
            asked.disconnect(act)

    # --- inside ---

    def _on_changed(self, uid: ConversationId) -> None:
        if uid == self._uid:
            if [each.uid for each in self.messages][: len(self._shown)] != self._shown:
                self._clear()
            self._show()
            self.changed.emit()

    def _clear(self) -> None:
        for uid in self._shown:
            self._view.remove(uid)
        self._shown.clear()

    def _show(self) -> None:
        """Show what is not shown yet, and what each waits for."""
        self._view.queued.say({each.uid: self._wait(each) for each in self.messages})
        for each in self.messages[len(self._shown) :]:
            uid, state = MessageId(each.uid), MessageState.QUEUED
            self._view.append(Message(uid, None, Role.USER, state, each.text, each.created_ms, files=each.files))
            self._shown.append(each.uid)

    def _wait(self, message: Unsent) -> Wait:
        if message.delay is Delay.REPLY:
            words = self.tr("Waiting for the reply to end") if self.why_held is None else self.tr("Not sent yet")
            return Wait(words)
        local, _ = self._desk.targets.name(self._desk.targets.local)
        words = self.tr("Waiting for a connection") if self.why_held is None else self.tr("No network, not sent yet")
        return Wait(words, local)

    def _pass_on(self, signal: SignalInstance, uid: str) -> None:
        message = self.find(uid)
        if message is not None:
            signal.emit(message)
