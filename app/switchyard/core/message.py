"""Conversations as frozen values: a tree of messages whose tip is shown."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NewType

from switchyard.core.content import Attachment, Citation, Opaque, StoredFile, ToolCall, ToolResult
from switchyard.core.filing import Filing, Unseen
from switchyard.core.route import RouteRecord
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import value

ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Rating(IntEnum):
    """What a person says of a reply."""

    GOOD = 1
    BAD = -1


class TitleSource(StrEnum):
    """Who gave a conversation its title: the first words in it, the person, or a model."""

    WORDS = "words"
    PERSON = "person"
    MODEL = "model"


class MessageState(StrEnum):
    """Where a message stands."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INCOMPLETE = "incomplete"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    QUEUED = "queued"


@value
class StateRow:
    """The window's word for a state, and what can be done about it."""

    word: Sentence
    can_retry: bool
    can_copy: bool


STATES: dict[MessageState, StateRow] = {
    MessageState.STREAMING: StateRow(sentence("answering"), can_retry=False, can_copy=False),
    MessageState.COMPLETE: StateRow(sentence("complete"), can_retry=True, can_copy=True),
    MessageState.STOPPED: StateRow(sentence("stopped"), can_retry=True, can_copy=True),
    MessageState.INCOMPLETE: StateRow(sentence("cut off"), can_retry=True, can_copy=True),
    MessageState.INTERRUPTED: StateRow(sentence("interrupted"), can_retry=True, can_copy=True),
    MessageState.FAILED: StateRow(sentence("failed"), can_retry=True, can_copy=False),
    MessageState.QUEUED: StateRow(sentence("waiting"), can_retry=False, can_copy=True),
}


@value
class Message:
    """One entry of a conversation. `text` and `reasoning` are what counts: nothing superseded is in them.

    `files` are what the person attached, or the images that the model made. One that is `excluded` is not sent again.
    """

    uid: MessageId
    parent: MessageId | None
    role: Role
    state: MessageState
    text: str
    created_ms: int
    reasoning: str = ""
    reasoning_ms: int | None = None
    route: RouteRecord | None = None
    files: tuple[StoredFile, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    citations: tuple[Citation, ...] = ()
    opaque: Opaque | None = None
    rating: Rating | None = None
    excluded: bool = False
    pinned: bool = False


@value
class Conversation:
    """A row of the list: what is known without opening it. `cost_nanos` leaves simulated money out.

    `filing` is where it is kept; `unseen` what came while another was looked at.
    """

    uid: ConversationId
    title: str
    created_ms: int
    updated_ms: int
    messages: int
    cost_nanos: int | None = None
    free: bool = False
    simulated: bool = False
    filing: Filing = Filing()
    unseen: Unseen | None = None


@value
class ChatMessage:
    """One message as a provider is sent it.

    Attachments come before the words; an assistant's words before its `calls`; `results` make up a message of the
    role TOOL, which follows the one with their calls.
    """

    role: Role
    text: str
    attachments: tuple[Attachment, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    opaque: Opaque | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it that could be sent."""
        return not (self.text.strip() or self.attachments or self.calls or self.results)


def as_sent(message: Message, attached: tuple[Attachment, ...] = ()) -> ChatMessage | None:
    """Return a message as a provider is sent it, with its files made ready; None where nothing of it could be.

    Reasoning is not sent but for what its own provider wants back. Neither is a call that nobody answered, nor what
    belongs to it.
    """
    opaque = None if message.calls else message.opaque
    sent = ChatMessage(message.role, message.text, attached, opaque=opaque)
    return None if sent.is_empty and opaque is None else sent
