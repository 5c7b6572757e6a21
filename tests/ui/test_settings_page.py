"""The settings page with real services: every choice holds at once, is kept, and is shown as it is."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QListView, QRadioButton, QWidget

from switchyard import __version__
from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import UserError
from switchyard.core.settings import SendKey, ThemeMode
from switchyard.resources import resource
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.model_picker import ModelPicker
from switchyard.ui.pages.page import PageName
from switchyard.ui.pages.settings.licences import read_components, read_licence
from switchyard.ui.pages.settings.page import SettingsPage
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.segmented import Segmented

QRun = Callable[[Any], Any]


class NoWindow:
    """Stands for the window, of which this page asks nothing."""

    def open_page(self, name: PageName, detail: str | None = None) -> None:
        raise AssertionError(name)

    def toast(self, text: str, **more: object) -> None:
        raise AssertionError(text)

    def show_welcome(self) -> None:
        raise AssertionError


async def eventually(check: Callable[[], object]) -> None:
    """Wait until something is so; the limit is `qrun`'s, which fails the test."""
    while not check():  # noqa: ASYNC110 - widgets have no events to wait for
        await asyncio.sleep(0.005)


@asynccontextmanager
async def opened(theme: Theme, data_dir: Path) -> AsyncIterator[tuple[SettingsPage, Services, list[UserError]]]:
    """Open the page on a data directory."""
    bugs: list[BaseException] = []
    errors: list[UserError] = []
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        scope = TaskScope("test", on_user_error=errors.append, on_bug=bugs.append)
        page = SettingsPage(theme, scope, NoWindow())
        page.resize(1376, 900)
        page.show()
        await page.attach(services)
        try:
            yield page, services, errors
        finally:
            await scope.close()
            page.hide()
            page.deleteLater()
    assert not bugs


def choose(control: Segmented, words: str) -> None:
    """Press the choice of these words."""
    next(each for each in control.findChildren(QRadioButton) if each.text() == words).click()


def move(folder: Path, place: Path) -> None:
    """Take a folder away, so that nothing can be written into it, or bring it back."""
    folder.rename(place)


def kept(data_dir: Path) -> dict[str, object]:
    """Return the settings file's values."""
    return tomllib.loads((data_dir / "settings.toml").read_text(encoding="utf-8"))


def test_choices_hold_at_once_and_are_kept(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(light, data_dir) as (page, services, errors):
            choose(page.appearance.mode, "Dark")
            choose(page.appearance.size_px, "17")
            choose(page.appearance.motion, "On")
            choose(page.writing.key, "Ctrl+Enter")
            page.privacy.secrets.click()
            page.privacy.personal.click()
            await eventually(lambda: services.settings.value.warn_personal)
            assert not services.settings.value.warn_secrets
            await eventually(lambda: services.settings.value.send_key is SendKey.CTRL_ENTER)
            assert services.settings.value.theme is ThemeMode.DARK
            assert services.settings.value.message_size_px == 17
            values = kept(data_dir)
            assert values["theme"] == "dark"
            assert values["message_size_px"] == 17
            assert values["reduced_motion"] == "on"
            assert values["send_key"] == "ctrl_enter"
            assert not errors
        async with opened(light, data_dir) as (page, _, _):
            assert page.appearance.mode.current == "dark"
            assert page.appearance.size_px.current == "17"
            assert page.appearance.motion.current == "on"
            assert page.writing.key.current == "ctrl_enter"
            assert (page.privacy.secrets.isChecked(), page.privacy.personal.isChecked()) == (False, True)

    qrun(main())


def test_a_change_from_elsewhere_is_shown(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as (page, services, _):
            await services.settings.change(theme=ThemeMode.LIGHT, send_key=SendKey.CTRL_ENTER)
            assert page.appearance.mode.current == "light"
            hints = [label.text() for label in page.writing.findChildren(Label)]
            assert "Enter begins a new line." in hints

    qrun(main())


def test_what_could_not_be_kept_is_not_shown_as_kept(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as (page, _, errors):
            move(data_dir, data_dir.with_name("elsewhere"))
            choose(page.appearance.size_px, "18")
            await eventually(lambda: errors)
            assert page.appearance.size_px.current == "14"
            move(data_dir.with_name("elsewhere"), data_dir)

    qrun(main())


def test_the_folder_and_the_keyring_are_named(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as (page, services, _):
            assert page.data.folder.text() == str(data_dir)
            assert page.data.folder.edit.isReadOnly()
            keyring = await services.accounts.keyring()
            assert page.data.keys.text() == keyring.sentence.english()
            assert page.data.keys.text()

    qrun(main())


def test_about_names_the_version_and_shows_licences(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as (page, _, _):
            page.activateWindow()
            page.select("about")
            assert page.about.isVisible()
            words = [label.text() for label in page.about.findChildren(Label)]
            assert f"Switchyard {__version__}" in words
            assert {component.name for component in read_components()} <= set(words)
            component, button = next(each for each in page.about.texts if each[0].name == "Inter")
            button.click()
            assert page.about.reader.isVisible()
            assert page.about.reader.text.toPlainText() == read_licence(component)
            assert "SIL Open Font License" in read_licence(component)
            QTest.keyClick(page.about.reader.text, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
            assert not page.about.reader.isVisible()

    qrun(main())


def test_every_licence_that_is_offered_is_there() -> None:
    components = read_components()
    assert components[0].name == "Switchyard"
    for component in components:
        assert component.licence
        if component.text_file is not None:
            assert len(read_licence(component)) > 100
    texts = {each.name for each in resource("licences").glob("*.txt")}
    assert {component.text_file for component in components if component.text_file} == texts


def test_sections_are_chosen_by_keys(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as (page, _, _):
            page.sections.setFocus(Qt.FocusReason.TabFocusReason)
            assert page.appearance.isVisible()
            QTest.keyClick(page.sections, Qt.Key.Key_Down)
            assert page.writing.isVisible()
            page.select("nothing of that name")
            assert page.writing.isVisible()

    qrun(main())


def test_every_control_has_a_name(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as (page, _, _):
            controls: list[QWidget] = [*page.findChildren(QAbstractButton), *page.findChildren(QLineEdit)]
            controls += page.findChildren(QListView)
            for control in controls:
                named = control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())
                assert named, control

    qrun(main())


@pytest.mark.parametrize("width", [860, 1376])
def test_nothing_is_cut_in_any_width(qrun: QRun, theme: Theme, data_dir: Path, width: int) -> None:
    async def main() -> None:
        async with opened(theme, data_dir) as (page, _, _):
            page.resize(width, 640)
            for section in ("appearance", "writing", "data", "about"):
                page.select(section)
                for button in page.findChildren(QAbstractButton):
                    if button.isVisible():
                        assert button.width() >= button.minimumSizeHint().width(), button.text()

    qrun(main())


def test_a_model_is_chosen_that_gives_chats_their_titles(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as (page, services, _):
            await services.accounts.add("openai-compatible", "namer", base_url="http://127.0.0.1:9/v1")
            assert page.writing.title_model.text() == "The first words"
            assert page.writing.first_words.isHidden()
            page.writing.title_model.click()
            await eventually(lambda: page.window().findChildren(ModelPicker))
            page.window().findChildren(ModelPicker)[0].chosen.emit(DeploymentName("namer", "small"))
            await eventually(lambda: services.settings.value.title_model == "namer/small")
            assert page.writing.title_model.text() == "namer/small"
            page.writing.first_words.click()
            await eventually(lambda: services.settings.value.title_model == "")
            assert page.writing.title_model.text() == "The first words"

    qrun(main())
