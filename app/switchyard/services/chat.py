"""Sends a message: the words are kept, a route answers, and the reply is kept as it comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import Chain, DeploymentName, parse_deployment, single
from switchyard.core.condition import Circumstances
from switchyard.core.content import PLAIN, Attachment, Capability, Parameters, StoredFile
from switchyard.core.errors import UnknownName, UserError
from switchyard.core.estimate import estimate
from switchyard.core.media import ImageLimits, image_limits
from switchyard.core.message import ChatMessage, ConversationId, Message, MessageId, MessageState, Role
from switchyard.core.moves import Candidate
from switchyard.core.needs import conditions_of, estimate_message, lacking, needs_of
from switchyard.core.overrides import NO_OVERRIDE, Override, bars
from switchyard.core.route import QuestionKind, SkipReason
from switchyard.core.scopes import Scopes
from switchyard.core.sentence import sentence
from switchyard.services.accounts import SIMULATOR, Accounts, Resolved, missing
from switchyard.services.attachments import Attachments, Upload, prepare
from switchyard.services.chains import Chains
from switchyard.services.conversations import Conversations
from switchyard.services.ledger import Outlook
from switchyard.services.overrides import Overrides
from switchyard.services.recording import HistoryRecorder
from switchyard.services.router import Router, RouteRequest, Run
from switchyard.services.standing import Alone, Standing
from switchyard.storage.ids import new_uid
from switchyard.storage.turns import NewTurn, Turns

TITLE_LENGTH = 60
HEDGED_BELOW = 0.8  # of a budget: with more of it spent, no second call is made beside another
_ANY = Circumstances()
_UNTROUBLED = Outlook()
SIMULATED_MODEL = DeploymentName(SIMULATOR.name, "sim-steady")


@dataclass(frozen=True, slots=True)
class Target:
    """What answers: a chain by name, or one model. With neither, the default chain, or else the Simulator."""

    chain: str | None = None
    model: DeploymentName | None = None

    @property
    def named(self) -> bool:
        """Whether anything was named."""
        return self.chain is not None or self.model is not None


class Prompt(NamedTuple):
    """What the person asks. `retry_of` is a user message to be answered once more; `text` is not used then.

    `first_step` starts the chain later (another model after a refusal); without `save` no words are kept. `draft` is
    the conversation whose unsent words these were ("" for the new chat); None where there was no draft. `uploads` go
    with the words.
    """

    text: str = ""
    target: Target = Target()
    conversation: ConversationId | None = None
    retry_of: MessageId | None = None
    system: str | None = None
    stream: bool = True
    save: bool = True
    first_step: int = 1
    draft: str | None = None
    uploads: tuple[Upload, ...] = ()
    parameters: Parameters = PLAIN
    answers: Mapping[QuestionKind, str] = MappingProxyType({})


class Turn(NamedTuple):
    """A prompt on its way: the messages as they are kept, and the run whose events tell what happens."""

    conversation: ConversationId | None
    user: Message
    reply: Message
    run: Run


class Chat:
    """Opens turns. `now_ms` is the wall clock in UTC milliseconds; `offline` admits local deployments only."""

    def __init__(
        self,
        router: Router,
        turns: Turns,
        accounts: Accounts,
        chains: Chains,
        conversations: Conversations,
        attachments: Attachments,
        *,
        now_ms: Callable[[], int],
        offline: bool,
        standing: Standing | None = None,
        overrides: Overrides | None = None,
    ) -> None:
        self._overrides = overrides
        self._standing = standing or Alone()
        self._router = router
        self._turns = turns
        self._accounts = accounts
        self._chains = chains
        self._conversations = conversations
        self._attachments = attachments
        self._now_ms = now_ms
        self._offline = offline

    async def default_target(self) -> Target:
        """Return what answers when nothing is named: the default chain, or the Simulator where nothing is set up.

        With accounts but no default chain that is a person's choice: raises `UserError` naming the ways.
        """
        default = await self._chains.default()
        if default is not None:
            return Target(chain=default)
        if await self._accounts.list():
            raise UserError(
                sentence("There is no default chain."),
                sentence("Name one with --chain or --model, or choose one: switchyard chains default NAME"),
            )
        return Target(model=SIMULATED_MODEL)

    @asynccontextmanager
    async def open(self, prompt: Prompt) -> AsyncIterator[Turn]:
        """Start a turn; iterate over `turn.run` for its events.

        Raises `UnknownName` for a chain, account or conversation that is not there. Where the words cannot be kept,
        iterating raises `DataDirError`, and nothing was sent.
        """
        target = prompt.target if prompt.target.named else await self.default_target()
        override = await self._overrides.current() if self._overrides is not None else NO_OVERRIDE
        if override.forced is not None and (forced := parse_deployment(override.forced)) is not None:
            target = Target(model=forced)
        chain = single(target.model) if target.model is not None else await self._chains.get(target.chain or "")
        resolved = await self._accounts.resolve([member.to for step in chain.steps for member in step.pool])
        if target.model is not None and resolved[0] is None:
            await self._accounts.get(target.model.account)
        scopes = await self._scopes(resolved)
        past = await self._past(prompt)
        created_ms = self._now_ms()
        system = whole_text(prompt.system) if prompt.system else chain.system
        user = self._user_message(prompt, past, created_ms)
        limits = image_limits(frozenset(ready.deployment.provider for ready in resolved if ready is not None))
        messages = await self._spoken([*past, user], prompt.uploads, limits)
        files = await self._attachments.keep(prompt.uploads) if prompt.save and prompt.uploads else ()
        conversation = prompt.conversation or ConversationId(new_uid())
        turn = NewTurn(
            conversation=conversation if prompt.save else None,
            is_new=prompt.conversation is None,
            title=title_of(user.text),
            user=user if prompt.save and prompt.retry_of is None else None,
            reply=MessageId(new_uid()) if prompt.save else None,
            parent=user.uid,
            route=new_uid(),
            chain=None if target.model is not None else chain.name,
            deployment=str(target.model) if target.model is not None else None,
            stream=prompt.stream,
            system=system,
            steps=len(chain.steps),
            created_ms=created_ms,
            draft=prompt.draft,
            files=files,
            parameters=_parameters_text(prompt) if prompt.parameters is not PLAIN else "",
        )
        outlook = await self._outlook(chain, pinned=target.model is not None)
        request = RouteRequest(
            uid=turn.route,
            chain=chain,
            chain_name=turn.chain,
            candidates=self._candidates(chain, resolved, scopes, override, messages, prompt.parameters),
            endpoints=_endpoints(resolved),
            messages=messages,
            system=system,
            stream=prompt.stream,
            first_step=prompt.first_step,
            parameters=prompt.parameters,
            circumstances=self._circumstances(chain, conversation, messages, prompt.parameters, outlook.over_budget),
            hedges=outlook.share <= HEDGED_BELOW,
            answers=prompt.answers,
        )
        reply = _empty_reply(turn, user)
        user = replace(user, files=files) if files else user
        recorder = HistoryRecorder(self._turns, self._attachments.blobs, turn)
        async with self._router.route(request, recorder) as run:
            yield Turn(turn.conversation, user, reply, run)

    async def content(self, file: StoredFile) -> bytes | None:
        """Return what a file of a message holds; None where it is gone."""
        return await self._attachments.blobs.read(file.sha256)

    async def _spoken(
        self, messages: Sequence[Message], uploads: Sequence[Upload], limits: ImageLimits
    ) -> tuple[ChatMessage, ...]:
        """Return what a provider is sent: everything that was said, without replies that never came."""
        spoken: list[ChatMessage] = []
        for message in messages:
            attached: tuple[Attachment, ...] = ()
            if message.files and message.role is Role.USER:
                attached = await self._attachments.load(message.files, limits)
            # A call that nobody answered cannot be sent, nor what belongs to it.
            opaque = None if message.calls else message.opaque
            spoken.append(ChatMessage(message.role, message.text, attached, opaque=opaque))
        if uploads:
            ready = [await prepare(upload, limits) for upload in uploads]
            spoken[-1] = replace(spoken[-1], attachments=tuple(ready))
        return tuple(message for message in spoken if not message.is_empty or message.opaque is not None)

    def _candidates(
        self,
        chain: Chain,
        resolved: Sequence[Resolved | None],
        scopes: Mapping[str, Scopes | None],
        override: Override,
        messages: Sequence[ChatMessage],
        parameters: Parameters,
    ) -> tuple[Candidate, ...]:
        needs = needs_of(messages, parameters)
        tokens = sum(map(estimate_message, messages))
        attached = any(message.attachments for message in messages)
        found: list[Candidate] = []
        following = iter(resolved)
        for track in chain.tracks:
            for index, step in enumerate(track.steps, 1):
                for member in step.pool:
                    ready = next(following)
                    if ready is None:
                        gone = missing(member.to)
                        found.append(Candidate(index, step, gone, SkipReason.NO_ACCOUNT, track.name))
                        continue
                    barred = bars(ready.deployment, override) or self._barred(ready, needs, attached)
                    limit = parameters.over(step.parameters, chain.parameters).max_output
                    high = estimate(ready.deployment, tokens, limit).high_nanos
                    found.append(
                        Candidate(index, step, ready.deployment, barred, track.name, self._accounts.scopes(ready), high)
                    )
        return tuple(found)

    async def _outlook(self, chain: Chain, *, pinned: bool) -> Outlook:
        """Return how far the budgets are spent, where anything of the chain hangs on it."""
        if chain.plain and all(step.only is None and step.hedge == "none" for step in chain.steps):
            return _UNTROUBLED
        return await self._standing.outlook(chain, pinned=pinned)

    def _circumstances(
        self,
        chain: Chain,
        conversation: ConversationId,
        messages: Sequence[ChatMessage],
        parameters: Parameters,
        over_budget: bool,
    ) -> Circumstances:
        """Return what the chain's conditions are asked about; a plain list of steps asks nothing."""
        if chain.plain and all(step.only is None for step in chain.steps):
            return _ANY
        tokens = sum(map(estimate_message, messages))
        moment = datetime.fromtimestamp(self._now_ms() / 1000)
        return Circumstances(
            over_budget=over_budget,
            offline=self._offline or self._standing.guard.offline(asyncio.get_running_loop().time()),
            minute=moment.hour * 60 + moment.minute,
            needs=conditions_of(needs_of(messages, parameters), parameters, tokens),
            tokens=tokens,
            share=share_of(conversation, chain.name),
        )

    def _barred(self, ready: Resolved, needs: frozenset[Capability], attached: bool) -> SkipReason | None:
        if self._offline and not ready.deployment.local:
            return SkipReason.OFFLINE
        if not ready.deployment.has_key:
            return SkipReason.NO_KEY
        if attached and not ready.deployment.attachments:
            return SkipReason.NO_ATTACHMENTS
        return lacking(needs, ready.deployment.capabilities)

    async def _scopes(self, resolved: Sequence[Resolved | None]) -> Mapping[str, Scopes | None]:
        """Return what the health of each deployment hangs on, by its name."""
        known = [one for one in resolved if one is not None]
        found = await self._standing.ready(known)
        return {one.deployment.name: scopes for one, scopes in zip(known, found, strict=True)}

    async def _past(self, prompt: Prompt) -> list[Message]:
        """Return the branch before the new user message: the whole of it is sent."""
        if prompt.conversation is None:
            return []
        _, messages = await self._conversations.open(prompt.conversation)
        if prompt.retry_of is None:
            return list(messages)
        until = next((i for i, message in enumerate(messages) if message.uid == prompt.retry_of), None)
        if until is None:
            raise UnknownName(sentence("This message is no longer in the conversation."))
        return list(messages[: until + 1])

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
        )


def share_of(conversation: ConversationId, chain: str) -> int:
    """Return a number from 0 to 99 that stays the same for a conversation in a chain."""
    return int.from_bytes(sha256(f"{conversation} {chain}".encode()).digest()[:8], "big") % 100


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


def _endpoints(resolved: Sequence[Resolved | None]) -> Mapping[str, Endpoint]:
    return {ready.deployment.account: ready.endpoint for ready in resolved if ready is not None}


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
    return json.dumps({"stream": prompt.stream} | values)
