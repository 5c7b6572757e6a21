"""Gives a chat its title by a model of the person's choice, in a call of its own; without one its first words stay."""

from __future__ import annotations

from collections.abc import Sequence

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import parse_deployment
from switchyard.core.draft import Draft
from switchyard.core.errors import UserError
from switchyard.core.message import ChatMessage, ConversationId, Message, Role, TitleSource
from switchyard.core.needs import estimate_message
from switchyard.core.route import Purpose
from switchyard.core.sentence import Sentence, sentence
from switchyard.services.chat import title_of
from switchyard.services.conversations import Conversations
from switchyard.services.secrecy import Secrecy
from switchyard.services.settings import SettingsStore
from switchyard.services.side_answer import answer
from switchyard.services.side_calls import Answered, SideCalls
from switchyard.storage.chat_options import ChatOptionsStore

_READ_CHARS = 2_000  # of each message: a title needs no more
_MOST_TOKENS = 300  # a model that reasons needs more than a title has
_REQUEST = (
    "Give our conversation a title of two to six words that tells it from others, in its own language, without quotes"
    " and without a full stop. Answer with the title alone."
)


class Titles:
    """A title that the person wrote is never changed, nor one that a model has given already."""

    def __init__(
        self,
        calls: SideCalls,
        conversations: Conversations,
        options: ChatOptionsStore,
        settings: SettingsStore,
        secrecy: Secrecy,
    ) -> None:
        self._calls = calls
        self._conversations = conversations
        self._options = options
        self._settings = settings
        self._secrecy = secrecy

    async def give(self, uid: ConversationId) -> None:
        """Ask for a title once something was said; where none comes, the first words stay.

        A chat that stays on this computer is shown to no model elsewhere, and of others no secret: the person was asked
        about the model that answers, perhaps, but not about this one.
        """
        by = parse_deployment(self._settings.value.title_model)
        if by is None or not await self._wants_one(uid):
            return
        try:
            _, messages = await self._conversations.open(uid)
            options, workspace = await self._options.read_with_workspace(uid)
            call = await self._calls.open(
                by,
                Purpose.TITLE,
                _cannot,
                object,
                local_only=options.local_only,
                workspace=workspace.uid if workspace is not None else None,
            )
        except UserError:
            return
        said = await self._said(messages[:2], masked=call.leaves)
        asked = (*(message for message in said if not message.is_empty), ChatMessage(Role.USER, _REQUEST))

        async def work(endpoint: Endpoint, model: str) -> Answered[str]:
            return await answer(call.provider, endpoint, model, asked, _MOST_TOKENS)

        try:
            text = await call.ask(work, prompt_tokens=sum(map(estimate_message, asked)), most_output=_MOST_TOKENS)
        finally:
            await call.close()
        title = title_of((text or "").strip()).strip("\"'“”„«»#* ")
        if title and await self._wants_one(uid):  # the person may have named it by now
            await self._conversations.rename(uid, title, TitleSource.MODEL)

    async def _said(self, messages: Sequence[Message], *, masked: bool) -> Sequence[ChatMessage]:
        """Return how messages begin that are not left out of what is sent."""
        said: list[ChatMessage] = []
        for message in (each for each in messages if not each.excluded):
            text = (await self._secrecy.masked(Draft(message.text))).text if masked else message.text
            said.append(ChatMessage(message.role, text[:_READ_CHARS]))
        return said

    async def _wants_one(self, uid: ConversationId) -> bool:
        return await self._conversations.title_source(uid) is TitleSource.WORDS


def _cannot(provider: str) -> Sentence:
    return sentence("{provider} cannot give titles.", provider=provider)
