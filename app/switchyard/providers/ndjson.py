"""Newline-delimited JSON without I/O: bytes in, lines of JSON text out."""

from __future__ import annotations

from switchyard.providers.lines import LineSplitter


class NdjsonDecoder:
    """Decodes a stream of lines; blank ones are left out. Every line is an item, so nothing is ever `strange`."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self.strange = False

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that `chunk` completes."""
        return [line.decode("utf-8", "replace") for line in self._lines.feed(chunk) if line.strip()]

    def close(self) -> list[str]:
        """Return the last line where nothing ends it."""
        rest = self._lines.close()
        return [rest.decode("utf-8", "replace")] if rest.strip() else []
