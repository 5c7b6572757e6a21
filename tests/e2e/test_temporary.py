"""A temporary chat whose window is killed in the middle of its reply: figures are there, and no byte of its words."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e.temporary_session import WORD
from tests.e2e.test_privacy import bare_environment, find

from switchyard.bootstrap import open_services
from switchyard.storage.paths import Paths

SCRIPT = Path(__file__).with_name("temporary_session.py")
LIMIT_S = 90.0


@pytest.mark.timeout(150)
async def test_a_killed_window_leaves_figures_of_a_temporary_chat_and_no_words(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environment = bare_environment(tmp_path) | {"SWITCHYARD_DATA_DIR": str(data)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LIMIT_S):
            assert await process.stdout.readline() == b"written\n", (await process.communicate())[1].decode()
            assert await asyncio.to_thread(find, WORD, tmp_path), "a draft is kept before the chat is temporary"
            said = json.loads(await process.stdout.readline() or b'""')
            assert said, (await process.communicate())[1].decode()
    finally:
        if process.returncode is None:
            process.kill()
        out, err = await process.communicate()
    assert WORD not in (out + err).decode()
    words = [WORD, *(said[start : start + 40] for start in range(0, len(said) - 40, 40))]
    for word in words:
        assert await asyncio.to_thread(find, word, tmp_path) == set(), word
    async with open_services(data_dir=str(data), environment={}) as services:  # it finds what the dead one left
        assert await services.conversations.list() == []
    for word in words:
        assert await asyncio.to_thread(find, word, tmp_path) == set(), word
    with closing(sqlite3.connect(Paths(data).database)) as database:
        attempts = database.execute("SELECT purpose, requested_model FROM attempt").fetchall()
    assert attempts == [("chat", "sim-slow")], "what it cost is counted, and it has no title"
