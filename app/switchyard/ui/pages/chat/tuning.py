"""Lets the person set how the shown chat's replies are made: sampling, and search in the web where a model has it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLocale, QObject

from switchyard.core.content import Parameter
from switchyard.core.errors import UserError
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.sampling_words import changed_words
from switchyard.ui.pages.chat.session import Session
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.targets import Targets

_SEARCH = Parameter.WEB_SEARCH.value


class Tuning(QObject):
    """`on_changed` is called when something was set."""

    def __init__(self, desk: Desk, sessions: Sessions, composer: Composer, on_changed: Callable[[], None]) -> None:
        super().__init__(composer)
        self._desk = desk
        self._sessions = sessions
        self._composer = composer
        self._on_changed = on_changed
        self._looked_at: tuple[Session, Target | None, Targets] | None = None
        composer.foot.sampling.clicked.connect(self._open)
        composer.foot.web_search.clicked.connect(self._on_search_clicked)

    def show(self) -> None:
        """Show what is set for the shown chat."""
        session = self._sessions.shown
        given = session.options.value.parameters
        self._composer.foot.sampling.set_words(changed_words(given, QLocale()))
        self._composer.foot.web_search.setChecked(_SEARCH in given)
        looked_at = (session, session.target, self._desk.targets)
        if looked_at != self._looked_at:
            self._looked_at = looked_at
            self._desk.scope.start(self._look(session), name="web search", group="web search")

    def _open(self) -> None:
        self._desk.scope.start(self._open_panel(), name="sampling", group="sampling")

    async def _look(self, session: Session) -> None:
        """Offer to search the web where what answers can."""
        try:
            able = (await self._desk.services.sampling.taken(session.target or Target())).web_search
        except UserError:
            able = False
        if session is self._sessions.shown:
            self._composer.foot.web_search.setVisible(able)

    def _on_search_clicked(self, wanted: bool) -> None:
        options = self._sessions.shown.options
        rest = {name: value for name, value in options.value.parameters.items() if name != _SEARCH}
        options.set_parameters(rest | {_SEARCH: True} if wanted else rest)
        self._on_changed()

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
        set_ = session.options.value.parameters
        beside = {name: value for name, value in set_.items() if name == _SEARCH}
        given = {name: value for name, value in set_.items() if name != _SEARCH}
        panel = SamplingPanel(self._desk.theme, self._composer.window(), taken, given, chain=target.chain is not None)

        def keep(parameters: dict[str, object]) -> None:
            session.options.set_parameters(parameters | beside)
            self.show()
            self._on_changed()

        panel.changed.connect(keep)
        panel.open_beside(self._composer.foot.sampling)
