"""What a message brings along from other conversations: found by its name, and never out of where it has to stay."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.fakes.desk import Desk
from tests.fakes.replies import streamed

from switchyard.core.chat_options import ChatOptions
from switchyard.core.errors import UnknownName
from switchyard.core.filing import Change
from switchyard.core.message import ConversationId
from switchyard.core.references import Offers
from switchyard.services.attachments import Upload
from switchyard.services.chat import Prompt

NO_ONE = ConversationId("01900000-0000-7000-8000-00000000ffff")


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.account("home", place="local")
        await desk.chain("home")
        desk.play("home", *[streamed("A token ", "bucket.")] * 9)
        yield desk


async def said(desk: Desk, text: str, *files: str, local_only: bool = False, save: bool = True) -> ConversationId:
    """Have a conversation with files of these names."""
    uploads = tuple(Upload(name, "text/plain", name.encode()) for name in files)
    options = ChatOptions(local_only=local_only)
    await desk.send(Prompt(text, uploads=uploads, options=options, save=save))
    uid = await desk.services.conversations.latest()
    return uid or NO_ONE


async def find(desk: Desk, sought: str, *, within: ConversationId | None = None, private: bool = False) -> Offers:
    return await desk.services.references.find(sought, within=within, private=private)


def files(found: Offers) -> list[str]:
    return [file.name for file in found.files]


def titles(found: Offers) -> list[str]:
    return [each.title for each in found.conversations]


async def test_the_newest_of_a_name_come_first_and_each_file_once(desk: Desk) -> None:
    await said(desk, "Notes of spring", "notes.txt", "plan.txt")
    await said(desk, "Weather")
    last = await said(desk, "NOTES of autumn", "Notes 2.txt", "notes.txt")
    found = await find(desk, "note")
    assert files(found) == ["notes.txt", "Notes 2.txt"]
    assert titles(found) == ["NOTES of autumn", "Notes of spring"]
    assert titles(await find(desk, "note", within=last)) == ["Notes of spring"]
    content = await desk.services.chat.content(found.files[1])
    assert content == b"Notes 2.txt"


async def test_no_more_are_found_than_are_offered(desk: Desk) -> None:
    for n in range(8):
        await said(desk, f"Chat {n}", f"file {n}.txt")
    found = await find(desk, "chat")
    assert titles(found) == [f"Chat {n}" for n in range(7, 1, -1)]
    assert files(await find(desk, "file")) == [f"file {n}.txt" for n in range(7, 1, -1)]


async def test_nothing_leaves_a_chat_that_stays_here_or_is_kept_nowhere(desk: Desk) -> None:
    await said(desk, "Secret plan", "secret.txt", "both.txt", local_only=True)
    await said(desk, "Secret of nobody", "secret of nobody.txt", save=False)
    await said(desk, "Open", "both.txt")
    assert await find(desk, "secret") == Offers()
    found = await find(desk, "secret", private=True)
    assert (files(found), titles(found)) == ([], ["Secret plan"])
    assert files(await find(desk, "both")) == ["both.txt"]


async def test_what_was_deleted_is_not_offered(desk: Desk) -> None:
    uid = await said(desk, "Gone", "gone.txt")
    await desk.services.library.change([uid], Change(deleted=True))
    assert await find(desk, "gone") == Offers()


async def test_a_conversation_goes_along_as_a_text_named_after_its_title(desk: Desk) -> None:
    uid = await said(desk, "Which limiter?", "notes.txt")
    await desk.services.conversations.rename(uid, 'Limits: "fast" / slow?')
    file = await desk.services.references.as_file(uid)
    assert (file.name, file.media_type) == ("Limits fast slow.md", "text/plain")
    content = await desk.services.chat.content(file)
    assert content is not None
    lines = [line for line in content.decode().splitlines() if line]
    assert lines == [
        '# Limits: "fast" / slow?',
        "## User",
        "Attached: notes.txt",
        "Which limiter?",
        "## Assistant (m-2026)",
        "A token bucket.",
    ]
    assert len(content) == file.size_bytes


async def test_what_is_left_out_of_a_conversation_stays_out(desk: Desk) -> None:
    uid = await said(desk, "Which limiter?")
    _, messages = await desk.services.conversations.open(uid)
    await desk.services.messages.exclude(messages[1].uid, True)
    content = await desk.services.chat.content(await desk.services.references.as_file(uid))
    assert content is not None
    assert b"bucket" not in content


async def test_a_conversation_that_is_gone_says_so(desk: Desk) -> None:
    with pytest.raises(UnknownName):
        await desk.services.references.as_file(NO_ONE)
