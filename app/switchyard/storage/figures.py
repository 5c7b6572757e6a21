"""What the attempts on disk say of their deployments: read once at start, then the running program knows by itself."""

from __future__ import annotations

import sqlite3

from switchyard.core.route import Outcome, Purpose, Reason
from switchyard.core.stats import Sample, make_sample
from switchyard.storage.database import Database

# The newest calls of each deployment that are read: enough to fill the rings of those sizes of prompt that it is
# used for. So the time this takes grows with the deployments, not with the history.
CALLS = 128

# Steps from deployment to deployment through the index, and reads the newest calls of each: a window function over
# all attempts would read them all.
_NEWEST = """
WITH RECURSIVE called (account_name, requested_model) AS (
    SELECT * FROM (
        SELECT account_name, requested_model FROM attempt ORDER BY account_name, requested_model LIMIT 1
    )
    UNION ALL
    SELECT following.account_name, following.requested_model FROM called JOIN attempt following
    ON following.id = coalesce(
        (
            SELECT id FROM attempt
            WHERE account_name = called.account_name AND requested_model > called.requested_model
            ORDER BY requested_model LIMIT 1
        ),
        (
            SELECT id FROM attempt
            WHERE account_name > called.account_name ORDER BY account_name, requested_model LIMIT 1
        )
    )
)
SELECT a.account_name || '/' || a.requested_model, a.provider, a.queued_ms, a.state, a.failure_kind,
       a.sent_ms, a.ttft_ms, a.ended_ms, a.input, a.output, a.reasoning
FROM called JOIN attempt a ON a.id IN (
    SELECT id FROM attempt
    WHERE account_name = called.account_name AND requested_model = called.requested_model
    ORDER BY id DESC LIMIT ?
)
WHERE a.purpose = ? AND a.state <> ?
"""

_SINCE = "SELECT queued_ms, reason FROM attempt WHERE queued_ms >= ? AND purpose = ? ORDER BY queued_ms"


class FigureStore:
    """Reads samples out of the history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> list[Sample]:
        """Return what the newest calls of each deployment say, in the order in which they were made."""
        return await self._database.read(_load)

    async def calls_since(self, at_ms: int) -> list[tuple[int, bool]]:
        """Return the calls of messages since then, in order: when each was made, and whether beside another one."""
        return await self._database.read(lambda connection: _calls(connection, at_ms))


def _load(connection: sqlite3.Connection) -> list[Sample]:
    rows = connection.execute(_NEWEST, (CALLS, Purpose.CHAT.value, Outcome.RUNNING.value))
    samples = (
        make_sample(
            deployment,
            provider,
            at_ms,
            state,
            failure,
            (sent_ms, ttft_ms, ended_ms),
            (entered, output, reasoning),
        )
        for deployment, provider, at_ms, state, failure, sent_ms, ttft_ms, ended_ms, entered, output, reasoning in rows
    )
    return sorted((sample for sample in samples if sample is not None), key=_at_ms)


def _calls(connection: sqlite3.Connection, at_ms: int) -> list[tuple[int, bool]]:
    rows = connection.execute(_SINCE, (at_ms, Purpose.CHAT.value))
    return [(queued_ms, reason == Reason.HEDGE) for queued_ms, reason in rows]


def _at_ms(sample: Sample) -> int:
    return sample.at_ms
