"""Workspaces, folders and tags, and changes of many conversations that can be taken back whole."""

from collections.abc import Sequence
from typing import Any

import pytest

from switchyard.core.filing import Change, Filing, Folder, Place, Shelves, Workspace
from switchyard.core.message import ConversationId
from switchyard.storage.database import Database
from switchyard.storage.history import History
from switchyard.storage.shelves import ShelfStore
from switchyard.storage.turns import Turns

NO_ONE = ConversationId("01900000-0000-7000-8000-00000000ffff")


@pytest.fixture
def shelves(database: Database) -> ShelfStore:
    return ShelfStore(database)


@pytest.fixture
async def three(turns: Turns, make: Any) -> Sequence[ConversationId]:
    uids = []
    for title in ("one", "two", "three"):
        turn = make.turn(title=title)
        await turns.begin(turn)
        uids.append(turn.conversation)
    return uids


async def _filings(history: History) -> dict[str, Filing]:
    listed = [*await history.list_conversations(100), *await history.list_deleted(100)]
    return {conversation.title: conversation.filing for conversation in listed}


async def test_there_is_nothing_at_first(shelves: ShelfStore) -> None:
    assert await shelves.read() == Shelves()


async def test_workspaces_and_folders_stand_in_the_order_in_which_they_came(shelves: ShelfStore) -> None:
    work, home = await shelves.add_workspace("Work"), await shelves.add_workspace("Home")
    gateway = await shelves.add_folder("Gateway", work.uid)
    loose = await shelves.add_folder("Loose", None)
    found = await shelves.read()
    assert found.workspaces == (Workspace(work.uid, "Work"), Workspace(home.uid, "Home"))
    assert found.folders == (Folder(gateway.uid, "Gateway", work.uid), Folder(loose.uid, "Loose"))
    assert found.folder(loose.uid) == loose
    assert found.folder(None) is None
    await shelves.order_folders([loose.uid, gateway.uid])
    await shelves.rename(gateway.uid, "The gateway")
    await shelves.rename(home.uid, "Family")
    await shelves.fold(gateway.uid, True)
    found = await shelves.read()
    assert found.folders == (loose, Folder(gateway.uid, "The gateway", work.uid, folded=True))
    assert found.workspaces[1].name == "Family"


async def test_what_is_removed_comes_back_with_all_that_was_in_it(
    shelves: ShelfStore, history: History, three: Sequence[ConversationId]
) -> None:
    work = await shelves.add_workspace("Work")
    folder = await shelves.add_folder("Gateway", work.uid)
    place = Place(work.uid, folder.uid)
    await shelves.change(three[:1], Change(place=place))
    await shelves.set_removed(folder.uid, True)
    assert (await shelves.read()).folders == ()
    assert (await _filings(history))["one"].place == Place(work.uid)
    await shelves.set_removed(folder.uid, False)
    assert (await _filings(history))["one"].place == place
    await shelves.set_removed(work.uid, True)
    assert await shelves.read() == Shelves()
    await shelves.set_removed(work.uid, False)
    assert (await shelves.read()).folders == (folder,)
    assert (await _filings(history))["one"].place == place
    await shelves.change(three, Change(loose=True))
    assert [each.place for each in (await _filings(history)).values()] == [Place(), Place(), Place(work.uid)]


async def test_many_are_changed_at_once_and_put_back(
    shelves: ShelfStore, history: History, three: Sequence[ConversationId]
) -> None:
    await shelves.change(three[:1], Change(tag="urgent", pinned=True))
    before = await _filings(history)
    assert before["one"].tags == ("urgent",)
    assert before["one"].pinned_ms is not None
    place = Place((await shelves.add_workspace("Work")).uid)
    told = await shelves.change([*three, NO_ONE], Change(place=place, tag="later", archived=True, pinned=False))
    assert list(told) == three
    now = await _filings(history)
    assert {title: filing.tags for title, filing in now.items()} == {
        "one": ("later", "urgent"),
        "two": ("later",),
        "three": ("later",),
    }
    assert all(filing.archived_ms is not None and filing.pinned_ms is None for filing in now.values())
    assert {filing.place for filing in now.values()} == {place}
    await shelves.put_back(told)
    assert await _filings(history) == before


async def test_what_is_deleted_is_in_the_bin_alone(
    shelves: ShelfStore, history: History, three: Sequence[ConversationId]
) -> None:
    told = await shelves.change(three[:2], Change(deleted=True))
    assert [each.title for each in await history.list_conversations(10)] == ["three"]
    assert {each.title for each in await history.list_deleted(10)} == {"one", "two"}
    assert await history.open_conversation(three[0]) is None
    assert await history.latest_conversation() == three[2]
    await shelves.put_back(told)
    assert len(await history.list_conversations(10)) == 3
    assert await history.open_conversation(three[0]) is not None


async def test_a_mark_that_is_there_stays_as_old_as_it_is(
    shelves: ShelfStore, history: History, database: Database, three: Sequence[ConversationId]
) -> None:
    await database.write(lambda c: c.execute("UPDATE conversation SET pinned_ms = 7 WHERE title = 'one'"))
    await shelves.change(three[:1], Change(pinned=True))
    assert (await _filings(history))["one"].pinned_ms == 7


async def test_tags_are_offered_while_a_conversation_bears_them(
    shelves: ShelfStore, history: History, three: Sequence[ConversationId]
) -> None:
    await shelves.change(three[:2], Change(tag="urgent"))
    await shelves.change(three[:1], Change(tag="Later"))
    assert (await shelves.read()).tags == ("Later", "urgent")
    assert (await _filings(history))["one"].tags == ("Later", "urgent")
    await shelves.change(three, Change(untag="urgent"))
    assert (await shelves.read()).tags == ("Later",)
    await shelves.change(three[:1], Change(deleted=True))
    assert (await shelves.read()).tags == ()
