"""What is drawn in a process of its own, kept by what it was drawn from, and told of when it comes."""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict, deque
from collections.abc import Hashable, Mapping
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from switchyard.ui.transcript.worker_process import Answer, WorkerProcess

_TOGETHER_MS = 30
_AT_ONCE = 8  # so many change what is seen in one turn of the loop: each makes a widget or sets a paragraph anew

Key = TypeVar("Key", bound=Hashable)
Drawing = TypeVar("Drawing")


class Drawings(QObject, Generic[Key, Drawing]):
    """Asking for a drawing that is not there has it made; `drawn` tells the keys of those that came.

    `told` follows once everybody has heard of them: what several of them change can then be laid out in one go.
    """

    drawn = Signal(object)
    told = Signal()

    def __init__(self, worker: str, parent: QObject, *, kept: int, limit_ms: int) -> None:
        super().__init__(parent)
        self._worker = WorkerProcess(worker, self, limit_ms=limit_ms)
        self._kept = kept
        self._known: OrderedDict[Key, Drawing | None] = OrderedDict()
        self._asked: set[Key] = set()
        self._came: deque[Key] = deque()
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(_TOGETHER_MS)
        self._telling.timeout.connect(self._tell)

    @abstractmethod
    def question(self, key: Key) -> Mapping[str, Any]:
        """Return what the worker is asked for a drawing."""

    @abstractmethod
    def read(self, answer: Answer) -> Drawing:
        """Return the drawing that an answer holds."""

    def get(self, key: Key) -> Drawing | None:
        """Return a drawing; None while there is none, or where there is nothing to be drawn at all."""
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if key not in self._asked:
            self._asked.add(key)
            self._worker.ask(self.question(key), lambda answer: self._take(key, answer))
        return None

    def awaits(self, key: Key) -> bool:
        """Whether a drawing may still come."""
        return key in self._asked

    @property
    def busy(self) -> bool:
        """Whether anything is still to come."""
        return bool(self._asked) or self._telling.isActive()

    def _take(self, key: Key, answer: Answer) -> None:
        self._asked.discard(key)
        self._known[key] = self.read(answer) if answer else None
        if len(self._known) > self._kept:
            self._known.popitem(last=False)
        self._came.append(key)
        if not self._telling.isActive():
            self._telling.start()

    def _tell(self) -> None:
        came = frozenset(self._came.popleft() for _ in range(min(_AT_ONCE, len(self._came))))
        if self._came:
            self._telling.start()
        self.drawn.emit(came)
        self.told.emit()
