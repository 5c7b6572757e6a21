"""What a person does with single messages: walk their branches, mark them, take them out, go on from them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from switchyard.core.errors import UserError
from switchyard.core.message import ConversationId, MessageId, Rating
from switchyard.core.sentence import sentence
from switchyard.services.conversations import Conversations
from switchyard.storage.branches import Branches, Removal
from switchyard.storage.marks import Marks


class Messages:
    """Whoever shows conversations is told of each that has other messages now; marks change none."""

    def __init__(self, branches: Branches, marks: Marks, conversations: Conversations) -> None:
        self._branches = branches
        self._marks = marks
        self._conversations = conversations

    async def forks(self, conversation: ConversationId) -> Mapping[MessageId, tuple[MessageId, ...]]:
        """Return, for each message that stands beside others, all of them in the order in which they came."""
        return await self._branches.forks(conversation)

    async def show(self, message: MessageId) -> None:
        """Show the branch of a message, to its newest end."""
        await self._branches.show(message)

    async def branch_off(self, message: MessageId, title: str) -> ConversationId:
        """Begin another conversation with all that was said up to a message; raises `UserError` where it is gone."""
        branch = await self._branches.branch_off(message, title)
        if branch is None:
            raise UserError(sentence("This message is no longer there, or not yet whole."))
        self._conversations.changed.emit(branch)
        return branch

    async def remove(self, message: MessageId) -> Removal:
        """Take a message out, with all that follows it; raises `UserError` where a reply is still coming in there."""
        removal = await self._branches.remove(message)
        if removal is None:
            raise UserError(
                sentence("A reply is still coming in here."), sentence("Stop it, or wait until it has ended.")
            )
        self._conversations.changed.emit(removal.conversation)
        return removal

    async def restore(self, removal: Removal) -> None:
        """Undo a removal."""
        await self._branches.restore(removal)
        self._conversations.changed.emit(removal.conversation)

    async def rate(self, message: MessageId, rating: Rating | None) -> None:
        """Call a reply good or bad; None takes that back."""
        await self._marks.rate(message, rating)

    async def exclude(self, message: MessageId, excluded: bool) -> None:
        """Leave a message out of what is sent from now on, or no longer."""
        await self._marks.exclude(message, excluded)

    async def pin(self, message: MessageId, pinned: bool) -> None:
        """Mark a message that is to be found again."""
        await self._marks.pin(message, pinned)
