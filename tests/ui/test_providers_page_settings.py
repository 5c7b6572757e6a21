"""What the providers page does beside keys: settings of an account, which models are offered, and Ollama's disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel
from tests.fakes.http_server import HttpServer, Script
from tests.fakes.setup_pages import JSON, Rig, eventually, listed, opened, rejected, unnamed, words

from switchyard.services.accounts import SIMULATOR
from switchyard.services.app import Services
from switchyard.ui.pages.providers.page import ProvidersPage
from switchyard.ui.theme.theme import Theme

OFF = {"OLLAMA_HOST": "http://127.0.0.1:9"}
NDJSON = {"content-type": "application/x-ndjson"}

Page = Rig[ProvidersPage]


async def show(rig: Page, provider: str, name: str, url: str | None = None) -> None:
    """Add an account behind the page's back, and show it."""
    await rig.services.accounts.add(provider, name, base_url=url)
    await eventually(lambda: name in rig.page.list.keys)
    rig.page.select(name)
    await eventually(rig.page.panel.isVisible)


async def kept(services: Services, name: str) -> dict[str, str]:
    """Return an account's settings."""
    return dict((await services.accounts.get(name)).settings)


def headings(rig: Page) -> list[str]:
    """Return the headings of the list."""
    model = rig.page.list.view.model()
    texts = [model.index(row, 0) for row in range(model.rowCount())]
    return [str(each.data()) for each in texts if not each.flags() & Qt.ItemFlag.ItemIsEnabled]


# --- the list ---------------------------------------------------------------------------------------------------------


def test_accounts_stand_by_how_they_are_and_where_they_run(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            assert headings(rig) == ["On this computer", "Not connected"]
            server.play("/v1/models", listed("big"))
            server.play("/bad/v1/models", rejected())
            await rig.services.accounts.add("openai-compatible", "house", base_url=server.url("/v1"))
            settings = {"place": "network"}
            await rig.services.accounts.add("openai-compatible", "lab", base_url=server.url("/v1"), settings=settings)
            await rig.services.accounts.add("openai", "work")
            await show(rig, "openai-compatible", "broken", server.url("/bad/v1"))
            rig.page.panel.key_row.test.click()
            await eventually(lambda: "Needs attention" in headings(rig))
            groups = ["Connected", "Needs attention", "Key missing", "In my network", "On this computer"]
            assert headings(rig) == [*groups, "Not connected"]
            assert rig.page.list.row("work").action == "Add key"  # type: ignore[union-attr]
            assert "new:openai" not in rig.page.list.keys
            assert "new:openai-compatible" in rig.page.list.keys

    qrun(main())


def test_a_provider_that_is_not_connected_opens_its_form(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            rig.page.select("new:groq")
            assert rig.page.form.provider.current == "groq"
            rig.page.form.key.set_key("gsk_0123")
            await rig.services.accounts.add("xai", "xai")
            await eventually(lambda: "xai" in rig.page.list.keys)
            assert rig.page.form.isVisible()
            assert rig.page.form.key.key == "gsk_0123"
            rig.page.select("new:mistral")
            assert rig.page.form.provider.current == "mistral"

    qrun(main())


# --- settings ---------------------------------------------------------------------------------------------------------


def test_what_an_account_is_used_for_is_kept(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await show(rig, "openai", "work")
            panel, form = rig.page.panel, rig.page.panel.form
            assert not panel.save.isVisible()
            form.fallback.click()
            form.attachments.click()
            form.api.set_current("chat")
            form.organisation.set_text("org-1")
            assert panel.save.isVisible()
            panel.save.click()
            await eventually(lambda: not panel.save.isVisible())
            expected = {
                "fallback": "no",
                "attachments": "no",
                "api": "chat",
                "header.openai-organization": "org-1",
            }
            assert await kept(rig.services, "work") == expected
            form.fallback.click()
            panel.revert.click()
            assert not form.fallback.isChecked()
            assert not unnamed(rig.page)

    qrun(main())


def test_a_region_is_an_address(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await show(rig, "openai", "work")
            form = rig.page.panel.form
            assert form.region.currentText() == "Automatic"
            form.region.setCurrentIndex(form.region.findText("European Union"))
            form.region.activated.emit(form.region.currentIndex())
            assert form.address.text() == "https://eu.api.openai.com/v1"
            rig.page.panel.save.click()
            await eventually(lambda: not rig.page.panel.save.isVisible())
            assert (await rig.services.accounts.get("work")).base_url == "https://eu.api.openai.com/v1"
            form.address.set_text("https://proxy.example.net/v1")
            assert form.region.currentText() == "Another address"
            await show(rig, "anthropic", "claude")
            assert not form.region.isVisible()

    qrun(main())


def test_only_the_settings_that_a_provider_has_are_shown(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await show(rig, "azure", "azure", "https://house.openai.azure.com")
            form = rig.page.panel.form
            assert form.version.isVisible()
            assert form.api.isVisible()
            assert not form.organisation.isVisible()
            assert not form.place.isVisible()
            form.version.set_text("2024-10-21")
            rig.page.panel.save.click()
            await eventually(lambda: not rig.page.panel.save.isVisible())
            assert await kept(rig.services, "azure") == {"api_version": "2024-10-21"}
            await show(rig, "anthropic", "claude")
            assert not form.version.isVisible()
            assert not form.api.isVisible()

    qrun(main())


def test_where_a_server_runs_is_not_read_from_its_address(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            place = rig.page.panel.form.place
            await show(rig, "openai-compatible", "here", "http://127.0.0.1:8080/v1")
            assert place.currentText() == "Not said: counts as elsewhere"
            place.set_current("local")
            place.activated.emit(place.currentIndex())
            rig.page.panel.save.click()
            await eventually(lambda: not rig.page.panel.save.isVisible())
            assert await kept(rig.services, "here") == {"place": "local"}
            await show(rig, "ollama", "there", "https://ollama.example.net")
            assert place.currentText() == "As its address tells: Elsewhere"

    qrun(main())


def test_the_way_to_a_provider_is_kept_and_a_wrong_one_is_said(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await show(rig, "openai", "work")
            panel, form = rig.page.panel, rig.page.panel.form
            form.proxy.set_current("other")
            form.proxy.activated.emit(form.proxy.currentIndex())
            assert form.proxy_address.isVisible()
            form.proxy_address.set_text("socks5://127.0.0.1:1080")
            form.headers.add.click()
            QTest.keyClicks(rig.focused, "X-Team")
            rig.press(Qt.Key.Key_Tab)
            QTest.keyClicks(rig.focused, "blue")
            panel.save.click()
            await eventually(lambda: not panel.save.isVisible())
            assert await kept(rig.services, "work") == {
                "proxy": "socks5://127.0.0.1:1080",
                "header.x-team": "blue",
            }
            form.ca_file.set_text(str(tmp_path / "nowhere.pem"))
            panel.save.click()
            await eventually(lambda: form.ca_file.error())
            assert "nowhere.pem" in str(form.ca_file.error())
            assert panel.save.isVisible()

    qrun(main())


def test_what_is_being_written_outlasts_what_happens_meanwhile(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await show(rig, "openai", "work")
            rig.page.panel.form.organisation.set_text("org-")
            await rig.services.accounts.add("xai", "xai")
            await eventually(lambda: "xai" in rig.page.list.keys)
            assert rig.page.panel.form.organisation.text() == "org-"

    qrun(main())


# --- models -----------------------------------------------------------------------------------------------------------


def test_models_are_offered_or_not_with_their_prices(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            priced = {
                "id": "big",
                "context_length": 200_000,
                "pricing": {"prompt": "0.000003", "completion": "0.000015"},
            }
            models = [priced, {"id": "small"}, {"id": "text-embedding-3-small"}]
            server.play("/v1/models", Script(json.dumps({"data": models}), headers=JSON))
            await show(rig, "openai-compatible", "house", server.url("/v1"))
            rig.page.panel.key_row.test.click()
            view = rig.page.models.view
            await eventually(lambda: view.model().rowCount() == 3)
            spoken = Qt.ItemDataRole.AccessibleTextRole
            first = view.model().index(0, 0)
            await eventually(lambda: first.data(spoken) == "big, 200k, $3.00 / $15.00, offered")
            assert view.model().index(2, 0).data(spoken) == "text-embedding-3-small, not for chat"
            view.setFocus(Qt.FocusReason.TabFocusReason)
            rig.press(Qt.Key.Key_Space)
            await eventually(
                lambda: not rig.page.models.view.model().index(0, 0).data(Qt.ItemDataRole.UserRole).offered
            )
            assert "1 of 2 offered" in words(rig.page.models)
            rig.page.models.none.click()
            await eventually(lambda: "0 of 2 offered" in words(rig.page.models))
            rig.page.models.all.click()
            await eventually(lambda: "2 of 2 offered" in words(rig.page.models))
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(first).center())
            await eventually(lambda: "1 of 2 offered" in words(rig.page.models))

    qrun(main())


def test_a_list_of_three_thousand_is_searched(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            server.play("/v1/models", listed(*(f"vendor/model-{n:04}" for n in range(3000))))
            await show(rig, "openai-compatible", "house", server.url("/v1"))
            rig.page.panel.key_row.test.click()
            model = rig.page.models.view.model()
            await eventually(lambda: model.rowCount() == 3000)
            rig.page.models.search.set_text("model-2999")
            assert model.rowCount() == 1

    qrun(main())


# --- Ollama -----------------------------------------------------------------------------------------------------------


def play_disk(server: HttpServer, *names: str) -> None:
    """Let a server be an Ollama with these models, the first of which is in memory."""
    details = {"parameter_size": "8.2B", "quantization_level": "Q4_K_M"}
    models = [{"name": name, "model": name, "size": 5_200_000_000, "details": details} for name in names]
    server.play("/api/tags", Script(json.dumps({"models": models}), headers=JSON))
    server.play("/api/show", Script(json.dumps({"model_info": {}}), headers=JSON))
    loaded = [{"name": name, "model": name, "size": 6_400_000_000} for name in names[:1]]
    server.play("/api/ps", Script(json.dumps({"models": loaded}), headers=JSON))


def steps(*parts: dict[str, object]) -> Script:
    """Return the lines of a pull."""
    return Script("".join(json.dumps(part) + "\n" for part in parts), headers=NDJSON)


def test_ollamas_disk_is_shown_pulled_to_and_deleted_from(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_disk(server, "qwen3:8b")
            async with opened(ProvidersPage, dark, tmp_path, {"OLLAMA_HOST": server.url()}) as rig:
                await show(rig, "ollama", "ollama", server.url())
                panel = rig.page.panel.ollama
                await eventually(lambda: "qwen3:8b" in words(panel))
                shown = words(panel)
                for word in ("loaded, 6.4 GB", "Q4_K_M", "8.2B", "5.2 GB", "1 model, 5.2 GB"):
                    assert word in shown
                digest = "sha256:" + "a" * 64
                server.play(
                    "/api/pull",
                    steps(
                        {"status": "pulling manifest"},
                        {"status": "pulling aaaa", "digest": digest, "total": 100, "completed": 62},
                        {"status": "success"},
                    ),
                )
                panel.name.set_text("gemma3:12b")
                play_disk(server, "qwen3:8b", "gemma3:12b")
                panel.pull.click()
                await eventually(lambda: "gemma3:12b is installed." in rig.wishes.toasts)
                await eventually(lambda: "gemma3:12b" in words(panel))
                assert panel.name.text() == ""
                server.play("/api/delete", Script("", 200, headers=JSON))
                await _press_trash(rig, "Delete gemma3:12b")
                play_disk(server, "qwen3:8b")
                await _agree("Delete")
                await eventually(lambda: "/api/delete" in server.paths())
                deleted = server.received[server.paths().index("/api/delete")]
                assert json.loads(deleted.body)["model"] == "gemma3:12b"
                await eventually(lambda: "gemma3:12b" not in words(panel))
                assert not unnamed(rig.page)

    qrun(main())


def test_a_pull_that_fails_says_so_beside_the_name(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_disk(server, "qwen3:8b")
            server.play("/api/pull", steps({"error": "pull model manifest: file does not exist"}))
            async with opened(ProvidersPage, dark, tmp_path, {"OLLAMA_HOST": server.url()}) as rig:
                await show(rig, "ollama", "ollama", server.url())
                panel = rig.page.panel.ollama
                await eventually(lambda: "qwen3:8b" in words(panel))
                panel.pull.click()
                assert "such as llama3.2:3b" in str(panel.name.error())
                panel.name.set_text("nothing-like-it")
                panel.pull.click()
                await eventually(lambda: panel.name.error())
                assert "nothing-like-it" in str(panel.name.error())
                assert panel.pull.isEnabled()

    qrun(main())


def test_an_ollama_that_is_away_says_so(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await show(rig, "ollama", "ollama", "http://127.0.0.1:9")
            await eventually(lambda: "ollama serve" in words(rig.page.panel.ollama))

    qrun(main())


def test_other_accounts_have_no_disk(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            await show(rig, "openai", "work")
            assert not rig.page.panel.ollama.isVisible()
            rig.page.select(SIMULATOR.name)
            assert not rig.page.panel.isVisible()

    qrun(main())


def test_thirty_accounts_are_listed(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ProvidersPage, dark, tmp_path, OFF) as rig:
            for n in range(30):
                await rig.services.accounts.add("openai", f"team-{n:02}")
            await eventually(lambda: "team-29" in rig.page.list.keys)
            rig.page.select("team-29")
            assert rig.page.list.current == "team-29"

    qrun(main())


async def _press_trash(rig: Page, name: str) -> None:
    buttons = rig.page.panel.ollama.findChildren(QAbstractButton)
    next(each for each in buttons if each.accessibleName() == name).click()


async def _agree(words_on_it: str) -> None:
    """Wait for the question and press the button."""

    def found() -> QAbstractButton | None:
        dialogs = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
        buttons = [button for dialog in dialogs for button in dialog.findChildren(QAbstractButton)]
        return next((button for button in buttons if button.text() == words_on_it), None)

    await eventually(found)
    button = found()
    assert button is not None
    assert any("pulled again" in label.text() for label in button.window().findChildren(QLabel))
    button.click()


def test_a_pull_goes_on_elsewhere_and_can_be_stopped(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server:
            play_disk(server, "qwen3:8b")
            begun = {"status": "pulling aaaa", "digest": "sha256:" + "a" * 64, "total": 200, "completed": 124}
            line = json.dumps(begun) + "\n"
            server.play("/api/pull", Script(line, headers=NDJSON, cut_at=len(line), ending="stall"))
            async with opened(ProvidersPage, dark, tmp_path, {"OLLAMA_HOST": server.url()}) as rig:
                await rig.services.accounts.add("openai", "work")
                await show(rig, "ollama", "ollama", server.url())
                panel = rig.page.panel.ollama
                panel.name.set_text("gemma3:12b")
                panel.pull.click()
                await eventually(lambda: "62 %" in words(panel))
                assert not panel.pull.isEnabled()
                rig.page.select("work")
                assert not panel.isVisible()
                rig.page.select("ollama")
                assert "62 %" in words(panel)
                stop = next(each for each in panel.findChildren(QAbstractButton) if "Stop" in each.accessibleName())
                stop.click()
                await eventually(panel.pull.isEnabled)
                assert "62 %" not in words(panel)
                assert panel.name.text() == "gemma3:12b"

    qrun(main())
