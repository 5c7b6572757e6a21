"""The way back to an older version of a chain, and the way back from there."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject

from switchyard.core.errors import UserError
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.format import moment
from switchyard.ui.pages.chains.drafts import Drafts
from switchyard.ui.pages.chains.header import ChainHeader
from switchyard.ui.pages.page import Actions
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.chooser import Chooser, ChooserWords
from switchyard.ui.widgets.option_list import Group, Option, holds_all
from switchyard.ui.words import Words

_WIDTH_PX = 400


class Versions(QObject):
    """Opens the panel of a chain's versions. A version that is gone back to is a new one, so nothing is lost.

    `shown` tells the key of the chain whose header asks; changes that were not saved go, and come back with an undo.
    """

    def __init__(
        self,
        theme: Theme,
        header: ChainHeader,
        drafts: Drafts,
        services: Services,
        scope: TaskScope,
        actions: Actions,
        words: Words,
        shown: Callable[[], str],
    ) -> None:
        super().__init__(header)
        self._theme = theme
        self._header = header
        self._drafts = drafts
        self._services = services
        self._scope = scope
        self._actions = actions
        self._words = words
        self.picker: Chooser | None = None
        header.versions_requested.connect(lambda: self._run(self._open(shown())))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._scope.start(work, name="versions", group="change")

    async def _open(self, name: str) -> None:
        saved = self._drafts.saved(name)
        if saved is None:
            return
        versions = await self._services.chains.versions(name)
        options = [self._option(one.number, one.created_ms, one.note) for one in versions if not one.is_current]
        heading = self.tr("Version {n} is the one in use").format(n=saved.version)

        def find(text: str) -> Sequence[Group]:
            found = [option for option in options if holds_all(option.spoken, text)]
            return [Group(heading, found)] if found else []

        self.picker = Chooser(self._theme, self._header.window(), self._chooser_words(), find, width_px=_WIDTH_PX)
        self.picker.chosen.connect(lambda number: self._run(self._go_back(name, int(number), saved.version)))
        self.picker.open_beside(self._header.more)

    async def _go_back(self, name: str, number: int, left: int) -> None:
        draft = self._drafts.drop(name)
        try:
            made = await self._services.chains.roll_back(name, number)
        except UserError:
            if draft is not None:
                self._drafts.put(name, draft)
            raise

        async def undo() -> None:
            if draft is not None:
                self._drafts.put(name, draft)
            await self._services.chains.roll_back(name, left)

        self._actions.toast(
            self.tr("{name} v{made} is what v{n} was.").format(name=name, made=made, n=number),
            level="ok",
            id=f"chain {name}",
            action_text=self.tr("Undo"),
            on_action=lambda: self._run(undo()),
        )

    def _option(self, number: int, created_ms: int, note: str | None) -> Option:
        title = self.tr("v{n}").format(n=number)
        name = f"{title}  ·  {note}" if note else title
        made = moment(created_ms, self._words.locale)
        return Option(number, name, f"{name}, {made}", note=made)

    def _chooser_words(self) -> ChooserWords:
        return ChooserWords(
            title=self.tr("Go back to a version"),
            field=self.tr("Version"),
            invitation=self.tr("Which version to go back to"),
            nothing=self.tr("No version matches."),
            list=self.tr("Versions"),
        )
