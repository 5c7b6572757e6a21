"""The contents of attachments: files named by their SHA-256, written once and before any row names them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from switchyard.core.errors import DataDirError, StorageFull
from switchyard.core.sentence import sentence
from switchyard.storage.paths import is_full

# Whether any row needs a content.
NAMED = (
    "SELECT 1 FROM part WHERE blob_sha256 = ?1 UNION ALL SELECT 1 FROM draft WHERE instr(files, ?1)"
    " UNION ALL SELECT 1 FROM unsent WHERE instr(files, ?1) LIMIT 1"
)


class Blobs:
    """The folder of contents. Everything here is done in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, content: bytes) -> str:
        """Keep a content and return its SHA-256 in hexadecimal; raises `StorageFull` or another `DataDirError`."""
        return await asyncio.to_thread(self._write, content)

    async def read(self, sha256: str) -> bytes | None:
        """Return a content; None where it is not there any more."""
        return await asyncio.to_thread(self._read, sha256)

    async def aged(self, age_s: float) -> Sequence[str]:
        """Return the names of all files that were written longer ago than that, half-written ones included."""
        return await asyncio.to_thread(self._aged, age_s)

    def drop(self, name: str, age_s: float) -> None:
        """Delete a file, unless it was written since; called on the database's thread, which no row can overtake."""
        file = self._file(name)
        with contextlib.suppress(OSError):
            if _is_older(file, age_s):
                file.unlink()

    def _aged(self, age_s: float) -> Sequence[str]:
        files = (file for folder in self._folder.glob("*/") for file in folder.iterdir())
        return [file.name for file in files if _is_older(file, age_s)]

    def _file(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _write(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        file = self._file(sha256)
        try:
            if file.exists() and file.stat().st_size == len(content):
                os.utime(file)  # it is wanted again: whoever looks for files that nobody needs is to leave it
            else:
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write_whole(file, content)
        except OSError as error:
            if is_full(error):
                raise StorageFull from None
            raise DataDirError(
                sentence("The attachment cannot be kept in {folder}.", folder=str(self._folder)),
                sentence("Check the rights of the folder, or name another directory with --data-dir."),
            ) from None
        return sha256

    def _read(self, sha256: str) -> bytes | None:
        try:
            return self._file(sha256).read_bytes()
        except OSError:
            return None


def _is_older(file: Path, age_s: float) -> bool:
    try:
        return time.time() - file.stat().st_mtime > age_s
    except OSError:
        return False


def _write_whole(file: Path, content: bytes) -> None:
    """Write a file so that under its name there is all of it or nothing, a power cut included."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.parent.name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
