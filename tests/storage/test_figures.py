"""What the history says of deployments: read in one query, through the index, the newest calls of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from switchyard.core.stats import PromptSize, Sample, Stats
from switchyard.storage import figures
from switchyard.storage.database import Database
from switchyard.storage.figures import CALLS, FigureStore

_COLUMNS = (
    "account_name, requested_model, purpose, state, failure_kind, queued_ms, sent_ms, ttft_ms, ended_ms, input, output,"
    " reasoning"
)


async def keep(database: Database, rows: Sequence[tuple[Any, ...]]) -> None:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO route (id, uid, pinned, parameters, steps, created_ms) VALUES (1, 'r', 0, '{}', 1, 0)"
        )
        connection.executemany(
            f"INSERT INTO attempt (uid, route, n, step, reason, provider, {_COLUMNS})"
            " VALUES (?, 1, ?, 1, 'first', 'openai', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(f"u{n}", n, *row) for n, row in enumerate(rows, 1)],
        )

    await database.write(work)


async def test_an_empty_history_says_nothing(database: Database) -> None:
    assert await FigureStore(database).load() == []


async def test_calls_are_read_as_samples_the_oldest_first(database: Database) -> None:
    chat = ("m/x:1", "chat")
    await keep(
        database,
        [
            ("b", *chat, "completed", None, 5000, 5010, 400, 7410, 3000, 100, 7),
            ("a", *chat, "completed", None, 1000, 1010, 90, 1100, 10, 100, None),
            ("a", *chat, "failed", "SERVER", 2000, 2010, None, 2020, None, None, None),
            ("a", *chat, "failed", "TIMEOUT_TTFT", 3000, 3010, None, 11_010, None, None, None),
            ("a", *chat, "failed", "AUTH", 3500, 3510, None, 3600, None, None, None),
            ("a", *chat, "cancelled", "CANCELLED", 4000, 4010, 200, 4900, 20_000, 5, 0),
            ("a", *chat, "running", None, 6000, None, None, None, None, None, None),
            ("a", "m/x:1", "embed", "completed", None, 6500, 6510, None, 6600, 10, 0, None),
        ],
    )
    assert await FigureStore(database).load() == [
        Sample("a/m/x:1", "openai", 1000, PromptSize.SMALL, False, 90, None),
        Sample("a/m/x:1", "openai", 2000, failed=True),
        Sample("a/m/x:1", "openai", 3000, failed=True, deadline_ms=8000),
        Sample("a/m/x:1", "openai", 4000, PromptSize.LARGE, False, 200),
        Sample("b/m/x:1", "openai", 5000, PromptSize.MEDIUM, True, 400, 50.0),
    ]


async def test_every_deployment_is_read_and_of_each_the_newest_calls(database: Database) -> None:
    names = [(account, model) for account in ("a", "b", "z") for model in ("m", "m/2", "n", "")]
    often = [(*names[0], n) for n in range(CALLS + 10)]
    once = [(*name, 1) for name in names[1:]]
    await keep(
        database,
        [(a, m, "chat", "completed", None, n, n, 5, n + 9, 10, 10, None) for a, m, n in [*once, *often]],
    )
    samples = await FigureStore(database).load()
    assert {sample.deployment for sample in samples} == {f"{account}/{model}" for account, model in names}
    assert min(sample.at_ms for sample in samples if sample.deployment == "a/m") == 10
    speed = Stats(samples).speed("a/m")
    assert speed is not None
    assert speed.samples == 64


async def test_no_table_is_read_from_end_to_end(database: Database) -> None:
    plan = await database.read(
        lambda connection: connection.execute(
            f"EXPLAIN QUERY PLAN {figures._NEWEST}", (CALLS, "chat", "running")
        ).fetchall()
    )
    steps = [step for *_, step in plan if "attempt" in step]
    assert len(steps) >= 4
    index = "COVERING INDEX idx_attempt_account_name_requested_model"
    assert [step for step in steps if step.startswith("SCAN")] == [f"SCAN attempt USING {index}"]  # for its first row
    assert all(index in step for step in steps if step.startswith("SEARCH attempt"))
