"""Finds the files that ship with the application: icons, fonts, colours, licences."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def _root() -> Path:
    """Return the folder inside the installed package, or the top-level one in a source checkout."""
    package = Path(__file__).resolve().parent
    packed = package / "resources"
    return packed if packed.is_dir() else package.parents[1] / "resources"


def resource(relative: str) -> Path:
    """Return where a bundled file or folder lies, given its path below `resources/`."""
    path = _root() / relative
    if not path.exists():
        raise FileNotFoundError(f"resources/{relative} is not part of this installation")
    return path
