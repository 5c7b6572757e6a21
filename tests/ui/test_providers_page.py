"""The providers page with real services: adding, testing, replacing, removing, and every way in which that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from tests.fakes.http_server import HttpServer
from tests.fakes.setup_pages import (
    Rig,
    eventually,
    listed,
    opened,
    play_ollama,
    rejected,
    unnamed,
    web_page,
    words,
)

from switchyard.core.catalog import KeySource
from switchyard.core.errors import NameTaken
from switchyard.services.app import Services
from switchyard.ui.pages.providers.page import ProvidersPage
from switchyard.ui.theme.theme import Theme

NOWHERE = "http://127.0.0.1:9"
OFF = {"OLLAMA_HOST": NOWHERE}
SECRET = "sk-0123456789abcdef0123456789"

Page = Rig[ProvidersPage]


def caption(rig: Page, key: str) -> str:
    """Return an account's state in the list."""
    row = rig.page.list.row(key)
    return row.caption if row is not None else ""


async def add_house(services: Services, url: str, *, name: str = "house", key: str | None = None) -> None:
    """Add a server of the person's own behind the page's back."""
    await services.accounts.add("openai-compatible", name, base_url=url)
    if key is not None:
        await services.accounts.keep_key_for_session(name, key)


async def fill_form(rig: Page, kind: str, *, name: str = "", key: str = "", address: str = "") -> None:
    """Fill the form in as a person does, and agree."""
    rig.page.list.add.click()
    form = rig.page.form
    form.provider.set_current(kind)
    if name:
        form.name.set_text(name)
    if key:
        form.key.set_key(key)
    if address:
        form.address.set_text(address)
    form.add.click()


async def found(rig: Page) -> str:
    """Wait for a test and return what it found."""
    await eventually(lambda: rig.page.panel.result.text() and not rig.page.panel.key_row.test.busy)
    return rig.page.panel.result.text()


# --- adding -----------------------------------------------------------------------------------------------------------


def test_an_account_is_added_tested_and_shown(qrun: Any, theme: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, theme, tmp_path, OFF) as rig:
            server.play("/v1/models", listed("big", "text-embedding-3-small"))
            assert rig.page.form.isVisible()
            await fill_form(rig, "litellm", key=SECRET, address=server.url())
            assert "Works, 2 models" in await found(rig)
            assert server.received[0].headers["authorization"] == f"Bearer {SECRET}"
            assert rig.page.list.current == "litellm"
            assert caption(rig, "litellm") == "2 models"
            panel = words(rig.page.panel)
            assert "Kept for this session only" in panel
            assert rig.page.panel.form.place.currentText() == "Elsewhere"
            assert SECRET not in words(rig.page)
            assert not unnamed(rig.page)
            view = (await rig.services.accounts.list())[0]
            assert (view.account.base_url, view.key) == (server.url("/v1"), KeySource.SESSION)

    qrun(main())


def test_a_server_on_this_computer_is_local_only_where_the_person_says_so(
    qrun: Any, dark: Theme, tmp_path: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            server.play("/v1/models", listed("big"))
            rig.page.form.provider.set_current("vllm")
            assert rig.page.form.place.current == "cloud"
            rig.page.form.address.set_text(server.url())
            local = next(each for each in rig.page.form.place.findChildren(QWidget) if words(each) == "This computer")
            assert isinstance(local, QAbstractButton)
            local.click()
            rig.page.form.add.click()
            await found(rig)
            account = await rig.services.accounts.get("vllm")
            assert account.settings == {"place": "local"}
            assert rig.page.panel.form.place.currentText() == "This computer"

    qrun(main())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Big Name", "Use lower-case letters, digits and hyphens"),
        ("house", "There is an account named house already."),
        ("sim", "There is an account named sim already."),
    ],
)
def test_an_account_name_is_checked_while_it_is_typed(
    qrun: Any, dark: Theme, tmp_path: Path, name: str, said: str
) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await add_house(rig.services, NOWHERE)
            await eventually(lambda: "house" in rig.page.list.keys)
            rig.page.list.add.click()
            form = rig.page.form
            form.name.setFocus(Qt.FocusReason.TabFocusReason)
            form.name.edit.selectAll()
            rig.type(name)
            assert said in (form.name.error() or "")
            form.address.set_text(NOWHERE)
            form.add.click()
            assert [view.account.name for view in await rig.services.accounts.list()] == ["house"]

    qrun(main())


def test_a_key_of_another_provider_is_not_sent_to_this_one(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await fill_form(rig, "openai", key="sk-ant-api03-" + "x" * 40)
            assert "This is a key of Anthropic." in (rig.page.form.key.field.error() or "")
            rig.page.form.key.set_key("AIza" + "x" * 30)
            rig.page.form.add.click()
            assert "This is a key of Google Gemini." in (rig.page.form.key.field.error() or "")
            rig.page.form.key.set_key("")
            rig.page.form.add.click()
            assert rig.page.form.key.field.error() == "Paste a key."
            assert await rig.services.accounts.list() == []

    qrun(main())


def test_an_address_that_is_none_is_said_beside_it(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await fill_form(rig, "openai-compatible", address="my server")
            await eventually(lambda: rig.page.form.address.error())
            assert "is not a web address" in (rig.page.form.address.error() or "")
            assert rig.page.form.isVisible()
            assert await rig.services.accounts.list() == []
            assert not rig.told

    qrun(main())


# --- testing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (rejected(), "The key was rejected. (401 invalid_api_key) Check that all of it was copied"),
        (web_page(), "no list of models. (200) A proxy may stand in the way"),
    ],
)
def test_a_test_that_fails_says_why_and_what_to_do(
    qrun: Any, dark: Theme, tmp_path: Path, script: Any, said: str
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            server.play("/v1/models", script)
            await add_house(rig.services, server.url(), key=SECRET)
            await eventually(lambda: "house" in rig.page.list.keys)
            rig.page.select("house")
            rig.page.panel.key_row.test.click()
            assert said in await found(rig)
            row = rig.page.list.row("house")
            assert row is not None
            assert row.lamp == "bad"

    qrun(main())


def test_a_dead_host_is_said_and_heals_on_the_next_test(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            server.play("/v1/models", listed("big"))
            await add_house(rig.services, NOWHERE)
            await eventually(lambda: "house" in rig.page.list.keys)
            rig.page.select("house")
            rig.page.panel.key_row.test.click()
            assert f"Nothing answers at {NOWHERE}" in await found(rig)
            rig.page.panel.form.address.set_text(server.url())
            rig.page.panel.save.click()
            await eventually(lambda: not rig.page.panel.result.text())
            rig.page.panel.key_row.test.click()
            assert "Works, 1 model" in await found(rig)
            assert not rig.page.panel.save.isVisible()

    qrun(main())


def test_what_works_can_become_the_first_chain(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            server.play("/v1/models", listed("text-embedding-3-small", "big"))
            await fill_form(rig, "lm-studio", address=server.url())
            await eventually(lambda: rig.wishes.act is not None)
            assert rig.wishes.act is not None
            rig.wishes.act()
            await eventually(lambda: len(rig.wishes.toasts) == 2)
            assert rig.wishes.toasts[1] == "The chain Everyday asks: big"
            assert await rig.services.chains.default() == "Everyday"

    qrun(main())


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_missing_key_asks_for_one_and_a_replaced_one_is_tested(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            server.play("/v1/models", listed("big"))
            await rig.services.accounts.add("openai", "work", base_url=server.url())
            await eventually(lambda: caption(rig, "work") == "The key is missing")
            rig.page.select("work")
            row = rig.page.panel.key_row
            assert row.entry.isVisible()
            assert not row.test.isVisible()
            row.entry.set_key(SECRET)
            row.save.click()
            assert "Works, 1 model" in await found(rig)
            assert not row.entry.isVisible()
            row.replace.click()
            row.entry.set_key(SECRET + "2")
            row.save.click()
            await eventually(lambda: len(server.received) == 2)
            assert server.received[1].headers["authorization"] == f"Bearer {SECRET}2"
            assert row.entry.key == ""

    qrun(main())


def test_a_key_of_the_environment_is_offered_and_used_only_on_a_word(
    qrun: Any, dark: Theme, tmp_path: Path, loopback_only: list[str]
) -> None:
    async def main() -> None:
        environment = {**OFF, "XAI_API_KEY": "xai-of-the-environment"}
        async with opened(ProvidersPage, dark, tmp_path, environment) as rig:
            rig.page.select("found-key:xai")
            assert "XAI_API_KEY holds a key" in words(rig.page.found)
            assert await rig.services.accounts.list() == []
            assert not loopback_only
            rig.page.found.use.click()
            assert "xAI could not be reached." in await found(rig)
            assert "From XAI_API_KEY in the environment." in words(rig.page.panel)
            assert not rig.page.panel.key_row.replace.isVisible()
            assert all("api.x.ai" in each for each in loopback_only)
            loopback_only.clear()

    qrun(main())


# --- Ollama, the Simulator --------------------------------------------------------------------------------------------


def test_an_ollama_that_answers_is_offered_while_the_page_is_open(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_ollama(server, "qwen3:8b", "gemma3:12b")
            async with opened(ProvidersPage, dark, tmp_path, {"OLLAMA_HOST": server.url()}) as rig:
                await eventually(lambda: "found-ollama" in rig.page.list.keys)
                rig.page.select("found-ollama")
                rig.page.found.use.click()
                assert "Works, 2 models" in await found(rig)
                assert "found-ollama" not in rig.page.list.keys
                assert "new:ollama" not in rig.page.list.keys
                assert rig.page.panel.form.place.currentText() == "As its address tells: This computer"
                assert "None is needed." in words(rig.page.panel)
                rig.page.left()
                assert not rig.page.scope.running("ollama")

    qrun(main())


def test_the_simulator_says_what_its_models_do(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            rig.page.select("sim")
            told = words(rig.page.simulator)
            models = await rig.services.catalog.entries()
            assert models
            for each in models:
                assert each.deployment.model in told
            assert "Refuses for 5 s after its first call" in told
            assert not rig.page.models.isVisible()

    qrun(main())


# --- removing ---------------------------------------------------------------------------------------------------------


def test_a_removed_account_can_be_brought_back_with_its_key(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await add_house(rig.services, NOWHERE, key=SECRET)
            await eventually(lambda: "house" in rig.page.list.keys)
            rig.page.select("house")
            rig.page.panel.remove.click()
            await eventually(lambda: rig.wishes.toasts == ["house was removed."])
            assert "house" not in rig.page.list.keys
            assert await rig.services.accounts.list() == []
            assert rig.page.form.isVisible()
            assert rig.wishes.act is not None
            rig.wishes.act()
            await eventually(rig.page.panel.isVisible)
            assert "house" in rig.page.list.keys
            [view] = await rig.services.accounts.list()
            assert (view.account.name, view.key) == ("house", KeySource.SESSION)
            assert "Kept for this session only." in words(rig.page.panel)

    qrun(main())


def test_an_account_whose_name_is_in_use_again_stays_removed(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await add_house(rig.services, NOWHERE)
            await eventually(lambda: "house" in rig.page.list.keys)
            rig.page.select("house")
            rig.page.panel.remove.click()
            await eventually(lambda: rig.wishes.act is not None)
            await rig.services.accounts.add("groq", "house")
            assert rig.wishes.act is not None
            rig.wishes.act()
            await eventually(lambda: rig.told)
            assert isinstance(rig.told[0], NameTaken)
            assert [view.account.provider for view in await rig.services.accounts.list()] == ["groq"]

    qrun(main())


# --- how it looks -----------------------------------------------------------------------------------------------------


def test_two_accounts_of_one_provider_are_told_apart(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await rig.services.accounts.add("openai", "openai")
            await rig.services.accounts.add("openai", "work")
            await eventually(lambda: "work" in rig.page.list.keys)
            rows = [rig.page.list.row(key) for key in ("openai", "work")]
            assert [(row.title, row.beside) for row in rows if row is not None] == [("OpenAI", ""), ("OpenAI", "work")]

    qrun(main())


@pytest.mark.parametrize(("width", "beside"), [(1376, True), (912, False)])
def test_the_models_stand_beside_the_form_or_below_it(
    qrun: Any, dark: Theme, tmp_path: Path, width: int, beside: bool
) -> None:
    async def main() -> None:
        async with (
            HttpServer.running() as server,
            opened(ProvidersPage, dark, tmp_path, OFF, size=(width, 640)) as rig,
        ):
            server.play("/v1/models", listed(*(f"model-{n}" for n in range(40))))
            await fill_form(rig, "vllm", address=server.url())
            await found(rig)
            await eventually(rig.page.models.isVisible)
            left = rig.page.models.mapTo(rig.page, rig.page.models.rect().topLeft())
            panel = rig.page.panel.mapTo(rig.page, rig.page.panel.rect().bottomRight())
            assert (left.x() > panel.x()) is beside
            assert (left.y() > panel.y()) is not beside
            assert rig.page.panel.width() >= 480

    qrun(main())
