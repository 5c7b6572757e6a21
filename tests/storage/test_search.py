"""The index of words: it follows what was said, gives the newest first, and leaves out what was deleted."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from switchyard.core.filing import Change, Place
from switchyard.core.message import MessageState, Role
from switchyard.core.search import Found, terms
from switchyard.storage.database import Database
from switchyard.storage.paths import Paths
from switchyard.storage.search import LOOKED_AT, RANKED_HITS, SLICE_LENGTH, SLICE_MESSAGES, SearchIndex
from switchyard.storage.shelves import ShelfStore
from switchyard.storage.turns import TurnEnd, Turns, Words


@pytest.fixture
def index(database: Database) -> SearchIndex:
    return SearchIndex(database)


async def _say(turns: Turns, make: Any, asked: str, answered: str | None, **changes: Any) -> Any:
    turn = make.turn(user=make.user(asked), title=asked[:20], **changes)
    await turns.begin(turn)
    if answered is not None:
        done = make.attempt(**make.ANSWERED)
        await turns.end(turn, TurnEnd(make.record(turn, done), MessageState.COMPLETE, done, answered, "", None))
    return turn


async def _find(index: SearchIndex, query: str, limit: int = 50, *, best: bool = False) -> Found:
    return await index.find(terms(query), limit, best=best)


async def _texts(index: SearchIndex, query: str) -> list[str]:
    return [hit.snippet.text for hit in (await _find(index, query)).hits]


async def test_both_sides_are_found_the_newest_first(turns: Turns, index: SearchIndex, make: Any) -> None:
    first = await _say(turns, make, "How fast is a limiter?", "A limiter is fast.")
    await _say(turns, make, "Limiter, again", "Slow this time.")
    assert (await _find(index, "limiter")).whole is False
    while await index.fill():
        pass
    found = await _find(index, "limiter")
    assert [hit.snippet.text for hit in found.hits] == [
        "Limiter, again",
        "A limiter is fast.",
        "How fast is a limiter?",
    ]
    assert found.whole
    assert not found.has_more
    hit = found.hits[1]
    assert (hit.conversation, hit.message, hit.role) == (first.conversation, first.reply, Role.ASSISTANT)
    assert (hit.title, hit.created_ms, hit.snippet.marks) == ("How fast is a limite", 1000, ((2, 9),))


async def test_there_may_be_more(turns: Turns, index: SearchIndex, make: Any) -> None:
    for n in range(3):
        await _say(turns, make, f"needle {n}", "yes")
    await index.fill()
    found = await _find(index, "needle", 2)
    assert [hit.snippet.text for hit in found.hits] == ["needle 2", "needle 1"]
    assert found.has_more


async def test_a_reply_is_found_once_it_is_whole_and_without_what_was_taken_back(
    turns: Turns, index: SearchIndex, make: Any
) -> None:
    turn = make.turn()
    await turns.begin(turn)
    await turns.checkpoint(turn.route, turn.reply, 1, "half an answer", "")
    await index.fill()
    assert await _texts(index, "answer") == []
    failed = make.attempt(duration_ms=1)
    await turns.end_attempt(turn.route, failed, turn.reply, Words("withdrawn answer", "", superseded=True))
    second = replace(make.attempt(2), **make.ANSWERED)
    await turns.start_attempt(turn.route, make.attempt(2))
    await turns.end(
        turn, TurnEnd(make.record(turn, second), MessageState.COMPLETE, second, "whole answer", "hidden answer", None)
    )
    await index.fill()
    assert await _texts(index, "answer") == ["whole answer"]
    assert await _texts(index, "withdrawn") == await _texts(index, "hidden") == []


async def test_what_was_deleted_is_not_found_until_it_is_back(
    turns: Turns, database: Database, index: SearchIndex, make: Any
) -> None:
    turn = await _say(turns, make, "needle", "yes")
    await index.fill()
    shelves = ShelfStore(database)
    before = await shelves.change([turn.conversation], Change(deleted=True))
    assert await _texts(index, "needle") == []
    await shelves.put_back(before)
    assert await _texts(index, "needle") == ["needle"]


async def test_the_best_come_first_where_that_is_asked(turns: Turns, index: SearchIndex, make: Any) -> None:
    await _say(turns, make, "needle needle", "x")
    await _say(turns, make, "needle " + "and much else " * 50, "y")
    await index.fill()
    best = await _find(index, "needle", best=True)
    assert [hit.title for hit in best.hits] == ["needle needle", "needle and much else"]
    assert [hit.title for hit in (await _find(index, "needle")).hits] == ["needle and much else", "needle needle"]


async def test_only_the_newest_are_ranked(database: Database, turns: Turns, index: SearchIndex, make: Any) -> None:
    await _say(turns, make, "needle needle needle", "x")

    def fill(connection: Any) -> None:
        for n in range(RANKED_HITS):
            message = connection.execute(
                "INSERT INTO message (uid, conversation, role, state, seq, created_ms)"
                " VALUES (?, 1, 'user', 'complete', ?, 0)",
                (f"m{n}", n + 2),
            ).lastrowid
            connection.execute(
                "INSERT INTO part (uid, message, seq, kind, text, superseded)"
                " VALUES (?, ?, 0, 'text', 'a needle in the hay', 0)",
                (f"p{n}", message),
            )

    await database.write(fill)
    while await index.fill():
        pass
    found = await _find(index, "needle", RANKED_HITS + 1, best=True)
    assert len(found.hits) == RANKED_HITS
    assert "needle needle needle" not in {hit.snippet.text for hit in found.hits}


async def test_slices_are_bounded_in_number_and_in_length_and_go_from_the_newest(
    turns: Turns, index: SearchIndex, make: Any
) -> None:
    for n in range(SLICE_MESSAGES // 2 + 1):
        await _say(turns, make, f"small {n}", "ok")
    assert await index.fill()
    assert await _texts(index, '"small 0"') == []
    assert not await index.fill()
    assert await _texts(index, '"small 0"') == ["small 0"]
    await _say(turns, make, "old", "large " * SLICE_LENGTH)
    await _say(turns, make, "new", "large " * SLICE_LENGTH)
    assert await index.fill()
    assert len(await _texts(index, "large")) == 1
    while await index.fill():
        pass
    assert len(await _texts(index, "large")) == 2


async def test_pieces_are_joined_in_steps_and_nothing_is_lost(turns: Turns, index: SearchIndex, make: Any) -> None:
    for n in range(12):
        await _say(turns, make, f"needle {n}", "yes")
        await index.fill()
    steps = 0
    while await index.merge():
        steps += 1
    assert steps > 0
    assert len((await _find(index, "needle")).hits) == 12


async def test_the_index_can_be_read_by_any_sqlite(
    turns: Turns, index: SearchIndex, database: Database, make: Any
) -> None:
    await _say(turns, make, "发布说明", "Zürich")
    await index.fill()
    await database.read(lambda c: c.execute("INSERT INTO word_index (word_index) VALUES ('integrity-check')"))
    assert await _texts(index, "说明") == ["发布说明"]


async def test_a_workspace_is_searched_alone_however_many_others_hold_the_word(
    turns: Turns, database: Database, index: SearchIndex, make: Any
) -> None:
    shelves = ShelfStore(database)
    work = await shelves.add_workspace("Work")
    old = await _say(turns, make, "needle at work", "yes")
    await shelves.change([old.conversation], Change(place=Place(work.uid)))
    await _say(turns, make, "needle elsewhere", "yes")

    def fill(connection: Any) -> None:
        rows = [(f"m{n}", 2, n + 2) for n in range(LOOKED_AT + 10)]
        sql = (
            "INSERT INTO message (uid, conversation, role, state, seq, created_ms)"
            " VALUES (?, ?, 'user', 'complete', ?, 0)"
        )
        connection.executemany(sql, rows)
        connection.execute(
            "INSERT INTO part (uid, message, seq, kind, text, superseded)"
            " SELECT 'p' || id, id, 0, 'text', 'a needle in the hay', 0 FROM message WHERE uid LIKE 'm%'"
        )

    await database.write(fill)
    while await index.fill():
        pass
    for best in (False, True):
        found = await index.find(terms("needle"), 50, best=best, workspace=work.uid)
        assert [(hit.title, hit.workspace) for hit in found.hits] == [("needle at work", work.uid)]
        assert not found.has_more
    assert len((await _find(index, "needle")).hits) == 50
    await shelves.set_removed(work.uid, True)
    assert (await index.find(terms("needle"), 50, workspace=work.uid)).hits == ()


async def test_the_archive_is_searched_and_says_so(
    turns: Turns, database: Database, index: SearchIndex, make: Any
) -> None:
    kept = await _say(turns, make, "needle kept", "yes")
    await _say(turns, make, "needle here", "yes")
    await ShelfStore(database).change([kept.conversation], Change(archived=True))
    await index.fill()
    assert [(hit.title, hit.archived) for hit in (await _find(index, "needle")).hits] == [
        ("needle here", False),
        ("needle kept", True),
    ]


async def test_what_stands_before_much_that_was_deleted_is_found(
    turns: Turns, database: Database, index: SearchIndex, make: Any
) -> None:
    await _say(turns, make, "needle kept", "yes")
    gone = [await _say(turns, make, f"needle gone {n}", "yes") for n in range(60)]
    await ShelfStore(database).change([turn.conversation for turn in gone], Change(deleted=True))
    while await index.fill():
        pass
    for best in (False, True):
        assert [hit.title for hit in (await _find(index, "needle", best=best)).hits] == ["needle kept"]


async def test_no_statement_runs_on_the_thread_of_the_window(
    turns: Turns, database: Database, index: SearchIndex, make: Any
) -> None:
    threads: set[threading.Thread] = set()
    await database.read(lambda c: c.set_trace_callback(lambda _sql: threads.add(threading.current_thread())))
    for n in range(9):
        await _say(turns, make, f"needle {n}", "yes")
        await index.fill()
    while await index.merge():
        pass
    for best in (False, True):
        assert (await _find(index, "needle", best=best)).hits
    await database.read(lambda c: c.set_trace_callback(None))
    assert len(threads) == 1
    assert threading.main_thread() not in threads


async def test_a_step_of_joining_writes_few_pages(
    turns: Turns, database: Database, index: SearchIndex, paths: Paths, make: Any
) -> None:
    """Nothing else that is to be written waits for long, however large the pieces are."""
    for n in range(8):
        words = " ".join(f"word{n}x{m}" for m in range(3000))
        await _say(turns, make, words, "yes")
        await index.fill()
    written, more = [], True
    while more:
        await database.read(lambda c: c.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
        more = await index.merge()
        written.append(paths.database.with_name(f"{paths.database.name}-wal").stat().st_size // 4096)
    assert len(written) > 3
    assert max(written) < 150
