"""Chain files: what is written is read back, and every error names its line."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.chains import chains

from switchyard.core.chain import (
    Chain,
    DeploymentName,
    Limits,
    OnRefusal,
    Overflow,
    Policy,
    Step,
    Track,
    plain_chain,
    step_to,
)
from switchyard.core.condition import Holds, Word
from switchyard.core.errors import ChainInvalid
from switchyard.storage.chain_file import parse_chain, write_chain


@given(chains)
def test_what_is_written_is_read_back(chain: Chain) -> None:
    assert parse_chain(write_chain(chain)) == chain


@settings(max_examples=20)
@given(chains, chains)
def test_a_file_brought_up_to_date_says_what_the_chain_says(first: Chain, second: Chain) -> None:
    lines = [f"{line}\n# remark {n}" for n, line in enumerate(write_chain(first).split("\n"))]
    for like in ("\n".join(lines), write_chain(first).replace("\n", "\r\n"), write_chain(first).rstrip("\n")):
        assert parse_chain(write_chain(second, like=like)) == second


MINE = """\
# mine
switchyard-chain: 1
name: "Weekend"   # two days
limits: {deadline_s: 30}  # short
policy:
  refusal: always  # yes
  overflow: trim
steps:
  # the fast one
  - use: a/m   # really
    retries: 0

  # the patient one
  - use: b/n
    idle_s: none   # hours
    hedge: none
# end
"""
FAST_LINES = "  # the fast one\n  - use: a/m   # really\n    retries: 0\n\n"
PATIENT_LINES = "  # the patient one\n  - use: b/n\n    idle_s: none   # hours\n    hedge: none\n"
ALL = parse_chain(MINE)
FAST, PATIENT = ALL.steps


def steps(*of: Step) -> tuple[Track, ...]:
    return (Track(None, of),)


@pytest.mark.parametrize(
    ("changes", "before", "after"),
    [
        ({}, "", ""),
        ({"name": "Other"}, '"Weekend"', "Other"),
        ({"policy": Policy(overflow=Overflow.TRIM)}, "  refusal: always  # yes\n", ""),
        ({"policy": Policy(refusal=OnRefusal.ALWAYS)}, "  overflow: trim\n", ""),
        ({"policy": Policy()}, "policy:\n  refusal: always  # yes\n  overflow: trim\n", ""),
        ({"note": "Mine"}, "# two days\n", "# two days\nnote: Mine\n"),
        ({"limits": Limits(40.0)}, "limits: {deadline_s: 30}  # short\n", "limits:\n  deadline_s: 40\n"),
        ({"tracks": steps(PATIENT, FAST)}, FAST_LINES + PATIENT_LINES, PATIENT_LINES + FAST_LINES),
        ({"tracks": steps(PATIENT)}, FAST_LINES, ""),
        ({"tracks": steps(FAST)}, PATIENT_LINES, ""),
        (
            {"tracks": steps(FAST, step_to(DeploymentName("c", "x")), PATIENT)},
            "# the patient",
            "- use: c/x\n  # the patient",
        ),
        ({"tracks": steps(replace(FAST, retries=2), PATIENT)}, "retries: 0", "retries: 2"),
        ({"tracks": steps(replace(FAST, retries="auto"), PATIENT)}, "    retries: 0\n", ""),
        ({"tracks": steps(FAST, replace(PATIENT, idle_s=9.0))}, "idle_s: none ", "idle_s: 9 "),
        ({"tracks": steps(FAST, replace(PATIENT, hedge="auto"))}, "hedge: none", "hedge: auto"),
        (
            {"tracks": steps(replace(FAST, only=Holds(Word.OFFLINE)), PATIENT)},
            "retries: 0\n",
            "retries: 0\n    only: offline\n",
        ),
    ],
)
def test_what_did_not_change_stays_as_it_was_written(changes: dict[str, Any], before: str, after: str) -> None:
    assert before in MINE
    assert write_chain(replace(ALL, **changes), like=MINE) == MINE.replace(before, after, 1)


def test_a_file_that_cannot_be_changed_in_part_is_written_anew() -> None:
    like = "{switchyard-chain: 1, name: x, steps: [{use: a/m}]} # mine\n"
    chain = replace(parse_chain(like), name="y")
    assert write_chain(chain, like=like) == write_chain(chain)
    assert write_chain(chain, like="no chain") == write_chain(chain)


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_line_ends_of_unicode_are_read_back(end: str) -> None:
    chain = plain_chain("a", (step_to(DeploymentName("a", "m"), note=f"one{end}two{end}"),))
    assert parse_chain(write_chain(chain)) == chain


def test_a_file_reads_like_one_that_a_person_wrote() -> None:
    chain = plain_chain(
        "Everyday",
        (
            step_to(DeploymentName("anthropic", "claude-sonnet-4.5"), first_token_s=8.0),
            step_to(DeploymentName("ollama", "qwen3:8b")),
        ),
        Limits(60.0),
    )
    assert write_chain(chain) == (
        "switchyard-chain: 1\n"
        "name: Everyday\n"
        "limits:\n"
        "  deadline_s: 60\n"
        "steps:\n"
        "- use: anthropic/claude-sonnet-4.5\n"
        "  first_token_s: 8\n"
        "- use: ollama/qwen3:8b\n"
    )


def test_comments_and_other_spellings_are_fine() -> None:
    text = """\
# mine
switchyard-chain: 1
name: "Weekend"   # two days
limits: {deadline_s: 30, calls: 2}
steps: [{use: a/m, retries: 0}, {use: b/n, idle_s: none}]
"""
    assert parse_chain(text) == plain_chain(
        "Weekend",
        (step_to(DeploymentName("a", "m"), retries=0), step_to(DeploymentName("b", "n"), idle_s="none")),
        Limits(30.0, 2),
    )


HEAD = "switchyard-chain: 1\nname: x\n"


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("switchyard-chain: 3\n", 1, "switchyard-chain has to be 1"),
        (HEAD + "steps:\n  - use: a/m\n  - use: b/n\n    retires: 1\n", 6, "unknown key retires"),
        (HEAD + "steps:\n  - use: a/m\n    colour: red\n", 5, "unknown key colour"),
        (HEAD + "steps:\n  - use: a/m\n  - note: no model\n", 5, "use has to be a text ACCOUNT/MODEL"),
        (HEAD + "limits:\n\n  calls: many\nsteps: [{use: a/m}]\n", 5, "calls"),
        (HEAD + "name: y\nsteps: [{use: a/m}]\n", 3, "duplicate key"),
        (HEAD + "steps: [\n", 4, ""),
        (HEAD + "\tsteps:\n", 3, ""),
        (HEAD + "steps: [{use: !mine a/m}]\n", 3, "tag"),
        ("- a\n", 1, "mapping"),
    ],
)
def test_an_error_names_its_line(text: str, line: int, word: str) -> None:
    with pytest.raises(ChainInvalid) as caught:
        parse_chain(text)
    assert caught.value.title.english().startswith(f"Line {line}: ")
    assert word in str(caught.value)


@pytest.mark.parametrize("text", ["", "\0", "x" * 1_000_001, "[" * 100_000, "a: &a [*a]", "\ud83d"])
def test_what_is_no_chain_at_all_is_refused(text: str) -> None:
    with pytest.raises(ChainInvalid):
        parse_chain(text)


@pytest.mark.parametrize("text", ["[" * 5_000, "{" * 5_000, "- " * 5_000, "[" * 65 + "]" * 65])
def test_what_is_nested_too_deep_is_not_read_to_its_end(text: str) -> None:
    with pytest.raises(ChainInvalid, match="nested too deep"):
        parse_chain(f"x: 1\ny:\n  {text}")


def test_a_depth_that_a_chain_may_have_is_read() -> None:
    with pytest.raises(ChainInvalid, match="mapping"):
        parse_chain("[" * 64 + "]" * 64)


@given(st.text(max_size=200) | st.text("-:{}[]&*!|>%@`'\"#\n\t ax1?,", max_size=60))
def test_no_text_does_worse_than_to_be_refused(text: str) -> None:
    with contextlib.suppress(ChainInvalid):
        parse_chain(text)


def test_a_file_from_disk(tmp_path: Path) -> None:
    file = tmp_path / "chain.yaml"
    chain = plain_chain("日常", (step_to(DeploymentName("a", "m")),), note="für jeden Tag")
    file.write_text(write_chain(chain), encoding="utf-8")
    assert "日常" in file.read_text(encoding="utf-8")
    assert parse_chain(file.read_text(encoding="utf-8")) == chain
