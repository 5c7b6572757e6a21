"""What has waited for a reply for very long is not sent by itself: the person may have moved on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import chat, eventually, make_chain, play, said

from switchyard.core.draft import Draft
from switchyard.ui.pages.chat.waiting import LONGEST_S, Waiting
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.words import Words


@dataclass
class Clock:
    now_s: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def test_the_first_that_waits_tells_whether_all_have_waited_too_long(qtbot: QtBot, dark: Theme) -> None:
    view, clock = ThreadView(dark, Words()), Clock()
    qtbot.addWidget(view)
    waiting = Waiting(view, view, now_s=clock)
    assert not waiting.is_old
    waiting.add(Draft("first"))
    clock.now_s += LONGEST_S
    waiting.add(Draft("second"))
    assert not waiting.is_old
    clock.now_s += 1
    assert waiting.is_old
    waiting.take(None)
    assert waiting.is_old
    waiting.take(None)
    assert not waiting.is_old


def test_what_waited_too_long_comes_back_into_the_composer(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            release = asyncio.Event()
            play(server, "one", replace(said("Late."), gate=release))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("first")
            rig.type("second")
            rig.press(Qt.Key.Key_Return)
            await eventually(lambda: rig.composer == "")
            waiting = rig.page.findChildren(Waiting)[0]
            clock = Clock()
            waiting.now_s = lambda: clock.now_s * 10_000  # the far future
            release.set()
            await eventually(lambda: rig.composer == "second")
            assert "ten minutes" in rig.hint
            assert len([each for each in server.received if each.method == "POST"]) == 1

    qrun(main())
