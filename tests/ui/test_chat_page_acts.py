"""What a person does with single messages: put differently, asked for again, walked between, marked, taken out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import ALT, CTRL, SHIFT, Rig, begun, chat, eventually, make_chain, play, said, views_in

from switchyard.core.draft import Draft
from switchyard.core.message import Message, MessageState, Rating
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.message_view import MessageView
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.chip import Chip
from switchyard.ui.widgets.menu import Menu

Key = Qt.Key
Run = Callable[..., None]


class Acts(Rig):
    """A person with a chat of some turns, and the server that answers."""

    server: HttpServer

    @classmethod
    @asynccontextmanager
    async def with_turns(cls, theme: Theme, data_dir: Path, *turns: tuple[str, str]) -> AsyncIterator[Acts]:
        async with HttpServer.running() as server, chat(theme, data_dir) as rig:
            acts = cls(rig.page, rig.services, rig.wishes)
            acts.server = server
            await make_chain(rig.services, server, "one")
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            for question, answer in turns:
                await acts.say(question, answer)
            yield acts

    async def say(self, question: str, answer: str) -> None:
        play(self.server, "one", said(answer))
        await self.ask(question)
        await self.settled()
        await self.shows_last(answer)

    async def shows_last(self, text: str) -> None:
        await eventually(lambda: not self.stops and self.last is not None and self.last.text == text)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.shown]

    @property
    def sent(self) -> list[str]:
        return [each["content"] for each in json.loads(self.server.received[-1].body)["messages"]]

    def view(self, at: int) -> MessageView:
        return [each for each in views_in(self.thread) if not each.isHidden()][at]

    def buttons(self, at: int) -> dict[str, IconButton]:
        return {each.accessibleName(): each for each in self.view(at).findChildren(IconButton) if each.isVisible()}

    def menu(self, at: int) -> Menu:
        """Open the menu of a message, as the right button does."""
        view = self.view(at)
        point = QPoint(view.width() // 2, 10)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, view.mapToGlobal(point))
        QApplication.sendEvent(view, event)
        return next(each for each in view.findChildren(Menu) if each.isVisible())

    def choose(self, at: int, words: str) -> None:
        """Choose from the menu of a message."""
        menu = self.menu(at)
        next(action for action in menu.actions() if action.text() == words).trigger()
        menu.close()

    def chips(self, at: int) -> list[str]:
        return [each.text() for each in self.view(at).findChildren(Chip) if each.isVisible()]


def test_a_message_is_put_differently_and_both_branches_are_walked(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first"), ("two", "second")) as acts:
            strip = acts.page.column.composer.edit_strip
            acts.choose(0, "Edit")
            assert (acts.composer, strip.isVisible()) == ("one", True)
            play(acts.server, "one", said("primo"))
            acts.page.column.composer.set_text("uno")
            acts.press(Key.Key_Return)
            await acts.shows_last("primo")
            assert acts.sent == ["uno"]
            assert (acts.texts, acts.composer, strip.isVisible()) == (["uno", "primo"], "", False)
            await eventually(lambda: "Earlier branch" in acts.buttons(0))
            acts.buttons(0)["Earlier branch"].click()
            await eventually(lambda: acts.texts == ["one", "first", "two", "second"])
            assert not acts.buttons(0)["Earlier branch"].isEnabled()
            acts.view(0).setFocus()
            QTest.keyClick(acts.view(0), Key.Key_Right, ALT)
            await eventually(lambda: acts.texts == ["uno", "primo"])
            await eventually(lambda: acts.page.window().focusWidget() is acts.view(0))  # the keys go on from there

    qrun(main())


def test_up_in_the_empty_composer_edits_the_last_message_and_escape_leaves_it(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first"), ("two", "second")) as acts:
            acts.press(Key.Key_Up)
            assert acts.composer == "two"
            acts.type("!")
            acts.press(Key.Key_Escape)
            assert (acts.composer, acts.page.column.composer.edit_strip.isVisible()) == ("", False)
            acts.type("a draft")
            acts.choose(2, "Edit")
            assert acts.composer == "two"
            leave = acts.page.column.composer.edit_strip.findChild(Button)
            assert leave is not None
            leave.setFocus(Qt.FocusReason.TabFocusReason)
            leave.click()
            assert acts.composer == "a draft"
            assert acts.page.column.composer.box.hasFocus()
            assert acts.texts == ["one", "first", "two", "second"]
            uid = await acts.services.conversations.latest()
            assert uid is not None
            await acts.draft_is(uid, "a draft")

    qrun(main())


def test_words_in_the_place_of_others_stay_in_the_composer_while_a_reply_comes(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            acts.choose(0, "Edit")
            acts.page.column.composer.set_text("uno")
            play(acts.server, "one", begun("again"))
            assert acts.page.presenter is not None
            acts.page.presenter.shown.retry_last()
            await eventually(lambda: acts.stops)
            acts.press(Key.Key_Return)
            assert acts.hint == "A reply is coming in. Stop it first, or wait for its end."
            assert acts.composer == "uno"
            assert acts.page.presenter.shown.stop()
            await acts.settled(MessageState.STOPPED)
            await eventually(lambda: not acts.stops)
            play(acts.server, "one", said("primo"))
            acts.press(Key.Key_Return)
            await acts.shows_last("primo")
            assert acts.texts == ["uno", "primo"]

    qrun(main())


def test_another_chat_leaves_the_message_as_it_was(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            acts.choose(0, "Edit")
            acts.page.select("")
            await eventually(lambda: not acts.page.column.composer.edit_strip.isVisible())
            assert acts.composer == ""
            acts.open("one")
            await eventually(lambda: acts.texts == ["one", "first"])
            assert acts.composer == ""

    qrun(main())


def test_any_reply_is_asked_for_again_and_what_followed_stays(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first"), ("two", "second")) as acts:
            play(acts.server, "one", said("again"))
            acts.choose(1, "Try again")
            await acts.shows_last("again")
            assert (acts.sent, acts.texts) == (["one"], ["one", "again"])
            await eventually(lambda: "Earlier branch" in acts.buttons(1))
            acts.buttons(1)["Earlier branch"].click()
            await eventually(lambda: acts.texts == ["one", "first", "two", "second"])

    qrun(main())


def test_a_reply_that_was_stopped_is_continued_behind_what_came(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            play(acts.server, "one", begun("Half a sen"))
            await acts.ask("write")
            await eventually(lambda: acts.stops and acts.words() == "Half a sen")
            acts.press(Key.Key_Escape)
            await acts.settled(MessageState.STOPPED)
            play(acts.server, "one", said("tence."))
            await acts.click("Continue")
            await acts.shows_last("Half a sentence.")
            assert acts.sent[:2] == ["write", "Half a sen"]

    qrun(main())


def test_a_reply_that_is_as_long_as_it_may_be_is_continued(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            play(acts.server, "one", said("Half a sen", finish="length"))
            await acts.ask("write")
            await acts.shows_last("Half a sen")
            assert acts.shown[-1].state is MessageState.COMPLETE
            play(acts.server, "one", said("tence."))
            await acts.click("Continue")
            await acts.shows_last("Half a sentence.")
            assert acts.sent[:2] == ["write", "Half a sen"]
            assert acts.button("Continue") is None
            play(acts.server, "one", said("Whole."))
            acts.choose(1, "Try again")
            await acts.shows_last("Whole.")
            await eventually(lambda: "Earlier branch" in acts.buttons(1))

    qrun(main())


def test_a_branch_begins_in_a_chat_of_its_own(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first"), ("two", "second")) as acts:
            acts.view(1).setFocus()
            QTest.keyClick(acts.view(1), Key.Key_B, CTRL)
            await eventually(lambda: acts.texts == ["one", "first"])
            await eventually(lambda: sorted(acts.titles) == ["one", "one (branch)"])
            await acts.say("three", "third")
            assert acts.sent == ["one", "first", "three"]
            acts.open("one")
            await eventually(lambda: acts.texts == ["one", "first", "two", "second"])

    qrun(main())


def test_a_message_is_deleted_with_what_follows_and_brought_back(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first"), ("two", "second")) as acts:
            acts.choose(2, "Delete with what follows")
            await eventually(lambda: acts.texts == ["one", "first"])
            await eventually(lambda: acts.wishes.toasts == ["Deleted the message and what followed it"])
            assert acts.wishes.undo is not None
            acts.wishes.undo()
            await eventually(lambda: acts.texts == ["one", "first", "two", "second"])
            await eventually(lambda: acts.wishes.toasts[1:] == ["The messages are back."])
            acts.press(Key.Key_Z, CTRL | SHIFT)
            await eventually(lambda: len(acts.wishes.toasts) == 3)
            acts.press(Key.Key_Z, CTRL)
            await eventually(lambda: acts.texts == ["one", "first", "two", "second"])

    qrun(main())


def test_a_rating_is_shown_kept_and_taken_back(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            acts.buttons(1)["Good reply"].click()
            assert acts.buttons(1)["Good reply"].isChecked()
            await eventually_stored(acts, 1, lambda message: message.rating is Rating.GOOD)
            acts.buttons(1)["Bad reply"].click()
            assert not acts.buttons(1)["Good reply"].isChecked()
            await eventually_stored(acts, 1, lambda message: message.rating is Rating.BAD)
            acts.buttons(1)["Bad reply"].click()
            assert not acts.buttons(1)["Bad reply"].isChecked()
            await eventually_stored(acts, 1, lambda message: message.rating is None)

    qrun(main())


def test_what_is_left_out_is_dimmed_and_not_sent(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            acts.choose(0, "Leave out of what is sent")
            assert acts.chips(0) == ["Left out"]
            await eventually_stored(acts, 0, lambda message: message.excluded)
            await acts.say("two", "second")
            assert acts.sent == ["first", "two"]
            acts.choose(0, "Put back into what is sent")
            assert acts.chips(0) == []
            await eventually_stored(acts, 0, lambda message: not message.excluded)

    qrun(main())


def test_what_is_selected_is_quoted_behind_what_was_written(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first line\n\nsecond line")) as acts:
            acts.type("So:")
            acts.choose(1, "Quote in the reply")
            assert acts.composer == "So:\n\n> first line\n>\n> second line\n\n"
            acts.page.column.composer.set_draft(Draft())
            acts.view(0).setFocus()
            QTest.keyClick(acts.view(0), Key.Key_A, CTRL)
            acts.choose(1, "Quote in the reply")
            assert acts.composer == "> one\n\n", "what is selected, wherever the menu was opened"

    qrun(main())


def test_nothing_is_changed_under_a_reply_that_comes(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            play(acts.server, "one", begun("more"))
            await acts.ask("two")
            await eventually(lambda: acts.stops)
            for act in ("Edit", "Try again", "Branch into a new chat", "Delete with what follows"):
                acts.choose(0, act)
                assert acts.wishes.toasts.pop() == "A reply is coming in. Stop it first, or wait for its end."
            acts.choose(0, "Pin")
            assert acts.chips(0) == ["Pinned"]
            acts.press(Key.Key_Escape)
            await acts.settled(MessageState.STOPPED)

    qrun(main())


async def eventually_stored(acts: Acts, at: int, check: Callable[[Message], bool]) -> None:
    """Wait until a message is kept so."""
    while not check((await acts.stored())[at]):  # noqa: ASYNC110 - the disk tells of nothing
        await asyncio.sleep(0.005)
