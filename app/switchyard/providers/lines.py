"""Cuts a stream of bytes into lines, whatever ends them and however it arrives."""

from __future__ import annotations


class LineSplitter:
    """Sans-I/O: bytes in, whole lines out. LF, CR and CRLF end a line, a CRLF torn in two as well.

    Line ends are never inside a UTF-8 sequence, so lines are cut before they are decoded.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._skip_lf = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that `chunk` completes."""
        if not chunk:
            return []
        if self._skip_lf and chunk[0] == 10:
            chunk = chunk[1:]
        if b"\r" in chunk:
            return self._feed_any(chunk)
        if chunk:
            self._skip_lf = False
        if b"\n" not in chunk:
            if chunk:
                self._parts.append(chunk)
            return []
        lines = (self._join(chunk) if self._parts else chunk).split(b"\n")
        if rest := lines.pop():
            self._parts.append(rest)
        return lines

    def close(self) -> bytes:
        """Return what stands after the last line end."""
        return self._join(b"")

    def _feed_any(self, chunk: bytes) -> list[bytes]:
        self._skip_lf = chunk.endswith(b"\r")
        lines = self._join(chunk).splitlines(keepends=True)  # bytes know no other line ends than these three
        if not lines[-1].endswith((b"\r", b"\n")):
            self._parts.append(lines.pop())
        return [line.rstrip(b"\r\n") for line in lines]

    def _join(self, chunk: bytes) -> bytes:
        if not self._parts:
            return chunk
        self._parts.append(chunk)
        joined = b"".join(self._parts)
        self._parts = []
        return joined
