"""Drafts: words and files that wait to be sent."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.core.picks import PickKind
from switchyard.storage.blobs import Blobs
from switchyard.storage.database import Database
from switchyard.storage.drafts import Drafts
from switchyard.storage.paths import Paths

NOTES = StoredFile("notes.txt", "text/plain", "ab" * 32, 12)


async def test_drafts_are_kept_for_each_conversation(drafts: Drafts) -> None:
    await drafts.keep("", Draft("for the new chat"))
    await drafts.keep("c", draft := Draft("for one", to=(PickKind.CHAIN, "Everyday"), local_only=True))
    assert await drafts.read("c") == draft
    await drafts.keep("a", Draft("first", (NOTES,)))
    await drafts.keep("a", Draft("second", (NOTES,)))
    assert await drafts.read("") == Draft("for the new chat")
    assert await drafts.read("a") == Draft("second", (NOTES,))
    assert await drafts.read("b") == Draft()
    await drafts.keep("a", Draft(" "))
    assert await drafts.read("a") == Draft()


async def test_files_alone_are_a_draft(drafts: Drafts) -> None:
    await drafts.keep("", Draft(files=(NOTES,)))
    assert await drafts.read("") == Draft(files=(NOTES,))


async def test_who_alone_is_to_answer_is_kept_with_the_words(drafts: Drafts) -> None:
    await drafts.keep("", Draft("ask", to=(PickKind.MODEL, "one/gpt-5")))
    assert await drafts.read("") == Draft("ask", to=(PickKind.MODEL, "one/gpt-5"))
    await drafts.keep("", Draft("ask"))
    assert await drafts.read("") == Draft("ask")


async def test_of_a_draft_that_is_erased_no_byte_is_left(drafts: Drafts, database: Database, paths: Paths) -> None:
    await database.read(lambda c: c.execute("PRAGMA secure_delete = OFF").fetchone())  # as most SQLites are made
    blobs = Blobs(paths.blobs)
    own = StoredFile("zanzibar.txt", "text/plain", await blobs.write(b"a list of zanzibar"), 18)
    shared = StoredFile("b.txt", "text/plain", await blobs.write(b"shared"), 6)
    await drafts.keep("other", Draft("words", (shared,)))
    for length in (1, 3_000, 40, 9_000, 200):  # every version of it, on pages of its own or not
        await drafts.keep("", Draft("zanzibar " * length, (own, shared)))
    assert files_with(b"zanzibar", paths.data_dir)
    await drafts.erase("", (own, shared))
    assert files_with(b"zanzibar", paths.data_dir) == []
    assert (await drafts.read(""), await drafts.read("other")) == (Draft(), Draft("words", (shared,)))
    assert await blobs.read(own.sha256) is None
    assert await blobs.read(shared.sha256) == b"shared"


async def test_while_another_program_reads_the_words_leave_as_soon_as_it_is_done(drafts: Drafts, paths: Paths) -> None:
    with closing(sqlite3.connect(paths.database, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM draft").fetchone()
        await drafts.keep("", Draft("zanzibar"))
        async with asyncio.TaskGroup() as group:
            erasing = group.create_task(drafts.erase("", ()))
            while await drafts.read(""):  # noqa: ASYNC110 - the disk tells of nothing
                await asyncio.sleep(0.005)
            assert not erasing.done()
            other.execute("COMMIT")
    assert files_with(b"zanzibar", paths.data_dir) == []


def files_with(words: bytes, folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]
