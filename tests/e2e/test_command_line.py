"""What the tests from outside stand on: a command of the warm parent is as one that starts by itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import psutil
import pytest
from tests.e2e.command_line import GOOD, chain, play, start, warm_parent
from tests.fakes.http_server import HttpServer, Script

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="there is no such parent here")


async def by_itself(words: tuple[str, ...], stdin: bytes) -> tuple[int | None, bytes, bytes]:
    """Run a command that starts as the system starts it."""
    process = await start(*words)
    out, err = await process.communicate(stdin)
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (("--version",), b""),
        (("ask", "--help"), b""),
        (("ask",), b""),
        (("chains", "import", "nothing.yaml"), b""),
        (("ask", "-", "--model", "nobody/m"), b"a prompt"),
        (("ask", "--jsonl", "--model", "a/m", "--no-save"), b"x" * 200_000 + b"\n\xff"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_its_code_output_and_errors_are_the_same(words: tuple[str, ...], stdin: bytes) -> None:
    assert await warm_parent.run(words, stdin, os.environ) == await by_itself(words, stdin)


async def test_it_has_an_environment_and_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = os.environ | {"SWITCHYARD_DATA_DIR": "here"}
    assert (await warm_parent.run(["chains", "list"], b"", environment))[0] == 0
    assert os.listdir() == ["here"]


async def test_what_python_reads_at_its_start_needs_one() -> None:
    assert warm_parent.can_run(os.environ | {"SWITCHYARD_KEY_A": "k", "COLUMNS": "20"})
    assert not warm_parent.can_run(os.environ | {"PYTHONHASHSEED": "1"})


async def test_several_run_at_once_and_one_that_nobody_awaits_is_killed() -> None:
    async with HttpServer.running() as server:
        await chain(server, "a")
        play(server, "a", Script(gate=asyncio.Event()))
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(warm_parent.run(["ask", "hi"], b"", os.environ))
            await server.until_received(1)
            [parent] = [each for each in psutil.Process().children() if "warm_program.py" in " ".join(each.cmdline())]
            [child] = parent.children()
            assert (await warm_parent.run(["--version"], b"", os.environ))[0] == 0
            asking.cancel()
        async with asyncio.timeout(30):
            while child.is_running():  # noqa: ASYNC110 - what is waited for happens in another process
                await asyncio.sleep(0.02)
        play(server, "a", GOOD)
        assert (await warm_parent.run(["ask", "hi"], b"", os.environ))[:2] == (0, b"w0 w1\n")
