"""What is deleted for good leaves no word behind, on whichever page; its costs stay, and so does all the rest."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.core.filing import Change
from switchyard.core.message import ConversationId, MessageState
from switchyard.core.search import terms
from switchyard.storage.blobs import Blobs
from switchyard.storage.branches import Branches
from switchyard.storage.database import Database, open_database
from switchyard.storage.drafts import Drafts
from switchyard.storage.erasure import FILE_AGE_S, SLICE_MESSAGES, STRAY_AGE_S, Erasure
from switchyard.storage.history import History
from switchyard.storage.paths import Paths
from switchyard.storage.search import SearchIndex
from switchyard.storage.shelves import ShelfStore
from switchyard.storage.turns import TurnEnd, Turns

ERASER = Path(__file__).with_name("eraser.py")
SECRET = "zanzibarium"


class Desk:
    """Everything that writes and deletes, on one database."""

    def __init__(self, paths: Paths, database: Database, turns: Turns, history: History, make: Any) -> None:
        self.paths = paths
        self.database = database
        self.turns = turns
        self.history = history
        self.make = make
        self.blobs = Blobs(paths.blobs)
        self.erasure = Erasure(database, self.blobs)
        self.shelves = ShelfStore(database)
        self.index = SearchIndex(database)

    async def say(self, asked: str, answered: str = "yes", content: bytes = b"") -> ConversationId:
        files = (StoredFile("a.txt", "text/plain", await self.blobs.write(content), 1),) if content else ()
        turn = self.make.turn(user=self.make.user(asked), title=asked[:20], files=files, system=f"system {asked}")
        await self.turns.begin(turn)
        done = self.make.attempt(**self.make.ANSWERED)
        await self.turns.end(
            turn, TurnEnd(self.make.record(turn, done), MessageState.COMPLETE, done, answered, "", None)
        )
        assert turn.conversation is not None
        return turn.conversation  # type: ignore[no-any-return]

    async def take_in(self) -> None:
        while await self.index.fill():
            pass
        while await self.index.merge():
            pass

    async def bin(self, *uids: ConversationId) -> None:
        await self.shelves.change(uids, Change(deleted=True))

    async def erase(self, *uids: ConversationId) -> None:
        await self.bin(*uids)
        await self.erasure.condemn(uids)
        while await self.erasure.step():
            pass

    async def count(self, table: str) -> int:
        sql = f"SELECT count(*) FROM {table}"
        return int(await self.database.read(lambda c: c.execute(sql).fetchone()[0]))

    async def found(self, word: str) -> int:
        return len((await self.index.find(terms(word), 50)).hits)

    def bytes_on_disk(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.paths.data_dir.rglob("*") if file.is_file())

    def files(self) -> set[str]:
        return {file.name for file in self.paths.blobs.rglob("*") if file.is_file()}

    def age(self, by_s: float) -> None:
        """Let the files have been written so long ago."""
        for file in self.paths.blobs.rglob("*"):
            os.utime(file, (file.stat().st_atime, file.stat().st_mtime - by_s))


@pytest.fixture
def desk(paths: Paths, database: Database, turns: Turns, history: History, make: Any) -> Desk:
    return Desk(paths, database, turns, history, make)


async def test_no_word_of_it_is_left_on_the_disk(desk: Desk) -> None:
    gone = await desk.say(f"Where is {SECRET}?", f"In the {SECRET} sea.", f"file of {SECRET}".encode())
    kept = await desk.say("Where is it?", "Here.")
    await Drafts(desk.database, desk.blobs).keep(gone, Draft(f"and {SECRET} again"))
    await desk.take_in()
    desk.age(FILE_AGE_S + 1)
    assert SECRET.encode() in desk.bytes_on_disk()
    assert SECRET[-4:].encode() in desk.bytes_on_disk()
    await desk.erase(gone)
    assert SECRET.encode() not in desk.bytes_on_disk()
    assert (
        b"rium" not in desk.bytes_on_disk()
    )  # the index keeps the ends of words alone where their beginnings are alike
    assert desk.files() == set()
    assert await desk.count("conversation") == 1
    opened = await desk.history.open_conversation(kept)
    assert opened is not None
    assert [message.text for message in opened[1]] == ["Where is it?", "Here."]
    assert await desk.found("where") == 1
    await desk.database.read(lambda c: c.execute("INSERT INTO word_index (word_index) VALUES ('integrity-check')"))


async def test_what_it_cost_stays_counted(desk: Desk) -> None:
    gone = await desk.say("dear", "x")
    spent = "SELECT sum(cost_nanos) FROM attempt"
    before = await desk.database.read(lambda c: c.execute(spent).fetchone())
    await desk.erase(gone)
    assert await desk.database.read(lambda c: c.execute(spent).fetchone()) == before == (333_000,)
    assert await desk.count("route WHERE reply IS NULL AND system IS NULL") == 1


async def test_a_file_stays_as_long_as_anybody_names_it(desk: Desk) -> None:
    shared, own = b"shared", b"own"
    first, second = await desk.say("one", content=shared), await desk.say("two", content=shared)
    third = await desk.say("three", content=own)
    stored = StoredFile("own.txt", "text/plain", await desk.blobs.write(own), 3)
    await Drafts(desk.database, desk.blobs).keep("", Draft("not sent yet", (stored,)))
    desk.age(FILE_AGE_S + 1)
    assert len(desk.files()) == 2
    await desk.erase(first, third)
    assert len(desk.files()) == 2
    await desk.erase(second)
    assert desk.files() == {stored.sha256}


async def test_a_file_that_was_just_written_again_stays_until_it_is_swept(desk: Desk) -> None:
    gone = await desk.say("one", content=b"wanted again")
    desk.age(FILE_AGE_S + 1)
    wanted = await desk.blobs.write(b"wanted again")  # a row is about to name it
    await desk.erase(gone)
    assert desk.files() == {wanted}
    await desk.erasure.sweep()
    assert desk.files() == {wanted}
    desk.age(STRAY_AGE_S + 1)
    await desk.erasure.sweep()
    assert desk.files() == set()


async def test_a_sweep_leaves_what_is_named_and_takes_what_was_half_written(desk: Desk) -> None:
    await desk.say("one", content=b"named")
    named = desk.files()
    half = next(desk.paths.blobs.iterdir()) / f"{next(iter(named))[:2]}x7_half"
    half.write_bytes(b"ha")
    desk.age(STRAY_AGE_S + 1)
    await desk.erasure.sweep()
    assert desk.files() == named


async def test_only_what_is_in_the_bin_can_be_deleted_for_good_and_then_not_come_back(desk: Desk) -> None:
    kept, gone = await desk.say("kept"), await desk.say("gone")
    before = await desk.shelves.change([gone], Change(deleted=True))
    assert await desk.erasure.condemn([kept, gone, gone]) == [gone]
    assert await desk.history.list_deleted(10) == []
    await desk.shelves.put_back(before)
    assert [each.uid for each in await desk.history.list_conversations(10)] == [kept]
    while await desk.erasure.step():
        pass
    await desk.shelves.put_back(before)
    assert [each.title for each in await desk.history.list_conversations(10)] == ["kept"]


async def test_another_branch_of_it_lives_on_in_a_chat_of_its_own(desk: Desk) -> None:
    origin = await desk.say("question", "answer", b"picture")
    opened = await desk.history.open_conversation(origin)
    assert opened is not None
    branch = await Branches(desk.database).branch_off(opened[1][-1].uid, "branch")
    assert branch is not None
    desk.age(FILE_AGE_S + 1)
    await desk.take_in()
    await desk.erase(origin)
    kept = await desk.history.open_conversation(branch)
    assert kept is not None
    assert [message.text for message in kept[1]] == ["question", "answer"]
    assert len(desk.files()) == 1
    assert kept[1][-1].route is not None


async def test_a_step_takes_a_bounded_number_of_messages(desk: Desk) -> None:
    uids = [await desk.say(f"chat {n}") for n in range(SLICE_MESSAGES // 2 + 3)]
    await desk.bin(*uids)
    await desk.erasure.condemn(uids)
    before = await desk.count("message")
    assert await desk.erasure.step()
    assert await desk.count("message") == before - SLICE_MESSAGES


def _erase_until_killed(paths: Paths, steps: int) -> None:
    process = subprocess.Popen([sys.executable, str(ERASER), str(paths.data_dir)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(1 + steps):
        process.stdout.readline()
    process.kill()
    process.communicate()


@pytest.mark.parametrize("steps", range(5))
async def test_killed_in_the_middle_a_later_start_goes_on(desk: Desk, steps: int) -> None:
    uids = [await desk.say(f"{SECRET} {n}", "yes " * 20, f"{SECRET} file {n}".encode()) for n in range(40)]
    kept = await desk.say("kept", "whole")
    await desk.take_in()
    desk.age(FILE_AGE_S + 1)
    await desk.bin(*uids)
    await desk.database.close()
    await asyncio.to_thread(_erase_until_killed, desk.paths, steps)
    database = await open_database(desk.paths)
    assert database.warnings == []
    again = Desk(desk.paths, database, desk.turns, History(database, desk.history._liveness), desk.make)
    assert await again.history.list_deleted(100) == []
    while await again.erasure.step():
        pass
    opened = await again.history.open_conversation(kept)
    assert opened is not None
    assert [message.text for message in opened[1]] == ["kept", "whole"]
    assert await again.count("conversation") == 1
    assert again.files() == set()
    await database.close()
    assert SECRET.encode() not in again.bytes_on_disk()
