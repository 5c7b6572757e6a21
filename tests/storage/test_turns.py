"""A turn on its way into the database: what is kept when, and what is read back."""

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.draft import Draft
from switchyard.core.errors import StorageFull, UnknownName
from switchyard.core.events import Finish
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import ConversationId, MessageId, MessageState
from switchyard.core.route import Option, Outcome, Question, QuestionKind, Reason, Skip, SkipReason
from switchyard.core.sentence import sentence
from switchyard.core.usage import CostSource
from switchyard.storage.chains import ChainStore
from switchyard.storage.database import Database, open_database
from switchyard.storage.drafts import Drafts
from switchyard.storage.history import History
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths
from switchyard.storage.turns import TurnEnd, Turns, Words

FAILED: dict[str, Any] = {
    "outcome": Outcome.FAILED,
    "failure": Failure(FailureKind.RATE_LIMIT, "slow down", 429, "limit", 2.5, "req-0", '{"error": "slow"}'),
    "request_id": "req-0",
    "duration_ms": 12,
    "cost_nanos": 0,
    "cost_source": CostSource.COMPUTED,
}


async def test_the_words_are_there_before_anything_is_sent(
    turns: Turns, history: History, drafts: Drafts, make: Any
) -> None:
    turn = make.turn(draft="")
    await drafts.keep("", Draft("hello"))
    await turns.begin(turn)
    opened = await history.open_conversation(turn.conversation)
    assert opened is not None
    conversation, (user, reply) = opened
    assert (conversation.title, conversation.messages, conversation.created_ms) == ("hello", 2, 1000)
    assert (user.uid, user.parent, user.text, user.state) == (turn.user.uid, None, "hello", MessageState.COMPLETE)
    assert (reply.uid, reply.parent, reply.text, reply.state) == (turn.reply, user.uid, "", MessageState.STREAMING)
    assert reply.route is not None
    assert [(a.n, a.deployment, a.outcome) for a in reply.route.attempts] == [(1, "a/m1", Outcome.RUNNING)]
    assert not await drafts.read("")


async def test_a_whole_route_is_read_back_as_it_was(turns: Turns, history: History, make: Any) -> None:
    turn = make.turn(chain="Everyday", deployment=None)
    await turns.begin(turn)
    await turns.checkpoint(turn.route, turn.reply, 1, "", "hm")
    first = make.attempt(**FAILED)
    await turns.end_attempt(turn.route, first, turn.reply, Words("", "hm", superseded=True))
    second = make.attempt(2, Reason.FALLBACK, "b/org/m2:7b")
    await turns.start_attempt(turn.route, second)
    second = replace(second, **make.ANSWERED)
    record = make.record(
        turn,
        first,
        second,
        skipped=(Skip(1, "c/m3", SkipReason.NO_KEY),),
        decision=(sentence("{deployment} was rate limited.", deployment="a/m1"), sentence("Done.")),
        why=(sentence("step {n} healthy", n=2), sentence("61 samples")),
        warnings=(sentence("{count} events were odd.", count=2),),
    )
    await turns.end(turn, TurnEnd(record, MessageState.COMPLETE, second, "the answer", "let me think", 1200))

    opened = await history.open_conversation(turn.conversation)
    assert opened is not None
    reply = opened[1][1]
    assert (reply.text, reply.reasoning, reply.reasoning_ms) == ("the answer", "let me think", 1200)
    assert reply.state is MessageState.COMPLETE
    assert reply.route is not None
    assert reply.route == record


async def test_a_route_that_asks_or_never_called_is_read_back(turns: Turns, history: History, make: Any) -> None:
    turn = make.turn(attempt=None)
    await turns.begin(turn)
    question = Question(
        QuestionKind.REFUSAL,
        sentence("It declined."),
        (Option("next", sentence("Ask {m}", m="b/m2")), Option("no", sentence("Stop"))),
    )
    failure = Failure(FailureKind.OFFLINE, "offline")
    answers = {QuestionKind.OVERFLOW: "trim"}
    record = make.record(turn, failure=failure, question=question, finish=None, steps=3, answers=answers)
    await turns.end(turn, TurnEnd(record, MessageState.FAILED, None, "", "", None))
    opened = await history.open_conversation(turn.conversation)
    assert opened is not None
    assert opened[1][1].route == record
    assert opened[1][1].state is MessageState.FAILED


async def test_what_was_taken_back_is_kept_but_no_longer_counts(
    turns: Turns, history: History, database: Database, make: Any
) -> None:
    turn = make.turn()
    await turns.begin(turn)
    await turns.checkpoint(turn.route, turn.reply, 1, "half an", "thought")
    await turns.end_attempt(
        turn.route, make.attempt(**FAILED), turn.reply, Words("half an answer", "thought", superseded=True)
    )
    opened = await history.open_conversation(turn.conversation)
    assert opened is not None
    assert (opened[1][1].text, opened[1][1].reasoning) == ("", "")
    parts = await database.read(
        lambda c: c.execute(
            "SELECT kind, text, superseded, a.n FROM part p JOIN attempt a ON a.id = p.attempt ORDER BY p.seq"
        ).fetchall()
    )
    assert parts == [("reasoning", "thought", 1, 1), ("text", "half an answer", 1, 1)]


async def test_a_checkpoint_says_all_so_far_and_a_late_one_undoes_nothing(
    turns: Turns, history: History, make: Any
) -> None:
    turn = make.turn()

    async def text() -> str:
        opened = await history.open_conversation(turn.conversation)
        assert opened is not None
        return opened[1][1].text

    await turns.begin(turn)
    for words in ("one", "one two", "one two three"):
        await turns.checkpoint(turn.route, turn.reply, 1, words, "")
        assert await text() == words
    await turns.end_attempt(
        turn.route, make.attempt(**FAILED), turn.reply, Words("one two three four", "", superseded=True)
    )
    await turns.checkpoint(turn.route, turn.reply, 1, "one two three", "")
    assert await text() == ""

    second = make.attempt(2, Reason.FALLBACK, "b/m2")
    await turns.start_attempt(turn.route, second)
    second = replace(second, **make.ANSWERED)
    await turns.end(turn, TurnEnd(make.record(turn, second), MessageState.COMPLETE, second, "the end", "", None))
    await turns.checkpoint(turn.route, turn.reply, 2, "the", "")
    assert await text() == "the end"


async def test_answering_once_more_makes_a_sibling_and_loses_nothing(
    turns: Turns, history: History, database: Database, make: Any
) -> None:
    first = make.turn()
    await turns.begin(first)
    done = make.attempt(**make.ANSWERED)
    await turns.end(first, TurnEnd(make.record(first, done), MessageState.COMPLETE, done, "first", "", None))
    again = make.turn(conversation=first.conversation, is_new=False, user=None, parent=first.parent)
    await turns.begin(again)
    await turns.end(again, TurnEnd(make.record(again, done), MessageState.COMPLETE, done, "second", "", None))

    opened = await history.open_conversation(first.conversation)
    assert opened is not None
    assert [message.text for message in opened[1]] == ["hello", "second"]
    siblings = await database.read(
        lambda c: c.execute("SELECT count(*) FROM message WHERE parent = 1 AND role = 'assistant'").fetchone()[0]
    )
    assert siblings == 2


async def test_a_conversation_goes_on_below_its_tip(turns: Turns, history: History, make: Any) -> None:
    first = make.turn()
    done = make.attempt(**make.ANSWERED)
    await turns.begin(first)
    await turns.end(first, TurnEnd(make.record(first, done), MessageState.COMPLETE, done, "one", "", None))
    user = make.user("and then?", first.reply)
    second = make.turn(conversation=first.conversation, is_new=False, user=user)
    await turns.begin(second)
    await turns.end(second, TurnEnd(make.record(second, done), MessageState.COMPLETE, done, "two", "", None))
    opened = await history.open_conversation(first.conversation)
    assert opened is not None
    conversation, messages = opened
    assert [m.text for m in messages] == ["hello", "one", "and then?", "two"]
    assert [m.parent for m in messages] == [None, *(m.uid for m in messages[:-1])]
    assert conversation.messages == 4
    assert conversation.cost_nanos == 666_000


async def test_make_believe_money_is_no_money(turns: Turns, history: History, make: Any) -> None:
    turn = make.turn()
    done = make.attempt(**make.ANSWERED, simulated=True)
    await turns.begin(turn)
    await turns.end(turn, TurnEnd(make.record(turn, done), MessageState.COMPLETE, done, "x", "", None))
    (listed,) = await history.list_conversations(10)
    assert (listed.cost_nanos, listed.simulated, listed.free) == (None, True, False)


async def test_without_saving_figures_are_kept_and_no_words(turns: Turns, database: Database, make: Any) -> None:
    turn = make.turn(conversation=None, user=None, reply=None, system="secret plan")
    await turns.begin(turn)
    first = make.attempt(**FAILED)
    await turns.end_attempt(turn.route, first, None, Words("secret half", "", superseded=True))
    second = replace(make.attempt(2, Reason.FALLBACK, "b/m2"), **make.ANSWERED)
    await turns.start_attempt(turn.route, make.attempt(2, Reason.FALLBACK, "b/m2"))
    await turns.end(
        turn, TurnEnd(make.record(turn, first, second), MessageState.COMPLETE, second, "secret", "secret", 5)
    )

    def everything(connection: sqlite3.Connection) -> str:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return repr([connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables])

    dump = await database.read(everything)
    assert "secret" not in dump
    assert "slow" not in dump
    figures = await database.read(
        lambda c: c.execute("SELECT n, state, failure_status, output, cost_nanos FROM attempt ORDER BY n").fetchall()
    )
    assert figures == [(1, "failed", 429, None, 0), (2, "completed", None, 20, 333_000)]


async def test_a_failure_s_answer_is_kept_and_capped_and_read_in_part(
    turns: Turns, database: Database, history: History, make: Any
) -> None:
    turn = make.turn()
    await turns.begin(turn)
    head, body = "HTTP 500", "é" * 100_000
    done = make.attempt(
        **(FAILED | {"failure": Failure(FailureKind.SERVER, "broken", 500, request_id="req-0", raw=body, head=head)})
    )
    await turns.end(
        turn, TurnEnd(make.record(turn, done, finish=Finish.ERROR), MessageState.FAILED, done, "", "", None)
    )
    kept = await database.read(lambda c: c.execute("SELECT failure_body FROM attempt").fetchone()[0])
    assert f"{head}\n\n{body}".startswith(kept)
    assert len(kept.encode()) == 64 * 1024
    opened = await history.open_conversation(turn.conversation)
    assert opened is not None
    assert opened[1][1].route is not None
    read = opened[1][1].route.attempts[0].failure
    assert read == Failure(FailureKind.SERVER, "broken", 500, request_id="req-0", raw=kept[:4_000])


async def test_a_route_names_the_version_that_was_used(
    turns: Turns, history: History, database: Database, make: Any
) -> None:
    store = ChainStore(database)
    chain = plain_chain("Everyday", (step_to(DeploymentName("a", "m1")),))
    await store.save(chain)
    await store.save(replace(chain, note="second"))
    turn = make.turn(chain="Everyday", deployment=None)
    await turns.begin(turn)
    await store.save(replace(chain, note="third"))
    sql = "SELECT v.number FROM route r JOIN chain_version v ON v.id = r.chain_version"
    assert await database.read(lambda c: c.execute(sql).fetchone()[0]) == 2


async def test_a_full_disk_keeps_the_words_from_being_half_written(paths: Paths, liveness: Liveness, make: Any) -> None:
    database = await open_database(paths, max_pages=90)
    turns, history = Turns(database, liveness), History(database, liveness)
    with pytest.raises(StorageFull):
        await turns.begin(make.turn(user=make.user("x" * 200_000)))
    assert await history.list_conversations(10) == []
    await turns.begin(make.turn())
    await database.close()


async def test_the_end_is_whole_although_the_disk_was_full_in_the_middle(
    turns: Turns, history: History, make: Any
) -> None:
    """The second attempt's start could not be written; its end brings everything."""
    turn = make.turn()
    await turns.begin(turn)
    first = make.attempt(**FAILED)
    second = replace(make.attempt(2, Reason.FALLBACK, "b/m2"), **make.ANSWERED)
    await turns.end_attempt(turn.route, first, turn.reply, Words("", "", superseded=True))
    await turns.end(
        turn, TurnEnd(make.record(turn, first, second), MessageState.COMPLETE, second, "all of it", "", None)
    )
    opened = await history.open_conversation(turn.conversation)
    assert opened is not None
    reply = opened[1][1]
    assert reply.text == "all of it"
    assert reply.route is not None
    assert reply.route.attempts[1] == second


async def test_a_conversation_that_is_gone_takes_no_words(turns: Turns, history: History, make: Any) -> None:
    with pytest.raises(UnknownName):
        await turns.begin(make.turn(is_new=False))
    assert await history.list_conversations(10) == []
    with pytest.raises(UnknownName):
        await turns.start_attempt("no-such-route", make.attempt())
    assert await history.open_conversation(ConversationId("x")) is None
    await turns.checkpoint("no-such-route", MessageId("x"), 1, "words", "")
