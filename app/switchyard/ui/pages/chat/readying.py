"""Gets ready for the first call to a model while the words for it are being written: it takes half a second to load."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QObject

from switchyard.core.draft import Draft
from switchyard.core.errors import UserError
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.sessions import Sessions


class Readying(QObject):
    """Follows the composer. Who was made ready for once stays so; nothing is loaded for a window that is only read."""

    def __init__(self, desk: Desk, sessions: Sessions, composer: Composer) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._known: set[Target] = set()
        composer.edited.connect(self._on_edited)

    def _on_edited(self, draft: Draft) -> None:
        target = self._sessions.shown.target
        if draft and target is not None and target not in self._known:
            self._known.add(target)
            self._desk.scope.start(self._prepare(target), name="first call")

    async def _prepare(self, target: Target) -> None:
        with contextlib.suppress(UserError):  # sending it tells why
            await self._desk.services.chat.prepare(target)
