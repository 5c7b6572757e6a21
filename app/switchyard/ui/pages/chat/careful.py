"""Asks in a quiet line before a secret leaves this computer: send it, mask it, leave it out, or ask a local model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from switchyard.core.detectors import Sort
from switchyard.core.draft import Draft
from switchyard.core.errors import UserError
from switchyard.core.message import Message, MessageId, Role
from switchyard.core.route import AttemptRecord
from switchyard.core.value import replace
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.hint import Offer
from switchyard.ui.pages.chat.session import Session
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.targets import pick_of
from switchyard.ui.words import translate

_AT_ONCE = 3  # messages that are looked at without a thread


@dataclass(frozen=True, slots=True)
class _Sending:
    """Something on its way to `target`: words, and with them what no cloud model has read yet of what was said before.

    `carry` sends the words, `stay` asks a local model in place of the target.
    """

    session: Session
    draft: Draft
    before: Sequence[Message]
    target: Target
    carry: Callable[[Draft], None]
    stay: Callable[[Target], None]


class Careful(QObject):
    """Carries a message on at once where nothing is found, else when the person says how.

    What was said before goes along with every message: it is looked at as well, until it has left once.
    """

    def __init__(self, desk: Desk, sessions: Sessions, composer: Composer) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._composer = composer
        self._secrecy = desk.services.secrecy
        self._cleared: set[MessageId] = set()  # nothing is in them, or the person wants them sent
        disconnect = desk.services.settings.changed.connect(lambda _settings: self._cleared.clear())
        self.destroyed.connect(lambda: disconnect())

    def send(self, draft: Draft, session: Session, carry: Callable[[Draft], None]) -> None:
        """Look at a message, and carry it on."""

        def stay(local: Target) -> None:
            """Let a local model answer from now on; a message that goes elsewhere than the others, that one alone."""
            if draft.to is None:
                session.choose(local)
            carry(draft if draft.to is None else replace(draft, to=pick_of(local)))

        target = self._desk.targets.meant(draft.to) or session.target or Target()
        before = self._unread(_until(session.messages, session.edited))
        self._ask(_Sending(session, draft, before, target, carry, stay))

    def ask_again(self, session: Session, prompt: Prompt, go: Callable[[Prompt], None]) -> None:
        """Look at what is asked once more, perhaps of somebody else, and carry it on."""
        asked = session.message(prompt.retry_of or "")
        said = [*_until(session.messages, prompt.retry_of), *([asked] if asked is not None else ())]

        def stay(local: Target) -> None:
            go(prompt._replace(target=local, once=True))

        before = self._unread(said)
        self._ask(_Sending(session, Draft(), before, prompt.target, lambda _draft: go(prompt), stay))

    # --- inside ---

    def _ask(self, sending: _Sending) -> None:
        kept_here = sending.session.options.value.local_only
        if kept_here or (self._secrecy.clear(sending.draft) and self._is_clear(sending.before)):
            sending.carry(sending.draft)
        else:
            self._desk.scope.start(self._look(sending), name="secrecy", group="secrecy")

    def _unread(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Return the person's messages that no cloud model has read yet, and that were not looked at."""
        found: list[Message] = []
        for message in reversed(messages):
            if message.route is not None and any(map(self._has_left, message.route.attempts)):
                break
            if message.role is Role.USER and not message.excluded and message.uid not in self._cleared:
                found.append(message)
        return found

    def _has_left(self, attempt: AttemptRecord) -> bool:
        called = attempt.sent_ms is not None and not attempt.simulated
        return called and self._desk.targets.leaves(attempt.deployment)

    def _is_clear(self, messages: Sequence[Message]) -> bool:
        """Whether a few messages are known at once to hold nothing."""
        if len(messages) > _AT_ONCE or not all(self._secrecy.clear(_words(each)) for each in messages):
            return False
        self._cleared.update(each.uid for each in messages)
        return True

    async def _look(self, sending: _Sending) -> None:
        found: Sequence[Sort] = ()
        before: Mapping[Message, Sequence[Sort]] = {}
        try:
            if await self._secrecy.leaves(sending.target):
                found = await self._secrecy.sorts_in(sending.draft)
                before = await self._look_back(sending.before)
        except UserError:
            pass  # sending it tells what is wrong
        if not (found or before):
            sending.carry(sending.draft)
            return
        if sending.session is not self._sessions.shown:
            return  # its words are still its draft, and it is looked at again when they are sent from there
        sorts = {sort for each in (found, *before.values()) for sort in each}
        named = [sort for sort in Sort if sort in sorts]
        words = told(named) if found else told_before(named)
        self._composer.say(words, "warn", self._offers(sending, found, tuple(before)))

    async def _look_back(self, messages: Sequence[Message]) -> Mapping[Message, Sequence[Sort]]:
        """Return in which of these messages something is found."""
        found = {each: await self._secrecy.sorts_in(_words(each)) for each in messages}
        self._cleared.update(each.uid for each, sorts in found.items() if not sorts)
        return {each: sorts for each, sorts in found.items() if sorts}

    def _offers(self, sending: _Sending, found: Sequence[Sort], before: Sequence[Message]) -> Sequence[Offer]:
        offers = [Offer(self.tr("Send"), lambda: self._send(sending, before))]
        if not before:
            offers.append(Offer(self.tr("Mask and send"), lambda: self._mask(sending)))
        elif not found and sending.draft:
            offers.append(Offer(self.tr("Leave it out and send"), lambda: self._leave_out(sending, before)))
        local = self._desk.targets.local
        if local is not None:
            offers.append(Offer(self.tr("Use a local model"), lambda: sending.stay(local)))
        return offers

    def _send(self, sending: _Sending, before: Sequence[Message]) -> None:
        self._cleared.update(each.uid for each in before)
        sending.carry(sending.draft)

    def _mask(self, sending: _Sending) -> None:
        async def work() -> None:
            sending.carry(await self._secrecy.masked(sending.draft))

        self._desk.scope.start(work(), name="mask", group="secrecy")

    def _leave_out(self, sending: _Sending, before: Sequence[Message]) -> None:
        """Send nothing of earlier messages, from now on."""

        async def work() -> None:
            for message in before:
                await self._desk.services.messages.exclude(message.uid, True)
                sending.session.put(replace(message, excluded=True))
            sending.carry(sending.draft)

        self._desk.scope.start(work(), name="leave out", group="secrecy")


def told(found: Sequence[Sort]) -> str:
    """Say what would leave this computer."""
    return translate("Careful", "This seems to hold {what}, and goes to a cloud model.").format(what=_named(found))


def told_before(found: Sequence[Sort]) -> str:
    """Say what would leave this computer with a message, since it was said before it."""
    words = translate("Careful", "What was said before seems to hold {what}, and goes to a cloud model with this.")
    return words.format(what=_named(found))


def _named(found: Sequence[Sort]) -> str:
    names = {
        Sort.KEY: translate("Careful", "a key"),
        Sort.PRIVATE_KEY: translate("Careful", "a private key"),
        Sort.PASSWORD: translate("Careful", "a password"),
        Sort.CARD: translate("Careful", "a card number"),
        Sort.EMAIL: translate("Careful", "an e-mail address"),
        Sort.PHONE: translate("Careful", "a phone number"),
    }
    return translate("Careful", ", ").join(names[sort] for sort in found)


def _until(messages: Sequence[Message], uid: MessageId | None) -> Sequence[Message]:
    """Return what was said before a message; all of it where none is named."""
    at = next((at for at, each in enumerate(messages) if each.uid == uid), len(messages))
    return messages[:at]


def _words(message: Message) -> Draft:
    return Draft(message.text, message.files)
