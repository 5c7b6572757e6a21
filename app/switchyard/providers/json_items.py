"""JSON objects out of an array that arrives in pieces, without I/O: what a stream is where no events were asked for."""

from __future__ import annotations

import re

from switchyard.providers.sse import SseEvent

_MARKS = re.compile(rb'["{}\[\]]')
_IN_TEXT = re.compile(rb'["\\]')


class JsonItemsDecoder:
    """Decodes the objects of one array, or a single object, into events without a name.

    `strange` tells whether anything came that belongs to neither.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._at = 0  # where to look on; may lie behind the end, after a backslash
        self._start = 0
        self._depth = 0
        self._in_text = False
        self.strange = False

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Return the objects that `chunk` completes."""
        self._rest += chunk
        events: list[SseEvent] = []
        while (mark := (_IN_TEXT if self._in_text else _MARKS).search(self._rest, self._at)) is not None:
            self._at = mark.end()
            self._take(mark.group(), events)
        if not self._in_text or self._at < len(self._rest):
            self._at = len(self._rest)
        self._forget()
        return events

    def close(self) -> list[SseEvent]:
        """Return the object that nothing ended."""
        if self._depth == 0:
            return []
        return [SseEvent("", self._rest[self._start :].decode("utf-8", "replace"))]

    def _take(self, mark: bytes, events: list[SseEvent]) -> None:
        if mark == b"\\":
            self._at += 1
        elif mark == b'"':
            self._in_text = not self._in_text
            self.strange = self.strange or self._depth == 0
        elif mark in b"{[":
            if self._depth == 0:
                if mark == b"[":
                    return
                self._start = self._at - 1
            self._depth += 1
        elif self._depth:
            self._depth -= 1
            if self._depth == 0:
                events.append(SseEvent("", self._rest[self._start : self._at].decode("utf-8", "replace")))

    def _forget(self) -> None:
        """Let go of what was handed out."""
        done = self._start if self._depth else min(self._at, len(self._rest))
        del self._rest[:done]
        self._at -= done
        self._start = 0
