"""Sends a message: the words are kept, a route answers, and the reply is kept as it comes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import NamedTuple

from switchyard.core.chat_options import PLAIN_OPTIONS, ChatOptions
from switchyard.core.content import PLAIN, Attachment, Parameters, StoredFile
from switchyard.core.errors import UnknownName
from switchyard.core.estimate import Estimate
from switchyard.core.explain import Outline
from switchyard.core.filing import Workspace
from switchyard.core.media import ImageLimits, image_limits
from switchyard.core.message import (
    ChatMessage,
    ConversationId,
    Message,
    MessageId,
    MessageState,
    Role,
    as_sent,
)
from switchyard.core.needs import demand_of
from switchyard.core.route import QuestionKind
from switchyard.core.sentence import sentence
from switchyard.core.unsent import UnsentId
from switchyard.core.value import replace
from switchyard.services.aims import Aim, Aims, Target
from switchyard.services.attachments import Attachments, Upload, prepare
from switchyard.services.conversations import Conversations
from switchyard.services.recording import HistoryRecorder
from switchyard.services.route_request import RouteRequest
from switchyard.services.router import Router, Run
from switchyard.storage.chat_options import ChatOptionsStore, Setting
from switchyard.storage.ids import new_uid
from switchyard.storage.turns import NewTurn, Turns

TITLE_LENGTH = 60
HEDGED_BELOW = 0.8  # of a budget: with more of it spent, no second call is made beside another


class Prompt(NamedTuple):
    """What the person asks. `retry_of` is a user message to be answered once more; `text` is not used then.

    `edits` is a user message in whose place these words stand, beside what was said there before. `answers` are those
    to what a route has asked, and `tried` the deployments that it has called by then, which are not called again
    (another model after a refusal). Without `save` no words are kept. `past` is what was said before, where the caller
    knows that; of a conversation it is read where that is no longer how it ends. `draft` is the conversation whose
    unsent words these were ("" for the new chat); None where there was none. `uploads` go with
    the words, and so do `files`, which are kept already. `options` are those of the conversation where the caller knows
    them; otherwise they are read. `carried` is what stays of the reply that is asked for again: the new one goes on
    behind it. `in_place_of` is a reply that never came: the new one takes its place, and what followed it stays shown.
    `workspace` is where a conversation begins; one that is there is in its own. `unsent` is what these words were
    called while they waited to be sent. `once`: the target is meant for this message alone.
    """

    text: str = ""
    target: Target = Target()
    conversation: ConversationId | None = None
    retry_of: MessageId | None = None
    edits: MessageId | None = None
    system: str | None = None
    stream: bool = True
    save: bool = True
    tried: frozenset[str] = frozenset()
    draft: str | None = None
    uploads: tuple[Upload, ...] = ()
    files: tuple[StoredFile, ...] = ()
    parameters: Parameters = PLAIN
    answers: Mapping[QuestionKind, str] = MappingProxyType({})
    carried: str = ""
    options: ChatOptions | None = None
    past: Sequence[Message] = ()
    workspace: Workspace | None = None
    unsent: UnsentId | None = None
    once: bool = False
    in_place_of: MessageId | None = None


class Turn(NamedTuple):
    """A prompt on its way: the messages as they are kept, and the run whose events tell what happens."""

    conversation: ConversationId | None
    user: Message
    reply: Message
    run: Run


class Chat:
    """Opens turns. `now_ms` is the wall clock in UTC milliseconds."""

    def __init__(
        self,
        router: Router,
        turns: Turns,
        aims: Aims,
        conversations: Conversations,
        attachments: Attachments,
        options: ChatOptionsStore,
        *,
        now_ms: Callable[[], int],
    ) -> None:
        self._options = options
        self._router = router
        self._turns = turns
        self._aims = aims
        self._conversations = conversations
        self._attachments = attachments
        self._now_ms = now_ms

    async def default_target(self) -> Target:
        """Return what answers when nothing is named."""
        return await self._aims.default_target()

    @asynccontextmanager
    async def open(self, prompt: Prompt) -> AsyncIterator[Turn]:
        """Start a turn; iterate over `turn.run` for its events.

        Raises `UnknownName` for a chain, account or conversation that is not there. Where the words cannot be kept,
        iterating raises `DataDirError`, and nothing was sent.
        """
        setting = await self._setting_of(prompt)
        options, workspace = setting.options, setting.workspace
        aim = await self._aims.take(prompt.target, private=options.local_only, workspace=workspace)
        chain = aim.chain
        created_ms = self._now_ms()
        user, messages = await self._asked(prompt, aim, setting.last, created_ms)
        system = _system_of(prompt, options, aim)
        kept = await self._attachments.keep(prompt.uploads) if prompt.save and prompt.uploads else ()
        files = (*user.files, *kept) if prompt.retry_of is None else ()
        conversation = prompt.conversation or ConversationId(new_uid())
        turn = _new_turn(prompt, aim, user, files, conversation)._replace(
            system=system,
            created_ms=created_ms,
            options=options,
            workspace=workspace.uid if workspace is not None else None,
        )
        demand = demand_of(messages, prompt.parameters, system)
        request = RouteRequest(
            uid=turn.route,
            chain=chain,
            chain_name=turn.chain,
            candidates=self._aims.candidates(aim, demand),
            endpoints=aim.endpoints,
            messages=messages,
            system=system,
            stream=prompt.stream,
            tried=prompt.tried,
            parameters=prompt.parameters,
            circumstances=self._aims.circumstances(aim, conversation, demand),
            hedges=aim.outlook.share <= HEDGED_BELOW,
            answers=prompt.answers,
            demand=demand,
            carried=prompt.carried,
            local_only=aim.local_only,
            workspace=turn.workspace,
        )
        reply = _empty_reply(turn, user)
        user = replace(user, files=files) if files else user
        recorder = HistoryRecorder(self._turns, self._attachments.blobs, turn)
        async with self._router.route(request, recorder) as run:
            yield Turn(turn.conversation, user, reply, run)

    async def prepare(self, target: Target) -> None:
        """Get ready to call who is asked first, while the words are still being written; nothing is sent.

        Raises `UnknownName` for a chain or an account that is not there.
        """
        aim = await self._aims.take(target)
        first = next((ready for ready in aim.resolved if ready is not None), None)
        if first is not None:
            await self._router.prepare(first.endpoint)

    async def explain(self, prompt: Prompt) -> tuple[Outline, Estimate]:
        """Return what would happen to a prompt now, and what it would cost; nothing is sent or kept.

        Raises as `open` does.
        """
        options, workspace, last = await self._setting_of(prompt)
        aim = await self._aims.take(prompt.target, private=options.local_only, workspace=workspace)
        _, messages = await self._asked(prompt, aim, last, self._now_ms())
        conversation = prompt.conversation or ConversationId(new_uid())
        demand = demand_of(messages, prompt.parameters, _system_of(prompt, options, aim))
        outline = self._aims.outline(aim, conversation, demand)
        return outline, self._aims.cost(aim, outline, demand)

    async def _asked(
        self, prompt: Prompt, aim: Aim, last: MessageId | None, created_ms: int
    ) -> tuple[Message, tuple[ChatMessage, ...]]:
        """Return the person's message, and all that a provider is sent with it."""
        past = await self._past(prompt, last)
        user = self._user_message(prompt, past, created_ms)
        limits = image_limits(frozenset(ready.deployment.provider for ready in aim.resolved if ready is not None))
        return user, await self._spoken([*past, user], prompt.uploads, limits)

    async def _setting_of(self, prompt: Prompt) -> Setting:
        """Return where the conversation stands: nobody who asks can forget that it stays on this computer."""
        given = prompt.options
        if prompt.conversation is None:
            return Setting(given or PLAIN_OPTIONS, prompt.workspace)
        kept = await self._options.read_setting(prompt.conversation)
        if given is None:
            return kept
        return kept._replace(options=replace(given, local_only=given.local_only or kept.options.local_only))

    async def content(self, file: StoredFile) -> bytes | None:
        """Return what a file of a message holds; None where it is gone."""
        return await self._attachments.blobs.read(file.sha256)

    async def _spoken(
        self, messages: Sequence[Message], uploads: Sequence[Upload], limits: ImageLimits
    ) -> tuple[ChatMessage, ...]:
        """Return what is sent: everything that was said, but for replies that never came and what is left out.

        The last message is what is asked, and never left out.
        """
        spoken: list[ChatMessage] = []
        for message in (each for each in messages[:-1] if not each.excluded):
            sent = as_sent(message, await self._attached(message, limits))
            spoken += [sent] if sent is not None else []
        asked = messages[-1]
        ready = [await prepare(upload, limits) for upload in uploads]
        sent = as_sent(asked, (*await self._attached(asked, limits), *ready))
        return (*spoken, sent) if sent is not None else tuple(spoken)

    async def _attached(self, message: Message, limits: ImageLimits) -> tuple[Attachment, ...]:
        sends_files = message.files and message.role is Role.USER
        return await self._attachments.load(message.files, limits) if sends_files else ()

    async def _past(self, prompt: Prompt, last: MessageId | None) -> list[Message]:
        """Return the branch before the new user message: the whole of it is sent."""
        messages = prompt.past
        if prompt.conversation is not None and not _ends_with(messages, last):
            _, messages = await self._conversations.open(prompt.conversation)
        named = prompt.retry_of or prompt.edits
        if named is None:
            return list(messages)
        until = next((i for i, message in enumerate(messages) if message.uid == named), None)
        if until is None:
            raise UnknownName(sentence("This message is no longer in the conversation."))
        return list(messages[: until + 1 if prompt.retry_of is not None else until])

    def _user_message(self, prompt: Prompt, past: list[Message], created_ms: int) -> Message:
        if prompt.retry_of is not None:
            return past.pop()
        return Message(
            uid=MessageId(new_uid()),
            parent=past[-1].uid if past else None,
            role=Role.USER,
            state=MessageState.COMPLETE,
            text=whole_text(prompt.text),
            created_ms=created_ms,
            files=prompt.files,
        )


def _ends_with(messages: Sequence[Message], last: MessageId | None) -> bool:
    """Whether messages are still all of a conversation: to read a long one takes longer than to get a request out."""
    return bool(messages) and messages[-1].uid == last and messages[-1].state is not MessageState.STREAMING


def title_of(text: str) -> str:
    """Return a conversation's first title: the beginning of its first line, cut at a word."""
    line = " ".join(text.strip().split("\n", 1)[0][: 16 * TITLE_LENGTH].split())
    if len(line) <= TITLE_LENGTH:
        return line
    head = line[:TITLE_LENGTH].rsplit(" ", 1)[0]
    return f"{head if len(head) > TITLE_LENGTH // 2 else line[:TITLE_LENGTH]}…"


def whole_text(text: str) -> str:
    """Return a text that can be written and sent: half a character (a stray byte, half an emoji) becomes a mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _new_turn(
    prompt: Prompt, aim: Aim, user: Message, files: tuple[StoredFile, ...], conversation: ConversationId
) -> NewTurn:
    """Return what is kept of a prompt before a byte leaves."""
    return NewTurn(
        conversation=conversation if prompt.save else None,
        is_new=prompt.conversation is None,
        title=title_of(user.text or next((file.name for file in files), "")),
        user=user if prompt.save and prompt.retry_of is None else None,
        reply=MessageId(new_uid()) if prompt.save else None,
        parent=user.uid,
        route=new_uid(),
        chain=None if aim.pinned is not None else aim.chain.name,
        deployment=str(aim.pinned) if aim.pinned is not None else None,
        stream=prompt.stream,
        system=None,
        steps=len(aim.chain.steps),
        created_ms=user.created_ms,
        draft=prompt.draft,
        unsent=prompt.unsent,
        in_place_of=prompt.in_place_of,
        files=files,
        parameters=_parameters_text(prompt) if prompt.parameters is not PLAIN or prompt.once else "",
        carried=prompt.carried,
    )


def _system_of(prompt: Prompt, options: ChatOptions, aim: Aim) -> str | None:
    """Return the text before everything: the one of this message, else the conversation's, else the chain's."""
    text = prompt.system or options.system
    return whole_text(text) if text else aim.chain.system


def _empty_reply(turn: NewTurn, user: Message) -> Message:
    return Message(
        uid=turn.reply or MessageId(new_uid()),
        parent=user.uid,
        role=Role.ASSISTANT,
        state=MessageState.STREAMING,
        text="",
        created_ms=turn.created_ms,
    )


def _parameters_text(prompt: Prompt) -> str:
    """Return what was set for a reply as JSON; of tools the names."""
    given = prompt.parameters
    values: dict[str, object] = {name.value: getattr(given, name.value) for name in sorted(given.given())}
    if given.tools:
        values["tools"] = [tool.name for tool in given.tools]
    if given.schema is not None:
        values["schema"] = dict(given.schema)
    once = {"once": True} if prompt.once else {}
    return json.dumps({"stream": prompt.stream} | once | values)
