"""Up and Down in the composer: the messages of this chat, to be put differently; in a new one, earlier words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from switchyard.core.message import Message, MessageId, Role
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.editing import Editing
from switchyard.ui.pages.chat.queueing import Queueing
from switchyard.ui.pages.chat.sessions import Sessions


class Recalling(QObject):
    """Begins with the last message: one that waits is taken out, one that was sent is put differently.

    It steps on only as long as nothing is changed of what was brought back.
    """

    def __init__(
        self, desk: Desk, sessions: Sessions, composer: Composer, editing: Editing, queueing: Queueing
    ) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._composer = composer
        self._editing = editing
        self._queueing = queueing
        self._uid: MessageId | None = None
        self._words: Sequence[str] = ()
        self._back = 0  # how many steps from the newest words, which are 1
        composer.up_passed.connect(self.go_back)
        composer.down_passed.connect(self.go_on)

    def go_back(self) -> None:
        """Bring back what was written before what is there."""
        if self._composer.box.recalls:
            self._step(-1)
        elif not self._queueing.edit_last():
            self._begin()

    def go_on(self) -> None:
        """Bring back what was written after that; behind the newest stands what was there at first."""
        if self._composer.box.recalls:
            self._step(1)

    # --- inside ---

    def _begin(self) -> None:
        session, mine = self._sessions.shown, self._mine()
        if mine and not session.busy:
            self._put(mine[-1])
        elif not session.messages and not session.busy:
            self._desk.scope.start(self._read(), name="recall", group="recall")

    def _step(self, by: int) -> None:
        mine = self._mine()
        at = next((n for n, each in enumerate(mine) if each.uid == self._uid), None)
        if not self._editing.active or at is None:
            self._show(self._back - by)
        elif at + by == len(mine):
            self._editing.leave()
        elif at + by >= 0:
            self._put(mine[at + by])

    def _mine(self) -> Sequence[Message]:
        return [each for each in self._sessions.shown.messages if each.role is Role.USER]

    def _put(self, message: Message) -> None:
        self._uid = message.uid
        self._editing.begin(self._sessions.shown, message)
        self._composer.box.recalled = message.text

    async def _read(self) -> None:
        """Read what was written last in chats that may leave this computer, and show the newest of it."""
        self._words = await self._desk.services.references.words()
        if self._sessions.shows_new and not self._composer.text():
            self._show(1)

    def _show(self, back: int) -> None:
        """Show words that were written so many steps back."""
        if 0 <= back <= len(self._words):
            self._back = back
            words = self._words[back - 1] if back else ""
            self._composer.set_text(words)
            self._composer.box.recalled = words
