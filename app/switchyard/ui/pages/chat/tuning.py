"""Lets the person set how the shown chat's replies are made, and says in the foot what is set."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLocale, QObject

from switchyard.core.errors import UserError
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.sampling_words import changed_words
from switchyard.ui.pages.chat.sessions import Sessions


class Tuning(QObject):
    """`on_changed` is called when something was set."""

    def __init__(self, desk: Desk, sessions: Sessions, composer: Composer, on_changed: Callable[[], None]) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._composer = composer
        self._on_changed = on_changed
        composer.foot.sampling.clicked.connect(self._open)

    def show(self) -> None:
        """Show what is set for the shown chat."""
        given = self._sessions.shown.options.value.parameters
        self._composer.foot.sampling.set_words(changed_words(given, QLocale()))

    def _open(self) -> None:
        self._desk.scope.start(self._open_panel(), name="sampling", group="sampling")

    async def _open_panel(self) -> None:
        from switchyard.ui.pages.chat.sampling_panel import SamplingPanel

        session = self._sessions.shown
        target = session.target or Target()
        try:
            taken = await self._desk.services.sampling.taken(target)
        except UserError as error:
            self._desk.services.notices.post_error(error)
            return
        if session is not self._sessions.shown:
            return
        given = session.options.value.parameters
        panel = SamplingPanel(self._desk.theme, self._composer.window(), taken, given, chain=target.chain is not None)

        def keep(parameters: dict[str, object]) -> None:
            session.options.set_parameters(parameters)
            self.show()
            self._on_changed()

        panel.changed.connect(keep)
        panel.open_beside(self._composer.foot.sampling)
