"""What holds for a chat as a whole: its system text, that it stays on this computer, that it is kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import Rig, begun, called, chat, eventually, play, said
from tests.ui.test_chat_page_acts import Acts, eventually_stored

from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.message import MessageState
from switchyard.ui.pages.chat.system_panel import SystemPanel
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.menu import Menu

Key = Qt.Key
Run = Callable[..., None]


def choose(rig: Rig, words: str) -> None:
    """Choose from the menu of the chat."""
    rig.page.column.header.more.click()
    menu = next(each for each in rig.page.column.header.findChildren(Menu) if each.isVisible())
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()


def offered(rig: Rig) -> list[str]:
    rig.page.column.header.more.click()
    menu = next(each for each in rig.page.column.header.findChildren(Menu) if each.isVisible())
    menu.close()
    return [action.text() for action in menu.actions() if action.text()]


def marks(rig: Rig) -> list[str]:
    chips = rig.page.column.header.marks
    return [each.text() for each in (chips.local_only, chips.temporary, chips.system) if not each.isHidden()]


def panel(rig: Rig) -> SystemPanel:
    return next(each for each in rig.page.window().children() if isinstance(each, SystemPanel))


def test_a_chat_has_a_system_text_of_its_own(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            choose(acts, "System text…")
            panel(acts).box.insertPlainText("Be brief.")
            panel(acts).set.click()
            assert marks(acts) == ["System text"]
            await acts.say("one", "first")
            assert acts.sent == ["Be brief.", "one"]
            acts.new()
            await eventually(lambda: marks(acts) == [])
            acts.open("one")
            await eventually(lambda: marks(acts) == ["System text"])
            await acts.say("two", "second")
            assert acts.sent[0] == "Be brief."
            choose(acts, "System text…")
            assert panel(acts).box.toPlainText() == "Be brief."
            panel(acts).clear.click()
            assert marks(acts) == []
            await acts.say("three", "third")
            assert acts.sent[0] == "one"

    qrun(main())


def test_the_field_of_the_system_text_shows_that_it_has_the_focus(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    window.activateWindow()
    QApplication.processEvents()
    panel = SystemPanel(theme, window, "")
    panel.open_beside(window)
    field = panel.box.parentWidget()
    assert field is not None

    def line() -> str:
        return field.grab().toImage().pixelColor(field.width() // 2, 0).name()

    assert line() == theme.color("focus.ring").name()
    panel.box.clearFocus()
    assert line() == theme.color("border.default").name()


def test_what_was_set_for_a_new_chat_holds_as_long_as_its_draft(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            acts.new()
            await eventually(lambda: not acts.shown)
            choose(acts, "Keep it on this computer")
            choose(acts, "System text…")
            panel(acts).box.insertPlainText("Be brief.")
            panel(acts).set.click()
            acts.type("for nobody else")
            acts.open("one")
            await eventually(lambda: marks(acts) == [])
            acts.new()
            await eventually(lambda: acts.composer == "for nobody else")
            assert marks(acts) == ["Only this computer", "System text"]
            acts.press(Key.Key_Return)
            await eventually(
                lambda: acts.last is not None and acts.last.state is MessageState.FAILED and not acts.stops
            )
            assert len(acts.server.received) == 1, "there is no model here that could answer"
            acts.new()
            await eventually(lambda: marks(acts) == [])

    qrun(main())


def test_a_new_chat_stays_on_this_computer_over_a_restart(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            rig.type("for nobody else")
            choose(rig, "Keep it on this computer")
        async with chat(dark, data_dir) as rig:
            assert rig.composer == "for nobody else"
            assert marks(rig) == ["Only this computer"]
            choose(rig, "Let it leave this computer")
        async with chat(dark, data_dir) as rig:
            assert (rig.composer, marks(rig)) == ("for nobody else", [])

    qrun(main())


def test_the_panel_takes_the_focus_and_gives_it_back_to_what_opened_it(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first")) as acts:
            more = acts.page.column.header.more
            more.setFocus(Qt.FocusReason.TabFocusReason)
            choose(acts, "System text…")
            box = panel(acts).box
            await eventually(lambda: acts.page.window().focusWidget() is box)
            QTest.keyClick(box, Key.Key_Escape)
            await eventually(lambda: acts.page.window().focusWidget() is more)

    qrun(main())


def test_a_chat_that_stays_on_this_computer_asks_no_cloud(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            for name, place in (("cloud", "cloud"), ("home", "local")):
                settings = {"place": place}
                address = server.url(f"/{name}/v1")
                await rig.services.accounts.add("openai-compatible", name, base_url=address, settings=settings)
            steps = tuple(step_to(DeploymentName(name, "m")) for name in ("cloud", "home"))
            await rig.services.chains.save(plain_chain("Both", steps))
            await rig.services.chains.set_default("Both")
            play(server, "cloud", said("From afar."))
            play(server, "home", said("From here."))
            await eventually(lambda: rig.page.column.composer.target.text() == "Both")
            tries = rig.page.column.around.tries
            assert tries.accessibleName() == "Both tries m, m"
            choose(rig, "Keep it on this computer")
            assert marks(rig) == ["Only this computer"]
            assert tries.accessibleName() == "Both tries m"
            await rig.ask("one")
            await eventually(lambda: rig.last is not None and rig.last.text == "From here." and not rig.stops)
            rig.new()
            await eventually(lambda: marks(rig) == [])
            rig.open("one")
            await eventually(lambda: marks(rig) == ["Only this computer"])
            await rig.ask("my password is: hunter2 and nobody asks about it")
            await eventually(lambda: len(rig.shown) == 4 and not rig.stops)
            assert set(called(server)) == {"home"}
            choose(rig, "Let it leave this computer")
            uid = await rig.services.conversations.latest()
            assert uid is not None
            while (await rig.services.kept.options.read(uid)).local_only:  # noqa: ASYNC110 - the disk tells of nothing
                await asyncio.sleep(0.005)
            assert rig.page.presenter is not None
            rig.page.presenter.shown.retry_last()
            await eventually(lambda: rig.last is not None and rig.last.text == "From afar.")

    qrun(main())


def test_a_temporary_chat_is_nowhere_and_gone_when_it_is_left(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            choose(acts, "Make it temporary")
            assert marks(acts) == ["Temporary"]
            await acts.say("zanzibar one", "zanzibar first")
            assert acts.page.column.header.title.text() == "Temporary chat"
            await acts.say("zanzibar two", "zanzibar second")
            assert acts.sent == ["zanzibar one", "zanzibar first", "zanzibar two"]
            play(acts.server, "one", said("zanzibar again"))
            acts.choose(1, "Try again")
            await acts.shows_last("zanzibar again")
            assert acts.texts == ["zanzibar one", "zanzibar again"]
            acts.press(Key.Key_Up)
            acts.page.column.composer.set_text("zanzibar anew")
            play(acts.server, "one", said("zanzibar third"))
            acts.press(Key.Key_Return)
            await acts.shows_last("zanzibar third")
            assert acts.texts == ["zanzibar anew", "zanzibar third"]
            assert set(offered_by(acts, 1)) >= {"Try again", "Quote in the reply"}
            assert not {"Pin", "Branch into a new chat", "Delete with what follows"} & set(offered_by(acts, 1))
            acts.type("zanzibar unsent")
            QGuiApplication.clipboard().setText("zanzibar pasted " * 2_000)
            acts.page.column.composer.box.paste()
            assert not acts.page.column.composer.files
            await acts.page.put_away()
            assert await acts.services.conversations.list() == []
            acts.new()
            await eventually(lambda: marks(acts) == [] and not acts.composer)
            assert acts.wishes.toasts == ["The temporary chat is gone. No word of it was kept."]
        assert files_with(b"zanzibar", data_dir) == []

    qrun(main())


def test_a_temporary_chat_keeps_nothing_that_waits_and_ends_when_it_is_left(
    qrun: Run, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            choose(acts, "Make it temporary")
            play(acts.server, "one", begun("zanzibar"))
            await acts.ask("zanzibar one")
            await eventually(lambda: acts.stops)
            acts.type("zanzibar two")
            acts.press(Key.Key_Return)
            assert acts.hint == "A reply is coming in, and a temporary chat keeps nothing that waits."
            assert acts.composer == "zanzibar two"
            acts.new()
            await eventually(lambda: not acts.stops and not acts.composer)
        assert files_with(b"zanzibar", data_dir) == []

    qrun(main())


def test_what_is_pinned_is_found_from_the_header(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir, ("one", "first"), ("two", "second")) as acts:
            assert offered(acts) == ["System text…", "Keep it on this computer"]
            acts.choose(0, "Pin")
            assert acts.chips(0) == ["Pinned"]
            assert offered(acts)[-1] == "one"
            choose(acts, "one")
            assert acts.page.window().focusWidget() is acts.view(0)
            acts.choose(0, "Unpin")
            assert offered(acts)[-1] != "one"
            await eventually_stored(acts, 0, lambda message: not message.pinned)

    qrun(main())


def offered_by(acts: Acts, at: int) -> list[str]:
    menu = acts.menu(at)
    menu.close()
    return [action.text() for action in menu.actions()]


def files_with(words: bytes, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]
