"""The chats in the order in which they were shown, to go back along it and forth again."""

from __future__ import annotations

from collections.abc import Callable

from switchyard.core.message import ConversationId


class Trail:
    """Opening a chat by other means cuts off what lies ahead. A new chat is no place on it until it has begun."""

    def __init__(self) -> None:
        self._visited: list[ConversationId] = []
        self._at = -1
        self._bound_for: ConversationId | None = None
        self._aside = False

    def note(self, shown: ConversationId | None) -> None:
        """A chat is shown, or None where it is a new one; the same again is no step."""
        self._aside = shown is None
        if shown is None or (self._at >= 0 and shown == self._visited[self._at]):
            return
        bound_for, self._bound_for = self._bound_for, None
        if shown == bound_for:
            self._at = self._visited.index(shown)
        else:
            self._visited = [uid for uid in self._visited[: self._at + 1] if uid != shown]
            self._visited.append(shown)
            self._at = len(self._visited) - 1

    def step(self, by: int, exists: Callable[[ConversationId], bool]) -> ConversationId | None:
        """Return the chat before or after the shown one that is still there; None where there is none."""
        at = self._at if self._aside and by < 0 else self._at + by
        while 0 <= at < len(self._visited):
            if exists(self._visited[at]):
                self._bound_for = self._visited[at]
                return self._bound_for
            at += by
        return None
