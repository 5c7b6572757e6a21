"""Words about the chats of the list that more than one part of it says."""

from __future__ import annotations

_TITLE_LENGTH = 40


def quoted(title: str) -> str:
    """Return a title as it stands within a sentence: not too long."""
    return title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH].rstrip()}…"
