"""`make live` cannot run without keys: its dry form, and its turns against a server on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.live import LIMIT, MODELS, Result, Turn, take_all, turns
from tests.e2e.command_line import GOOD, refused
from tests.fakes.http_server import HttpServer

from switchyard.providers.presets import PRESETS

KEY = "sk-live-0123456789abcdef"


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def live(folder: Path, *words: str, **environment: str) -> tuple[int | None, str, dict[str, Any]]:
    """Run it; returns the exit code, what it printed, and its report."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.conformance.live", "--folder", str(folder), *words,
        stdout=asyncio.subprocess.PIPE, env=os.environ | environment, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode, out.decode(), latest(folder)


def latest(folder: Path) -> dict[str, Any]:
    """Return the report that was written; an empty one where there is none."""
    reports = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    return reports[-1] if reports else {}


async def test_dry_form_calls_nothing(server: HttpServer, tmp_path: Path) -> None:
    code, out, report = await live(
        tmp_path, "--dry", OPENAI_API_KEY=KEY, GROQ_API_KEY=KEY, SWITCHYARD_LIVE_URL_OPENAI=server.url("/v1")
    )
    assert code == 0
    assert [(row["provider"], row["outcome"]) for row in report["turns"]] == [
        ("openai", "not called"), ("groq", "not called"),
    ]  # fmt: skip
    assert KEY not in out + json.dumps(report)
    assert not server.received


async def test_turn_and_its_report(server: HttpServer, tmp_path: Path) -> None:
    server.play("/good/chat/completions", GOOD)
    server.play("/bad/chat/completions", refused(401, "invalid_api_key"))
    code, out, report = await live(
        tmp_path,
        SWITCHYARD_KEY_GROQ=KEY, SWITCHYARD_LIVE_URL_GROQ=server.url("/good"),
        SWITCHYARD_KEY_MISTRAL=KEY, SWITCHYARD_LIVE_URL_MISTRAL=server.url("/bad"),
    )  # fmt: skip
    good, bad = report["turns"]
    assert code == 1
    assert (good["outcome"], good["usage"]["output"], good["failure"]) == ("completed", 20, None)
    assert (bad["outcome"], bad["failure"]["kind"]) == ("failed", "AUTH")
    assert KEY not in out + json.dumps(report)
    assert "w0" not in json.dumps(report)
    assert server.received[0].json()["max_completion_tokens"] <= 200


async def test_nothing_without_keys(tmp_path: Path) -> None:
    assert await live(tmp_path) == (
        0, "There is no key of a provider in the environment, so nothing is called.\n", {},
    )  # fmt: skip


def test_limit_leaves_the_rest_out() -> None:
    planned = [Turn("openai", f"m{n}", None) for n in range(20)]
    results = list(take_all(planned, lambda turn: Result(turn, "completed", {}, Decimal("0.006"))))
    assert sum(result.cost for result in results) <= LIMIT
    assert [result.outcome for result in results] == ["completed"] * 8 + ["left out: the limit is reached"] * 12


def test_every_provider_with_a_key_can_be_called() -> None:
    keys = {preset.key_variable: KEY for preset in PRESETS.values() if preset.key_variable}
    assert {turn.provider for turn in turns(keys)} == set(MODELS)
