"""Regular expressions that are compiled when they are first asked for: most of a program's are not, before it ends."""

from __future__ import annotations

import re
from typing import Any, cast

_ASKED = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub")


def pattern_of(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what `re.compile` does, as far as what it finds is concerned."""
    return cast("re.Pattern[str]", _Later(text, flags))


class _Later:
    """Has the methods of a pattern from the moment that one of them is wanted, and then without a detour."""

    __slots__ = ("_flags", "_text", *_ASKED)

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile it, since it is not."""
        compiled = re.compile(self._text, self._flags)
        for method in _ASKED:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
