"""Choosing what answers: the chains and models there are, the picker, and the next of them by a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.parts import Parts
from switchyard.ui.pages.chat.picker import Picker
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.targets import Targets, load_targets, pick_of


class Choosing(QObject):
    """Keeps the desk's targets as they are; `changed` tells of each reading, `got_ready` of the first."""

    changed = Signal()
    got_ready = Signal()

    def __init__(
        self, desk: Desk, sessions: Sessions, parts: Parts, scope: TaskScope, services: Services, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._sessions = sessions
        self._parts = parts
        self._scope = scope
        self._services = services
        self._wanted: Callable[[], None] | None = None

    @property
    def targets(self) -> Targets:
        """Return what can answer."""
        return self._desk.targets

    @property
    def offered(self) -> Targets:
        """Return what can be chosen for the shown chat: nothing elsewhere for one that stays on this computer."""
        stays = self._sessions.shown.options.value.local_only
        return self._desk.targets.staying() if stays else self._desk.targets

    @property
    def ready(self) -> bool:
        """Whether it is known what can answer."""
        return bool(self.targets.choices)

    def reload(self) -> None:
        """Read anew what can answer."""
        self._scope.start(self._read(), name="targets", group="targets")

    def retry_last_with(self) -> None:
        """Let the person choose what is asked for the shown chat's last reply once more."""
        shown = self._sessions.shown
        if shown.last is not None and not shown.busy:
            self.pick(shown.last.uid)

    def take_next(self) -> None:
        """Let the next of what can answer do so, in the picker's order; after the last comes the first."""
        shown = self._sessions.shown
        targets = [choice.target for choice in self.offered.choices]
        if targets:
            at = targets.index(shown.target) if shown.target in targets else -1
            self.choose(targets[(at + 1) % len(targets)])

    def choose(self, target: Target) -> None:
        """Let this answer in the shown chat, and in new ones."""
        self._sessions.shown.choose(target)
        self._scope.start(self._keep(self._services.kept.picks.use(*pick_of(target))), name="pick")

    def pick(self, retry: str | None = None) -> None:
        """Open the picker; with a reply given, what is chosen is asked for it at once."""
        if not self.ready:  # a key was faster than the disk: it opens as soon as there is something to choose from
            self._wanted = partial(self.pick, retry)
            return
        self.reload()  # another process may have added to it
        shown = self._sessions.shown
        picker = Picker(self._desk.theme, self._parts.page.window(), self.offered, shown.target)

        def choose(target: Target) -> None:
            if retry is None:
                self.choose(target)
            else:
                self._sessions.retry_with(retry, target)

        picker.chosen.connect(choose)
        picker.liked.connect(self._like)
        picker.open_beside(self._parts.column.composer.target)

    def _like(self, target: Target, liked: bool) -> None:
        self._scope.start(self._keep(self._services.kept.picks.like(*pick_of(target), liked)), name="like")

    async def _keep(self, keeping: Awaitable[None]) -> None:
        """Keep a pick, and know of it from now on."""
        await keeping
        self._desk.targets = replace(self._desk.targets, picks=await self._services.kept.picks.read())
        self.changed.emit()

    async def _read(self) -> None:
        was_ready = self.ready
        targets = await load_targets(self._services)
        # Picks are read last: one that is kept meanwhile is not to be lost.
        self._desk.targets = replace(targets, picks=await self._services.kept.picks.read())
        if not was_ready:
            self.got_ready.emit()
        self.changed.emit()
        if self._wanted is not None and self.ready:
            wanted, self._wanted = self._wanted, None
            wanted()
