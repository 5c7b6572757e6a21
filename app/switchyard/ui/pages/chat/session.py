"""One conversation as it is open in the window: its thread, the reply on its way, and what can be done about one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from PySide6.QtCore import QLocale, QObject, QPoint, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices

from switchyard.core.errors import UnknownName, UserError
from switchyard.core.events import Finish, RouteEnded, RouteEvent, Shown, TakenBack
from switchyard.core.failures import FailureKind, Fix
from switchyard.core.message import Conversation, ConversationId, Message, MessageState
from switchyard.core.route import AttemptRecord, RouteRecord, SkipReason
from switchyard.core.usage import add_usage
from switchyard.services.app import Services
from switchyard.services.chat import Prompt, Target, Turn
from switchyard.services.tasks import TaskScope
from switchyard.ui import format as written
from switchyard.ui.pages.chat.conversation_model import spend
from switchyard.ui.pages.chat.targets import Targets, last_target
from switchyard.ui.pages.page import Actions, PageName
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words

_KEY_TROUBLE = frozenset({FailureKind.AUTH, FailureKind.PERMISSION})
_numbers = count(1)


@dataclass
class Desk:
    """What every open conversation works with. `targets` is replaced when accounts or chains change."""

    theme: Theme
    words: Words
    scope: TaskScope
    actions: Actions
    services: Services
    targets: Targets


@dataclass
class _Coming:
    """The reply that is on its way: its turn, and what it has said, for when the disk could not keep it."""

    turn: Turn
    text: str = ""
    record: RouteRecord | None = None

    def hear(self, event: RouteEvent) -> None:
        """Note what counts of an event."""
        match event:
            case Shown(_, text, _):
                self.text += text
            case TakenBack():
                self.text = ""
            case RouteEnded(record):
                self.record = record
            case _:
                pass


class Session(QObject):
    """Goes on while another conversation is shown. `said` carries a sentence and whether it is bad news."""

    changed = Signal()
    sent = Signal()
    said = Signal(str, bool)
    other_model_requested = Signal(str)

    def __init__(self, desk: Desk, uid: ConversationId | None, view: ThreadView, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._group = f"chat {next(_numbers)}"
        self._messages: list[Message] = []
        self._conversation: Conversation | None = None
        self._coming: _Coming | None = None
        self._chosen: Target | None = None
        self.uid = uid
        self.busy = False
        self.view = view
        for asked, act in self._wishes():
            asked.connect(act)

    # --- what it shows ---

    @property
    def title(self) -> str | None:
        """Return the title; None for a chat that has not begun."""
        return self._conversation.title if self._conversation is not None else None

    @property
    def begun(self) -> bool:
        """Whether there is a thread to show."""
        return self.uid is not None

    @property
    def streaming(self) -> bool:
        """Whether a reply is on its way."""
        return self._coming is not None

    @property
    def waiting(self) -> bool:
        """Whether a limit is being waited out before the reply is asked for again."""
        return self._desk.scope.running(self._wait_group)

    @property
    def failed(self) -> bool:
        """Whether the last reply never came."""
        return bool(self._messages) and self._messages[-1].state is MessageState.FAILED

    @property
    def target(self) -> Target | None:
        """Return what answers: what was chosen here, else what answered last, else the default."""
        for target in (self._chosen, last_target(self._messages)):
            if target is not None and self._desk.targets.knows(target):
                return target
        return self._desk.targets.default

    def choose(self, target: Target) -> None:
        """Let this answer from now on."""
        self._chosen = target
        self.changed.emit()

    def totals(self) -> tuple[str, str]:
        """Return tokens and money of the whole chat; simulated money is none."""
        locale = QLocale()
        usage = add_usage(message.route.usage for message in self._messages if message.route is not None)
        total = (usage.input or 0) + (usage.output or 0) if usage is not None else 0
        money = spend(self._conversation) if self._conversation is not None else ""
        return written.tokens(total, locale) if total else "", money

    def last_reply(self) -> Message | None:
        """Return the last message that has words and is a reply."""
        return next((message for message in reversed(self._messages) if message.route and message.text), None)

    async def load(self) -> None:
        """Read the conversation and show its end; raises `UnknownName` where it is gone."""
        if self.uid is not None and not self.busy:
            self._conversation, messages = await self._desk.services.conversations.open(self.uid)
            self._messages = list(messages)
            self.view.set_messages(messages, self._desk.targets.provider_names)

    def take_in(self, conversation: Conversation) -> None:
        """Its row in the list changed: another title, or another sum."""
        if conversation != self._conversation:
            self._conversation = conversation
            self.changed.emit()

    # --- what the person does ---

    def send(self, text: str) -> None:
        """Send a message; the words are let go of when they are on disk."""
        self._start(Prompt(text=text, target=self.target or Target(), conversation=self.uid, draft=self.uid or ""))

    def retry(self, reply_uid: str, *, target: Target | None = None, first_step: int = 1) -> None:
        """Ask for the last reply once more, perhaps of another target or from a later step of its chain."""
        last = self._messages[-1] if self._messages else None
        if last is None or self.busy:
            return
        if last.uid != reply_uid:
            self._desk.actions.toast(self.tr("Only the last reply can be asked for again."), id="retry")
            return
        asked = target or self.target or Target()
        self._start(Prompt(target=asked, conversation=self.uid, retry_of=last.parent, first_step=first_step))

    def retry_last(self) -> None:
        """Ask for the last reply once more."""
        if self._messages:
            self.retry(self._messages[-1].uid)

    def stop(self) -> bool:
        """Stop the reply, or the waiting for one; return whether there was anything to stop."""
        if self.waiting:
            self._desk.scope.cancel(self._wait_group)
            self.said.emit("", False)
            return True
        if self._coming is not None:
            self._coming.turn.run.stop()
            return True
        return False

    def switch_now(self, _reply_uid: str) -> None:
        """Do not wait for this model's first token any longer."""
        if self._coming is not None:
            self._coming.turn.run.switch_now()

    def close(self) -> ThreadView:
        """End, and hand back the emptied view."""
        for asked, act in self._wishes():
            asked.disconnect(act)
        self.deleteLater()
        self.view.clear()
        return self.view

    # --- a turn ---

    def _start(self, prompt: Prompt) -> None:
        if self.busy:
            return
        self._desk.scope.cancel(self._wait_group)
        self.busy = True
        self.changed.emit()
        self._desk.scope.start(self._ask(prompt), name="turn", group=self._group)

    async def _ask(self, prompt: Prompt) -> None:
        """Carry a prompt to its end. What goes wrong before anything was sent is said above the words it concerns."""
        try:
            async with self._desk.services.chat.open(prompt) as turn:
                refusal = await self._follow(turn, prompt)
        except UserError as error:
            refusal = error
        finally:
            coming, self._coming = self._coming, None
            self.busy = False
        if coming is not None:
            await self._settle(coming)
        if refusal is not None:
            self._say_refusal(refusal)
        self.changed.emit()
        self._tell_list()

    async def _follow(self, turn: Turn, prompt: Prompt) -> UserError | None:
        """Hand the events to the thread; the first ones mean that the words are on disk."""
        try:
            async for events in turn.run:
                if self._coming is None:
                    self._coming = _Coming(turn)
                    self._show_begun(turn, prompt)
                for event in events:
                    self._coming.hear(event)
                    self.view.apply(turn.reply.uid, event)
        except UserError as error:
            return error
        return None

    def _show_begun(self, turn: Turn, prompt: Prompt) -> None:
        if not self._messages:
            self.view.set_messages((), self._desk.targets.provider_names)
        if prompt.retry_of is None:
            self._messages.append(turn.user)
            self.view.append(turn.user)
        elif self._messages:
            self.view.remove(self._messages.pop().uid)
        reply = replace(turn.reply, route=self._route_ahead(prompt))
        self._messages.append(reply)
        hops = self._desk.targets.hops(prompt.target)
        self.view.begin_reply(reply, can_switch=len(hops) > prompt.first_step)
        self.uid = turn.conversation
        if prompt.retry_of is None:
            self.sent.emit()
        self.changed.emit()
        self._tell_list()

    def _route_ahead(self, prompt: Prompt) -> RouteRecord:
        """Tell the thread how many steps there are before any of them was taken."""
        hops = self._desk.targets.hops(prompt.target)
        return RouteRecord(uid="", chain=prompt.target.chain, steps=max(1, len(hops)))

    async def _settle(self, coming: _Coming) -> None:
        """Show the reply as it was stored."""
        assert self.uid is not None
        try:
            self._conversation, messages = await self._desk.services.conversations.open(self.uid)
        except UnknownName:
            return  # deleted meanwhile
        uid = coming.turn.reply.uid
        stored = next((message for message in messages if message.uid == uid), coming.turn.reply)
        if stored.state is MessageState.STREAMING and coming.record is not None:
            # The disk was full at the end: what came is shown all the same, with the warning that its record carries.
            stored = replace(stored, state=_state(coming), text=coming.text, route=coming.record)
            messages = [stored if message.uid == uid else message for message in messages]
        self._messages = list(messages)
        self.view.settle(stored)

    def _say_refusal(self, error: UserError) -> None:
        translate = self._desk.words.translate
        hint = f" {translate(error.hint)}" if error.hint is not None else ""
        self.said.emit(translate(error.title) + hint, True)

    def _tell_list(self) -> None:
        if self.uid is not None:
            self._desk.services.conversations.changed.emit(self.uid)

    # --- what the thread asks for ---

    def _wishes(self) -> Sequence[tuple[SignalInstance, Callable[..., object]]]:
        """Return what the thread can ask for, and what is done about it."""
        view = self.view
        return (
            (view.retry_requested, self.retry),
            (view.switch_now_requested, self.switch_now),
            (view.fix_requested, self._on_fix_requested),
            (view.edit_chain_requested, self._open_chain),
            (view.check_keys_requested, self._open_providers),
            (view.use_model_requested, self._on_use_model_requested),
            (view.question_answered, self._on_question_answered),
            (view.link_activated, _open_link),
        )

    def _on_fix_requested(self, reply_uid: str, fix: str, attempt_n: int) -> None:
        attempts = self._attempts()
        attempt = attempts[attempt_n - 1] if 0 < attempt_n <= len(attempts) else None
        match Fix(fix):
            case Fix.WAIT if attempt is not None and attempt.failure is not None:
                over_ms = attempt.started_ms + (attempt.duration_ms or 0)
                left_s = (attempt.failure.retry_after_s or 0.0) - (time.time() - over_ms / 1000)
                waiting = self._wait_and_retry(reply_uid, left_s)
                self._desk.scope.start(waiting, name="wait", group=self._wait_group)
            case Fix.TRY_AGAIN | Fix.WAIT:
                self.retry(reply_uid)
            case Fix.RAISE_DEADLINE | Fix.EDIT_CHAIN:
                self._open_chain()
            case Fix.CHECK_KEY | Fix.CHECK_ACCOUNT | Fix.START_OLLAMA:
                self._open_account(attempt)
            case Fix.NONE:
                pass

    def _on_use_model_requested(self, reply_uid: str, _place: QPoint) -> None:
        self.other_model_requested.emit(reply_uid)

    def _on_question_answered(self, reply_uid: str, option_id: str) -> None:
        if option_id == "again":
            self.retry(reply_uid)
        elif option_id == "other":
            route = self._messages[-1].route
            chain = Target(chain=route.chain) if route is not None and route.chain is not None else None
            step = self._attempts()[-1].step if self._attempts() else 0
            self.retry(reply_uid, target=chain, first_step=step + 1)

    async def _wait_and_retry(self, reply_uid: str, seconds: float) -> None:
        """Wait out a limit, saying how long it still is; Esc stops the waiting."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left_s := until - loop.time()) > 0:
            time_left = written.whole_seconds(max(1, left_s), QLocale())
            self.said.emit(self.tr("Trying again in {time}. Esc stops the wait.").format(time=time_left), False)
            await asyncio.sleep(min(1.0, left_s))
        self.said.emit("", False)
        self.retry(reply_uid)

    def _attempts(self) -> Sequence[AttemptRecord]:
        route = self._messages[-1].route if self._messages else None
        return route.attempts if route is not None else ()

    def _open_chain(self) -> None:
        route = self._messages[-1].route if self._messages else None
        self._desk.actions.open_page(PageName.CHAINS, route.chain if route is not None else None)

    def _open_providers(self) -> None:
        """Show the account whose key is to be checked: the one that was refused, or passed over without one."""
        route = self._messages[-1].route if self._messages else None
        refused = [each.account for each in self._attempts() if each.failure and each.failure.kind in _KEY_TROUBLE]
        skips = route.skipped if route is not None else ()
        keyless = [skip.deployment.partition("/")[0] for skip in skips if skip.reason is SkipReason.NO_KEY]
        self._desk.actions.open_page(PageName.PROVIDERS, next(iter([*refused, *keyless]), None))

    def _open_account(self, attempt: AttemptRecord | None) -> None:
        if attempt is None:
            self._open_providers()
        else:
            self._desk.actions.open_page(PageName.PROVIDERS, attempt.account)

    @property
    def _wait_group(self) -> str:
        return f"{self._group} wait"


def _open_link(url: str) -> None:
    QDesktopServices.openUrl(QUrl(url))


def _state(coming: _Coming) -> MessageState:
    """Tell by its record how a reply ended that the disk could not keep."""
    record = coming.record
    if record is None or record.finish is Finish.CANCELLED:
        return MessageState.STOPPED
    if record.failure is None and record.question is None:
        return MessageState.COMPLETE
    return MessageState.INCOMPLETE if coming.text else MessageState.FAILED
