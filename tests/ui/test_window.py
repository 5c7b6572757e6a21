"""The main window with real services: pages, keys, what it tells, where it stands, and how it looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keyring.core
import pytest
from keyring.errors import KeyringLocked
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QSplitter, QWidget
from tests.fakes import new_database
from tests.fakes.setup_pages import words
from tests.shots.memory_keyring import MemoryKeyring

from switchyard.bootstrap import open_services
from switchyard.core.errors import DatabaseLocked, UnknownName, UserError
from switchyard.core.sentence import sentence
from switchyard.core.settings import ThemeMode
from switchyard.services.app import Services
from switchyard.services.chat import Prompt
from switchyard.services.notices import Level, Notice
from switchyard.services.tasks import TaskScope
from switchyard.ui.crash_dialog import tell_bug
from switchyard.ui.geometry import FIRST_SIZE, keep_splitters, restore_splitters, screen_key
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.page import PageName
from switchyard.ui.pages.providers.account_panel import AccountPanel
from switchyard.ui.theme.theme import Theme
from switchyard.ui.trouble import TroubleScreen
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.toast import Toast
from switchyard.ui.window import MainWindow

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
QRun = Callable[[Any], Any]


@dataclass
class Rig:
    """The window as a person sees it."""

    window: MainWindow
    services: Services
    errors: list[UserError] = field(default_factory=list)

    @property
    def page(self) -> str:
        return type(self.window.workbench.page).__name__

    @property
    def toasts(self) -> list[str]:
        return [toast.text.text() for toast in self.window.findChildren(Toast) if toast.isVisible()]

    @property
    def fact(self) -> str:
        fact = self.window.workbench.facts.shown
        return "" if fact is None else f"{fact.title} {fact.consequence}".strip()

    def press(self, key: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)


def focused() -> QWidget:
    """Return what has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def raised(error: BaseException) -> None:
    """Fail the test that runs."""
    raise error


async def eventually(check: Callable[[], object]) -> None:
    """Wait until something is so; the limit is `qrun`'s, which fails the test."""
    while not check():  # noqa: ASYNC110 - widgets have no events to wait for
        await asyncio.sleep(0.005)


@asynccontextmanager
async def opened(
    theme: Theme,
    data_dir: Path,
    *,
    state: dict[str, object] | None = None,
    onboarded: bool = True,
    environment: dict[str, str] | None = None,
) -> AsyncIterator[Rig]:
    """Open the window on a data directory, and end it in the program's order."""
    bugs: list[BaseException] = []
    errors: list[UserError] = []
    new_database.lay(data_dir)
    async with open_services(data_dir=str(data_dir), environment=environment or {}) as services:
        await services.settings.change(onboarded=onboarded, theme=ThemeMode(theme.name))
        scope = TaskScope("test", on_user_error=errors.append, on_bug=bugs.append)
        window = MainWindow(theme, scope, state or {}, onboarded=onboarded)
        window.show()
        window.activateWindow()
        await window.begin(onboarded=onboarded)
        await window.attach(services)
        try:
            yield Rig(window, services, errors)
        finally:
            await window.put_away()
            await scope.close()
            window.hide()
            window.deleteLater()
    assert not bugs
    assert not errors


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_chat_is_there_at_once_and_ready_for_typing(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            assert rig.page == "ChatPage"
            QTest.keyClicks(focused(), "hello")
            assert rig.window.workbench.page.column.composer.text() == "hello"  # type: ignore[union-attr]

    qrun(main())


def test_what_is_typed_before_the_chat_is_there_is_kept(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with open_services(data_dir=str(data_dir), environment={}) as services:
            scope = TaskScope("test", on_user_error=raised, on_bug=raised)
            window = MainWindow(dark, scope, {}, onboarded=True)
            window.show()
            window.activateWindow()
            await eventually(QApplication.focusWidget)
            QTest.keyClicks(focused(), "What ")
            await window.begin(onboarded=True)
            QTest.keyClicks(focused(), "is a token ")
            await window.attach(services)
            QTest.keyClicks(focused(), "bucket?")
            assert window.workbench.page.column.composer.text() == "What is a token bucket?"  # type: ignore[union-attr]
            await window.put_away()
            await scope.close()
            window.hide()
            window.deleteLater()

    qrun(main())


@pytest.mark.parametrize(
    ("key", "page"),
    [
        (Key.Key_1, "ChatPage"),
        (Key.Key_2, "ChainsPage"),
        (Key.Key_3, "ModelsPage"),
        (Key.Key_4, "ProvidersPage"),
        (Key.Key_Comma, "SettingsPage"),
    ],
)
def test_keys_open_the_pages(qrun: QRun, dark: Theme, data_dir: Path, key: Key, page: str) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            rig.window.open_page(PageName.SETTINGS if page == "ChatPage" else PageName.CHAT)
            rig.press(key, CTRL)
            assert rig.page == page

    qrun(main())


@pytest.mark.parametrize("page", list(PageName))
def test_a_key_begins_a_new_chat_from_every_page(qrun: QRun, dark: Theme, data_dir: Path, page: PageName) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            chat = rig.window.workbench.page
            assert isinstance(chat, ChatPage)
            async with rig.services.chat.open(Prompt(text="old chat")) as turn:
                async for _ in turn.run:
                    pass
            uid = await rig.services.conversations.latest()
            assert uid is not None
            rig.window.open_page(PageName.CHAT, uid)
            await eventually(lambda: not chat.column.question.isVisible())
            rig.window.open_page(page)
            rig.press(Key.Key_N, CTRL)
            assert rig.page == "ChatPage"
            await eventually(chat.column.question.isVisible)
            assert chat.column.composer.box.hasFocus()

    qrun(main())


def test_the_rail_is_one_tab_stop_with_arrows_inside(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            rail = rig.window.workbench.rail
            stops = [name for name in PageName if rail.item(name).focusPolicy() & Qt.FocusPolicy.TabFocus]
            assert [name for name in stops if rail.item(name).focusPolicy() == Qt.FocusPolicy.TabFocus] == [
                PageName.CHAT
            ]
            rail.setFocus(Qt.FocusReason.TabFocusReason)
            rig.press(Key.Key_Up)
            assert QApplication.focusWidget() is rail.item(PageName.SETTINGS)
            assert rig.page == "ChatPage"
            rig.press(Key.Key_Return)
            assert rig.page == "SettingsPage"
            assert rail.item(PageName.SETTINGS).isChecked()
            assert rail.item(PageName.SETTINGS).focusPolicy() == Qt.FocusPolicy.TabFocus
            rig.press(Key.Key_Down)
            rig.press(Key.Key_Space)
            assert rig.page == "ChatPage"

    qrun(main())


def test_the_rail_gives_way_in_a_narrow_window(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            rail = rig.window.workbench.rail
            rig.window.resize(1100, 700)
            assert rail.width() == 64
            rig.window.resize(1099, 700)
            assert rail.width() == 48
            assert all(rail.item(name).accessibleName() for name in PageName)

    qrun(main())


def test_f6_goes_round_the_panes_and_back(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            rig.window.open_page(PageName.SETTINGS)
            rig.window.workbench.rail.setFocus()
            page = rig.window.workbench.page
            assert page is not None
            rig.press(Key.Key_F6)
            first = focused()
            assert page.isAncestorOf(first)
            rig.press(Key.Key_F6)
            second = focused()
            assert page.isAncestorOf(second)
            assert second is not first
            rig.press(Key.Key_F6)
            assert QApplication.focusWidget() is rig.window.workbench.rail.item(PageName.SETTINGS)
            rig.press(Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
            assert QApplication.focusWidget() is second

    qrun(main())


def test_what_a_page_is_to_select_waits_until_the_page_is_filled(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            rig.window.open_page(PageName.SETTINGS, "about")
            page = rig.window.workbench.page
            await eventually(lambda: page.about.isVisible())  # type: ignore[union-attr]

    qrun(main())


def test_a_first_run_is_welcomed_and_then_chats(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir, onboarded=False) as rig:
            assert not rig.window.workbench.isVisible()
            rig.press(Key.Key_Comma, CTRL)
            assert rig.window.workbench.page is None
            rig.window.welcome.finished.emit()  # type: ignore[union-attr]
            await eventually(rig.window.workbench.isVisible)
            assert rig.page == "ChatPage"

    qrun(main())


# --- what is to be told -----------------------------------------------------------------------------------------------


def test_the_weightiest_fact_is_shown_until_it_is_dismissed(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    data_dir.mkdir(parents=True)
    (data_dir / "switchyard.db").write_bytes(b"this is no database, whatever its name says" * 200)

    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            assert "switchyard.db.corrupt-" in rig.fact
            rig.window.tell_error(DatabaseLocked())
            assert "locked" in rig.fact
            dismiss(rig)
            assert "switchyard.db.corrupt-" in rig.fact
            dismiss(rig)
            await eventually(lambda: "keyring" in rig.fact)
            dismiss(rig)
            assert rig.fact == ""

    qrun(main())


def test_a_keyring_that_is_locked_is_told_until_it_opens(
    qrun: QRun, dark: Theme, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Locked(MemoryKeyring):
        locked = False

        def get_password(self, service: str, username: str) -> str | None:
            if self.locked:
                raise KeyringLocked
            return super().get_password(service, username)

    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            await rig.services.accounts.add("openai", "mine")
            await rig.services.accounts.set_key("mine", "sk-x")
            assert rig.fact == ""
        backend.locked = True
        async with opened(dark, data_dir) as rig:
            await eventually(lambda: "The system keyring does not answer." in rig.fact)
            backend.locked = False
            rig.services.accounts.changed.emit("mine")
            await eventually(lambda: rig.fact == "")

    backend = Locked()
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
    qrun(main())


def dismiss(rig: Rig) -> None:
    """Press the banner's last button."""
    [button for button in rig.window.findChildren(Button) if button.text() == "Dismiss"][-1].click()


def test_other_errors_and_notices_are_toasts(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            rig.window.tell_error(UnknownName(sentence("There is no chain {n}.", n="X"), sentence("Choose another.")))
            assert rig.toasts == ["There is no chain X. Choose another."]
            rig.services.notices.post(Notice("one", Level.INFO, sentence("First.")))
            rig.services.notices.post(Notice("one", Level.WARNING, sentence("Second.")))
            assert rig.toasts[1:] == ["Second."]
            rig.services.notices.post(Notice("two", Level.ERROR, sentence("Third."), sentence("Do this.")))
            assert rig.fact == "Third. Do this."
            rig.services.notices.withdraw("two")
            assert rig.fact == ""

    qrun(main())


def test_what_is_said_of_an_account_leads_to_it(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            for name in ("home", "work"):
                await rig.services.accounts.add("openai", name)
            rig.services.notices.post(
                Notice("one", Level.ERROR, sentence("The key of work was rejected."), None, "work")
            )
            [check] = [each for each in rig.window.findChildren(Button) if each.text() == "Check account"]
            check.click()
            assert rig.page == "ProvidersPage"
            await eventually(lambda: rig.window.findChildren(AccountPanel))
            [panel] = rig.window.findChildren(AccountPanel)
            await eventually(lambda: "work" in words(panel))

    qrun(main())


def test_an_account_without_a_key_puts_a_dot_on_the_rail(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            item = rig.window.workbench.rail.item(PageName.PROVIDERS)
            before = item.grab().toImage()
            await rig.services.accounts.add("openai", "work")
            await eventually(lambda: item.accessibleDescription() == "A key is missing: work")
            assert item.grab().toImage() != before
            await rig.services.accounts.keep_key_for_session("work", "sk-test")
            await eventually(lambda: not item.accessibleDescription())
            assert item.grab().toImage() == before

    qrun(main())


def test_a_bug_is_told_with_a_report_that_can_be_copied(qrun: QRun, dark: Theme, tmp_path: Path) -> None:
    report = tmp_path / "bug.txt"
    report.write_text("the way through the program", encoding="utf-8")

    async def main() -> None:
        window = QWidget()
        window.show()
        scope = TaskScope("test", on_user_error=pytest.fail, on_bug=pytest.fail)  # type: ignore[arg-type]
        telling = scope.start(tell_bug(window, dark, report), name="crash")
        await eventually(lambda: window.findChildren(QDialog))
        dialog = window.findChildren(QDialog)[0]
        assert str(report) in " ".join(label.text() for label in dialog.findChildren(QWidget) if hasattr(label, "text"))
        next(button for button in dialog.findChildren(Button) if button.text() == "Copy the report").click()
        assert telling is not None
        await telling
        assert QGuiApplication.clipboard().text() == "the way through the program"
        window.deleteLater()

    qrun(main())


def test_trouble_fills_the_window_and_offers_a_way_out(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(light, data_dir) as rig:
            asked = []
            rig.window.quit_requested.connect(lambda: asked.append(True))
            title, hint = f"The directory {data_dir}/{'deep/' * 20} cannot be written.", "Name another one. " * 10
            rig.window.show_trouble(title, hint, data_dir)
            [screen] = rig.window.findChildren(TroubleScreen)
            assert screen.isVisible()
            assert screen.accessibleName() == f"{title} {hint}".strip()
            for words in screen.findChildren(Paragraph):
                assert words.height() == words.heightForWidth(words.width()) > words.heightForWidth(10_000)
            screen.quit.click()
            assert asked

    qrun(main())


def test_closing_asks_to_quit_and_leaves_the_window_for_the_end(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            asked = []
            rig.window.quit_requested.connect(lambda: asked.append(True))
            event = QCloseEvent()
            rig.window.closeEvent(event)
            assert asked
            assert not event.isAccepted()

    qrun(main())


# --- looks ------------------------------------------------------------------------------------------------------------


def test_settings_change_the_looks_at_once(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(light, data_dir) as rig:
            await rig.services.settings.change(theme=ThemeMode.DARK, message_size_px=18)
            assert light.name == "dark"
            assert light.font("body").pixelSize() == 18
            ground = rig.window.grab().toImage().pixelColor(3, 300)
            assert ground == light.color("bg.window")

    qrun(main())


def test_what_was_hidden_during_a_change_of_looks_has_changed_too(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            words = "Your chats are listed here."
            await eventually(lambda: [each for each in rig.window.findChildren(Label) if each.text() == words])
            [nothing] = [each for each in rig.window.findChildren(Label) if each.text() == words]
            rig.window.resize(1000, 700)
            await eventually(lambda: not nothing.isVisible())
            await rig.services.settings.change(theme=ThemeMode.LIGHT)
            rig.window.resize(1440, 900)
            await eventually(nothing.isVisible)
            assert nothing.palette().windowText().color() == dark.color("text.tertiary")

    qrun(main())


# --- where it stands --------------------------------------------------------------------------------------------------


def test_the_window_comes_back_where_it_stood(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(dark, data_dir) as rig:
            assert rig.window.size().toTuple() == FIRST_SIZE
            rig.window.setGeometry(40, 60, 1000, 700)
            state = rig.window.kept_state()
        async with opened(dark, data_dir, state=state) as rig:
            assert rig.window.geometry() == QRect(40, 60, 1000, 700)

    qrun(main())


@pytest.mark.parametrize(
    "place",
    ["nonsense", [1, 2, 3], [1, 2, 3, "x"], [True, 2, 3, 4], [10**9, 0, 1000, 700], [5000, 5000, 1000, 700], {}],
)
def test_a_bad_place_is_skipped(qrun: QRun, dark: Theme, data_dir: Path, place: object) -> None:
    key = screen_key(QGuiApplication.primaryScreen())
    state: dict[str, object] = {"screen": key, "windows": {key: {"place": place, "maximised": "perhaps"}}}

    async def main() -> None:
        async with opened(dark, data_dir, state=state) as rig:
            assert rig.window.size().toTuple() == FIRST_SIZE
            assert not rig.window.isMaximized()

    qrun(main())


@pytest.mark.parametrize("state", [{"windows": 3, "splitters": []}, {"screen": 7}, {"splitters": {"x": 1}}])
def test_a_bad_state_is_skipped(qrun: QRun, dark: Theme, data_dir: Path, state: dict[str, object]) -> None:
    async def main() -> None:
        async with opened(dark, data_dir, state=state) as rig:
            assert rig.page == "ChatPage"

    qrun(main())


def test_panes_are_divided_as_they_were(qtbot: Any, dark: Theme) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    splitter = QSplitter(page)
    for _ in range(2):
        splitter.addWidget(QWidget())
    splitter.resize(601, 100)
    page.show()
    splitter.setSizes([200, 400])
    state = keep_splitters(page, "chat", page.screen(), {})
    splitter.setSizes([300, 300])
    restore_splitters(page, "chat", page.screen(), state)
    assert splitter.sizes()[0] == pytest.approx(200, abs=2)
    for bad in ([1], [0, 5], "x", [1.5, 2]):
        before = splitter.sizes()
        restore_splitters(page, "chat", page.screen(), {"splitters": {screen_key(page.screen()): {"chat.0": bad}}})
        assert splitter.sizes() == before
