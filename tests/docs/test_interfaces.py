"""Hold docs/interfaces.md to the program: every option, code, variable, field and file that it names, and no other."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from switchyard import bootstrap
from switchyard.cli import accounts, ask, main, side_call
from switchyard.cli.parser import build_parser
from switchyard.core.catalog import KeySource
from switchyard.core.errors import DataDirError, UserError
from switchyard.core.events import Finish
from switchyard.core.health import HealthState
from switchyard.core.overrides import RuleKind
from switchyard.core.route import Outcome, QuestionKind, Reason
from switchyard.core.simulate import GAP_S, LIMITED_S, SEED, TURNS, TURNS_MOST, FaultKind, read_fault
from switchyard.providers.presets import PRESETS
from switchyard.services.doctor import Status
from switchyard.ui.app import BUG_EXIT, INTERRUPTED_EXIT

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "interfaces.md").read_text(encoding="utf-8")
FAST = ["--model", "sim/sim-fast"]


def run(*arguments: str) -> int:
    """Run a command in this process; the data directory is the test's own."""
    return main.main(arguments, bootstrap.open_services, partial(bootstrap.report_bug, environment=os.environ))


def section(heading: str) -> str:
    """Return what stands under a heading, up to the next of its rank or above."""
    rank = len(heading) - len(heading.lstrip("#"))
    rest = TEXT[TEXT.index(f"\n{heading}") + len(heading) + 1 :]
    end = re.search(rf"(?m)^#{{1,{rank}}} ", rest)
    return rest[: end.start()] if end else rest


def first_cells(text: str) -> list[str]:
    """Return the first cells of the tables in a text, without their heads."""
    rows = [line.strip("|").split(" | ")[0].strip() for line in text.splitlines() if line.startswith("| ")]
    return [cell for cell in rows if cell[:1] in "`0123456789"]


# --- options and commands ---------------------------------------------------------------------------------------------


def parsers(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Yield every command with its options."""
    yield path, {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from parsers(inner, (*path, name))


def test_every_option_is_told_and_every_told_one_is_there() -> None:
    there = set().union(*(options for _, options in parsers(build_parser()))) - {"--help"}
    window = set(re.findall(r"--[a-z-]+", section("## `switchyard-gui`")))
    assert window == {"--data-dir", "--offline", "--log-level", "--version", "--self-test", "--shot"}
    assert set(re.findall(r"--[a-z][a-z-]+", TEXT)) - {"--self-test", "--shot"} == there


def test_every_option_stands_with_its_command() -> None:
    everywhere = set(re.findall(r"--[a-z-]+", section("### Options of every command")))
    for path, options in parsers(build_parser()):
        if path:
            told = set(re.findall(r"--[a-z-]+", section(f"## `switchyard {path[0]}")))
            assert options - everywhere - {"--help"} <= told, path


def test_every_command_is_told() -> None:
    for path, _ in parsers(build_parser()):
        if path:
            assert f"`switchyard {path[0]}" in TEXT
        if len(path) > 1:
            assert f"| `{' '.join(path)}" in TEXT


@pytest.mark.parametrize(
    "option", [["--system", "be brief"], ["--continue"], ["--no-stream"], ["--no-save"], ["--json"], ["--offline"]]
)
def test_every_option_of_ask_works(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    if option == ["--continue"]:
        assert run("ask", "one", *FAST) == 0
    assert run("ask", "two", *FAST, *option) == 0
    assert capsys.readouterr().out.strip()


# --- codes and words --------------------------------------------------------------------------------------------------


def test_the_exit_codes_are_those_of_the_program() -> None:
    used = {
        main.BUG, main.INTERRUPTED, side_call.OVER_BUDGET, ask.DONE, ask.NO_ANSWER, ask.A_PERSON, ask.INTERRUPTED,
        accounts.USAGE, UserError.exit_code, DataDirError.exit_code, BUG_EXIT, INTERRUPTED_EXIT,
    }  # fmt: skip
    assert {int(cell) for cell in first_cells(section("### Exit codes"))} == used


def test_the_words_are_those_of_the_program() -> None:
    told = section("### The object")
    for words in (Finish, QuestionKind, set(Outcome) - {Outcome.RUNNING}, Reason):
        assert all(f"`{word}`" in told for word in words)
    for source in KeySource:
        assert f"`{source}`" in section("## `switchyard accounts`")
    for state in HealthState:
        assert f"`{state}`" in section("## `switchyard health")
    for rule in RuleKind:
        assert f"`{rule}`" in section("## `switchyard override")
    for status in Status:
        assert f"`{status}`" in section("## `switchyard doctor")


def test_the_providers_and_their_variables_are_those_of_the_program() -> None:
    told = re.search(r"Providers: (.+?)\.", section("## `switchyard accounts`"), re.DOTALL)
    assert told is not None
    assert set(re.findall(r"`([a-z-]+)`", told[1])) == set(PRESETS)
    variables = {
        name
        for cell in first_cells(section("## Environment"))
        for name in re.findall(r"\b\w+_API_KEY|\bHF_TOKEN", cell)
    }
    assert variables == {preset.key_variable for preset in PRESETS.values()} - {None}


# --- what is printed --------------------------------------------------------------------------------------------------


def test_the_example_is_an_answer() -> None:
    example = re.search(r"```json\n(.+?)```", section("### The object"), re.DOTALL)
    assert example is not None
    schema = json.loads((DOCS / "schemas" / "ask.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(example[1]), schema)


SHAPES = {
    "ask hello --chain Everyday --explain": "{schema, plan: [{rank, track, step, deployment, skipped, cost}],"
    " cost: {low, high, known}, stop}",
    "routes show": "{schema, route}",
    "simulate Everyday --turns 3": "{schema, chain, seed, turns, ends, seams, first_token_s, waited_s, cost,"
    " unpriced_calls, deployments}",
    "accounts list": "{schema, accounts: [{name, provider, base_url, settings, key, models}]}",
    "models": "{schema, models: [{deployment, provider, model, context, max_output, price_in, price_out, capabilities,"
    " local, simulated}]}",
    "chains list": "{schema, chains: [{name, version, default, steps}]}",
    "chains show Everyday": "{schema, chain}",
    "chains check Mixed": "{schema, findings: [{severity, place, message}]}",
    "chains versions Everyday": "{schema, versions: [{number, created_ms, note, current}]}",
    "budget": "{schema, budgets: [{scope, target, period, limit, spent, reserved, warn, action, state, resets_ms,"
    " default}]}",
    "budget list": "{schema, budgets: [{scope, target, period, limit, spent, reserved, warn, action, state, resets_ms,"
    " default}]}",
    "health": "{schema, health: [{scope, name, state, kind, message, since_ms, until_ms}]}",
    "override": "{schema, override: [{kind, target, since_ms}]}",
    "override show": "{schema, override: [{kind, target, since_ms}]}",
    "history list": "{schema, conversations: [{uid, title, created_ms, updated_ms, messages}]}",
    "history show": "{schema, conversation, messages: [{uid, parent, role, state, text, reasoning, created_ms,"
    " route}]}",
    "doctor": "{schema, version, data_dir, checks: [{id, status, message, hint}]}",
}


def test_the_objects_have_the_fields_that_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain = tmp_path / "chain.yaml"
    chain.write_text("switchyard-chain: 1\nname: Everyday\nsteps: [{use: sim/sim-fast}]\n", encoding="utf-8")
    assert run("chains", "import", str(chain)) == 0
    assert run("accounts", "add", "openai", "--name", "work") == 0
    assert run("override", "freeze", "work") == 0
    chain.write_text("switchyard-chain: 1\nname: Mixed\nsteps: [{use: work/m}]\n", encoding="utf-8")
    assert run("chains", "import", str(chain)) == 0
    assert run("budget", "set", "--period", "day", "--limit", "5") == 0
    assert run("ask", "hello", "--chain", "Everyday", "--json") == 0
    conversation = json.loads(capsys.readouterr().out.splitlines()[-1])["conversation"]
    for command, shape in SHAPES.items():
        assert shape in " ".join(TEXT.split())
        arguments = command.split() + ([conversation] if command in ("history show", "routes show") else [])
        assert run(*arguments, "--json") == 0
        [line] = capsys.readouterr().out.splitlines()
        value = json.loads(line)
        assert_shaped(value, shape_of(shape))
        assert_published(command, value)


def shape_of(text: str) -> Any:
    """Return the object that a shape of the page stands for, with null for whatever it leaves open."""
    return json.loads(re.sub(r"(\w+)(: )?", lambda found: f'"{found[1]}": ' + ("" if found[2] else "null"), text))


def assert_shaped(value: Any, shape: Any) -> None:
    """The fields of an object, and of the objects in it, are the ones that are told, in their order."""
    if isinstance(shape, dict):
        assert [*value] == [*shape]
        for name, inner in shape.items():
            assert_shaped(value[name], inner)
    elif isinstance(shape, list):
        assert value
        assert_shaped(value[0], shape[0])


def assert_published(command: str, value: Any) -> None:
    """Where there is a schema for what a command prints, that is what it prints."""
    name = "explain" if "--explain" in command else command.split()[0]
    path = DOCS / "schemas" / f"{name}.json"
    if path.exists():
        jsonschema.validate(value, json.loads(path.read_text(encoding="utf-8")))


def test_the_faults_are_those_of_rehearsals() -> None:
    told = section("## `switchyard simulate")
    cells = [cell.strip("`") for cell in first_cells(told) if "--" not in cell]
    assert cells == [kind.value for kind in FaultKind]
    for kind in FaultKind:
        [amount] = re.findall(rf"(?m)^\| `{kind.value}` \|.*\| (.*?) ?\|$", told)
        default = re.search(r"([\d.]+) by default", amount)
        assert read_fault(kind.value).amount == (float(default[1]) if default else 1.0)
    assert f"a rate limit of {LIMITED_S:g} s" in told
    assert f"one every {GAP_S:g} s: {TURNS} by default, 1 to {TURNS_MOST}" in told
    assert f"{SEED} by default" in told


def test_a_line_that_is_not_understood(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reading, writing = os.pipe()
    os.write(writing, b'{"prompt": 3}\n')
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as lines:
        monkeypatch.setattr("sys.stdin", lines)
        assert run("ask", "--jsonl", "--parallel", "2") == 2
    told = json.loads(capsys.readouterr().out)
    assert [*told] == ["schema", "line", "exit", "error"]
    assert (told["line"], told["exit"]) == (1, 2)


# --- files ------------------------------------------------------------------------------------------------------------


def test_every_file_is_told(data_dir: Path) -> None:
    assert run("--log-level", "debug", "ask", "hello", *FAST) == 0
    told = [name for cell in first_cells(section("## Files")) for name in re.findall(r"`([^`…]+)`", cell)]
    for path in data_dir.rglob("*"):
        name = path.relative_to(data_dir).as_posix() + ("/" if path.is_dir() else "")
        assert any(name.startswith(each) or each.startswith(name) for each in told), name
