"""What a first call needs is loaded while its words are written, and not before."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import chat, eventually, make_chain

from switchyard.ui.theme.theme import Theme

DIALECT = "switchyard.providers.openai"


def test_the_dialect_is_loaded_while_the_person_writes(
    qrun: Callable[..., None], dark: Theme, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, DIALECT, raising=False)

    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            assert DIALECT not in sys.modules
            rig.type("Why?")
            await eventually(lambda: DIALECT in sys.modules)
            assert server.received == []

    qrun(main())
