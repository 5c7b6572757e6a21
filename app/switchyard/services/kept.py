"""What a person sets for a chat, chose, and has waiting: kept as it is, with nothing to decide."""

from __future__ import annotations

from typing import NamedTuple

from switchyard.storage.chat_options import ChatOptionsStore
from switchyard.storage.picks import PickStore
from switchyard.storage.unsent import UnsentQueue


class Kept(NamedTuple):
    """`options` of conversations, `unsent` messages, and `picks` of what is to answer."""

    options: ChatOptionsStore
    unsent: UnsentQueue
    picks: PickStore
