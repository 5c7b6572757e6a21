"""One conversation as it is open in the window: its thread, the reply on its way, and what can be done about one."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from types import MappingProxyType

from PySide6.QtCore import QLocale, QObject, Signal

from switchyard.core.content import Citation, Extra, GeneratedImage, StoredFile, ToolCall
from switchyard.core.draft import Draft
from switchyard.core.errors import UnknownName, UserError
from switchyard.core.events import Finish, Produced, RouteEnded, RouteEvent, Shown, TakenBack
from switchyard.core.failures import FailureKind
from switchyard.core.message import Conversation, ConversationId, Message, MessageId, MessageState, Role
from switchyard.core.route import Outcome, QuestionKind, RouteRecord
from switchyard.core.unsent import Hold
from switchyard.core.usage import add_usage
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt, Turn
from switchyard.services.forecasts import Wording
from switchyard.ui import format as written
from switchyard.ui.pages.chat.conversation_model import spend
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.holes import Holes
from switchyard.ui.pages.chat.options import Options
from switchyard.ui.pages.chat.remedies import Remedies
from switchyard.ui.pages.chat.succession import Succession
from switchyard.ui.pages.chat.targets import last_target, once_target
from switchyard.ui.transcript.acts import EVERYTHING
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words

_KEY_TROUBLE = frozenset({FailureKind.AUTH, FailureKind.PERMISSION})
# What is on disk is sent at once: to lay out the new messages takes longer than to get a request out of the house.
_TURNS_FOR_THE_REQUEST = 20
_numbers = count(1)


@dataclass
class _Coming:
    """The reply that is on its way: its turn, and what it has said, for when the disk could not keep it."""

    turn: Turn
    text: str = ""
    reasoning: str = ""
    extras: list[Extra] = field(default_factory=list)
    record: RouteRecord | None = None

    def hear(self, event: RouteEvent) -> None:
        """Note what counts of an event."""
        match event:
            case Shown(_, text, reasoning):
                self.text += text
                self.reasoning += reasoning
            case Produced(_, extra):
                self.extras.append(extra)
            case TakenBack():
                self.text = self.reasoning = ""
                self.extras.clear()
            case RouteEnded(record):
                self.record = record
            case _:
                pass

    def reply(self) -> Message:
        """Return the reply as it was heard."""
        return replace(
            self.turn.reply,
            state=_state(self),
            text=self.text,
            reasoning=self.reasoning,
            route=self.record,
            calls=tuple(extra for extra in self.extras if isinstance(extra, ToolCall)),
            citations=tuple(extra for extra in self.extras if isinstance(extra, Citation)),
        )


class Session(QObject):
    """Goes on while another conversation is shown. `said` carries a sentence and whether it is bad news.

    `set_out` comes before `changed` where something is asked: no more is done at that moment than must be.

    `sent` carries the conversation in which the words were written: None where this one began with them. They are on
    disk then, in the thread or among what waits.
    """

    changed = Signal()
    set_out = Signal()
    sent = Signal(object)
    said = Signal(str, bool)
    other_model_requested = Signal(str)

    def __init__(self, desk: Desk, uid: ConversationId | None, view: ThreadView, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._group = f"chat {next(_numbers)}"
        self.messages: Sequence[Message] = ()
        self.conversation: Conversation | None = None
        self._coming: _Coming | None = None
        self._chosen: Target | None = None
        self.uid = uid
        self.busy = False
        self._stops = False  # the reply, as soon as it is on its way
        self.temporary = False
        self.edited: MessageId | None = None  # the message in whose place the next words go
        self.view = view
        view.acts.offered = EVERYTHING
        self.check: Callable[[Prompt, Callable[[Prompt], None]], None] = lambda prompt, go: go(prompt)
        self.options = Options(desk)
        self.succession = Succession(desk, self)
        self.succession.changed.connect(self.changed)
        self.waiting = self.succession.waiting
        self.holes = Holes(self)
        self.remedies = Remedies(desk, self, f"{self._group} wait")
        self.remedies.said.connect(self.said)
        self.remedies.other_model_requested.connect(self.other_model_requested)

    # --- what it shows ---

    @property
    def title(self) -> str | None:
        """Return the title; None for a chat that has not begun."""
        return self.conversation.title if self.conversation is not None else None

    @property
    def streaming(self) -> bool:
        """Whether a reply is on its way."""
        return self._coming is not None

    @property
    def last(self) -> Message | None:
        """Return the last message; None in a chat that has not begun."""
        return self.messages[-1] if self.messages else None

    def message(self, uid: str) -> Message | None:
        """Return a message of the thread."""
        return next((each for each in self.messages if each.uid == uid), None)

    @property
    def target(self) -> Target | None:
        """Return what answers: what was chosen here, else what answered last, else the last choice, or the default."""
        targets = self._desk.targets
        for target in (self._chosen, last_target(self.messages)):
            if target is not None and targets.knows(target):
                return target
        return targets.recent[0].target if targets.recent else targets.default

    def choose(self, target: Target) -> None:
        """Let this answer from now on."""
        self._chosen = target
        self.changed.emit()

    def wording(self, draft: Draft) -> Wording:
        """Return a message as it would be sent now."""
        parameters = self.options.parameters
        workspace = self._desk.contents.workspace_of(self.conversation)
        target, past = self._desk.targets.meant(draft.to) or self.target or Target(), self.messages
        if self.edited is not None:
            past = past[: next((at for at, each in enumerate(past) if each.uid == self.edited), len(past))]
        return Wording(draft, target, past, self.uid, parameters, self.options.value, workspace)

    async def load(self) -> None:
        """Read the conversation and show its end; raises `UnknownName` where it is gone."""
        if self.uid is not None and not self.busy:
            self.conversation, messages = await self._desk.services.conversations.open(self.uid)
            await self.options.load(self.uid)
            self.messages = messages
            self.view.set_messages(messages, *self._desk.targets.names)
            self.waiting.begin(self.uid)
            self.view.acts.set_forks(await self._desk.services.messages.forks(self.uid))

    def take_in(self, conversation: Conversation) -> None:
        """Its row in the list changed: another title, or another sum."""
        if conversation != self.conversation:
            self.conversation = conversation
            self.changed.emit()

    # --- what the person does ---

    def send(self, draft: Draft) -> None:
        """Send a message; it is let go of when it is on disk. While a reply comes it waits for its end."""
        if self.busy:
            self.succession.let_wait(draft)
            return
        workspace = self._desk.contents.workspace_of(self.conversation)
        self.start(_prompt(self, self._desk, draft)._replace(draft=self.uid or "", workspace=workspace))

    def resend(self, uid: MessageId, draft: Draft) -> None:
        """Send other words in the place of a message; what was said before stays on its own branch."""
        self.start(_prompt(self, self._desk, draft)._replace(edits=uid))

    def put(self, message: Message) -> None:
        """Show a message as the person marked it."""
        self.messages = [message if each.uid == message.uid else each for each in self.messages]
        self.view.acts.remark(message)

    def retry(
        self,
        reply_uid: str | None = None,
        *,
        target: Target | None = None,
        tried: frozenset[str] = frozenset(),
        answers: Mapping[QuestionKind, str] = MappingProxyType({}),
        carried: str = "",
        alone: bool = False,
    ) -> None:
        """Ask for a reply once more, the last where none is named; what followed it stays on its own branch.

        What followed one that never came stays where it is.

        It is asked of another target, perhaps, or of those alone that were not `tried`. What is `carried` stays.
        `alone`: the target is meant for this reply and no other.
        """
        message = self.last if reply_uid is None else self.message(reply_uid)
        if message is None or (self.busy and not self.succession.network.waits):
            return
        once = once_target(message) if target is None else None
        again = Prompt(
            target=target or once or self.target or Target(),
            once=alone or once is not None,
            conversation=self.uid,
            retry_of=message.parent if message.role is Role.ASSISTANT else message.uid,
            tried=tried,
            answers=answers,
            carried=carried,
            in_place_of=self.holes.place_of(message),
        )

        def go(prompt: Prompt) -> None:
            if not self.succession.network.ask_now(prompt):
                self.start(prompt)

        self.check(again, go)

    def stop(self) -> bool:
        """Stop the reply, or the waiting for one; return whether there was anything to stop."""
        if self.remedies.stop_waiting() or self.succession.network.stop():
            return True
        if self._coming is not None:
            self._coming.turn.run.stop()
        else:
            self._stops = self.busy
        return self.busy

    def switch_now(self) -> None:
        """Do not wait for this model's first token any longer."""
        if self._coming is not None:
            self._coming.turn.run.switch_now()

    def refuse(self, error: UserError) -> None:
        """Say why something was not done."""
        self.said.emit(_refusal(self._desk.words, error), True)

    def close(self) -> ThreadView:
        """End, and hand back the emptied view."""
        self.remedies.close()
        self.succession.close()
        self.deleteLater()
        self.view.clear()
        return self.view

    # --- a turn ---

    def start(self, prompt: Prompt) -> None:
        """Ask something, unless something is being asked."""
        if self.busy:
            return
        self.remedies.stop_waiting()
        if prompt.once:
            self._chosen = self.target  # it stays, whatever answers now
        self.busy, self._stops = True, False
        self.set_out.emit()
        self._desk.scope.start(self._ask(prompt), name="turn", group=self._group)

    async def _ask(self, prompt: Prompt) -> None:
        """Carry a prompt to its end, and then what waited for that.

        What goes wrong before anything was sent is said above the words it concerns. It is busy until all is shown: an
        idle one may be closed at any moment.
        """
        refusal: UserError | None = None
        asked: Prompt | None = prompt
        try:
            while asked is not None:
                refusal = await self._carry(asked)
                self._coming = None
                _tell_list(self, self._desk)
                asked = self.holes.after(asked, refusal) or await self.succession.after(asked, refusal)
        except BaseException:  # a bug; what waits for the end of this reply would wait for ever
            self.waiting.hold(Hold.INCOMPLETE)
            raise
        finally:
            self._coming = None
            self.busy = False
            self.succession.end()
            self.changed.emit()
        if refusal is not None:
            self.refuse(refusal)

    async def _carry(self, prompt: Prompt) -> UserError | None:
        try:
            async with self._desk.services.chat.open(_answered_as(self, prompt)) as turn:
                refusal = await self._follow(turn, prompt)
        except UserError as error:
            refusal = error
        if self._coming is not None:
            refusal = await self._settle(self._coming) or refusal
        return refusal

    async def _follow(self, turn: Turn, prompt: Prompt) -> UserError | None:
        """Hand the events to the thread; the first ones mean that the words are on disk."""
        try:
            async for events in turn.run:
                if self._coming is None:
                    for _ in range(_TURNS_FOR_THE_REQUEST):
                        await asyncio.sleep(0)
                    self._coming = _Coming(turn)
                    self._show_begun(turn, prompt)
                    if self._stops:
                        self._stops = False
                        turn.run.stop()
                for event in events:
                    self._coming.hear(event)
                    self.view.apply(turn.reply.uid, event)
        except UserError as error:
            return error
        return None

    def _show_begun(self, turn: Turn, prompt: Prompt) -> None:
        has_waited = prompt.unsent is not None
        written_in, self.uid = self.uid, turn.conversation
        if self.uid is not None:
            self.options.begin(self.uid)
        with self.waiting.aside(self.uid):
            self._show_turn(turn, prompt)
            self.waiting.sent()
        if prompt.in_place_of is not None:
            self.view.show_message(turn.reply.uid)
        elif not has_waited:
            self.view.to_end()
        if prompt.retry_of is None and not has_waited:
            self.sent.emit(written_in)
        self.changed.emit()
        _tell_list(self, self._desk)

    def _show_turn(self, turn: Turn, prompt: Prompt) -> None:
        if not self.messages:
            self.view.set_messages((), *self._desk.targets.names)
        named = prompt.retry_of or prompt.edits
        at = next((at for at, each in enumerate(self.messages) if each.uid == named), len(self.messages))
        at += named is not None and named == prompt.retry_of
        self.view.cut(at)
        before = self.messages[:at]
        if prompt.retry_of is None:
            before = (*before, turn.user)
            self.view.append(turn.user)
        pinned = str(prompt.target.model) if prompt.target.model is not None else None
        steps = max(1, len(self._desk.targets.steps(prompt.target)))
        ahead = RouteRecord("", prompt.target.chain, steps=steps, pinned=pinned, once=prompt.once)
        reply = replace(turn.reply, route=ahead)
        after = self.messages[at + 1 :] if prompt.in_place_of is not None else ()
        self.messages = (*before, reply, *after)
        self.view.begin_reply(reply)
        for each in after:
            self.view.append(each)

    async def _settle(self, coming: _Coming) -> UserError | None:
        """Show the reply as it was stored; return why that cannot be read, if so."""
        if self.uid is None:  # nothing of it is kept
            reply = replace(coming.reply(), files=_hand_over_images(coming, self.view))
            self.messages = [reply if each.uid == reply.uid else each for each in self.messages]
            self.view.settle(reply)
            return None
        unread: UserError | None = None
        messages: Sequence[Message] = self.messages
        forks: Mapping[MessageId, Sequence[MessageId]] = {}
        try:
            self.conversation, messages = await self._desk.services.conversations.open(self.uid)
            forks = await self._desk.services.messages.forks(self.uid)
        except UnknownName:
            return None  # deleted meanwhile
        except UserError as error:
            unread = error
        uid = coming.turn.reply.uid
        stored = next((message for message in messages if message.uid == uid), coming.turn.reply)
        if stored.state is MessageState.STREAMING:
            # The end could not be kept: what came is shown all the same, with the warning that its record carries.
            stored = coming.reply()
            messages = [stored if message.uid == uid else message for message in messages]
        self.messages = messages
        self.view.settle(stored)
        self.view.acts.set_forks(forks)
        return unread


def totals_of(messages: Sequence[Message], conversation: Conversation | None) -> tuple[str, str]:
    """Return tokens and money of a whole chat; simulated money is none."""
    usage = add_usage(message.route.usage for message in messages if message.route is not None)
    total = (usage.input or 0) + (usage.output or 0) if usage is not None else 0
    money = spend(conversation) if conversation is not None else ""
    return written.tokens(total, QLocale()) if total else "", money


def _hand_over_images(coming: _Coming, view: ThreadView) -> tuple[StoredFile, ...]:
    """Give the images of a reply that is not kept to the thread, which alone has them from now on."""
    files: list[StoredFile] = []
    for extra in coming.extras:
        if isinstance(extra, GeneratedImage):
            content = b64decode(extra.base64)
            sha256 = hashlib.sha256(content).hexdigest()
            files.append(StoredFile("", extra.media_type, sha256, len(content)))
            view.pictures.take(sha256, content)
    return tuple(files)


def _answered_as(session: Session, prompt: Prompt) -> Prompt:
    """Return a prompt with what holds for its chat as a whole."""
    prompt = prompt._replace(parameters=session.options.parameters, options=session.options.value)
    if session.temporary:
        return prompt._replace(save=False, past=session.messages, draft=None)
    return prompt._replace(past=session.messages) if session.uid is not None else prompt


def _prompt(session: Session, desk: Desk, draft: Draft) -> Prompt:
    own = session.target or Target()
    target = desk.targets.meant(draft.to) or own
    return Prompt(draft.text, target, session.uid, files=draft.files, once=target != own)


def _tell_list(session: Session, desk: Desk) -> None:
    if session.uid is not None:
        desk.services.conversations.changed.emit(session.uid)


def _refusal(words: Words, error: UserError) -> str:
    hint = f" {words.translate(error.hint)}" if error.hint is not None else ""
    return words.translate(error.title) + hint


def _state(coming: _Coming) -> MessageState:
    """Tell by its record how a reply ended that the disk could not keep."""
    record = coming.record
    if record is None or record.finish is Finish.CANCELLED:
        return MessageState.STOPPED
    answer = record.answered_by
    if record.question is None and answer is not None and answer.outcome is Outcome.COMPLETED:
        return MessageState.COMPLETE
    return MessageState.INCOMPLETE if coming.text else MessageState.FAILED
