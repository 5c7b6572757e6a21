"""Parts reasoning from text where a model writes both into one stream, between `<think>` and `</think>`."""

from __future__ import annotations

from enum import Enum

_OPEN, _CLOSE = "<think>", "</think>"


class _At(Enum):
    """Where in the reply the splitter stands."""

    BEGINNING = 0  # before the first word: a tag may follow
    OPENED = 1  # behind the opening tag, line ends still to be left out
    REASONING = 2
    CLOSED = 3  # behind the closing tag, line ends still to be left out
    TEXT = 4


class ThinkSplitter:
    """Reasoning counts only where the reply begins with the tag: anywhere else it is text about a tag."""

    def __init__(self) -> None:
        self._held = ""
        self._at = _At.BEGINNING

    @property
    def text_only(self) -> bool:
        """Whether nothing is held back and all that follows is text."""
        return self._at is _At.TEXT and not self._held

    def skip(self) -> None:
        """Look for no reasoning: it comes by itself."""
        self._at = _At.TEXT

    def feed(self, piece: str) -> tuple[str, str]:
        """Return what of the reply so far is reasoning and what is text, each since the last call."""
        self._held += piece
        reasoning = ""
        if self._at is _At.BEGINNING:
            self._begin()
        if self._at is _At.OPENED:
            self._held = self._held.lstrip("\n")
            self._at = _At.REASONING if self._held else _At.OPENED
        if self._at is _At.REASONING:
            reasoning = self._reason()
        if self._at is _At.CLOSED:
            self._held = self._held.lstrip("\n")
            self._at = _At.TEXT if self._held else _At.CLOSED
        if self._at is not _At.TEXT:
            return reasoning, ""
        text, self._held = self._held, ""
        return reasoning, text

    def close(self) -> tuple[str, str]:
        """Return what was held back, now that nothing follows."""
        held, self._held = self._held, ""
        return (held, "") if self._at is _At.REASONING else ("", held)

    def _begin(self) -> None:
        begun = self._held.lstrip()
        if begun.startswith(_OPEN):
            self._held = begun.removeprefix(_OPEN)
            self._at = _At.OPENED
        elif not _OPEN.startswith(begun):
            self._at = _At.TEXT

    def _reason(self) -> str:
        reasoning, tag, after = self._held.partition(_CLOSE)
        if tag:
            self._held = after
            self._at = _At.CLOSED
            return reasoning
        kept = len(self._held) - _tag_begun(self._held)
        reasoning, self._held = self._held[:kept], self._held[kept:]
        return reasoning


def _tag_begun(text: str) -> int:
    """How many characters at the end of the text may be the beginning of the closing tag."""
    return next((n for n in range(min(len(_CLOSE) - 1, len(text)), 0, -1) if _CLOSE.startswith(text[-n:])), 0)
