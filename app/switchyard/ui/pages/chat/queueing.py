"""Does what a person wants with messages that wait to be sent: put them differently, discard them, send them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from switchyard.core.draft import Draft
from switchyard.core.filing import Change
from switchyard.core.unsent import Unsent
from switchyard.services.library import Library
from switchyard.services.outgoing import Outgoing
from switchyard.ui.pages.chat.changes import Changes, Step
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.drafts import Drafts
from switchyard.ui.pages.chat.editing import Editing
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.targets import pick_of
from switchyard.ui.words import translate


class Queueing(QObject):
    """What is discarded goes through `changes`, to be undone like the rest."""

    def __init__(
        self,
        desk: Desk,
        sessions: Sessions,
        composer: Composer,
        drafts: Drafts,
        changes: Changes,
        editing: Editing,
    ) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._composer = composer
        self._drafts = drafts
        self._changes = changes
        self._editing = editing
        self._outgoing = desk.services.kept.unsent
        sessions.edit_requested.connect(self.edit)
        sessions.discard_requested.connect(self._discard)
        composer.waiting_strip.send_requested.connect(lambda: sessions.shown.succession.send_waiting())

    def look(self) -> None:
        """Say what waits in the shown chat for the person."""
        waiting = self._sessions.shown.waiting
        self._composer.waiting_strip.show_count(len(waiting.messages), waiting.why_held)
        self._composer.updateGeometry()

    def edit_last(self) -> bool:
        """Take the last message that waits into the composer; False where nothing waits."""
        message = self._sessions.shown.waiting.find()
        if message is not None:
            self.edit(message)
        return message is not None

    def edit(self, message: Unsent) -> None:
        """Take a message into the composer; it is kept as a draft before it is no longer kept as waiting.

        A message that is being put differently is no draft: it is left as it was.
        """
        self._editing.leave()
        self._outgoing.forget(message.uid)
        session = self._sessions.shown
        target = session.waiting.target(message)
        to = pick_of(target) if target is not None and target != session.target else None
        self._composer.put_before(Draft(message.text, message.files, to))
        self._composer.setFocus()
        self._desk.scope.start(self._keep_as_draft(message), name="waiting")

    async def _keep_as_draft(self, message: Unsent) -> None:
        await self._drafts.write()
        await self._outgoing.remove(message.uid)

    def _discard(self, message: Unsent) -> None:
        self._changes.do(_Discarding(self._outgoing, message, self._is_answering))
        self._composer.setFocus()

    def _is_answering(self, message: Unsent) -> bool:
        """Whether a reply comes into the chat of a message, after which that would go by itself."""
        session = self._sessions.session(message.conversation) if message.conversation is not None else None
        return session is not None and session.busy and session.waiting.why_held is None


class _Discarding(Step):
    """Takes a message out of what waits, and puts it back."""

    def __init__(self, outgoing: Outgoing, message: Unsent, goes: Callable[[Unsent], bool]) -> None:
        uids = (message.conversation,) if message.conversation is not None else ()
        super().__init__(uids, Change(), translate("Queueing", "Discarded a message that was not sent"))
        self._outgoing = outgoing
        self._message = message
        self._goes = goes

    async def carry_out(self, library: Library) -> None:
        await self._outgoing.remove(self._message.uid)

    async def take_back(self, library: Library) -> None:
        await self._outgoing.put_back(self._message, goes=self._goes(self._message))
