"""What the guide has people type works: its commands about routing are run, in their order, on its own chain."""

from __future__ import annotations

import os
import re
import shlex
from functools import partial
from pathlib import Path

import pytest

from switchyard import bootstrap
from switchyard.cli import main
from switchyard.core.strategies import STRATEGIES

TEXT = (Path(__file__).parents[2] / "docs" / "user-guide.md").read_text(encoding="utf-8")
SECTIONS = ("Chains", "When something does not work", "Overrides", "Budgets")


def section(heading: str) -> str:
    """Return what stands under a heading, with what stands under lower ones."""
    return TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def typed(text: str) -> list[list[str]]:
    """Return the commands of a text, as the words that a shell makes of them."""
    blocks = re.findall(r"```sh\n(.+?)```", text, re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


def run(*arguments: str) -> int:
    """Run a command in this process; the data directory is the test's own."""
    return main.main(arguments, bootstrap.open_services, partial(bootstrap.report_bug, environment=os.environ))


def test_the_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [chain] = re.findall(r"```yaml\n(.+?)```", section("Chains"), re.DOTALL)
    (tmp_path / "careful.yaml").write_text(chain, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for provider, name in (("openai", "work"), ("anthropic", "claude"), ("ollama", "local")):
        assert run("accounts", "add", provider, "--name", name) == 0
    commands = [words for heading in SECTIONS for words in typed(section(heading))]
    assert len(commands) >= 14
    for program, *arguments in commands:
        assert program == "switchyard"
        assert run(*arguments) == 0, arguments


def test_every_strategy_is_named_as_in_the_window() -> None:
    for strategy in STRATEGIES.values():
        assert re.search(rf"\b{strategy.title.english()}\b", section("Chains"))
