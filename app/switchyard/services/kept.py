"""What a person sets for a chat, has chosen, and has waiting to be sent."""

from __future__ import annotations

from typing import NamedTuple

from switchyard.services.outgoing import Outgoing
from switchyard.storage.chat_options import ChatOptionsStore
from switchyard.storage.picks import PickStore


class Kept(NamedTuple):
    """`options` of conversations, `unsent` messages, and `picks` of what is to answer."""

    options: ChatOptionsStore
    unsent: Outgoing
    picks: PickStore
