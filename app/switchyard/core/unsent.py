"""Messages that a person has sent and that wait to leave: for the reply before them, or for the network."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

from switchyard.core.content import StoredFile
from switchyard.core.message import ConversationId
from switchyard.core.value import value

UnsentId = NewType("UnsentId", str)


class Delay(StrEnum):
    """What a message waits for."""

    REPLY = "reply"
    NETWORK = "network"


class Hold(StrEnum):
    """Why what waits does not go by itself."""

    CLOSED = "closed"  # the program ended meanwhile
    LATE = "late"
    INCOMPLETE = "incomplete"  # the reply before it is not what the person waited for
    NETWORK = "network"
    PUT_BACK = "put_back"


@value
class Unsent:
    """One message that waits. `conversation` is None in a chat that has not begun; `chain` or `deployment` answers."""

    uid: UnsentId
    conversation: ConversationId | None
    text: str
    delay: Delay
    created_ms: int
    files: tuple[StoredFile, ...] = ()
    chain: str | None = None
    deployment: str | None = None
