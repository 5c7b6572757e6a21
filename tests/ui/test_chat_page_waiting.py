"""Messages that wait to be sent: below the thread, over restarts, and by themselves only as long as they are fresh."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import FAST, Key, Rig, begun, chat, eventually, make_chain, play, refused, said
from tests.ui.test_chat_page_acts import Acts

from switchyard.core.message import ConversationId, MessageState
from switchyard.core.unsent import Delay
from switchyard.core.value import replace as value_with
from switchyard.services.aims import Target
from switchyard.services.outgoing import LONGEST_S
from switchyard.ui.pages.chat.conversation_model import Live
from switchyard.ui.pages.chat.offered import Offered
from switchyard.ui.pages.chat.waiting_strip import WaitingStrip
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.queued_view import QueuedView
from switchyard.ui.transcript.reply_actions import ReplyActions

Run = Callable[..., None]


def strip(rig: Rig) -> WaitingStrip:
    return rig.page.column.composer.waiting_strip


def queued(rig: Rig) -> list[str]:
    return [each.text for each in rig.shown if each.state is MessageState.QUEUED]


async def begin(rig: Rig, server: HttpServer) -> None:
    await make_chain(rig.services, server, "one")
    await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")


def test_what_waits_is_edited_by_its_button_and_by_a_key(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin(rig, server)
            play(server, "one", begun("Half an"))
            await rig.ask("first")
            for text in ("second", "third", "fourth"):
                await rig.queue(text)
            rig.press(Key.Key_Up)
            assert rig.composer == "fourth"
            await rig.click("Edit")
            assert rig.composer == "second\nfourth"
            assert rig.page.column.composer.box.hasFocus()
            assert queued(rig) == ["third"]
            uid = await rig.services.conversations.latest()
            assert uid is not None
            await rig.draft_is(uid, "second\nfourth")
            await eventually(lambda: rig.waiting == ["third"])

    qrun(main())


def test_what_waits_is_edited_and_not_what_was_being_put_differently(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            play(acts.server, "one", begun("Half an"))
            await acts.ask("first")
            await acts.queue("second")
            await eventually(lambda: len(acts.server.received) == 1)
            acts.press(Key.Key_Escape)
            await eventually(lambda: strip(acts).isVisible())
            acts.choose(0, "Edit")
            assert acts.composer == "first"
            await acts.click("Edit")
            assert (acts.composer, acts.page.column.composer.edit_strip.isVisible()) == ("second", False)
            acts.press(Key.Key_Escape)
            assert acts.composer == "second"
            uid = await acts.services.conversations.latest()
            assert uid is not None
            await acts.draft_is(uid, "second")

    qrun(main())


def test_what_follows_a_stopped_reply_waits_for_the_person(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin(rig, server)
            play(server, "one", begun("Half an"), said("Two."), said("Three."))
            await rig.ask("first")
            await rig.queue("second")
            await rig.queue("third")
            assert not strip(rig).isVisible()
            await eventually(lambda: len(server.received) == 1)
            rig.press(Key.Key_Escape)
            await eventually(lambda: strip(rig).isVisible())
            assert strip(rig).button.text() == "Send 2 waiting"
            assert "not complete" in strip(rig).accessibleName()
            assert queued(rig) == ["second", "third"]
            strip(rig).button.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(strip(rig).button, Key.Key_Return)
            await eventually(lambda: not rig.waiting and not rig.stops)
            stored = [each.text for each in await rig.stored()]
            assert stored[2:] == ["second", "Two.", "third", "Three."]
            assert not strip(rig).isVisible()
            assert rig.page.column.composer.box.hasFocus()

    qrun(main())


def test_what_follows_a_reply_that_a_bug_broke_off_waits_for_the_person(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir, met=(ZeroDivisionError,)) as rig:
            await begin(rig, server)
            release = asyncio.Event()
            play(server, "one", replace(said("One."), gate=release), said("Two."))
            await rig.ask("first")
            await rig.queue("second")

            def fail(_uid: object) -> None:
                disconnect()
                raise ZeroDivisionError

            disconnect = rig.services.conversations.changed.connect(fail)
            release.set()
            await eventually(lambda: not rig.stops)
            assert strip(rig).isVisible()
            assert queued(rig) == ["second"]
            strip(rig).button.click()
            await eventually(lambda: not rig.waiting and not rig.stops)
            assert [each.text for each in await rig.stored()] == ["first", "One.", "second", "Two."]

    qrun(main())


def test_while_something_waits_the_last_reply_keeps_what_can_be_done_with_it(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin(rig, server)
            play(server, "one", said("One."), begun("Half an"))
            await rig.ask("first")
            await rig.settled()
            await rig.ask("second")
            await eventually(lambda: len(server.received) == 2)
            await rig.queue("third")
            await rig.queue("fourth")
            rig.press(Key.Key_Escape)
            await eventually(lambda: strip(rig).isVisible())
            actions = [each for each in rig.thread.findChildren(ReplyActions) if each.isVisible()]
            assert len(actions) == 1

    qrun(main())


def test_what_waited_when_the_window_closed_is_there_again_and_goes_when_the_person_says_so(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            async with chat(dark, data_dir) as rig:
                await begin(rig, server)
                play(server, "one", begun("Half an"))
                await rig.ask("first")
                await rig.queue("second")
            count = len(server.received)
            play(server, "one", said("Two."))
            async with chat(dark, data_dir) as rig:
                await eventually(lambda: rig.titles and rig.live("first") is Live.WAITING)
                rig.open("first")
                await eventually(lambda: strip(rig).isVisible())
                assert rig.composer == ""
                assert strip(rig).button.text() == "Send 1 waiting"
                assert [each.text for each in rig.shown[::2]] == ["first", "second"]
                assert len(server.received) == count
                strip(rig).button.click()
                await eventually(lambda: rig.last is not None and rig.last.text == "Two.")
                await eventually(lambda: rig.live("first") is Live.QUIET)

    qrun(main())


def test_what_waits_in_a_chat_that_is_not_shown_stays_there_when_nobody_answers(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin(rig, server)
            release = asyncio.Event()
            play(server, "one", replace(refused(500, "broken"), gate=release))
            await rig.ask("first")
            await rig.queue("second")
            rig.type("third")
            rig.new()
            await eventually(lambda: rig.composer == "")
            release.set()
            await eventually(lambda: rig.titles and rig.live("first") is Live.FAILED)
            assert not strip(rig).isVisible()
            rig.open("first")
            await eventually(lambda: rig.composer == "third")
            assert queued(rig) == ["second"]
            assert strip(rig).isVisible()
            await eventually(lambda: rig.live("first") is Live.WAITING)

    qrun(main())


def test_what_is_discarded_comes_back_in_its_place(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin(rig, server)
            release = asyncio.Event()
            play(server, "one", replace(said("One."), gate=release), said("Two."), said("Three."))
            await rig.ask("first")
            await rig.queue("second")
            await rig.queue("third")
            await rig.click("Discard")
            await eventually(lambda: rig.wishes.undo)
            assert queued(rig) == rig.waiting == ["third"]
            assert rig.wishes.undo is not None
            rig.wishes.undo()
            await eventually(lambda: queued(rig) == ["second", "third"])
            release.set()
            await eventually(lambda: not rig.waiting and not rig.stops)
            assert [each.text for each in rig.shown[1::2]] == ["One.", "Two.", "Three."]

    qrun(main())


def test_what_is_discarded_comes_back_when_another_chat_is_gone_for_good(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin(rig, server)
            play(server, "one", begun("Half an"))
            await rig.ask("first")
            await rig.queue("second")
            await rig.click("Discard")
            await eventually(lambda: rig.wishes.undo)
            undo = rig.wishes.undo
            assert undo is not None
            assert rig.page.presenter is not None
            rig.page.presenter.keeping.changes.forget([ConversationId("another")])
            undo()
            await eventually(lambda: queued(rig) == ["second"])

    qrun(main())


def test_files_and_what_was_chosen_to_answer_wait_with_the_words(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin(rig, server)
            release = asyncio.Event()
            play(server, "one", replace(said("One."), gate=release))
            await rig.ask("first")
            presenter = rig.page.presenter
            assert presenter is not None
            note = data_dir / "note.txt"
            note.write_text("the note")
            presenter.attaching.take(Offered((note,)))
            await eventually(lambda: rig.page.column.composer.files)
            presenter.choosing.choose(Target(model=FAST))
            await rig.queue("look")
            presenter.choosing.choose(Target(chain="Everyday"))
            view = next(each for each in rig.thread.findChildren(QueuedView) if not each.isHidden())
            assert [file.name for file in view.message.files] == ["note.txt"]
            release.set()
            await eventually(lambda: not rig.waiting and not rig.stops)
            _, _, user, reply = await rig.stored()
            assert [file.name for file in user.files] == ["note.txt"]
            assert reply.route is not None
            assert reply.route.pinned == str(FAST)

    qrun(main())


def test_after_ten_minutes_the_person_decides(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await begin(rig, server)
            release = asyncio.Event()
            play(server, "one", replace(said("Late."), gate=release))
            await rig.ask("first")
            outgoing = rig.services.kept.unsent
            await eventually(lambda: rig.titles and server.received)
            [first] = rig.page.model.conversations
            message = outgoing.new(first.uid, "second", (), Target(chain="Everyday"), Delay.REPLY)
            await outgoing.add(value_with(message, created_ms=message.created_ms - LONGEST_S * 1000))
            release.set()
            await eventually(lambda: strip(rig).isVisible())
            assert "ten minutes" in strip(rig).accessibleName()
            assert queued(rig) == ["second"]
            assert len([each for each in server.received if each.method == "POST"]) == 1

    qrun(main())
