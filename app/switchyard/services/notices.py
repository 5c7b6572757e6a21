"""Messages to the person that belong to no card: the window shows them as toasts or as a banner."""

from __future__ import annotations

from enum import StrEnum

from switchyard.core.errors import UserError
from switchyard.core.sentence import Sentence
from switchyard.core.value import value
from switchyard.services.signal import Signal


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@value
class Notice:
    """A message with an id: a repeat replaces the one before. `account` is the one that it is about."""

    id: str
    level: Level
    title: Sentence
    hint: Sentence | None = None
    account: str | None = None


class Notices:
    """Passes notices on; those that came before anybody listened wait."""

    def __init__(self) -> None:
        self.posted: Signal[Notice] = Signal()
        self.withdrawn: Signal[str] = Signal()
        self._waiting: list[Notice] = []
        self._heard = False

    def post(self, notice: Notice) -> None:
        """Tell the person."""
        if self._heard:
            self.posted.emit(notice)
        else:
            self._waiting.append(notice)

    def post_error(self, error: UserError) -> None:
        """Tell the person of an expected error."""
        self.post(Notice(type(error).__name__, Level.ERROR, error.title, error.hint))

    def withdraw(self, id: str) -> None:
        """What a notice said is no longer so; nothing happens where nobody was told."""
        self._waiting = [notice for notice in self._waiting if notice.id != id]
        self.withdrawn.emit(id)

    def withdraw_error(self, *kinds: type[UserError]) -> None:
        """Errors of these kinds are over."""
        for kind in kinds:
            self.withdraw(kind.__name__)

    def listen(self) -> None:
        """Somebody listens now: what waited is told."""
        self._heard = True
        waiting, self._waiting = self._waiting, []
        for notice in waiting:
            self.posted.emit(notice)
