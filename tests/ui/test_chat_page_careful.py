"""The quiet line before a secret goes to a cloud model, and its three ways on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import Rig, chat, eventually, play, refused, said
from tests.ui.test_chat_page_conditions import choose as menu

from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.detectors import Sort
from switchyard.core.facts import Facts
from switchyard.core.message import MessageState
from switchyard.services.aims import Target
from switchyard.ui.pages.chat.careful import told
from switchyard.ui.theme.theme import Theme

QRun = Callable[..., None]
SECRET = "Why is sk-" + "a1B2" * 8 + " refused?"
LINE = "This seems to hold a key, and goes to a cloud model."
BEFORE = "What was said before seems to hold a key, and goes to a cloud model with this."


@asynccontextmanager
async def page(theme: Theme, data_dir: Path) -> AsyncIterator[tuple[Rig, HttpServer]]:
    """Open the page with a chain of a cloud model, and a local model beside it."""
    async with HttpServer.running() as server, chat(theme, data_dir) as rig:
        for name, place in (("cloud", "cloud"), ("home", "local")):
            address = server.url(f"/{name}/v1")
            await rig.services.accounts.add("openai-compatible", name, base_url=address, settings={"place": place})
            await rig.services.catalog.override(DeploymentName(name, f"{name}-model"), Facts(context=8_000))
            play(server, name, said(f"From {name}."))
        await rig.services.chains.save(plain_chain("Everyday", (step_to(DeploymentName("cloud", "cloud-model")),)))
        await rig.services.chains.set_default("Everyday")
        await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
        yield rig, server


async def choose(rig: Rig, words: str) -> None:
    """Press a button of the line."""
    rig.type(SECRET)
    rig.press(Qt.Key.Key_Return)
    await eventually(lambda: rig.hint == LINE)
    assert not rig.shown
    next(each for each in rig.page.column.composer.hint.offers if each.text() == words).click()
    await rig.settled()


def sent(server: HttpServer) -> list[str]:
    return [each.body.decode() for each in server.received if each.method == "POST"]


def test_the_buttons_of_the_line_come_after_the_words(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            composer = rig.page.column.composer
            rig.type(SECRET)
            rig.press(Qt.Key.Key_Return)
            await eventually(lambda: rig.hint == LINE)
            rig.press(Qt.Key.Key_Tab)
            for offer in composer.hint.offers:
                assert QApplication.focusWidget() is offer
                QTest.keyClick(offer, Qt.Key.Key_Tab)
            assert QApplication.focusWidget() is composer.target
            composer.hint.offers[0].setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(composer.hint.offers[0], Qt.Key.Key_Return)
            await eventually(lambda: len(sent(server)) == 1)
            assert composer.box.hasFocus()
            await rig.settled()

    qrun(main())


def test_it_is_sent_as_it_is_where_the_person_says_so(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            await choose(rig, "Send")
            assert rig.hint == ""
            assert SECRET in sent(server)[-1]
            assert rig.composer == ""

    qrun(main())


def test_it_is_sent_masked(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            await choose(rig, "Mask and send")
            assert "Why is [KEY 1] refused?" in sent(server)[-1]
            assert (await rig.stored())[0].text == "Why is [KEY 1] refused?"
            assert rig.composer == ""

    qrun(main())


def test_a_local_model_is_asked_without_a_word(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            await choose(rig, "Use a local model")
            assert rig.page.column.composer.target.text() == "home-model"
            assert [each.path for each in server.received if each.method == "POST"] == ["/home/v1/chat/completions"]
            await rig.ask(SECRET)
            await rig.settled()

    qrun(main())


def test_writing_on_takes_the_line_away_and_nothing_was_sent(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            rig.type(SECRET)
            rig.press(Qt.Key.Key_Return)
            await eventually(lambda: rig.hint == LINE)
            rig.type("!")
            assert (rig.hint, rig.composer) == ("", SECRET + "!")
            assert sent(server) == []

    qrun(main())


async def say_at_home(rig: Rig) -> None:
    """Tell a local model the secret, and go on with a cloud model."""
    choose_target(rig, Target(model=DeploymentName("home", "home-model")))
    await rig.ask(SECRET)
    await rig.settled()
    choose_target(rig, Target(chain="Everyday"))


def choose_target(rig: Rig, target: Target) -> None:
    assert rig.page.presenter is not None
    rig.page.presenter.choosing.choose(target)


def offers(rig: Rig) -> list[str]:
    return [each.text() for each in rig.page.column.composer.hint.offers]


async def press_offer(rig: Rig, words: str) -> None:
    await eventually(lambda: words in offers(rig))
    next(each for each in rig.page.column.composer.hint.offers if each.text() == words).click()


def test_what_was_said_to_a_local_model_does_not_go_along_unasked(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            play(server, "cloud", said("One."), said("Two."))
            await say_at_home(rig)
            rig.type("Thanks.")
            rig.press(Qt.Key.Key_Return)
            await eventually(lambda: rig.hint == BEFORE)
            assert offers(rig) == ["Send", "Leave it out and send", "Use a local model"]
            assert len(sent(server)) == 1
            await press_offer(rig, "Send")
            await eventually(lambda: len(rig.shown) == 4)
            await rig.settled()
            assert SECRET in sent(server)[-1]
            await rig.ask("And now?")  # it has left: nobody is asked again
            await rig.settled()
            assert len(sent(server)) == 3

    qrun(main())


def test_what_was_said_before_can_be_left_out(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            await say_at_home(rig)
            rig.type("Thanks.")
            rig.press(Qt.Key.Key_Return)
            await press_offer(rig, "Leave it out and send")
            await eventually(lambda: len(rig.shown) == 4)
            await rig.settled()
            assert "Thanks." in sent(server)[-1]
            assert SECRET not in sent(server)[-1]
            assert (await rig.stored())[0].excluded

    qrun(main())


def test_asking_a_cloud_model_once_more_asks_first(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            play(server, "home", said("One."), said("Two."))
            await say_at_home(rig)
            assert rig.page.presenter is not None
            rig.page.presenter.shown.retry_last()
            await eventually(lambda: rig.hint == BEFORE)
            assert offers(rig) == ["Send", "Use a local model"]
            await press_offer(rig, "Use a local model")
            await eventually(lambda: rig.last is not None and rig.last.text == "Two.")
            await rig.settled()
            assert len(sent(server)) == 2

    qrun(main())


def test_in_another_chat_nothing_is_asked_of_it(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            await rig.ask("Hello.")
            await rig.settled()
            rig.new()
            await eventually(lambda: not rig.shown)
            long = f"{SECRET} {'word ' * 400_000}"  # it takes longer to look at than to open a chat
            rig.page.column.composer.set_text(long)
            rig.press(Qt.Key.Key_Return)
            rig.open("Hello.")
            await eventually(lambda: rig.shown)
            assert rig.page.presenter is not None
            await eventually(lambda: not rig.page.scope.running("secrecy"))
            assert (rig.hint, offers(rig)) == ("", [])
            assert len(sent(server)) == 1
            rig.new()
            await eventually(lambda: rig.composer == long)
            rig.press(Qt.Key.Key_Return)
            await eventually(lambda: rig.hint == LINE)

    qrun(main())


def test_asking_again_for_all_that_failed_asks_first(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            play(server, "home", refused(400, "no"), refused(400, "no"), said("One."), said("Two."))
            choose_target(rig, Target(model=DeploymentName("home", "home-model")))
            for text in ("Hello.", SECRET):
                await rig.ask(text)
                await rig.settled(MessageState.FAILED)
            choose_target(rig, Target(chain="Everyday"))
            menu(rig, "Try 2 failed replies again")
            await eventually(lambda: rig.hint == BEFORE)
            assert offers(rig) == ["Send", "Use a local model"]
            assert len(sent(server)) == 2
            await press_offer(rig, "Use a local model")
            await eventually(lambda: [each.text for each in rig.shown] == ["Hello.", "One.", SECRET, "Two."])
            await rig.settled()
            assert not [each for each in server.received if each.path.startswith("/cloud")]
            assert rig.page.column.composer.target.text() == "Everyday"

    qrun(main())


def test_a_chat_that_never_left_asks_nothing_of_its_local_model(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with page(dark, data_dir) as (rig, server):
            play(server, "home", said("One."), said("Two."))
            choose_target(rig, Target(model=DeploymentName("home", "home-model")))
            for text in (SECRET, "Thanks."):
                await rig.ask(text)
                await rig.settled()
            assert rig.hint == ""
            assert len(sent(server)) == 2

    qrun(main())


def test_all_that_is_found_is_named() -> None:
    assert told([Sort.KEY, Sort.PASSWORD]) == "This seems to hold a key, a password, and goes to a cloud model."
