"""What a person says of messages and of conversations is kept, and can be taken back."""

from typing import Any

from switchyard.core.chat_options import ChatOptions
from switchyard.core.filing import Unseen
from switchyard.core.message import ConversationId, Message, Rating, TitleSource
from switchyard.storage.chat_options import ChatOptionsStore
from switchyard.storage.database import Database
from switchyard.storage.history import History
from switchyard.storage.marks import Marks
from switchyard.storage.turns import Turns

NO_ONE = ConversationId("01900000-0000-7000-8000-00000000ffff")


async def _reply(history: History, turn: Any) -> Message:
    opened = await history.open_conversation(turn.conversation)
    assert opened is not None
    return opened[1][1]


async def test_a_reply_is_rated_left_out_and_pinned_and_neither(
    database: Database, turns: Turns, history: History, make: Any
) -> None:
    marks, turn = Marks(database), make.turn()
    await turns.begin(turn)
    plain = await _reply(history, turn)
    assert (plain.rating, plain.excluded, plain.pinned) == (None, False, False)
    await marks.rate(turn.reply, Rating.BAD)
    await marks.exclude(turn.reply, True)
    await marks.pin(turn.reply, True)
    marked = await _reply(history, turn)
    assert (marked.rating, marked.excluded, marked.pinned) == (Rating.BAD, True, True)
    await marks.rate(turn.reply, Rating.GOOD)
    assert (await _reply(history, turn)).rating is Rating.GOOD
    await marks.rate(turn.reply, None)
    await marks.exclude(turn.reply, False)
    await marks.pin(turn.reply, False)
    assert await _reply(history, turn) == plain


async def test_a_conversation_keeps_how_it_is_answered(database: Database, turns: Turns, make: Any) -> None:
    options, turn = ChatOptionsStore(database), make.turn()
    await turns.begin(turn)
    assert await options.read(turn.conversation) == await options.read(NO_ONE) == ChatOptions()
    kept = ChatOptions("Be brief.", local_only=True, parameters={"temperature": 0.5, "web_search": True})
    await options.keep(turn.conversation, kept)
    assert await options.read(turn.conversation) == kept
    await options.keep(turn.conversation, ChatOptions())
    assert await options.read(turn.conversation) == ChatOptions()


async def test_what_came_unseen_is_kept(turns: Turns, history: History, make: Any) -> None:
    turn = make.turn()
    await turns.begin(turn)
    for unseen in (None, Unseen.REPLY, Unseen.FAILED, None):
        await history.set_unseen(turn.conversation, unseen)
        (listed,) = await history.list_conversations(1)
        assert listed.unseen is unseen


async def test_it_is_known_who_gave_a_title(turns: Turns, history: History, make: Any) -> None:
    turn = make.turn()
    await turns.begin(turn)
    assert await history.title_source(turn.conversation) is TitleSource.WORDS
    await history.rename(turn.conversation, "By a model", TitleSource.MODEL)
    assert await history.title_source(turn.conversation) is TitleSource.MODEL
    await history.rename(turn.conversation, "By hand")
    assert await history.title_source(turn.conversation) is TitleSource.PERSON
    assert await history.title_source(NO_ONE) is None
