"""Naming while writing: @ what answers this one message, # what goes along with it; and what opens nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QInputMethodEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import CTRL, FAST, Rig, begun, chat, eventually, keep, make_chain, play, said

from switchyard.core.message import MessageState
from switchyard.core.picks import PickKind
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.offered import Offered
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.suggestions import Suggestions

Run = Callable[..., None]
Key = Qt.Key
TO_FAST = (PickKind.MODEL, str(FAST))


def shown_list(rig: Rig) -> Suggestions | None:
    """Return the list beside the word, if it is open."""
    return next((each for each in rig.page.window().findChildren(Suggestions) if each.isVisible()), None)


def offered(rig: Rig) -> list[str]:
    found = shown_list(rig)
    return [option.name for option in found.options] if found is not None else []


def chip(rig: Rig) -> str:
    """Return what the chip says; "" where there is none."""
    once = rig.page.column.composer.once
    return once.accessibleName() if once.isVisible() else ""


async def ready(rig: Rig, server: HttpServer) -> None:
    await make_chain(rig.services, server, "one")
    await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")


def compose(rig: Rig, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(rig.page.column.composer.box, event)


# --- what answers -----------------------------------------------------------------------------------------------------


def test_a_model_that_is_named_answers_this_message_and_no_other(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            async with chat(dark, data_dir) as rig:
                await ready(rig, server)
                play(server, "one", said("One."), said("Three."))
                await rig.ask("first")
                await rig.settled()
                rig.type("second @")
                assert offered(rig)[0] == "Everyday"
                rig.type("fast")
                assert offered(rig) == ["sim-fast"]
                rig.press(Key.Key_Return)
                assert (rig.composer, offered(rig)) == ("second ", [])
                assert chip(rig) == "This message goes to sim-fast"
                assert rig.page.column.composer.target.text() == "Everyday"
                await rig.ask("")
                reply = await rig.settled()
                assert reply.route is not None
                assert (reply.route.pinned, reply.route.once) == (str(FAST), True)
                assert chip(rig) == ""
                assert rig.page.column.composer.target.text() == "Everyday"
                await eventually(lambda: rig.titles)
            async with chat(dark, data_dir) as rig:
                rig.open("first")
                await eventually(lambda: len(rig.shown) == 4)
                assert rig.page.column.composer.target.text() == "Everyday"
                await rig.ask("third")
                assert (await rig.settled()).text == "Three."

    qrun(main())


def test_asking_once_more_asks_whom_the_message_named(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await ready(rig, server)
            rig.type("@fast")
            rig.press(Key.Key_Tab)
            await rig.ask("first")
            before = await rig.settled()
            assert rig.page.presenter is not None
            rig.page.presenter.shown.retry_last()
            await eventually(lambda: rig.last is not None and rig.last.uid != before.uid)
            reply = await rig.settled()
            assert reply.route is not None
            assert (reply.route.pinned, reply.route.once) == (str(FAST), True)
            assert rig.page.column.composer.target.text() == "Everyday"
            assert not server.received

    qrun(main())


def test_esc_leaves_the_words_as_they_are_and_the_list_closed(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.type("ask @si")
            assert offered(rig)
            rig.press(Key.Key_Escape)
            assert (offered(rig), rig.composer) == ([], "ask @si")
            rig.type("m-fast")
            assert (offered(rig), rig.composer) == ([], "ask @sim-fast")
            rig.type(" or @sim-fa")
            assert offered(rig) == ["sim-fast"]
            for _ in range(len(" or @sim-fa")):
                rig.press(Key.Key_Backspace)
            assert offered(rig) == []
            for _ in range(len("@sim-fast")):
                rig.press(Key.Key_Backspace)
            rig.type("@")
            assert offered(rig)

    qrun(main())


def test_arrows_step_in_the_list_and_the_ends_hold(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.type("@sim")
            found, names = shown_list(rig), offered(rig)
            assert found is not None
            assert found.current is not None
            assert found.current.name == names[0]
            for key, at in ((Key.Key_Down, 1), (Key.Key_Up, 0), (Key.Key_Up, 0), (Key.Key_PageDown, len(names) - 1)):
                rig.press(key)
                assert found.current.name == names[at], key
            rig.press(Key.Key_Down, CTRL)  # the text's own key
            assert found.current.name == names[-1]

    qrun(main())


@pytest.mark.parametrize(
    "text",
    [
        "# heading",
        "C#s",
        "F#",
        "ana@sim.example",
        "`@sim",
        "`#first",
        "```\n@sim",
        "#1",
        "@sim ",
        "@nobody-is-called-so",
    ],
)
def test_what_is_no_mention_opens_nothing(qrun: Run, dark: Theme, data_dir: Path, text: str) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await keep(rig.services, "first chat is heading")
            for character in text:
                if character == "\n":
                    rig.press(Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
                else:
                    rig.type(character)
            await asyncio.sleep(0.3)
            assert offered(rig) == []

    qrun(main())


def test_words_that_are_pasted_and_a_cursor_that_moves_open_nothing(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            box = rig.page.column.composer.box
            pasted = QMimeData()
            pasted.setText("ask @sim")
            box.insertFromMimeData(pasted)
            assert offered(rig) == []
            rig.press(Key.Key_Left)
            rig.press(Key.Key_Right)
            assert offered(rig) == []
            rig.type("-fa")
            assert offered(rig) == ["sim-fast"]
            rig.press(Key.Key_Home)
            assert offered(rig) == []

    qrun(main())


def test_while_an_input_method_composes_its_keys_are_its_own(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.type("@sim")
            assert offered(rig)
            compose(rig, "ni")
            assert offered(rig) == []
            rig.press(Key.Key_Return)
            assert chip(rig) == ""
            compose(rig, "")
            assert offered(rig)
            compose(rig, "fasuto")
            compose(rig, "", "-fast")
            assert (offered(rig), rig.composer) == (["sim-fast"], "@sim-fast")

    qrun(main())


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ("ask ", " now", "ask  now".replace("  ", " ")),
        ("🙂 e\u0301 ", "", "🙂 e\u0301 "),
        ("اسأل ", " الآن", "اسأل الآن"),
        ("请问", "吗", "请问吗"),
        ("one\ntwo ", "\nthree", "one\ntwo \nthree"),
    ],
)
def test_only_what_was_typed_behind_the_sign_is_taken_away(
    qrun: Run, dark: Theme, data_dir: Path, before: str, after: str, left: str
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            box = rig.page.column.composer.box
            box.insert_text(before + after)
            cursor = box.textCursor()
            cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter, n=len(after))
            box.setTextCursor(cursor)
            rig.type("@sim-fa")
            assert offered(rig) == ["sim-fast"]
            rig.press(Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
            assert rig.composer == left
            assert chip(rig)
            rig.press(Key.Key_Z, CTRL)
            assert rig.composer == f"{before}@sim-fa{after}"

    qrun(main())


def test_the_chip_goes_by_its_button_and_by_backspace(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            once = rig.page.column.composer.once
            for remove in (
                lambda: next(each for each in once.findChildren(IconButton)).click(),
                lambda: rig.press(Key.Key_Backspace),
            ):
                rig.type("@fast")
                rig.press(Key.Key_Return)
                assert chip(rig)
                remove()
                assert (chip(rig), rig.composer) == ("", "")
                assert rig.page.column.composer.draft.to is None
                assert rig.page.column.composer.box.hasFocus()

    qrun(main())


def test_who_answers_is_kept_with_the_draft_over_a_restart(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            async with chat(dark, data_dir) as rig:
                await keep(rig.services, "other")
                await rig.hear_of_latest()
                await eventually(lambda: rig.titles)
                rig.type("ask @fast")
                rig.press(Key.Key_Return)
                rig.type("this")
                rig.open("other")
                await eventually(lambda: rig.shown)
                assert (chip(rig), rig.composer) == ("", "")
                rig.new()
                await eventually(lambda: rig.composer == "ask this")
                assert chip(rig)
            async with chat(dark, data_dir) as rig:
                await ready(rig, server)
                assert (rig.composer, chip(rig)) == ("ask this", "This message goes to sim-fast")
                await rig.ask("")
                reply = await rig.settled()
                assert reply.route is not None
                assert reply.route.pinned == str(FAST)

    qrun(main())


def test_what_is_gone_is_no_longer_named(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await ready(rig, server)
            rig.type("ask @every")
            rig.press(Key.Key_Return)
            assert chip(rig) == "This message goes to Everyday"
            await rig.services.chains.remove("Everyday")
            await eventually(lambda: not chip(rig))
            assert rig.composer == "ask "

    qrun(main())


def test_a_message_that_waits_goes_where_it_was_to_go(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await ready(rig, server)
            release = asyncio.Event()
            play(server, "one", replace(said("One."), gate=release), said("Three."))
            await rig.ask("first")
            rig.type("@fast")
            rig.press(Key.Key_Return)
            await rig.queue("second")
            assert chip(rig) == ""
            rig.press(Key.Key_Up)
            assert (rig.composer, chip(rig)) == ("second", "This message goes to sim-fast")
            await rig.queue("")
            release.set()
            await eventually(lambda: not rig.waiting and not rig.stops)
            reply = (await rig.stored())[-1]
            assert reply.route is not None
            assert (reply.route.pinned, reply.route.once) == (str(FAST), True)
            assert rig.page.column.composer.target.text() == "Everyday"

    qrun(main())


def test_a_secret_for_a_named_model_can_stay_here(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await rig.services.accounts.add("openai-compatible", "away", base_url="https://api.example.org/v1")
            await rig.services.accounts.add("ollama", "home", base_url=server.url("/home"))
            presenter = rig.page.presenter
            assert presenter is not None
            presenter.choosing.choose(Target(model=FAST))
            composer = rig.page.column.composer
            away = (PickKind.MODEL, "away/model")
            await eventually(lambda: presenter.choosing.targets.meant(away))
            composer.once.set_to(away)
            rig.type("why is sk-" + "a1B2c3D4" * 4 + " refused")
            rig.press(Key.Key_Return)
            await eventually(lambda: "a key" in rig.hint)

    qrun(main())


# --- what goes along --------------------------------------------------------------------------------------------------


def test_a_file_that_was_attached_before_is_attached_again(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            note = data_dir / "notes of spring.txt"
            note.write_text("the note")
            assert rig.page.presenter is not None
            rig.page.presenter.attaching.take(Offered((note,)))
            await eventually(lambda: rig.page.column.composer.files)
            await rig.ask("first")
            await rig.settled()
            rig.new()
            await eventually(lambda: not rig.shown)
            rig.type("again #note")
            await eventually(lambda: offered(rig) == ["notes of spring.txt"])
            rig.type("s of s")
            assert offered(rig) == ["notes of spring.txt"]
            rig.press(Key.Key_Tab)
            await eventually(lambda: rig.page.column.composer.files)
            assert [file.name for file in rig.page.column.composer.files] == ["notes of spring.txt"]
            assert rig.composer == "again "
            assert rig.page.column.composer.box.hasFocus()

    qrun(main())


def test_a_conversation_goes_along_as_a_text(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await ready(rig, server)
            await keep(rig.services, "Limits of the gateway")
            await rig.ask("first")
            await rig.settled(MessageState.FAILED)
            rig.type("compare #limits")
            await eventually(lambda: offered(rig) == ["Limits of the gateway"])
            rig.press(Key.Key_Return)
            await eventually(lambda: rig.page.column.composer.files)
            play(server, "one", said("Compared."))
            await rig.ask("")
            await rig.settled()
            assert b"# Limits of the gateway" in server.received[-1].body
            assert [file.name for file in (await rig.stored())[-2].files] == ["Limits of the gateway.md"]
            rig.type("#first")  # the chat itself is not offered to itself
            await asyncio.sleep(0.3)
            assert offered(rig) == []

    qrun(main())


def test_a_temporary_chat_takes_nothing_along(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await keep(rig.services, "Limits of the gateway")
            assert rig.page.presenter is not None
            rig.page.presenter._sessions.shown.temporary = True
            rig.type("#limits")
            await asyncio.sleep(0.3)
            assert offered(rig) == []
            rig.press(Key.Key_A, CTRL)
            rig.type("@fast")
            assert offered(rig) == ["sim-fast"]

    qrun(main())


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_stands_within_the_window_above_a_word_at_its_foot(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await ready(rig, server)
            play(server, "one", begun("Half an"))
            await rig.ask("first")
            rig.type("a" * 60 + " @")
            found = shown_list(rig)
            assert found is not None
            box = rig.page.column.composer.box
            word = QRect(box.mapTo(rig.page.window(), QPoint()), box.size())
            place = QRect(found.view.mapTo(rig.page.window(), QPoint()), found.view.size())
            assert rig.page.window().rect().contains(place)
            assert place.bottom() < word.top()
            rig.page.resize(rig.page.width(), rig.page.height() - 10)
            await eventually(lambda: not offered(rig))

    qrun(main())


def test_a_reader_of_the_screen_finds_a_list_of_named_rows(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.type("@sim-fa")
            found = shown_list(rig)
            assert found is not None
            assert found.view.accessibleName() == "Chains and models"
            interface = QAccessible.queryAccessibleInterface(found.view)
            assert interface.role() == QAccessible.Role.List
            rows = [interface.child(n) for n in range(interface.childCount())]
            assert rows[-1].text(QAccessible.Text.Name) == "sim-fast, Simulator"
            assert rig.page.column.composer.box.hasFocus()

    qrun(main())


def test_a_press_on_a_row_chooses_it(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.type("@sim-fa")
            found = shown_list(rig)
            assert found is not None
            view = found.view
            row = view.visualRect(view.currentIndex())
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
            assert rig.page.column.composer.draft.to == TO_FAST
            assert rig.page.column.composer.box.hasFocus()

    qrun(main())
