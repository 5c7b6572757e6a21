"""Server-sent events without I/O: bytes in, events out (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from typing import NamedTuple

from switchyard.providers.lines import LineSplitter

_BOM = b"\xef\xbb\xbf"


class SseEvent(NamedTuple):
    """One event: its name (empty where none was given) and its data."""

    name: str
    data: str


class SseDecoder:
    """Decodes a stream of events. `strange` tells whether anything came that belongs to no such stream."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._at_start = True
        self._name = ""
        self._data: list[bytes] = []
        self.strange = False

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Return the events that `chunk` completes."""
        events: list[SseEvent] = []
        for line in self._lines.feed(chunk):
            if line.startswith(b"data: "):  # as nearly all are
                self._at_start = False
                self._data.append(line[6:])
            elif line:
                self._take(line)
            elif self._data or self._name:
                self._dispatch(events)
        return events

    def close(self) -> list[SseEvent]:
        """Return the event that was not finished by an empty line: some hosts leave it out at the end."""
        events: list[SseEvent] = []
        rest = self._lines.close()
        if rest:
            self._take(rest)
        self._dispatch(events)
        return events

    def _take(self, line: bytes) -> None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
        elif field == b"event":
            self._name = value.removeprefix(b" ").decode("utf-8", "replace")
        elif field not in (b"", b"id", b"retry"):
            self.strange = True

    def _dispatch(self, events: list[SseEvent]) -> None:
        if self._data:
            data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            events.append(SseEvent(self._name, data.decode("utf-8", "replace")))
            self._data = []
        self._name = ""
