"""The first run with real services: keys go to their own provider alone, and what works becomes the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot
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
from switchyard.core.chain import DeploymentName
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions
from switchyard.ui.pages.welcome.page import WelcomePage
from switchyard.ui.setup.key_entry import KeyEntry, masked
from switchyard.ui.theme.theme import Theme

Key = Qt.Key
NOWHERE = "http://127.0.0.1:9"
OFF = {"OLLAMA_HOST": NOWHERE}
PLAIN = "sk-0123456789abcdef0123456789"


def at(server: HttpServer) -> dict[str, str]:
    """Say that Ollama is there."""
    return {"OLLAMA_HOST": server.url()}


def paste(rig: Rig[WelcomePage], text: str) -> None:
    """Paste a text into the field for keys."""
    QGuiApplication.clipboard().setText(text)
    rig.page.ways.key_card.entry.edit.paste()


async def give_own_server(rig: Rig[WelcomePage], key: str, address: str) -> None:
    """Paste a key of a server of the person's own, and say where that is."""
    card = rig.page.ways.key_card
    paste(rig, key)
    card.chooser.set_current("openai-compatible")
    card.address.set_text(address)
    card.button.click()
    await eventually(lambda: not card.button.busy and card.result.text())


# --- the field for keys -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("sk-ant-api03-secretsecretsecret", "sk-ant-api03-••••••••••••"),
        ("sk-proj-abcd", "sk-proj-••••"),
        ("gsk_abcdef", "gsk_••••••"),
        ("AIzaSyAbc", "AIza•••••"),
        ("abcdef", "••••••"),
        ("sk-abcdef", "sk-••••••"),
    ],
)
def test_a_key_shows_what_it_begins_with_and_no_more(key: str, shown: str) -> None:
    assert masked(key) == shown


def test_typing_and_deleting_in_the_mask_changes_the_key_behind_it(dark: Theme, qtbot: QtBot) -> None:
    entry = KeyEntry(dark, "Key")
    qtbot.addWidget(entry)
    entry.show()
    QTest.keyClicks(entry.edit, "gsk_abcdef")
    assert entry.key == "gsk_abcdef"
    QTest.keyClick(entry.edit, Key.Key_Backspace)
    QTest.keyClick(entry.edit, Key.Key_Home)
    QTest.keyClick(entry.edit, Key.Key_Delete)
    assert entry.key == "sk_abcde"
    entry.edit.setSelection(3, 2)
    QTest.keyClicks(entry.edit, "X")
    assert entry.key == "sk_Xcde"
    entry.edit.selectAll()
    QTest.keyClick(entry.edit, Key.Key_Delete)
    assert entry.key == ""


def test_a_pasted_key_loses_its_spaces_and_nothing_copies_it(dark: Theme, qtbot: QtBot) -> None:
    entry = KeyEntry(dark, "Key")
    qtbot.addWidget(entry)
    key = "sk-ant-api03-" + "x1" * 40
    QGuiApplication.clipboard().setText(f"  {key}\n")
    entry.edit.paste()
    assert entry.key == key
    QTest.keyClicks(entry.edit, "9")
    assert entry.key == key + "9"
    entry.edit.selectAll()
    entry.edit.copy()
    assert "x1" not in QGuiApplication.clipboard().text()


# --- whose key it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begun", "owner", "provider"),
    [
        ("sk-ant-", "Anthropic", "anthropic"),
        ("AIza", "Google Gemini", "gemini"),
        ("hf_", "Hugging Face", "huggingface"),
    ],
)
def test_a_key_is_recognised_while_it_is_typed(
    qrun: Any, dark: Theme, tmp_path: Path, begun: str, owner: str, provider: str
) -> None:
    async def main() -> None:
        async with opened(WelcomePage, dark, tmp_path, OFF) as rig:
            card = rig.page.ways.key_card
            rig.type(begun)
            assert owner in words(card)
            assert card.chooser.isHidden()
            assert rig.services.onboarding.recognise(card.entry.key).providers == (provider,)

    qrun(main())


def test_tab_comes_to_the_button_of_the_key_right_behind_it(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(WelcomePage, dark, tmp_path, OFF) as rig:
            card = rig.page.ways.key_card
            assert rig.focused is card.entry.edit
            rig.press(Key.Key_Tab)
            assert rig.focused is card.button
            rig.press(Key.Key_Tab)
            assert rig.focused is rig.page.ways.ollama_card.button

    qrun(main())


def test_a_plain_key_is_sent_to_nobody_before_the_person_said_whose_it_is(
    qrun: Any, dark: Theme, tmp_path: Path, loopback_only: list[str]
) -> None:
    async def main() -> None:
        async with opened(WelcomePage, dark, tmp_path, OFF) as rig:
            card = rig.page.ways.key_card
            paste(rig, PLAIN)
            choices = [card.chooser.itemData(n) for n in range(card.chooser.count())]
            assert choices == ["", "openai", "deepseek", "openai-compatible"]
            card.button.click()
            await eventually(lambda: "Choose whose key" in card.result.text())
            card.chooser.set_current("openai")
            assert not rig.page.scope.running("pause")
            card.chooser.set_current("")
            assert card.offer() is None
            assert await rig.services.accounts.list() == []
        assert not loopback_only

    qrun(main())


def test_a_recognised_key_is_tested_by_itself_and_a_dead_network_leaves_nothing_behind(
    qrun: Any, dark: Theme, tmp_path: Path, loopback_only: list[str]
) -> None:
    async def main() -> None:
        async with opened(WelcomePage, dark, tmp_path, OFF) as rig:
            card = rig.page.ways.key_card
            paste(rig, "gsk_" + "a" * 40)
            await eventually(lambda: "Groq could not be reached." in card.result.text())
            assert await rig.services.accounts.list() == []
            assert {each for each in loopback_only if "groq.com" not in each} == set()
            loopback_only.clear()

    qrun(main())


# --- testing ----------------------------------------------------------------------------------------------------------


def test_a_key_that_works_becomes_the_chain_and_the_chat_is_next(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(WelcomePage, dark, tmp_path, OFF) as rig:
            server.play("/v1/models", listed("text-embedding-3-small", "house-model"))
            done: list[bool] = []
            rig.page.finished.connect(lambda: done.append(True))
            card = rig.page.ways.key_card
            paste(rig, PLAIN)
            card.chooser.set_current("openai-compatible")
            card.address.set_text(server.url())
            QTest.keyClick(card.address.edit, Key.Key_Return)
            await eventually(lambda: done)
            assert server.received[0].headers["authorization"] == f"Bearer {PLAIN}"
            assert rig.services.settings.value.onboarded
            chain = await rig.services.chains.get("Everyday")
            assert [step.use for step in chain.steps] == [DeploymentName("openai-compatible", "house-model")]
            assert await rig.services.chains.default() == "Everyday"
            view = (await rig.services.accounts.list())[0]
            assert view.key is KeySource.SESSION

    qrun(main())


@pytest.mark.parametrize(
    ("script", "said"),
    [(rejected(), "The key was rejected. (401 invalid_api_key)"), (web_page(), "no list of models")],
)
def test_a_key_that_fails_says_why_and_leaves_nothing_behind(
    qrun: Any, dark: Theme, tmp_path: Path, script: Any, said: str
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(WelcomePage, dark, tmp_path, OFF) as rig:
            server.play("/v1/models", script)
            await give_own_server(rig, PLAIN, server.url())
            assert said in rig.page.ways.key_card.result.text()
            assert await rig.services.accounts.list() == []
            assert not rig.page.order.isVisible()
            assert not rig.services.settings.value.onboarded
            assert PLAIN not in words(rig.page)

    qrun(main())


def test_a_dead_host_and_an_address_that_is_none_are_told_apart(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(WelcomePage, dark, tmp_path, OFF) as rig:
            await give_own_server(rig, PLAIN, NOWHERE)
            assert "Nothing answers at" in rig.page.ways.key_card.result.text()
            rig.page.ways.key_card.reset()
            await give_own_server(rig, PLAIN, "not an address")
            assert "is not a web address" in rig.page.ways.key_card.result.text()
            assert await rig.services.accounts.list() == []
            assert not rig.told

    qrun(main())


def test_keys_of_the_environment_are_offered_and_never_just_used(
    qrun: Any, dark: Theme, tmp_path: Path, loopback_only: list[str]
) -> None:
    async def main() -> None:
        environment = {**OFF, "MISTRAL_API_KEY": "m-secret-of-the-environment"}
        async with opened(WelcomePage, dark, tmp_path, environment) as rig:
            card = rig.page.ways.key_card
            await eventually(lambda: "MISTRAL_API_KEY" in words(card))
            assert await rig.services.accounts.list() == []
            assert not loopback_only
            card.environment_requested.emit("mistral")
            await eventually(lambda: "Mistral could not be reached." in card.result.text())
            assert any("api.mistral.ai" in each for each in loopback_only)
            loopback_only.clear()

    qrun(main())


# --- Ollama -----------------------------------------------------------------------------------------------------------


def test_an_ollama_that_is_there_is_used_and_embedding_models_are_not_asked(
    qrun: Any, dark: Theme, tmp_path: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_ollama(server, "nomic-embed-text:latest", "qwen3:8b")
            async with opened(WelcomePage, dark, tmp_path, at(server)) as rig:
                card = rig.page.ways.ollama_card
                await eventually(lambda: card.usable and "5.2 GB" in words(card))
                assert "not for chat" in words(card)
                card.button.click()
                await eventually(lambda: rig.services.settings.value.onboarded)
                chain = await rig.services.chains.get("Everyday")
                assert [str(step.use) for step in chain.steps] == ["ollama/qwen3:8b"]

    qrun(main())


def test_an_ollama_that_is_started_meanwhile_is_found_on_looking_again(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(WelcomePage, dark, tmp_path, at(server)) as rig:
            card = rig.page.ways.ollama_card
            await eventually(lambda: "ollama serve" in words(card))
            assert not card.usable
            play_ollama(server, "qwen3:8b")
            card.button.click()
            await eventually(lambda: card.usable)
            assert card.button.text() == "Use these models"

    qrun(main())


def test_nobody_looks_for_ollama_once_the_page_is_left(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(WelcomePage, dark, tmp_path, OFF) as rig:
            assert rig.page.scope.running("ollama")
            rig.page.left()
            assert not rig.page.scope.running("ollama")

    qrun(main())


# --- the order --------------------------------------------------------------------------------------------------------


async def connect_two(rig: Rig[WelcomePage], server: HttpServer) -> None:
    """Connect a server of one's own and an Ollama, as far as the second screen."""
    server.play("/v1/models", listed("house-model"))
    await rig.services.accounts.add("openai-compatible", "house", base_url=server.url())
    await rig.services.accounts.test(await rig.services.accounts.get("house"))
    await eventually(lambda: rig.page.ways.ollama_card.usable)
    rig.page.ways.ollama_card.button.click()
    await eventually(lambda: rig.page.order.isVisible())


def test_two_vendors_are_put_in_order_by_the_person(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_ollama(server, "qwen3:8b")
            async with opened(WelcomePage, dark, tmp_path, at(server)) as rig:
                await connect_two(rig, server)
                order = rig.page.order
                assert [choice.provider for choice in order.chosen] == ["ollama", "openai-compatible"]
                assert "It asks Ollama first; when that fails, OpenAI-compatible server." in words(order)
                assert not unnamed(order)
                order.row(1).up.click()
                assert "It asks OpenAI-compatible server first; when that fails, Ollama." in words(order)
                order.row(0).tick.click()
                assert "It asks Ollama, and nobody else." in words(order)
                order.row(1).tick.click()
                assert not order.start.isEnabled()
                order.row(0).tick.click()
                order.row(1).tick.click()
                order.start.click()
                await eventually(lambda: rig.services.settings.value.onboarded)
                chain = await rig.services.chains.get("Everyday")
                assert [step.use.account for step in chain.steps] == ["house", "ollama"]

    qrun(main())


def test_the_chain_that_is_there_already_is_not_made_again(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_ollama(server, "qwen3:8b")
            async with opened(WelcomePage, dark, tmp_path, at(server)) as rig:
                await rig.services.chains.make_everyday([DeploymentName("sim", "sim-fast")])
                await eventually(lambda: rig.page.ways.ollama_card.usable)
                rig.page.ways.ollama_card.button.click()
                await eventually(lambda: rig.services.settings.value.onboarded)
                chain = await rig.services.chains.get("Everyday")
                assert [step.use.account for step in chain.steps] == ["sim"]

    qrun(main())


# --- the other ways ---------------------------------------------------------------------------------------------------


def test_the_simulator_and_skipping_end_the_first_run(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(WelcomePage, dark, tmp_path / "a", OFF) as rig:
            rig.page.ways.simulator_card.button.click()
            await eventually(lambda: rig.services.settings.value.onboarded)
            assert await rig.services.chains.default() == "Simulator"
        async with opened(WelcomePage, dark, tmp_path / "b", OFF) as rig:
            rig.page.ways.skip.click()
            await eventually(lambda: rig.services.settings.value.onboarded)
            assert await rig.services.chains.list() == []

    qrun(main())


def test_everything_can_be_done_by_keys_alone(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_ollama(server, "qwen3:8b")
            server.play("/v1/models", listed("house-model"))
            async with opened(WelcomePage, dark, tmp_path, at(server), size=(960, 640)) as rig:
                ways, order = rig.page.ways, rig.page.order
                await eventually(lambda: ways.ollama_card.usable)
                assert not unnamed(ways)
                rig.type(PLAIN)
                rig.tab_to(ways.key_card.chooser)
                for _ in range(3):
                    rig.press(Key.Key_Down)
                rig.tab_to(ways.key_card.address.edit)
                rig.type(server.url())
                rig.press(Key.Key_Return)
                await eventually(lambda: rig.services.settings.value.onboarded or rig.page.order.isVisible())
                assert [view.account.provider for view in await rig.services.accounts.list()] == ["openai-compatible"]
                rig.page.entered()
                rig.tab_to(ways.ollama_card.button)
                rig.press(Key.Key_Space)
                await eventually(lambda: not rig.page.scope.running("act"))
                names = [view.account.provider for view in await rig.services.accounts.list()]
                assert names == ["ollama", "openai-compatible"]
                assert not order.isVisible()

    qrun(main())


def test_the_order_is_changed_by_keys_alone(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_ollama(server, "qwen3:8b")
            async with opened(WelcomePage, dark, tmp_path, at(server)) as rig:
                await connect_two(rig, server)
                order = rig.page.order
                assert rig.focused is order.start
                rig.tab_to(order.row(0).down)
                rig.press(Key.Key_Space)
                assert [choice.account for choice in order.chosen] == ["house", "ollama"]
                assert rig.focused is order.row(1).up
                rig.tab_to(order.start)
                rig.press(Key.Key_Space)
                await eventually(lambda: rig.services.settings.value.onboarded)
                chain = await rig.services.chains.get("Everyday")
                assert [step.use.account for step in chain.steps] == ["house", "ollama"]

    qrun(main())


# --- how it looks -----------------------------------------------------------------------------------------------------


def test_the_smallest_window_holds_everything_without_scrolling(qrun: Any, theme: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(WelcomePage, theme, tmp_path, OFF, size=(960, 640)) as rig:
            await eventually(lambda: "ollama serve" in words(rig.page.ways.ollama_card))
            area = rig.page.findChild(QScrollArea)
            assert area is not None
            assert area.verticalScrollBar().maximum() == 0
            assert area.horizontalScrollBar().maximum() == 0

    qrun(main())


def test_where_there_is_no_keyring_the_footer_says_so(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(WelcomePage, dark, tmp_path, OFF) as rig:
            await eventually(lambda: "no keyring" in rig.page.ways.footer.accessibleName())
            assert "live until Switchyard ends" in rig.page.ways.footer.accessibleName()

    qrun(main())


def test_the_page_takes_a_key_before_the_services_are_there(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    def make(theme: Theme, scope: TaskScope, actions: Actions) -> WelcomePage:
        page = WelcomePage(theme, scope, actions)
        page.ways.key_card.entry.set_key("gsk_")
        page.ways.key_card.button.click()
        return page

    async def main() -> None:
        async with opened(make, dark, tmp_path, OFF) as rig:
            assert "Groq" in words(rig.page.ways.key_card)

    qrun(main())
