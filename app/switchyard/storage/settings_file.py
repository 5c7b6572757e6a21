"""The settings file: TOML that a person may edit; comments and unknown keys survive."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from switchyard.core.errors import DataDirError, StorageFull
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.settings import Settings, read_settings, settings_to_dict
from switchyard.storage.paths import is_full


class SettingsFile:
    """Reads and writes one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[Settings, list[Sentence]]:
        """Return the settings, and what is wrong with the file; wrong values keep their default."""
        try:
            data = _parse(self._path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            return Settings(), []
        except (OSError, ValueError):
            return Settings(), [sentence("{file} cannot be read, so the usual settings hold.", file=self._path.name)]
        settings, bad = read_settings(data)
        return settings, [
            sentence("{file}: {name} is not a value that it may have.", file=self._path.name, name=name) for name in bad
        ]

    async def write(self, settings: Settings) -> None:
        """Write the settings; raises `StorageFull` or `DataDirError`."""
        await asyncio.to_thread(self._write, settings)

    def _write(self, settings: Settings) -> None:
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        document = tomlkit.document()
        try:
            document = tomlkit.parse(self._path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            pass
        except (OSError, UnicodeDecodeError, TOMLKitError):
            self._set_aside()
        for name, value in settings_to_dict(settings).items():
            document[name] = value
        replace_file(self._path, tomlkit.dumps(document))

    def _set_aside(self) -> None:
        """Keep a file that cannot be read under another name: somebody wrote it by hand."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        with contextlib.suppress(OSError):
            self._path.rename(self._path.with_name(f"{self._path.name}.unreadable-{stamp}"))


def replace_file(path: Path, text: str) -> None:
    """Put a file in another's place, whole or not at all; raises `StorageFull` or `DataDirError`."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        if is_full(error):
            raise StorageFull from None
        raise DataDirError(
            sentence("{file} cannot be written.", file=path.name),
            sentence("Check the rights of the data directory."),
        ) from None


def _parse(text: str) -> dict[str, Any]:
    """Return what TOML says; raises `ValueError`."""
    import tomllib  # most people have no such file

    return tomllib.loads(text)
