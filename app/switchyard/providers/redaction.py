"""Takes keys out of texts: whatever a provider echoes passes through here before anyone sees it."""

from __future__ import annotations

import re

MARK = "[key]"
SHORT = 8

_CHARS = r"[A-Za-z0-9_\-*…]"
_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])"
    r"(?:sk-|AIza|eyJ|(?:gsk|hf|xai|pplx|fw|tgp|nvapi)[_-])" + _CHARS + r"{4,}(?:\.+" + _CHARS + r"+)*"
)
_BEARER = re.compile(r"(?i)\b(bearer|api[-_ ]?key[\"']?\s*[:=])(\s*[\"']?)[^\s\"',}]{6,}")


def redact(text: str, key: str | None) -> str:
    """Return the text without the key, and without anything that has the shape of one."""
    secret = (key or "").strip()
    if secret:
        # A short one, such as a local server's "x", is a secret only where it stands alone: words hold its letters.
        whole = rf"(?<![\w-]){re.escape(secret)}(?![\w-])" if len(secret) < SHORT else re.escape(secret)
        text = re.sub(whole, MARK, text)
    text = _SHAPES.sub(MARK, text)
    return _BEARER.sub(rf"\1\2{MARK}", text)
