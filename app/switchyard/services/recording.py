"""Writes a route into the history as it happens."""

from __future__ import annotations

import asyncio
import base64

from switchyard.core.content import Extra, GeneratedImage, StoredFile
from switchyard.core.route import AttemptRecord
from switchyard.services.recorder import RouteEnd
from switchyard.storage.blobs import Blobs
from switchyard.storage.parts import Kept
from switchyard.storage.turns import NewTurn, TurnEnd, Turns, Words


class HistoryRecorder:
    """Records one turn: its words where it has a reply, else attempts and figures alone. See `Recorder`."""

    def __init__(self, turns: Turns, blobs: Blobs, turn: NewTurn) -> None:
        self._turns = turns
        self._blobs = blobs
        self._turn = turn

    async def begin(self, attempt: AttemptRecord | None) -> None:
        """Keep the turn and its first attempt in one transaction."""
        await self._turns.begin(self._turn._replace(attempt=attempt))

    async def attempt_started(self, attempt: AttemptRecord) -> None:
        """Keep a later attempt as running."""
        await self._turns.start_attempt(self._turn.route, attempt)

    async def checkpoint(self, attempt: AttemptRecord, text: str, reasoning: str) -> None:
        """Keep what was said so far, and the seam that it stands behind."""
        route, reply = self._turn.route, self._turn.reply
        if reply is not None:
            await self._turns.checkpoint(route, reply, attempt.n, text, reasoning, attempt.seam)

    async def attempt_ended(self, attempt: AttemptRecord, text: str, reasoning: str, *, counts: bool) -> None:
        """Keep an attempt that the route left; its words are superseded unless they count."""
        words = Words(text, reasoning, superseded=not counts)
        await self._turns.end_attempt(self._turn.route, attempt, self._turn.reply, words)

    async def ended(self, end: RouteEnd) -> None:
        """Keep the end of the route and of its last attempt in one transaction, images before it."""
        extras = [await self._kept(extra) for extra in end.extras] if self._turn.reply is not None else []
        await self._turns.end(self._turn, TurnEnd(*end[:6], extras, end.opaque))

    async def _kept(self, extra: Extra) -> Kept:
        if not isinstance(extra, GeneratedImage):
            return extra
        content = await asyncio.to_thread(_decode, extra.base64)
        return StoredFile("", extra.media_type, await self._blobs.write(content), len(content))


def _decode(text: str) -> bytes:
    """Return what base64 says; nothing where it is none."""
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""
