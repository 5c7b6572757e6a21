"""In the window, a chat is named by the model that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.fakes.replies import whole
from tests.ui.test_chat_page import eventually, play
from tests.ui.test_chat_page_acts import Acts
from tests.ui.test_chat_page_conditions import choose, files_with

from switchyard.ui.theme.theme import Theme


def test_a_title_that_comes_meanwhile_takes_no_words_from_the_person(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            header, uid = acts.page.column.header, await acts.services.conversations.latest()
            assert uid is not None

            async def rename(title: str) -> None:
                await acts.services.conversations.rename(uid, title)
                await eventually(lambda: header.title.text() == title)

            header.edit_title()
            await rename("Well named")
            assert header.edit.isHidden(), "nothing was written yet"
            header.edit_title()
            QTest.keyClicks(header.edit, "Much bet")
            await rename("Named anew")
            QTest.keyClicks(header.edit, "ter")
            QTest.keyClick(header.edit, Qt.Key.Key_Return)
            await eventually(lambda: acts.titles == ["Much better"])
            header.edit_title()
            QTest.keyClicks(header.edit, "Never")
            acts.new()
            await eventually(lambda: header.edit.isHidden())
            assert (await acts.services.conversations.open(uid))[0].title == "Much better"

    qrun(main())


def test_a_chat_is_named_when_its_first_reply_is_there(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            await acts.services.accounts.add("openai-compatible", "namer", base_url=acts.server.url("/namer/v1"))
            await acts.services.settings.change(title_model="namer/m")
            play(acts.server, "namer", whole("Well named"))
            await acts.say("one", "first")
            await eventually(lambda: acts.titles == ["Well named"])
            acts.new()
            await eventually(lambda: not acts.shown)
            choose(acts, "Make it temporary")
            asked = len(acts.server.received)
            await acts.say("zanzibar", "zanzibar")
            assert len(acts.server.received) == asked + 1
        assert files_with(b"zanzibar", data_dir) == []

    qrun(main())
