"""Our table of models: every row names its source and agrees with itself, and dated names find their model."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from switchyard.core.content import Capability
from switchyard.core.facts import NOTHING
from switchyard.core.model_table import ModelTable, Row, kin, rows_of
from switchyard.providers.presets import PRESETS

FILE = Path(__file__).resolve().parents[2] / "resources" / "models.json"
DATA = json.loads(FILE.read_text(encoding="utf-8"))
ROWS = rows_of(DATA)
TABLE = ModelTable(ROWS)
HOLDING_BACK = {"vision", "files", "tools", "schema", "json"}  # see core.needs
MAKERS = {"platform.openai.com", "developers.openai.com", "platform.claude.com", "ai.google.dev", "docs.x.ai",
          "api-docs.deepseek.com", "console.groq.com", "docs.mistral.ai"}  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.models[0])
def test_a_row_says_something_of_models_of_providers_that_there_are(row: Row) -> None:
    assert set(row.providers) <= set(PRESETS)
    assert row.models
    assert row.facts != NOTHING
    assert row.facts.max_output is None or row.facts.max_output <= (row.facts.context or 0)


@pytest.mark.parametrize("row", DATA["rows"], ids=lambda row: row["models"][0])
def test_a_row_names_the_pages_that_say_so_and_when_they_were_read(row: dict[str, Any]) -> None:
    assert row["sources"]
    for source in map(urlsplit, row["sources"]):
        assert source.scheme == "https"
        assert source.path.strip("/")
        if source.hostname == "github.com":  # a version that stays
            assert re.fullmatch(r"/[^/]+/[^/]+/blob/[0-9a-f]{40}/.+", source.path)
    assert date(2026, 1, 1) <= date.fromisoformat(row["read"])


def test_a_message_is_held_back_by_the_makers_own_pages_alone() -> None:
    """What others say that a model cannot do was wrong before: it is no reason not to send what needs it."""
    for row in DATA["rows"]:
        if HOLDING_BACK & set(row.get("cannot", ())):
            assert {urlsplit(source).hostname for source in row["sources"]} & MAKERS


def test_no_model_stands_in_two_rows() -> None:
    names = [(provider, model) for row in ROWS for provider in row.providers for model in row.models]
    assert len(names) == len(set(names))


def test_can_and_cannot_do_not_meet() -> None:
    for row in DATA["rows"]:
        assert not set(row.get("can", ())) & set(row.get("cannot", ()))


@pytest.mark.parametrize(
    ("provider", "model", "context"),
    [
        ("openai", "gpt-4o", 128_000),
        ("openai", "gpt-4o-2024-08-06", 128_000),
        ("openai", "gpt-4o-realtime-preview", None),
        ("openai", "my-model", None),
        ("anthropic", "claude-opus-4-5-20251101", 200_000),
        ("gemini", "models/gemini-2.5-pro", 1_048_576),
        ("openai-compatible", "gpt-4o", None),
    ],
)
def test_a_model_is_found_by_its_name(provider: str, model: str, context: int | None) -> None:
    assert TABLE.look_up(provider, model).context == context


def test_what_is_not_in_the_table_is_unknown() -> None:
    assert TABLE.look_up("openai", "my-model") is NOTHING
    assert TABLE.look_up("anthropic", "claude-of-next-year") is NOTHING
    assert Capability.FILES not in TABLE.look_up("openai", "gpt-5").capabilities


def test_a_model_has_one_name_at_all_providers() -> None:
    names = [
        "anthropic/claude-sonnet-4.5",
        "claude-sonnet-4-5-20250929",
        "claude-sonnet-4-5",
        "x/Claude-Sonnet-4.5:free",
    ]
    assert {kin(name) for name in names} == {"claude-sonnet-4-5"}
    assert kin("gpt-5-mini") != kin("gpt-5")
