"""What an attempt used and cost comes back from its row as it was, and so does the price of an old row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from switchyard.core.route import AttemptRecord, Joint, Outcome, Reason, Seam
from switchyard.core.usage import CostSource, Price, Tier, Usage
from switchyard.storage.rows import attempt_columns, attempt_from_row

IDENTITY = {
    "n": 1,
    "step": 1,
    "reason": "first",
    "account_name": "a",
    "requested_model": "m",
    "provider": "openai",
    "queued_ms": 5,
    "retry_after_ms": None,
    "simulated": 0,
    "track": "code",
}
ATTEMPT = AttemptRecord(
    1, 1, Reason.FIRST, "a/m", "a", "openai", "m", 5, outcome=Outcome.COMPLETED, cost_source=CostSource.COMPUTED
)


def _back(attempt: AttemptRecord, **changes: object) -> AttemptRecord:
    """Send an attempt's columns through a real row."""
    columns = IDENTITY | attempt_columns(attempt) | changes
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        selected = ", ".join(f"? AS {name}" for name in columns)
        return attempt_from_row(connection.execute(f"SELECT {selected}", tuple(columns.values())).fetchone())


@pytest.mark.parametrize(
    "usage",
    [Usage(1, 2, 3, 4, 5, 6, False, 7, 8, 9, 10, 11), Usage(1, None, estimated=True), Usage(0, 0, audio=0, searches=0)],
)
def test_a_usage_comes_back(usage: Usage) -> None:
    assert _back(replace(ATTEMPT, usage=usage)).usage == usage


def test_a_seam_comes_back_with_its_track() -> None:
    back = _back(replace(ATTEMPT, seam=Seam(512, Joint.PREFILL)))
    assert (back.seam, back.track) == (Seam(512, Joint.PREFILL), "code")
    assert _back(ATTEMPT).seam is None


def test_a_price_comes_back_whole() -> None:
    price = Price(3, 15, 1, 2, search_nanos=4, tiers=(Tier(200, Price(6, 22)),))
    assert _back(replace(ATTEMPT, price=price)).price == price
    assert _back(ATTEMPT).price is None


def test_the_price_of_a_row_of_the_first_version_is_read() -> None:
    assert _back(ATTEMPT, price="[3000000000, 15000000000]").price == Price(3_000_000_000, 15_000_000_000)
