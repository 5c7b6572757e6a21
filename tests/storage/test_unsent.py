"""What waits to be sent, and what a person picks to be answered by, outlive the program."""

from switchyard.core.content import StoredFile
from switchyard.core.message import ConversationId
from switchyard.core.picks import PickKind, Picks
from switchyard.core.unsent import Delay, Unsent, UnsentId
from switchyard.storage.database import Database, open_database
from switchyard.storage.paths import Paths
from switchyard.storage.picks import RECENT, PickStore
from switchyard.storage.unsent import UnsentQueue

FILE = StoredFile("a.png", "image/png", "0" * 64, 5)
FIRST = Unsent(UnsentId("u1"), ConversationId("c1"), "first", Delay.REPLY, 1, (FILE,), chain="Everyday")
SECOND = Unsent(UnsentId("u2"), None, "second", Delay.NETWORK, 2, deployment="a/m1")


async def test_messages_wait_in_their_order_over_a_restart(paths: Paths) -> None:
    database = await open_database(paths)
    queue = UnsentQueue(database)
    assert await queue.list() == []
    await queue.add(FIRST)
    await queue.add(SECOND)
    await database.close()
    database = await open_database(paths)
    queue = UnsentQueue(database)
    assert await queue.list() == [FIRST, SECOND]
    await queue.remove([FIRST.uid, UnsentId("unknown")])
    assert await queue.list() == [SECOND]
    await queue.put_back(FIRST)
    assert await queue.list() == [FIRST, SECOND]
    await queue.remove([FIRST.uid, SECOND.uid])
    assert await queue.list() == []
    await database.close()


async def test_favourites_and_what_was_used_last(database: Database) -> None:
    picks = PickStore(database)
    assert await picks.read() == Picks()
    await picks.like(PickKind.MODEL, "a/m1", True)
    await picks.like(PickKind.CHAIN, "Everyday", True)
    await picks.use(PickKind.CHAIN, "Everyday")
    assert await picks.read() == Picks(
        ((PickKind.MODEL, "a/m1"), (PickKind.CHAIN, "Everyday")), ((PickKind.CHAIN, "Everyday"),)
    )
    await picks.like(PickKind.MODEL, "a/m1", False)
    assert (await picks.read()).favourites == ((PickKind.CHAIN, "Everyday"),)
    for n in range(RECENT + 1):
        await picks.use(PickKind.MODEL, f"a/m{n}")
    recent = (await picks.read()).recent
    assert len(recent) == RECENT
    assert (PickKind.CHAIN, "Everyday") not in recent
