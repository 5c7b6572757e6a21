"""The messages that wait to leave, in every conversation, and which of them go by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from switchyard.core.content import StoredFile
from switchyard.core.message import ConversationId, MessageId
from switchyard.core.unsent import Delay, Hold, Unsent, UnsentId
from switchyard.core.value import replace
from switchyard.services.aims import Target
from switchyard.services.signal import Signal
from switchyard.storage.ids import new_uid
from switchyard.storage.unsent import UnsentQueue

LONGEST_S = 600


class Outgoing:
    """Keeps them in the order in which they were written, on disk before anything is said of it.

    A message goes by itself for ten minutes, and in the run of the program in which it was written: after that the
    person may have moved on, and says so with `release`. `changed` names the conversation in which others wait now.
    """

    def __init__(self, queue: UnsentQueue, *, now_ms: Callable[[], int]) -> None:
        self._queue = queue
        self._now_ms = now_ms
        self._waiting: list[Unsent] = []
        self._due: dict[UnsentId, int | None] = {}  # until when each goes by itself; None: without an end
        self._resting: dict[UnsentId, int | None] = {}  # the same of those that a reply held up
        self._holds: dict[ConversationId, Hold] = {}
        self.changed: Signal[ConversationId] = Signal()

    async def load(self) -> None:
        """Read what waited when the program ended last."""
        self._waiting = list(await self._queue.list())

    @property
    def conversations(self) -> frozenset[ConversationId]:
        """Return where something waits."""
        return frozenset(each.conversation for each in self._waiting if each.conversation is not None)

    def of(self, conversation: ConversationId | None) -> Sequence[Unsent]:
        """Return what waits in a conversation, in order."""
        return [each for each in self._waiting if conversation is not None and each.conversation == conversation]

    def first(self, conversation: ConversationId | None) -> Unsent | None:
        """Return what goes next by itself; None where nothing does."""
        waiting = self.of(conversation)
        return waiting[0] if waiting and self._goes(waiting[0]) else None

    def why_held(self, conversation: ConversationId | None) -> Hold | None:
        """Return why what waits in a conversation does not go by itself; None where it does, or nothing waits."""
        waiting = self.of(conversation)
        if not waiting or self._goes(waiting[0]):
            return None
        if waiting[0].uid in self._due:
            return Hold.LATE
        return self._holds.get(waiting[0].conversation or ConversationId(""), Hold.CLOSED)

    def new(
        self, conversation: ConversationId, text: str, files: Sequence[StoredFile], target: Target, delay: Delay
    ) -> Unsent:
        """Return a message that waits from now on; nothing is kept yet."""
        deployment = str(target.model) if target.model is not None else None
        uid = UnsentId(new_uid())
        return Unsent(uid, conversation, text, delay, self._now_ms(), tuple(files), target.chain, deployment)

    async def add(self, message: Unsent) -> None:
        """Let a message wait that was its conversation's draft until now."""
        await self._queue.add(message)
        self._take_in(message, goes=True)

    async def put_back(self, message: Unsent, *, goes: bool) -> None:
        """Let a message wait again where it stood."""
        await self._queue.put_back(message)
        self._take_in(message, goes=goes)
        if not goes:
            self.hold(message.conversation, Hold.PUT_BACK)

    async def take_over(self, message: Unsent, failed: MessageId, *, goes: bool) -> bool:
        """Let a message wait that was sent and reached nobody; False where it is no longer in its conversation."""
        taken = await self._queue.take_over(message, failed)
        if taken:
            self._take_in(message, goes=goes)
        return taken

    async def remove(self, uid: UnsentId) -> None:
        """Take a message out: it is not to be sent."""
        self.forget(uid)
        await self._queue.remove([uid])

    def forget(self, uid: UnsentId) -> None:
        """A message is in its conversation now, or in the composer: it waits no longer."""
        for message in [each for each in self._waiting if each.uid == uid]:
            self._waiting.remove(message)
            self._due.pop(uid, None)
            self._resting.pop(uid, None)
            self._tell(message)

    def hold(self, conversation: ConversationId | None, why: Hold) -> None:
        """Let nothing of a conversation go by itself."""
        for message in self.of(conversation):
            if message.uid in self._due:
                self._resting[message.uid] = self._due.pop(message.uid)
            if why is not Hold.INCOMPLETE:
                self._resting.pop(message.uid, None)
        if conversation is not None:
            self._holds[conversation] = why
            self.changed.emit(conversation)

    def resume(self, conversation: ConversationId | None) -> None:
        """The reply that was not complete is now: what it held up goes by itself again, as far as it would have."""
        for message in self.of(conversation):
            if message.uid in self._resting:
                self._due[message.uid] = self._resting.pop(message.uid)
        if conversation is not None:
            self.changed.emit(conversation)

    def release(self, conversation: ConversationId | None) -> None:
        """Let everything of a conversation go, however long it takes: the person wants it."""
        for message in self.of(conversation):
            self._due[message.uid] = None
            self._resting.pop(message.uid, None)
        self.reach(conversation)

    def reach(self, conversation: ConversationId | None) -> None:
        """There is a network: nothing of a conversation waits for it any more."""
        self._waiting = [
            replace(each, delay=Delay.REPLY) if each.conversation == conversation else each for each in self._waiting
        ]
        if conversation is not None:
            self.changed.emit(conversation)

    def _goes(self, message: Unsent) -> bool:
        if message.uid not in self._due:
            return False
        until_ms = self._due[message.uid]
        return until_ms is None or self._now_ms() <= until_ms

    def _take_in(self, message: Unsent, *, goes: bool) -> None:
        self._waiting = sorted([*self._waiting, message], key=lambda each: each.created_ms)
        if goes:
            self._due[message.uid] = message.created_ms + LONGEST_S * 1000
        self._tell(message)

    def _tell(self, message: Unsent) -> None:
        if message.conversation is not None:
            self.changed.emit(message.conversation)
