"""A chat that is made temporary after it was written in: nothing of what was there before stays on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from tests.ui.test_chat_page import Key, begun, eventually, play, said
from tests.ui.test_chat_page_acts import Acts
from tests.ui.test_chat_page_conditions import choose, files_with, marks

from switchyard.core.message import MessageState
from switchyard.core.references import Referred
from switchyard.ui.pages.chat.attaching import NO_FILES
from switchyard.ui.theme.theme import Theme

Run = Callable[..., None]
LONG = "zanzibar pasted " * 2_000


def test_what_was_written_before_leaves_the_disk_when_a_chat_becomes_temporary(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            acts.type("zanzibar draft")
            QGuiApplication.clipboard().setText(LONG)
            acts.page.column.composer.box.paste()
            await eventually(lambda: acts.page.column.composer.files)
            await acts.page.put_away()
            assert files_with(b"zanzibar", data_dir)
            choose(acts, "Make it temporary")
            assert acts.composer == "zanzibar draft", "the words stay where they are written"
            assert not acts.page.column.composer.files
            assert acts.hint == NO_FILES.english()
            await eventually(lambda: not files_with(b"zanzibar", data_dir))
            choose(acts, "Keep this chat")
            await eventually(lambda: files_with(b"zanzibar draft", data_dir))
            choose(acts, "Make it temporary")
            await eventually(lambda: not files_with(b"zanzibar", data_dir))

    qrun(main())


def test_a_file_that_is_being_read_when_a_chat_becomes_temporary_is_not_kept(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            QGuiApplication.clipboard().setText(LONG)
            acts.page.column.composer.box.paste()
            choose(acts, "Make it temporary")
            assert marks(acts) == ["Temporary"]
            await eventually(lambda: acts.hint == NO_FILES.english())
            assert not acts.page.column.composer.files
            await eventually(lambda: not files_with(b"zanzibar", data_dir))

    qrun(main())


def test_a_chat_that_is_brought_along_when_a_chat_becomes_temporary_is_not_kept_with_it(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("Remember it", "Noted.")) as acts:
            [kept] = await acts.services.conversations.list()
            acts.new()
            await eventually(lambda: not acts.shown)
            presenter = acts.page.presenter
            assert presenter is not None
            presenter.attaching.bring(Referred(kept.uid, kept.title))
            choose(acts, "Make it temporary")
            await eventually(lambda: acts.hint == NO_FILES.english())
            assert not acts.page.column.composer.files
            assert not (await acts.services.conversations.draft(None)).files

    qrun(main())


def test_a_reply_that_was_stopped_goes_on_in_a_temporary_chat(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            choose(acts, "Make it temporary")
            play(acts.server, "one", begun("zanzibar half a sen"))
            await acts.ask("zanzibar")
            await eventually(lambda: acts.stops and acts.words() == "zanzibar half a sen")
            acts.press(Key.Key_Escape)
            await acts.settled(MessageState.STOPPED)
            play(acts.server, "one", said("tence."))
            await acts.click("Continue")
            await acts.shows_last("zanzibar half a sentence.")
            assert acts.texts == ["zanzibar", "zanzibar half a sentence."]
        assert files_with(b"zanzibar", data_dir) == []

    qrun(main())
