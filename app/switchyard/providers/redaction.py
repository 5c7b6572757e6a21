"""Takes keys out of texts: whatever a provider echoes passes through here before anyone sees it."""

from __future__ import annotations

import re

MARK = "[key]"

_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_\-*.…]{4,}"
    r"|(?:gsk|hf|xai|pplx|fw|tgp|nvapi)[_-][A-Za-z0-9_\-*.…]{6,}"
    r"|AIza[A-Za-z0-9_\-*.…]{6,}"
    r"|eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-.]+"
    r")"
)
_BEARER = re.compile(r"(?i)\b(bearer|api[-_ ]?key[\"']?\s*[:=])(\s*[\"']?)[^\s\"',}]{6,}")


def redact(text: str, key: str | None) -> str:
    """Return the text without the key, and without anything that has the shape of one."""
    if key:
        text = text.replace(key, MARK)
        stripped = key.strip()
        if stripped:
            text = text.replace(stripped, MARK)
    text = _SHAPES.sub(MARK, text)
    return _BEARER.sub(rf"\1\2{MARK}", text)
