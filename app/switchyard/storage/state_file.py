"""Where the window stood, in a small file that may be lost without harm."""

from __future__ import annotations

import json
from pathlib import Path

from switchyard.storage.settings_file import replace_file


class StateFile:
    """Reads and writes one JSON object."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, object]:
        """Return what was kept; nothing where the file is missing or bad."""
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def write(self, state: dict[str, object]) -> None:
        """Keep the object; raises `DataDirError`."""
        replace_file(self._path, json.dumps(state))
