"""Finds what a message can bring along from other conversations, and makes a file of a whole one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from switchyard.core.content import StoredFile
from switchyard.core.media import TEXT
from switchyard.core.message import ConversationId
from switchyard.core.references import Offers, as_markdown, file_name
from switchyard.services.attachments import Attachments, Upload
from switchyard.services.conversations import Conversations
from switchyard.storage.references import ReferenceStore

OFFERED = 6  # of each kind
WORDS = 50


class References:
    """Nothing of a local-only conversation is offered to one that may leave this computer."""

    def __init__(self, store: ReferenceStore, conversations: Conversations, attachments: Attachments) -> None:
        self._store = store
        self._conversations = conversations
        self._attachments = attachments

    async def find(self, sought: str, *, within: ConversationId | None, private: bool) -> Offers:
        """Return the newest files and conversations of such a name; `private`: what is written stays here."""
        return await self._store.find(sought, OFFERED, within=within, private=private)

    async def words(self) -> Sequence[str]:
        """Return what the person wrote last, the newest first; nothing of local-only conversations."""
        return await self._store.words(WORDS)

    async def as_file(self, uid: ConversationId) -> StoredFile:
        """Return a conversation's shown branch as a Markdown file; raises `UnknownName` where it is gone."""
        conversation, messages = await self._conversations.open(uid)
        text = await asyncio.to_thread(as_markdown, conversation.title, messages)
        upload = Upload(file_name(conversation.title, ".md"), TEXT, text.encode("utf-8", "replace"))
        [file] = await self._attachments.keep([upload])
        return file
