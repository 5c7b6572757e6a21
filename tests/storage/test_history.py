"""The list of conversations, drafts, and what can be undone."""

from typing import Any

from switchyard.core.message import MessageState
from switchyard.storage.history import History
from switchyard.storage.turns import TurnEnd, Turns


async def _written(turns: Turns, make: Any, title: str) -> Any:
    turn = make.turn(title=title)
    done = make.attempt(**make.ANSWERED)
    await turns.begin(turn)
    await turns.end(turn, TurnEnd(make.record(turn, done), MessageState.COMPLETE, done, "answer", "", None))
    return turn


async def _titles(history: History) -> list[str]:
    return [conversation.title for conversation in await history.list_conversations(100)]


async def test_the_one_last_written_in_comes_first(turns: Turns, history: History, make: Any) -> None:
    assert await history.latest_conversation() is None
    for title in ("one", "two", "three"):
        turn = await _written(turns, make, title)
    assert await _titles(history) == ["three", "two", "one"]
    assert [c.title for c in await history.list_conversations(2)] == ["three", "two"]
    assert await history.latest_conversation() == turn.conversation


async def test_a_title_can_be_changed_without_moving_the_conversation(
    turns: Turns, history: History, make: Any
) -> None:
    first = await _written(turns, make, "one")
    await _written(turns, make, "two")
    await history.rename(first.conversation, "Zürich")
    assert await _titles(history) == ["two", "Zürich"]
