"""What a person does with conversations, so that it can be undone and done again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from PySide6.QtCore import QObject

from switchyard.core.filing import Change, Filing
from switchyard.core.message import ConversationId
from switchyard.services.library import Library
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions

_numbers = count(1)


async def _nothing() -> None:
    return


@dataclass(eq=False)
class Step:
    """One change of one or many conversations. `done` and `undone` are what is said of it; "" says nothing.

    `first` is called before it is done, `then` afterwards, and `back` when it was undone.
    """

    uids: Sequence[ConversationId]
    change: Change
    done: str = ""
    undone: str = ""
    first: Callable[[], object] = lambda: None
    then: Callable[[], Awaitable[None]] = _nothing
    back: Callable[[], object] = lambda: None
    before: Mapping[ConversationId, Filing] = field(default_factory=dict)
    id: str = field(default_factory=lambda: f"change {next(_numbers)}")

    async def carry_out(self, library: Library) -> None:
        """Make the change."""
        self.before = await library.change(self.uids, self.change)

    async def take_back(self, library: Library) -> None:
        """Make everything as it was before."""
        await library.put_back(self.before)


class Changes(QObject):
    """Does, undoes and does again, in order; doing something new leaves nothing to be done again."""

    def __init__(self, library: Library, scope: TaskScope, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._scope = scope
        self._actions = actions
        self._done: list[Step] = []
        self._undone: list[Step] = []

    def do(self, step: Step) -> None:
        """Do something new, and offer to undo it where it is said."""
        self._undone.clear()
        self._start(step)

    def undo(self) -> None:
        """Undo what was done last."""
        if self._done:
            self._take_back(self._done[-1])

    def redo(self) -> None:
        """Do again what was undone last."""
        if self._undone:
            self._start(self._undone.pop())

    def forget(self, uids: Collection[ConversationId]) -> None:
        """Some conversations are gone for good: nothing that was done with them can be undone."""
        for steps in (self._done, self._undone):
            for step in steps:
                step.uids = [uid for uid in step.uids if uid not in uids]
            steps[:] = [step for step in steps if step.uids]

    def _start(self, step: Step) -> None:
        step.first()
        self._scope.start(self._do(step), name="change")

    def _take_back(self, step: Step) -> None:
        if step in self._done:
            self._done.remove(step)
            self._scope.start(self._undo(step), name="undo")

    async def _do(self, step: Step) -> None:
        await step.carry_out(self._library)
        self._done.append(step)
        if step.done:
            self._actions.toast(
                step.done, id=step.id, action_text=self.tr("Undo"), on_action=lambda: self._take_back(step)
            )
        await step.then()

    async def _undo(self, step: Step) -> None:
        await step.take_back(self._library)
        self._undone.append(step)
        if step.undone:
            self._actions.toast(step.undone, level="ok", id=step.id)
        step.back()
