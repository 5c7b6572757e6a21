"""Search as a person types, beside a plain FTS5 query for the same words over the same messages in the same run.

The plain thing is a table of FTS5 that holds the words itself, asked for the newest fifty hits with `snippet()`, in an
executor with one thread; and for the best, the best fifty of the newest two thousand. `python -m tests.bench.search
1000000 FOLDER` measures another number of messages, and keeps the files for the next time.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from switchyard.core.search import match_expression, terms
from switchyard.storage.database import open_database
from switchyard.storage.paths import Paths, prepare
from switchyard.storage.search import SearchIndex

MESSAGES = 100_000
ROUNDS = 150
IN_A_CHAT = 100
_PLAIN = (
    "SELECT rowid, snippet(words, 0, '[', ']', '…', 16) FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT 50"
)
_PLAIN_BEST = (
    "SELECT b.rowid, w.text FROM (SELECT n.rowid FROM"
    " (SELECT rowid, bm25(words) AS score FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT 2000) n"
    " ORDER BY n.score LIMIT 50) b JOIN words w ON w.rowid = b.rowid"
)
# Ours looks up where each message is kept, and marks the words in a text that the index does not hold.
LIMIT, BEST_LIMIT = 2.5, 3.0
Ask = Callable[[str], Awaitable[object]]


class Speech:
    """Words as often as in speech: the n-th one n times more seldom than the first; a message in twenty is Chinese."""

    def __init__(self) -> None:
        self._draw, self._ask = random.Random(50), random.Random(51)
        letters = "abcdefghijklmnoprstuvw"
        self.words = ["".join(self._draw.choices(letters, k=self._draw.randint(2, 11))) for _ in range(60_000)]
        self._often = list(itertools.accumulate(1 / n for n in range(1, len(self.words) + 1)))

    def message(self) -> str:
        """Return a message of some four hundred characters."""
        count = max(3, int(self._draw.expovariate(1 / 65)))
        text = " ".join(self._draw.choices(self.words, cum_weights=self._often, k=count))
        return f"{text} {self.chinese(80, self._draw)}" if self._draw.random() < 0.05 else text

    def chinese(self, length: int, draw: random.Random) -> str:
        """Return Chinese characters, of which some are frequent."""
        return "".join(chr(0x4E00 + int(draw.paretovariate(0.4)) % 8000) for _ in range(length))

    def queries(self) -> Mapping[str, Callable[[], str]]:
        """Return what is looked for, by its name; a space behind a word tells that it is whole."""
        pick, draw = self._ask.choice, self._ask.sample
        common, medium, rare = self.words[:100], self.words[300:3000], self.words[8000:40_000]
        long = [word for word in medium if len(word) > 4]
        return {
            "a common word": lambda: f"{pick(common)} ",
            "a word": lambda: f"{pick(medium)} ",
            "a rare word": lambda: f"{pick(rare)} ",
            "two words": lambda: " ".join([*draw(medium, 2), ""]),
            "a common word and another": lambda: f"{pick(common)} {pick(medium)} ",
            "a common word and two others": lambda: " ".join([pick(common), *draw(medium, 2), ""]),
            "three common words": lambda: " ".join([*draw(common, 3), ""]),
            "two letters": lambda: pick(long)[:2],
            "three letters": lambda: pick(long)[:3],
            "four letters": lambda: pick(long)[:4],
            "one Chinese character": lambda: self.chinese(1, self._ask),
            "two Chinese characters": lambda: self.chinese(2, self._ask),
            "three Chinese characters": lambda: self.chinese(3, self._ask),
        }


def rows(messages: int = MESSAGES, kept: Path | None = None) -> list[dict[str, Any]]:
    """Return a row for each kind of query; `kept` is a folder that is filled the first time, and only read later."""
    if kept is not None:
        return asyncio.run(_rows(kept, messages))
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_rows(Path(folder), messages))


async def _rows(folder: Path, messages: int) -> list[dict[str, Any]]:
    speech, paths = Speech(), Paths(folder / "data")
    if not (folder / "plain.db").exists():
        await _fill(folder, paths, [speech.message() for _ in range(messages)])
    database = await open_database(paths)
    index = SearchIndex(database)
    with ThreadPoolExecutor(1) as pool, contextlib.closing(_plain(folder)) as plain:

        def asks(sql: str) -> Ask:
            def ask(query: str) -> Awaitable[object]:
                loop, expression = asyncio.get_running_loop(), match_expression(terms(query))
                return loop.run_in_executor(pool, lambda: plain.execute(sql, (expression,)).fetchall())

            return ask

        def ours(query: str) -> Awaitable[object]:
            return index.find(terms(query), 50)

        def best(query: str) -> Awaitable[object]:
            return index.find(terms(query), 50, best=True)

        ways = (asks(_PLAIN), ours, asks(_PLAIN_BEST), best)
        asked = [(kind, [make() for _ in range(ROUNDS)]) for kind, make in speech.queries().items()]
        found = [await _compare(kind, queries, messages, ways) for kind, queries in asked]
    await database.close()
    return found


async def _compare(kind: str, queries: list[str], messages: int, ways: Sequence[Ask]) -> dict[str, Any]:
    """Ask in turn; Chinese is compared to nothing, since the plain index takes whole runs of it for one word."""
    taken: list[list[tuple[float, float]]] = [[] for _ in ways]
    for query in queries:
        for ask, times in zip(ways, taken, strict=True):
            began, cpu = time.perf_counter(), time.process_time()
            await ask(query)
            times.append(((time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000))
    plain, ours, plain_best, best = (_Figures.of(times) for times in taken)
    beside = not queries[0].isascii()
    return {
        "what": f"search of {messages:,} messages: {kind}",
        "plain": plain.row(),
        "ours": ours.row(),
        "plain_best_of_2000": plain_best.row(),
        "best_of_2000": best.row(),
        "ratio": None if beside else round(ours.cpu_p95_ms / plain.cpu_p95_ms, 2),
        "best_ratio": None if beside else round(best.cpu_p95_ms / plain_best.cpu_p95_ms, 2),
        "limit": LIMIT,
        "best_limit": BEST_LIMIT,
    }


class _Figures(NamedTuple):
    """What one way of asking takes."""

    p50_ms: float
    p95_ms: float
    cpu_p50_ms: float
    cpu_p95_ms: float

    @classmethod
    def of(cls, times: Sequence[tuple[float, float]]) -> _Figures:
        wall, cpu = (statistics.quantiles(column, n=20) for column in zip(*times, strict=True))
        return cls(wall[9], wall[18], cpu[9], cpu[18])

    def row(self) -> dict[str, float]:
        return {name: round(value, 2) for name, value in self._asdict().items()}


async def _fill(folder: Path, paths: Paths, said: list[str]) -> None:
    prepare(paths)
    database = await open_database(paths)
    await database.write(lambda connection: _say(connection, said))
    index = SearchIndex(database)
    while await index.fill():
        while await index.merge():
            pass
    await database.close()
    with contextlib.closing(_plain(folder)) as plain:
        plain.execute("CREATE VIRTUAL TABLE words USING fts5(text, prefix='2 3')")
        plain.executemany("INSERT INTO words (text) VALUES (?)", ((text,) for text in said))
        plain.commit()


def _plain(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "plain.db", check_same_thread=False)


def _say(connection: sqlite3.Connection, said: list[str]) -> None:
    for number, text in enumerate(said):
        if number % IN_A_CHAT == 0:
            connection.execute(
                "INSERT INTO conversation (uid, title, created_ms, updated_ms, messages, free, simulated)"
                " VALUES (?, ?, ?, ?, ?, 0, 0)",
                (f"c{number}", text[:50], number, number, IN_A_CHAT),
            )
        connection.execute(
            "INSERT INTO message (id, uid, conversation, role, state, seq, created_ms)"
            " VALUES (?, ?, ?, 'user', 'complete', ?, ?)",
            (number + 1, f"m{number}", number // IN_A_CHAT + 1, number % IN_A_CHAT, number),
        )
        connection.execute(
            "INSERT INTO part (uid, message, seq, kind, text, superseded) VALUES (?, ?, 1, 'text', ?, 0)",
            (f"p{number}", number + 1, text),
        )


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None):
        print(json.dumps(row))
