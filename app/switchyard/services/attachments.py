"""Takes files in, keeps them, and makes them ready to be sent."""

from __future__ import annotations

import asyncio
import base64
import subprocess
from collections.abc import Sequence
from pathlib import Path

from switchyard.core.content import Attachment, StoredFile
from switchyard.core.errors import UserError
from switchyard.core.media import (
    LARGEST_FILE_BYTES,
    PDF,
    TEXT,
    ImageLimits,
    media_type_of,
    text_of,
)
from switchyard.core.sentence import sentence
from switchyard.core.value import field, value
from switchyard.services.workers import worker_command
from switchyard.storage.blobs import Blobs

WORKER_TIMEOUT_S = 60.0
PDF_CHARACTERS = 2_000_000
_READY = 16  # attachments that are kept ready: a chat is answered again and again with the same ones


@value
class Upload:
    """A file on its way in; its type is known to be one that can be sent."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


class Attachments:
    """The files of messages."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self._ready: dict[tuple[str, ImageLimits], Attachment] = {}

    async def keep(self, uploads: Sequence[Upload]) -> tuple[StoredFile, ...]:
        """Write files into the data directory, before a row names them; raises `DataDirError`."""
        return tuple(
            [
                StoredFile(one.name, one.media_type, await self.blobs.write(one.content), len(one.content))
                for one in uploads
            ]
        )

    async def load(self, files: Sequence[StoredFile], limits: ImageLimits) -> tuple[Attachment, ...]:
        """Return kept files as they are sent; one that is gone from the directory is left out."""
        found: list[Attachment] = []
        for file in files:
            ready = self._ready.get((file.sha256, limits))
            if ready is None:
                content = await self.blobs.read(file.sha256)
                if content is None:
                    continue
                ready = await prepare(Upload(file.name, file.media_type, content), limits)
                self._ready[file.sha256, limits] = ready
                while len(self._ready) > _READY:
                    self._ready.pop(next(iter(self._ready)))
            found.append(ready)
        return tuple(found)


async def read_upload(path: Path) -> Upload:
    """Read a file that the person names; raises `UserError` where it cannot be read or sent."""
    return await asyncio.to_thread(_read_upload, path)


def _read_upload(path: Path) -> Upload:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise UserError(
                sentence("{file} is larger than 32 MB.", file=path.name),
                sentence("Attach a smaller one, or a part of it."),
            )
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            sentence("{file} cannot be read: {reason}.", file=str(path), reason=error.strerror or type(error).__name__)
        ) from None
    return check_upload(path.name, content)


def check_upload(name: str, content: bytes) -> Upload:
    """Return a file as one that can be sent; raises `UserError` where no model could take it."""
    media_type = media_type_of(content) if content else None
    if media_type is None:
        raise UserError(
            sentence("{file} cannot be attached.", file=name),
            sentence("Images (PNG, JPEG, WebP, GIF), PDF and text files can."),
        )
    return Upload(name, media_type, content)


async def prepare(upload: Upload, limits: ImageLimits) -> Attachment:
    """Return a file as it is sent: images scaled, text read; raises `UserError` for one that is damaged."""
    return await asyncio.to_thread(_prepare, upload, limits)


def _prepare(upload: Upload, limits: ImageLimits) -> Attachment:
    media_type, content, text = upload.media_type, upload.content, None
    if media_type == TEXT:
        text = text_of(content)
    elif media_type == PDF:
        text = _work("pdf", upload, str(PDF_CHARACTERS)).decode("utf-8", "replace").strip() or None
    else:
        content = _work("image", upload, *(str(int(limit)) for limit in limits)) or content
        media_type = media_type_of(content) or media_type
    return Attachment(media_type, base64.b64encode(content).decode(), upload.name, text)


def _work(worker: str, upload: Upload, *arguments: str) -> bytes:
    """Have a file read in a process of its own: it may be broken, or made to break its reader."""
    try:
        done = subprocess.run(
            worker_command(worker, *arguments),
            input=upload.content,
            capture_output=True,
            timeout=WORKER_TIMEOUT_S,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        raise UserError(
            sentence("{file} cannot be read: it seems to be damaged.", file=upload.name),
            sentence("Leave it out, or attach another copy."),
        ) from None
    return done.stdout
