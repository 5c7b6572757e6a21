"""`switchyard chains`: files in and out as they are, findings with their places, versions and the way back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.command_line import run

TEXT = """\
# mine
switchyard-chain: 1
name: Everyday   # every day
tracks:
  # when nothing else may
  - name: away
    when: [offline, over_budget]
    steps: [{use: sim/sim-steady}]
  - name: rest
    steps:
      - use: [{to: sim/sim-fast, weight: 2}, {to: sim/sim-steady}]
        pick: weighted
    then: away
"""
CIRCLE = TEXT.replace("    steps: [{use: sim/sim-steady}]\n", "    steps: [{use: sim/sim-steady}]\n    then: rest\n")


def keep(file: Path, text: str) -> None:
    """Write a file as it is."""
    file.write_bytes(text.encode())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "chain.yaml"
    keep(path, TEXT)
    return path


async def test_a_file_goes_in_and_comes_out_byte_for_byte(file: Path) -> None:
    assert (await run("chains", "import", str(file))).out == "Everyday\n"
    assert (await run("chains", "export", "Everyday")).out == TEXT
    listed = "Everyday\taway: sim/sim-steady; rest: sim/sim-fast | sim/sim-steady\n"
    assert (await run("chains", "list")).out == listed
    asked = await run("ask", "hello", "--chain", "Everyday", "--json")
    assert asked.code == 0, asked.err


async def test_what_is_wrong_is_told_line_by_line(file: Path) -> None:
    keep(file, CIRCLE.replace("sim/sim-fast", "gone/m"))
    ended = await run("chains", "check", str(file))
    assert (ended.code, ended.out.splitlines()) == (
        2,
        [
            "error: line 9, tracks[0].then: These tracks go round in a circle: away > rest > away.",
            "error: line 12, tracks[1].steps[0].use[0].to: There is no account named gone.",
        ],
    )
    assert (await run("chains", "import", str(file))).code == 2
    assert (await run("chains", "list")).out == ""
    keep(file, TEXT.replace("pick", "choose"))
    ended = await run("chains", "check", str(file), "--json")
    assert ended.code == 2
    place = "line 12, tracks[1].steps[0].choose"
    finding = {"severity": "error", "place": place, "message": "unknown key choose."}
    assert json.loads(ended.out) == {"schema": 1, "findings": [finding]}


async def test_a_chain_is_checked_by_its_name(file: Path) -> None:
    assert (await run("chains", "import", str(file))).code == 0
    ended = await run("chains", "check", "Everyday")
    assert (ended.code, ended.out, ended.err) == (0, "", "There is nothing to mend.\n")
    assert (await run("chains", "check", "Nowhere")).code == 2


async def test_versions_have_notes_and_a_way_back(file: Path) -> None:
    assert (await run("chains", "import", str(file))).code == 0
    keep(file, TEXT.replace("weight: 2", "weight: 5"))
    assert (await run("chains", "import", str(file), "--note", "more of the fast one")).code == 0
    assert (await run("chains", "rollback", "Everyday", "1")).out == "3\n"
    assert (await run("chains", "export", "Everyday")).out == TEXT
    versions = json.loads((await run("chains", "versions", "Everyday", "--json")).out)["versions"]
    assert [(each["number"], each["note"], each["current"]) for each in versions] == [
        (3, "Back to version 1", True),
        (2, "more of the fast one", False),
        (1, None, False),
    ]
    lines = (await run("chains", "versions", "Everyday")).out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["3 (current)", "2", "1"]
    ended = await run("chains", "rollback", "Everyday", "9")
    assert (ended.code, ended.err.splitlines()[0]) == (2, "The chain Everyday has no version 9.")
