"""What a message holds beside its words: written with it, read back with it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from switchyard.core.content import Citation, Opaque, StoredFile, ToolCall
from switchyard.core.errors import DataDirError
from switchyard.core.message import MessageState
from switchyard.storage.blobs import Blobs
from switchyard.storage.database import Database
from switchyard.storage.history import History
from switchyard.storage.turns import TurnEnd, Turns

FILES = (StoredFile("a ü.png", "image/png", "ab" * 32, 7), StoredFile("b.pdf", "application/pdf", "cd" * 32, 9))
CALL, SOURCE = ToolCall("c1", "look", '{"at": "x"}'), Citation("https://example.org/a", "A", None)
PICTURE = StoredFile("", "image/webp", "ef" * 32, 3)
OPAQUE = Opaque("anthropic", [{"type": "thinking", "signature": "s"}])


async def test_files_and_extras_are_read_back(turns: Turns, history: History, make: Any) -> None:
    turn = make.turn()._replace(files=FILES, parameters='{"stream": true, "seed": 1}')
    await turns.begin(turn)
    done = replace(make.attempt(), **make.ANSWERED)
    end = TurnEnd(
        make.record(turn, done), MessageState.COMPLETE, done, "words", "", None, (CALL, SOURCE, PICTURE), OPAQUE
    )
    await turns.end(turn, end)
    opened = await history.open_conversation(turn.conversation)
    assert opened is not None
    user, reply = opened[1]
    assert (user.text, user.files, user.opaque) == ("hello", FILES, None)
    assert (reply.text, reply.calls, reply.citations, reply.files) == ("words", (CALL,), (SOURCE,), (PICTURE,))
    assert reply.opaque == OPAQUE


async def test_the_attempt_that_wrote_a_part_is_known(turns: Turns, database: Database, make: Any) -> None:
    turn = make.turn()
    await turns.begin(turn)
    done = replace(make.attempt(), **make.ANSWERED)
    await turns.end(turn, TurnEnd(make.record(turn, done), MessageState.COMPLETE, done, "", "", None, (CALL,), OPAQUE))

    def parts(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
        sql = (
            "SELECT p.kind, a.n, p.opaque IS NOT NULL FROM part p LEFT JOIN attempt a ON a.id = p.attempt ORDER BY p.id"
        )
        return connection.execute(sql).fetchall()

    assert await database.read(parts) == [("text", None, 0), ("tool_call", 1, 1)]


async def test_a_content_is_kept_once_under_its_hash(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    first, second = await blobs.write(b"content"), await blobs.write(b"content")
    assert first == second
    assert await blobs.read(first) == b"content"
    assert [file.name for file in (tmp_path / "blobs").rglob("*") if file.is_file()] == [first]
    assert await blobs.read("00" * 32) is None
    (tmp_path / "blobs" / first[:2] / first).write_bytes(b"torn")  # cut off by a full disk, say
    assert await blobs.write(b"content") == first
    assert await blobs.read(first) == b"content"


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file")
    with pytest.raises(DataDirError, match="attachment cannot be kept"):
        await Blobs(tmp_path / "blobs").write(b"x")
