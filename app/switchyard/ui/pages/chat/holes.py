"""The replies of a conversation that never came: each is asked for again alone, and what followed it stays shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from switchyard.core.errors import UserError
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt

if TYPE_CHECKING:
    from switchyard.ui.pages.chat.session import Session


class Holes:
    """Fills them one after the other, from the first; one that stays empty ends that, since the next would, too."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._left: list[MessageId] = []
        self._target = Target()
        self._once = False

    @property
    def all(self) -> Sequence[Message]:
        """Return the replies that failed, from the first; one that waits for an answer of the person's is none."""
        return [each for each in self._session.messages if _is_hole(each) and not _asks(each)]

    def place_of(self, message: Message) -> MessageId | None:
        """Return the reply in whose place a new one comes when a message is tried again.

        None where nothing follows it, and where it has words, which are kept on a branch of their own.
        """
        messages = self._session.messages
        at = messages.index(message) + (message.role is Role.USER)
        return messages[at].uid if at < len(messages) - 1 and _is_hole(messages[at]) else None

    def fill_all(self) -> None:
        """Ask again for every reply that failed, and for no other.

        What the last of them is sent holds all that the others are: one look at it does for all.
        """
        holes = self.all
        if holes and not self._session.busy:
            self._session.check(self._prompt(holes[-1], self._session.target or Target()), self._fill)

    def after(self, asked: Prompt, refusal: UserError | None) -> Prompt | None:
        """Return what is asked once a prompt has come to its end; None where it failed again, or all are filled."""
        came = next((each for each in reversed(self._session.messages) if each.parent == asked.retry_of), None)
        if refusal is not None or came is None or came.state is not MessageState.COMPLETE:
            self._left.clear()
        return self._next()

    def _fill(self, checked: Prompt) -> None:
        """Begin with the first, of whom the last may be asked."""
        if self._session.busy:
            return
        self._left = [each.uid for each in self.all]
        self._target, self._once = checked.target, checked.once
        first = self._next()
        if first is not None:
            self._session.start(first)

    def _next(self) -> Prompt | None:
        while self._left:
            hole = self._session.message(self._left.pop(0))
            if hole is not None and _is_hole(hole):
                return self._prompt(hole, self._target)._replace(once=self._once)
        return None

    def _prompt(self, hole: Message, target: Target) -> Prompt:
        place = self.place_of(hole)
        return Prompt(target=target, conversation=self._session.uid, retry_of=hole.parent, in_place_of=place)


def _is_hole(message: Message) -> bool:
    return message.role is Role.ASSISTANT and message.state is MessageState.FAILED


def _asks(message: Message) -> bool:
    return message.route is not None and message.route.question is not None
