"""The program is its own workers: begun as one, from its source or frozen, it is nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from switchyard.services.workers import worker_command
from switchyard.worker import OPTION, entry


def run(command: list[str], said: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=said, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("begin", ["main", "main_gui"])
def test_both_programs_become_a_worker(begin: str) -> None:
    """What a frozen program has is its entry points alone; each says in the end what it has loaded."""
    code = f"""
import sys
from switchyard.__main__ import {begin}
code = {begin}()
heavy = [name for name in ("PySide6", "switchyard.bootstrap", "switchyard.ui", "switchyard.cli") if name in sys.modules]
print(heavy)
raise SystemExit(code)
"""
    request = b'{"tex": "x", "display": false}\n'
    done = run([sys.executable, "-c", code, OPTION, "formula"], request)
    answer, loaded = done.stdout.splitlines()
    assert json.loads(answer)["svg"].startswith("<svg")
    assert loaded == b"[]"
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_worker_is_begun_by_the_program_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker_command("image", "64", "1") == [sys.executable, "-m", "switchyard", OPTION, "image", "64", "1"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker_command("pdf", "9") == [sys.executable, OPTION, "pdf", "9"]


@pytest.mark.parametrize("words", [[], ["no-such"], ["window"]])
def test_there_are_no_other_workers(words: list[str]) -> None:
    done = run([sys.executable, "-m", "switchyard", OPTION, *words], b"")
    assert (done.returncode, done.stdout, done.stderr) == (entry.UNKNOWN_EXIT, b"", b"")
