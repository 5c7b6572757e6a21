"""The quiet line before a secret goes to a cloud model, and its three ways on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import Rig, chat, eventually, play, said

from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.detectors import Sort
from switchyard.core.facts import Facts
from switchyard.ui.pages.chat.careful import told
from switchyard.ui.theme.theme import Theme

QRun = Callable[..., None]
SECRET = "Why is sk-" + "a1B2" * 8 + " refused?"
LINE = "This seems to hold a key, and goes to a cloud model."


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


def test_all_that_is_found_is_named() -> None:
    assert told([Sort.KEY, Sort.PASSWORD]) == "This seems to hold a key, a password, and goes to a cloud model."
