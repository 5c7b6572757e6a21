"""Branches: several answers side by side, one of them shown, and messages that are taken out and put back."""

from typing import Any

import pytest

from switchyard.core.events import Finish
from switchyard.core.message import ConversationId, MessageId, MessageState
from switchyard.storage.branches import Branches
from switchyard.storage.database import Database
from switchyard.storage.history import History
from switchyard.storage.turns import NewTurn, TurnEnd, Turns


@pytest.fixture
def branches(database: Database) -> Branches:
    return Branches(database)


class Tree:
    """A conversation that grows by turns, told by its letters: upper case for the person's, lower case for replies."""

    def __init__(self, turns: Turns, history: History, make: Any) -> None:
        self._turns, self._history, self._make = turns, history, make
        self.conversation: ConversationId | None = None
        self.uids: dict[str, MessageId] = {}

    async def ask(self, words: str, answer: str, *, below: str | None = None, ended: bool = True) -> None:
        """Ask something below a reply, and have it answered."""
        user = self._make.user(words, self.uids[below] if below else None)
        await self._turn(self._make.turn(user=user, parent=user.uid, **self._place), answer, ended=ended)
        self.uids[words] = user.uid

    async def answer_again(self, words: str, answer: str) -> None:
        """Answer something once more."""
        await self._turn(self._make.turn(parent=self.uids[words], **self._place)._replace(user=None), answer)

    async def _turn(self, turn: NewTurn, answer: str, *, ended: bool = True) -> None:
        self.conversation = turn.conversation
        self.uids[answer] = turn.reply or MessageId("")
        await self._turns.begin(turn)
        if ended:
            record = self._make.record(turn, finish=Finish.STOP)
            attempt = self._make.attempt(**self._make.ANSWERED)
            await self._turns.end(turn, TurnEnd(record, MessageState.COMPLETE, attempt, answer, "", None))

    @property
    def _place(self) -> dict[str, Any]:
        return {} if self.conversation is None else {"conversation": self.conversation, "is_new": False}

    async def shown(self) -> str:
        """Return the words of the shown branch."""
        opened = await self._history.open_conversation(str(self.conversation))
        assert opened is not None
        assert opened[0].messages == len(await self.every())
        return "".join(message.text for message in opened[1])

    async def every(self) -> list[str]:
        """Return the ids of all messages that are not taken out."""
        sql = "SELECT uid FROM message WHERE deleted_ms IS NULL"
        rows = await self._history._database.read(lambda connection: connection.execute(sql).fetchall())
        return [row[0] for row in rows]


@pytest.fixture
async def tree(turns: Turns, history: History, make: Any) -> Tree:
    """A, answered by a, then B, answered by b, and once more by c; then A was put differently as D, answered by d."""
    made = Tree(turns, history, make)
    await made.ask("A", "a")
    await made.ask("B", "b", below="a")
    await made.answer_again("B", "c")
    await made.ask("D", "d")
    return made


async def test_what_stands_side_by_side_is_told_in_the_order_in_which_it_came(tree: Tree, branches: Branches) -> None:
    forks = await branches.forks(tree.conversation or ConversationId(""))
    uids = tree.uids
    assert forks == {
        uids["A"]: (uids["A"], uids["D"]),
        uids["D"]: (uids["A"], uids["D"]),
        uids["b"]: (uids["b"], uids["c"]),
        uids["c"]: (uids["b"], uids["c"]),
    }
    assert await branches.forks(ConversationId("gone")) == {}


@pytest.mark.parametrize(
    ("message", "shown"), [("A", "AaBc"), ("a", "AaBc"), ("b", "AaBb"), ("c", "AaBc"), ("D", "Dd")]
)
async def test_a_branch_is_shown_to_its_newest_end(tree: Tree, branches: Branches, message: str, shown: str) -> None:
    assert await tree.shown() == "Dd"
    await branches.show(tree.uids[message])
    assert await tree.shown() == shown


@pytest.mark.parametrize(
    ("begun", "removed", "left"),
    [("c", "c", "AaBb"), ("b", "b", "AaBc"), ("c", "B", "Aa"), ("d", "D", "AaBc"), ("c", "A", "Dd"), ("d", "c", "Dd")],
)
async def test_what_is_removed_is_replaced_by_what_stands_beside_or_above_it_and_comes_back(
    tree: Tree, branches: Branches, begun: str, removed: str, left: str
) -> None:
    await branches.show(tree.uids[begun])
    before, every = await tree.shown(), await tree.every()
    removal = await branches.remove(tree.uids[removed])
    assert removal is not None
    assert await tree.shown() == left
    assert await branches.remove(tree.uids[removed]) is None
    await branches.restore(removal)
    assert (await tree.shown(), await tree.every()) == (before, every)


async def test_removals_one_after_another_are_undone_each_by_itself(tree: Tree, branches: Branches) -> None:
    first = await branches.remove(tree.uids["D"])
    second = await branches.remove(tree.uids["c"])
    third = await branches.remove(tree.uids["A"])
    assert first is not None
    assert second is not None
    assert third is not None
    assert await tree.shown() == ""
    await branches.restore(third)
    assert await tree.shown() == "AaBb"
    await branches.restore(second)
    assert await tree.shown() == "AaBc"
    await branches.restore(first)
    assert await tree.shown() == "Dd"


async def test_nothing_is_removed_from_under_a_reply_that_is_coming_in(tree: Tree, branches: Branches) -> None:
    await tree.ask("E", "e", below="d", ended=False)
    assert await branches.remove(tree.uids["d"]) is None
    assert await tree.shown() == "DdE"
    assert await branches.remove(tree.uids["c"]) is not None
