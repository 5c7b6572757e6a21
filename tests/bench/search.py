"""Search as a person types, beside a plain FTS5 query for the same words over the same messages in the same run.

The plain thing is a table of FTS5 that holds the words itself, asked for the newest fifty hits with `snippet()`, in an
executor with one thread. `python -m tests.bench.search 1000000` measures another number of messages.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

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
Ask = Callable[[str], Awaitable[object]]


class Speech:
    """Words as often as in speech: the n-th one n times more seldom than the first; a message in twenty is Chinese."""

    def __init__(self) -> None:
        self._draw = random.Random(50)
        letters = "abcdefghijklmnoprstuvw"
        self.words = ["".join(self._draw.choices(letters, k=self._draw.randint(2, 11))) for _ in range(60_000)]
        self._often = list(itertools.accumulate(1 / n for n in range(1, len(self.words) + 1)))

    def message(self) -> str:
        """Return a message of some four hundred characters."""
        count = max(3, int(self._draw.expovariate(1 / 65)))
        text = " ".join(self._draw.choices(self.words, cum_weights=self._often, k=count))
        return f"{text} {self.chinese(80)}" if self._draw.random() < 0.05 else text

    def chinese(self, length: int) -> str:
        """Return Chinese characters, of which some are frequent."""
        return "".join(chr(0x4E00 + int(self._draw.paretovariate(0.4)) % 8000) for _ in range(length))

    def queries(self) -> Mapping[str, Callable[[], str]]:
        """Return what is looked for, by its name."""
        pick, words = self._draw.choice, self.words
        return {
            "a common word": lambda: pick(words[:50]) + " ",
            "a word": lambda: pick(words[500:1500]) + " ",
            "a rare word": lambda: pick(words[20_000:40_000]) + " ",
            "two words": lambda: f"{pick(words[:1000])} {pick(words[:1000])} ",
            "three letters": lambda: next(word for word in iter(lambda: pick(words), "") if len(word) > 3)[:3],
            "two Chinese characters": lambda: self.chinese(2),
        }


def rows(messages: int = MESSAGES) -> list[dict[str, Any]]:
    """Return a row for each kind of query."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_rows(Path(folder), messages))


async def _rows(folder: Path, messages: int) -> list[dict[str, Any]]:
    speech, paths = Speech(), Paths(folder / "data")
    said = [speech.message() for _ in range(messages)]
    prepare(paths)
    database = await open_database(paths)
    await database.write(lambda connection: _say(connection, said))
    index = SearchIndex(database)
    while await index.fill():
        while await index.merge():
            pass
    with ThreadPoolExecutor(1) as pool:
        plain = await asyncio.get_running_loop().run_in_executor(pool, _plain_table, folder / "plain.db", said)

        async def ask_plain(query: str) -> object:
            loop, expression = asyncio.get_running_loop(), match_expression(terms(query))
            return await loop.run_in_executor(pool, lambda: plain.execute(_PLAIN, (expression,)).fetchall())

        async def ask_ours(query: str) -> object:
            return await index.find(terms(query), 50)

        async def ask_best(query: str) -> object:
            return await index.find(terms(query), 50, best=True)

        asked = [(kind, [make() for _ in range(ROUNDS)]) for kind, make in speech.queries().items()]
        found = [await _compare(kind, queries, messages, ask_plain, ask_ours, ask_best) for kind, queries in asked]
    await database.close()
    return found


async def _compare(kind: str, queries: list[str], messages: int, *asks: Ask) -> dict[str, Any]:
    taken: list[list[float]] = [[] for _ in asks]
    for query in queries:
        for ask, times in zip(asks, taken, strict=True):
            began = time.perf_counter()
            await ask(query)
            times.append((time.perf_counter() - began) * 1000)
    plain, ours, best = (statistics.quantiles(times, n=20) for times in taken)
    return {
        "what": f"search of {messages:,} messages: {kind}",
        "plain_p95_ms": round(plain[18], 2),
        "ours_p95_ms": round(ours[18], 2),
        "ours_p50_ms": round(ours[9], 2),
        "best_of_2000_p95_ms": round(best[18], 2),
        "ratio": round(ours[18] / plain[18], 2),
    }


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


def _plain_table(file: Path, said: list[str]) -> sqlite3.Connection:
    plain = sqlite3.connect(file)
    plain.execute("CREATE VIRTUAL TABLE words USING fts5(text, prefix='2 3')")
    plain.executemany("INSERT INTO words (text) VALUES (?)", ((text,) for text in said))
    plain.commit()
    return plain


if __name__ == "__main__":
    for row in rows(int(sys.argv[1])):
        print(json.dumps(row))
