"""The conversations: their list, their messages, their drafts."""

from __future__ import annotations

from collections.abc import Sequence

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.core.errors import UnknownName
from switchyard.core.filing import Unseen
from switchyard.core.message import Conversation, ConversationId, Message, TitleSource
from switchyard.core.route import RouteRecord
from switchyard.core.sentence import sentence
from switchyard.services.signal import Signal
from switchyard.storage.drafts import Drafts
from switchyard.storage.history import History

NEW_CHAT = ""


class Conversations:
    """Reads and changes conversations. `changed` names the one that changed."""

    def __init__(self, history: History, drafts: Drafts) -> None:
        self._history = history
        self._drafts = drafts
        self.changed: Signal[ConversationId] = Signal()

    async def list(self, limit: int = 1000) -> list[Conversation]:
        """Return the conversations, the one last written in first."""
        return await self._history.list_conversations(limit)

    async def list_deleted(self, limit: int) -> Sequence[Conversation]:
        """Return what is in the bin, the one last deleted first."""
        return await self._history.list_deleted(limit)

    async def open(self, uid: ConversationId) -> tuple[Conversation, Sequence[Message]]:
        """Return a conversation and the messages on its shown branch, first to last; raises `UnknownName`."""
        opened = await self._history.open_conversation(uid)
        if opened is None:
            raise UnknownName(
                sentence("There is no conversation {uid}.", uid=uid),
                sentence("List the conversations with: switchyard history list"),
            )
        return opened

    async def route(self, uid: str) -> RouteRecord | None:
        """Return a route by its id, or the last one of a reply or a conversation; None where there is none."""
        return await self._history.route(uid)

    async def latest(self) -> ConversationId | None:
        """Return the conversation last written in."""
        return await self._history.latest_conversation()

    async def rename(self, uid: ConversationId, title: str, source: TitleSource = TitleSource.PERSON) -> None:
        """Give a conversation another title."""
        await self._history.rename(uid, title, source)
        self.changed.emit(uid)

    async def title_source(self, uid: ConversationId) -> TitleSource | None:
        """Return who gave a conversation its title; None where it is gone."""
        return await self._history.title_source(uid)

    async def note_unseen(self, uid: ConversationId, unseen: Unseen | None) -> None:
        """Keep what came into a conversation while another was looked at; None where it was looked at since."""
        await self._history.set_unseen(uid, unseen)
        self.changed.emit(uid)

    async def draft(self, uid: ConversationId | None) -> Draft:
        """Return what is unsent in a conversation, or in the new chat."""
        return await self._drafts.read(uid or NEW_CHAT)

    async def keep_draft(self, uid: ConversationId | None, draft: Draft) -> None:
        """Keep what is unsent; an empty draft removes it."""
        await self._drafts.keep(uid or NEW_CHAT, draft)

    async def erase_draft(self, uid: ConversationId | None, files: Sequence[StoredFile]) -> None:
        """Forget what is unsent, so that no byte of it is left; its files go unless something else needs them."""
        await self._drafts.erase(uid or NEW_CHAT, files)
