"""Facts that many may care about: a listener is called with the payload and answers nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Payload = TypeVar("Payload")


class Signal(Generic[Payload]):
    """A list of listeners, called at once and in the order in which they came."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Payload], None]] = []

    def connect(self, listener: Callable[[Payload], None]) -> Callable[[], None]:
        """Add a listener; the returned function takes it away again."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def emit(self, payload: Payload) -> None:
        """Call every listener with the payload."""
        for listener in tuple(self._listeners):
            listener(payload)
