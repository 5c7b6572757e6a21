"""Drafts: words and files that wait to be sent."""

from __future__ import annotations

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.core.picks import PickKind
from switchyard.storage.drafts import Drafts

NOTES = StoredFile("notes.txt", "text/plain", "ab" * 32, 12)


async def test_drafts_are_kept_for_each_conversation(drafts: Drafts) -> None:
    await drafts.keep("", Draft("for the new chat"))
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
