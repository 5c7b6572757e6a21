"""Parts reasoning from text where a model writes both into one stream, between `<think>` and `</think>`."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Reasoning counts only where the reply begins with the tag: anywhere else it is text about a tag."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._at_text_start = False
        self.text_only = False

    def feed(self, piece: str) -> tuple[str, str]:
        """Return what of the reply so far is reasoning and what is text, each since the last call."""
        if self.text_only:
            return "", piece
        self._held += piece
        if not self._inside and not self._at_text_start:
            begun = self._held.lstrip()
            if _OPEN.startswith(begun):  # too short to tell, the empty text included
                if begun != _OPEN:
                    return "", ""
            elif not begun.startswith(_OPEN):
                return "", self._release()
            self._inside = True
            self._held = begun.removeprefix(_OPEN).lstrip("\n")
        return self._split()

    def close(self) -> tuple[str, str]:
        """Return what was held back, now that nothing follows."""
        held, self._held = self._held, ""
        return (held, "") if self._inside else ("", held)

    def _split(self) -> tuple[str, str]:
        reasoning = ""
        if self._inside:
            before, tag, after = self._held.partition(_CLOSE)
            if not tag:
                kept = _tag_begun(self._held)
                reasoning, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
                return reasoning, ""
            self._inside, self._at_text_start = False, True
            reasoning, self._held = before, after
        self._held = self._held.lstrip("\n")
        return reasoning, self._release() if self._held else ""

    def _release(self) -> str:
        self.text_only = True
        held, self._held = self._held, ""
        return held


def _tag_begun(text: str) -> int:
    """How many characters at the end of the text may be the beginning of the closing tag."""
    return next((n for n in range(min(len(_CLOSE) - 1, len(text)), 0, -1) if _CLOSE.startswith(text[-n:])), 0)
