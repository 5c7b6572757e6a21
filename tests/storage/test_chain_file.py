"""Chain files: what is written is read back, and every error names its line."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.chains import chains

from switchyard.core.chain import Chain, DeploymentName, Limits, plain_chain, step_to
from switchyard.core.errors import ChainInvalid
from switchyard.storage.chain_file import parse_chain, write_chain


@given(chains)
def test_what_is_written_is_read_back(chain: Chain) -> None:
    assert parse_chain(write_chain(chain)) == chain


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
