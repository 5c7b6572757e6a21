"""Putting a message differently: its words come into the composer, and go in its place."""

from __future__ import annotations

from PySide6.QtCore import QObject

from switchyard.core.draft import Draft
from switchyard.core.message import Message, MessageId
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.session import Session


class Editing(QObject):
    """What stood in the composer before is laid aside, and comes back."""

    def __init__(self, composer: Composer) -> None:
        super().__init__(composer)
        self._composer = composer
        self._session: Session | None = None
        self._uid = MessageId("")
        self._aside = Draft()
        composer.edit_strip.left.connect(self.leave)

    @property
    def active(self) -> bool:
        """Whether a message is being put differently."""
        return self._session is not None

    def begin(self, session: Session, message: Message) -> None:
        """Take the words of a message into the composer."""
        self.leave()
        self._aside = self._composer.draft
        self._session, self._uid = session, message.uid
        session.edited = message.uid
        self._composer.edit_strip.show()
        self._composer.set_draft(Draft(message.text, message.files))
        self._composer.setFocus()

    def carry(self, session: Session, draft: Draft) -> bool:
        """Send the words in the place of the message; False where none is being put differently there.

        While a reply comes they stay in the composer.
        """
        if session is not self._session:
            return False
        if session.busy:
            session.said.emit(self.tr("A reply is coming in. Stop it first, or wait for its end."), False)
        else:
            session.resend(self._uid, draft)
        return True

    def leave(self) -> bool:
        """Leave the message as it was; return whether one was being put differently."""
        if self._session is None:
            return False
        self._session.edited = None
        self._session = None
        self._composer.edit_strip.hide()
        self._composer.set_draft(self._aside)
        return True
