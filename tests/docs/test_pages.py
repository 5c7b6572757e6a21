"""Hold the smaller pages to the code: chain files, the data model, the limits of the benchmark, and every link."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from switchyard.core.chain import LEAVES, DeploymentName, LeaveOn, Limits, Policy, step_to
from switchyard.core.chain_check import Kind, check
from switchyard.core.chain_dict import CALLS_MAX
from switchyard.core.condition import Need, Word
from switchyard.core.failures import FailureKind
from switchyard.core.message import STATES, MessageState
from switchyard.core.route import QuestionKind
from switchyard.core.strategies import ids
from switchyard.core.usage import dollars
from switchyard.storage.chain_file import parse_chain
from switchyard.storage.database import open_database
from switchyard.storage.paths import Paths, default_data_dir, prepare

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]


def page(name: str) -> str:
    """Return a page's text."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of the tables in a text, without their heads."""
    for line, below in pairwise([*text.splitlines(), ""]):
        if line.startswith("| ") and not line.startswith("| ---") and not below.startswith("| ---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


# --- chain files ------------------------------------------------------------------------------------------------------


def part(heading: str) -> str:
    """Return what stands under a heading of the page about chain files."""
    return page("chain-format").split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_the_examples_are_chains() -> None:
    first, second = (parse_chain(text) for text in re.findall(r"```yaml\n(.+?)```", page("chain-format"), re.DOTALL))
    assert (first.name, first.limits, len(first.steps)) == ("Everyday", Limits(90, 4), 3)
    assert str(first.steps[1].use) == "openrouter/openai/gpt-5"
    assert [track.name for track in second.tracks] == ["local", "closed", "images", "otherwise"]
    assert check(second, None) == ()


def published(schema: dict[str, Any], definitions: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the keys of the published schema, written as the page writes them."""
    for key, value in schema["properties"].items():
        yield f"{prefix}{key}"
        if key in ("limits", "policy"):
            yield from published(value, definitions, f"{key}.")
        if key == "tracks":
            yield from published(definitions["track"], definitions, "tracks[].")
    if not prefix:
        yield from published(definitions["step"], definitions, "steps[].")
        yield "steps[].use[].weight"


def test_every_key_of_a_chain_is_told_with_its_default() -> None:
    schema = json.loads((DOCS / "schemas" / "chain.json").read_text(encoding="utf-8"))
    told = {row[0].strip("`"): row for row in rows(part("Keys"))}
    assert set(told) == set(published(schema, schema["$defs"])) - {"limits", "policy"}
    usual, policy, step = Limits(), Policy(), step_to(DeploymentName("a", "m"))
    assert told["limits.deadline_s"][2] == f"{usual.deadline_s:g}"
    assert told["limits.calls"][2] == str(usual.calls)
    assert told["limits.turn_cost"][2] == dollars(usual.turn_cost_nanos)
    assert f"1 to {CALLS_MAX}" in told["limits.calls"][1]
    for key in ("after_text", "refusal", "overflow", "rate_limit"):
        assert told[f"policy.{key}"][2] == f"`{getattr(policy, key)}`"
    for key in ("pick", "first_token_s", "idle_s", "retries", "hedge"):
        assert told[f"steps[].{key}"][2] == f"`{getattr(step, key)}`"
    assert set(re.findall(r"`(\w+)`", told["steps[].pick"][1])) == set(ids())


def test_every_word_of_a_chain_is_told() -> None:
    assert [row[0].strip("`") for row in rows(part("Conditions"))] == [*Word, "not", "never"]
    needs = next(row for row in rows(part("Conditions")) if row[0] == "`needs`")
    assert re.findall(r"`(\w+)`", needs[1]) == [*Need]
    leaving = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows(part("Leaving a step"))}
    assert [*leaving] == [*LeaveOn]
    assert {FailureKind(kind): word for word, kinds in leaving.items() for kind in kinds} == LEAVES
    schema = json.loads((DOCS / "schemas" / "chain.json").read_text(encoding="utf-8"))
    assert [row[0].strip("`") for row in rows(part("Parameters"))] == [*schema["$defs"]["set"]["properties"]]


def test_every_finding_is_told() -> None:
    told = {match[1] for row in rows(part("Check")) if (match := re.match(r"`(\w+)`", row[0]))}
    assert told == set(Kind) - {Kind.UNREADABLE}


# --- the data model ---------------------------------------------------------------------------------------------------


async def test_every_table_is_told(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "data")
    prepare(paths)
    await (await open_database(paths)).close()
    with closing(sqlite3.connect(paths.database)) as connection:
        found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    tables = page("data-model").split("## Tables")[1].split("\n## ")[0]
    ours = {name for name in found if not name.startswith(("_", "word_index_"))}  # those are SQLite's own
    assert {row[0].strip("`") for row in rows(tables)} == ours


def test_every_state_that_is_kept_is_told_with_its_word() -> None:
    states = page("data-model").split("## States of a message")[1].split("\n## ")[0]
    told = {row[0].strip("`"): row[1] for row in rows(states)}
    assert told == {state.value: STATES[state].word.english() for state in MessageState if state.value in told}
    assert len(told) >= 6


# --- the benchmark ----------------------------------------------------------------------------------------------------


def test_the_limits_are_those_that_are_printed() -> None:
    folder = ROOT / "tests" / "bench"
    run, routing, measuring = ((folder / f"{name}.py").read_text("utf-8") for name in ("run", "routing", "measuring"))
    whole, chat = page("performance").split("## The chat")
    told = [row[2] for row in rows(whole)]
    assert told == [
        "1.3 times", "1.3 times", "1.5 times", "2.5 times", "at least 60 %", "0.2 ms", "100 ms", "2.5 times", "150 ms",
        "130 MB",
    ]  # fmt: skip
    assert re.findall(r"\blimit=([\w.]+)", run) == ["DELTA_LIMIT", "1.3", "1.3", "None", "1.5"]
    assert "DELTA_LIMIT = 1.5" in run
    assert '"limit": 2.5' in run
    assert '"limit_us": 150_000' in run
    assert '"memory_limit_mb": 130' in run
    assert "FAILOVER_LIMIT = 2.5" in routing
    assert re.search(r"IN_FLIGHT_LIMIT = 50, \d+, \d+, 0\.6", routing)
    assert "PLAN_LIMIT_US = 200" in routing
    assert "IMPORT_LIMIT_US = 100_000" in routing
    assert "ROUNDS, REQUESTS, LONG_REQUESTS = 9, 60, 4" in measuring
    assert [row[2] for row in rows(chat)] == [
        "2.5 times", "3 times", "1.5 times", "1.5 times", "30 MB", "1.5 times, and 8 ms", "16 ms", "10 ms", "160 MB",
        "once a second", "2.5 times", "3 times",
    ]  # fmt: skip
    transcript, thread, search = (
        (folder / f"{name}.py").read_text("utf-8") for name in ("transcript", "thread", "search")
    )
    assert "TOTAL_LIMIT, P99_LIMIT, FLAT_LIMIT = 2.5, 3.0, 1.5" in transcript
    assert "OPEN_LIMIT, OPEN_MEMORY_MB = 1.5, 30" in thread
    assert "LATE_P99_MS, LATE_WORST_MS, LATE_LIMIT = 8.0, 16.0, 1.5" in thread
    assert '"memory_limit_mb": 160, "wakeups_limit_per_s": 1' in thread
    assert '"limit_ms": 10' in thread
    assert "\nLIMIT, BEST_LIMIT = 2.5, 3.0" in search
    [parts] = re.findall(r'"--only", choices=\((.+?)\)', run)
    assert set(re.findall(r"--only (\w+)", page("performance"))) == set(re.findall(r'"(\w+)"', parts))


# --- all pages --------------------------------------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (path.parent / place).resolve() if place else path
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


def test_the_questions_are_told() -> None:
    section = page("routing").split("## Questions")[1].split("\n## ")[0]
    assert [row[0].strip("`") for row in rows(section)] == [*QuestionKind]


# --- the guide --------------------------------------------------------------------------------------------------------


def window_words() -> str:
    """Return the window's sources in one text."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "app" / "switchyard" / "ui").rglob("*.py"))


def test_the_guide_quotes_the_window() -> None:
    text = re.sub(r"```.*?```|\*\*.+?\*\*", "", page("user-guide"), flags=re.DOTALL)
    quoted = set(re.findall(r"\*([^*\n]+)\*", text)) - {"chain", "track", "pool", "auto"}
    assert len(quoted) >= 5
    source = window_words()
    assert [words for words in quoted if f'"{words}"' not in source] == []
    for way in ("Paste a key", "Use local Ollama", "Try the simulator"):
        assert f"**{way}.**" in page("user-guide")
        assert f'"{way}"' in source


def test_the_guide_s_keys_are_those_of_the_window() -> None:
    section = page("user-guide").split("## Chatting")[1].split("\n## ")[0]
    keys = [key.strip() for row in rows(section) for key in re.split(r", (?=\w)", row[0])]
    assert len(keys) >= 9
    source = window_words()
    assert [key for key in keys if not is_bound(key, source)] == []


def is_bound(key: str, source: str) -> bool:
    """Whether the window knows a key, as a shortcut or as one that a widget is pressed."""
    literal = key.replace("\\", "\\\\")
    return f'"{literal}"' in source or f"Key_{key.split()[0]}" in source


def test_the_guide_s_folder_is_that_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_DATA_HOME")
    folders = {row[0]: row[1].strip("`") for row in rows(page("user-guide").split("## Where things are")[1])}
    told = folders[{"darwin": "macOS", "win32": "Windows"}.get(sys.platform, "Linux")]
    told = told.replace("%LOCALAPPDATA%", os.environ.get("LOCALAPPDATA", ""))
    assert default_data_dir(None, {}) == Path(told).expanduser()
