"""Asks in a quiet line before a secret leaves this computer: send it, mask it, or ask a local model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from switchyard.core.detectors import Sort
from switchyard.core.draft import Draft
from switchyard.core.errors import UserError
from switchyard.core.value import replace
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.hint import Offer
from switchyard.ui.pages.chat.session import Session
from switchyard.ui.pages.chat.targets import pick_of
from switchyard.ui.words import translate


class Careful(QObject):
    """`send` carries a message on at once where nothing is found, else when the person says how."""

    def __init__(self, desk: Desk, composer: Composer) -> None:
        super().__init__(composer)
        self._desk = desk
        self._composer = composer

    def send(self, draft: Draft, session: Session, carry: Callable[[Draft], None]) -> None:
        """Look at a message, and carry it on."""
        if session.options.value.local_only or self._desk.services.secrecy.clear(draft):
            carry(draft)
        else:
            self._desk.scope.start(self._look(draft, session, carry), name="secrecy", group="secrecy")

    async def _look(self, draft: Draft, session: Session, carry: Callable[[Draft], None]) -> None:
        try:
            target = self._desk.targets.meant(draft.to) or session.target or Target()
            found = await self._desk.services.secrecy.look(draft, target)
        except UserError:
            found = ()  # sending it tells what is wrong
        if not found:
            carry(draft)
            return
        offers = [
            Offer(self.tr("Send"), lambda: carry(draft)),
            Offer(self.tr("Mask and send"), lambda: self._mask(draft, carry)),
        ]
        local = self._desk.targets.local
        if local is not None:
            offers.append(Offer(self.tr("Use a local model"), lambda: self._stay(draft, session, local, carry)))
        self._composer.say(told(found), "warn", offers)

    def _mask(self, draft: Draft, carry: Callable[[Draft], None]) -> None:
        async def work() -> None:
            carry(await self._desk.services.secrecy.masked(draft))

        self._desk.scope.start(work(), name="mask", group="secrecy")

    def _stay(self, draft: Draft, session: Session, local: Target, carry: Callable[[Draft], None]) -> None:
        """Let a local model answer from now on; a message that goes elsewhere than the others, that one alone."""
        if draft.to is None:
            session.choose(local)
            carry(draft)
        else:
            carry(replace(draft, to=pick_of(local)))


def told(found: Sequence[Sort]) -> str:
    """Say what would leave this computer."""
    names = {
        Sort.KEY: translate("Careful", "a key"),
        Sort.PRIVATE_KEY: translate("Careful", "a private key"),
        Sort.PASSWORD: translate("Careful", "a password"),
        Sort.CARD: translate("Careful", "a card number"),
        Sort.EMAIL: translate("Careful", "an e-mail address"),
        Sort.PHONE: translate("Careful", "a phone number"),
    }
    what = translate("Careful", ", ").join(names[sort] for sort in found)
    return translate("Careful", "This seems to hold {what}, and goes to a cloud model.").format(what=what)
