"""Ctrl+C and SIGTERM on the command line, at every stage: in order, soon, and never with a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "ask.json").read_text(encoding="utf-8"))
SIGNALS = [signal.SIGINT, signal.SIGTERM]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def start(*args: str) -> subprocess.Popen[bytes]:
    """Start a command whose standard input stays open."""
    return subprocess.Popen(
        [sys.executable, "-m", "switchyard", *args],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ,
    )  # fmt: skip


def end(process: subprocess.Popen[bytes], number: signal.Signals) -> tuple[int, str, str]:
    """Signal it and wait, with its standard input still open."""
    process.send_signal(number)
    try:
        process.wait(20)
    finally:
        process.kill()
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdin is not None
    with process.stdout, process.stderr, process.stdin:
        return process.returncode, process.stdout.read().decode(), process.stderr.read().decode()


def opened(data_dir: Path) -> None:
    """Wait until the command has opened its database: from there on it ends in order."""
    until = time.monotonic() + 30
    while not (data_dir / "switchyard.db-wal").exists() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.3)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    "args",
    [("ask", "-"), ("ask", "--jsonl"), ("accounts", "add", "openai", "--name", "x", "--key-stdin")],
    ids=["prompt", "lines", "key"],
)
def test_while_standard_input_is_awaited(data_dir: Path, args: tuple[str, ...], number: signal.Signals) -> None:
    process = start(*args)
    opened(data_dir)
    code, out, err = end(process, number)
    assert (code, out, err) == (130, "", "")


@pytest.mark.parametrize("number", SIGNALS)
def test_one_object_is_printed_all_the_same(data_dir: Path, number: signal.Signals) -> None:
    process = start("ask", "-", "--json")
    opened(data_dir)
    code, out, err = end(process, number)
    assert (code, err) == (130, "")
    answer: dict[str, Any] = json.loads(out)
    jsonschema.validate(answer, SCHEMA)
    assert (answer["finish"], answer["route"]["attempts"]) == ("cancelled", [])


@pytest.mark.parametrize("number", SIGNALS)
def test_in_the_middle_of_a_line(data_dir: Path, number: signal.Signals) -> None:
    process = start("ask", "--jsonl", "--model", "sim/sim-slow")
    assert process.stdin is not None
    process.stdin.write(b"one\n")
    process.stdin.flush()
    opened(data_dir)
    time.sleep(1.0)
    code, out, err = end(process, number)
    assert (code, err) == (130, "")
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert (row["line"], row["exit"], row["finish"]) == (1, 130, "cancelled")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("after_s", [0.06, 0.15, 0.3])
def test_while_it_starts(number: signal.Signals, after_s: float) -> None:
    process = start("ask", "-")
    time.sleep(after_s)
    code, _, err = end(process, number)
    # Before our first line the system ends the process, or Python does while it sets itself up.
    ours = "__main__.py" in err
    assert code in (130, -number) or (code == 1 and "KeyboardInterrupt" in err and not ours)
    assert "Traceback (most recent call last)" not in err or not ours
