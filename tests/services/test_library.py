"""Conversations are kept in order, and everything that was said can be searched soon after."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import DataDirError
from switchyard.core.filing import Change, Place
from switchyard.core.message import ConversationId
from switchyard.core.search import Found, Term
from switchyard.core.sentence import sentence
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt
from switchyard.services.library import NAME_LENGTH, written
from switchyard.services.search import Search
from switchyard.storage.branches import Branches
from switchyard.storage.database import open_database
from switchyard.storage.paths import Paths, prepare

FAST = Target(model=DeploymentName("sim", "sim-fast"))


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(data_dir=str(tmp_path / "data"), environment={}) as opened:
        yield opened


async def _say(services: Services, *texts: str) -> Sequence[ConversationId]:
    uids = []
    for text in texts:
        async with services.chat.open(Prompt(text=text, target=FAST)) as turn:
            async for _ in turn.run:
                pass
        assert turn.conversation is not None
        uids.append(turn.conversation)
    return uids


async def test_a_change_of_several_is_told_and_taken_back_as_one(services: Services) -> None:
    one, two = await _say(services, "one", "two")
    told: list[str] = []
    services.conversations.changed.connect(told.append)
    before = await services.library.change([one, two], Change(archived=True, tag="later"))
    assert told == [one, two]
    assert (await services.library.shelves()).tags == ("later",)
    await services.library.put_back(before)
    assert all(each.filing == before[each.uid] for each in await services.conversations.list())
    assert (await services.library.shelves()).tags == ()


async def test_the_bin_holds_what_was_deleted(services: Services) -> None:
    one, two = await _say(services, "one", "two")
    await services.library.change([one], Change(deleted=True))
    assert [each.uid for each in await services.library.bin.list()] == [one]
    assert [each.uid for each in await services.conversations.list()] == [two]


async def test_whoever_looks_hears_of_every_change_of_the_shelves(services: Services) -> None:
    heard: list[None] = []
    services.library.changed.connect(heard.append)
    work = await services.library.add_workspace("  Work\n at the\tlab ")
    assert work.name == "Work at the lab"
    folder = await services.library.add_folder("Gateway", work.uid)
    await services.library.rename(folder.uid, "The gateway")
    await services.library.fold(folder.uid, True)
    await services.library.order_folders([folder.uid])
    await services.library.remove(work.uid)
    await services.library.bring_back(work.uid)
    assert len(heard) == 7
    (uid,) = await _say(services, "one")
    await services.library.change([uid], Change(place=Place(work.uid, folder.uid)))
    (listed,) = await services.conversations.list()
    assert listed.filing.place == Place(work.uid, folder.uid)


def test_names_are_one_printed_line() -> None:
    assert written(" a\x1fb\u202ec\n") == "a b c"
    assert len(written("x" * 500)) == NAME_LENGTH
    assert written("\n\t") == ""


# --- searching --------------------------------------------------------------------------------------------------------


async def _filled(services: Services) -> None:
    """Keep the index up until all that was said is in it."""
    done = asyncio.Event()
    services.search.filled.connect(lambda _nothing: done.set())
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(services.search.keep_up())
        await done.wait()
        keeping.cancel()


async def test_what_is_said_can_be_found_soon_and_also_what_comes_later(services: Services) -> None:
    (uid,) = await _say(services, "The first needle")
    assert (await services.search.find("needle")).hits == ()
    await _filled(services)
    found = await services.search.find("needle")
    assert [hit.conversation for hit in found.hits if hit.role.value == "user"] == [uid]
    await _say(services, "Another needle")
    assert not (await services.search.find("needle")).whole
    await _filled(services)
    assert {hit.title for hit in (await services.search.find("needle")).hits} == {"The first needle", "Another needle"}


async def test_a_search_has_what_nobody_told_of_taken_in(services: Services) -> None:
    filled = asyncio.Event()
    services.search.filled.connect(lambda _nothing: filled.set())
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        keeping = group.create_task(services.search.keep_up())
        await filled.wait()
        filled.clear()
        await _say(services, "A needle")  # as another program does: no change is told
        assert not (await services.search.find("needle")).whole
        await filled.wait()
        assert (await services.search.find("needle")).whole
        keeping.cancel()


class _Stubborn:
    """An index on a disk that takes nothing at first."""

    def __init__(self) -> None:
        self.tries = 0
        self.tried = asyncio.Event()

    async def fill(self) -> bool:
        self.tries += 1
        self.tried.set()
        if self.tries == 1:
            raise DataDirError(sentence("The disk is full."))
        return self.tries == 2

    async def merge(self) -> bool:
        return False

    async def find(self, sought: tuple[Term, ...], limit: int, *, best: bool = False) -> Found:
        return Found()


async def test_a_disk_that_takes_nothing_is_tried_again_at_the_next_change(services: Services, tmp_path: Path) -> None:
    paths = Paths(tmp_path / "other")
    prepare(paths)
    database = await open_database(paths)
    index, filled = _Stubborn(), asyncio.Event()

    async def sleep(_delay_s: float) -> None:
        await asyncio.sleep(0)

    search = Search(index, Branches(database), services.conversations, sleep=sleep)  # type: ignore[arg-type]
    search.filled.connect(lambda _nothing: filled.set())
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(search.keep_up())
        await index.tried.wait()
        assert not filled.is_set()
        services.conversations.changed.emit(ConversationId("x"))
        await filled.wait()
        keeping.cancel()
    assert index.tries == 3
    await database.close()
