"""A person's session in the real window, in a process of its own: `private_session.py ADDRESS`; ends with a bug.

A key is typed and kept, a chain made, a message sent that falls over from one step to the next, words are left
unsent, a chat is renamed, a setting changed. Whoever runs it looks for what it left behind.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from switchyard.__main__ import find_home
from switchyard.core.catalog import KeySource
from switchyard.core.message import MessageState
from switchyard.core.settings import ThemeMode
from switchyard.services.app import Services
from switchyard.ui.app import Program
from switchyard.ui.asyncui import make_application
from switchyard.ui.home import WindowOptions
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.page import PageName
from switchyard.ui.pages.providers.page import ProvidersPage
from switchyard.ui.selftest import SelfTest
from switchyard.ui.single_instance import SingleInstance
from switchyard.ui.window import MainWindow

KEY = "sk-kingfisher-4f9a0c7d21b84e6f93aa5d10"
UNSAVED_KEY = "sk-unsaved-kingfisher-77aa21c09be34d5f"
MESSAGE = "the kingfisher flew over the weir at noon"
UNSENT = "an unsent kingfisher thought"
TITLE = "kingfisher plans"
STEPS = ("own/refuses", "own/answers")
LIMIT_S, PACE_S = 45.0, 0.02


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps what it is given, and leaves no file."""

    priority = 1
    name = "Memory"

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self._kept[service, username]


class Session(SelfTest):
    """Does what a person does, once the window is interactive."""

    def __init__(self, address: str) -> None:
        super().__init__(Path("unused"), None)
        self._address = address

    async def run(self, services: Services, window: QWidget) -> None:
        assert isinstance(window, MainWindow)
        await self._add_account(services, window)
        steps = "".join(f"  - use: {step}\n" for step in STEPS)
        await services.chains.import_text(f"switchyard-chain: 1\nname: Everyday\nsteps:\n{steps}")
        await services.chains.set_default("Everyday")
        await self._chat(services, window)
        await services.settings.change(theme=ThemeMode.LIGHT)
        asyncio.get_running_loop().call_soon(_break)
        await asyncio.Event().wait()  # the bug ends the window

    async def _add_account(self, services: Services, window: MainWindow) -> None:
        window.open_page(PageName.PROVIDERS)
        page = window.workbench.pages[PageName.PROVIDERS]
        assert isinstance(page, ProvidersPage)
        form = page.form
        await _until(lambda: form.isVisible() and bool(form.provider.current))
        form.provider.set_current("openai-compatible")
        _paste(form.name.edit, "own")
        _paste(form.key.edit, KEY)
        _paste(form.address.edit, self._address)
        form.add.click()
        await _until(lambda: page.models.isVisible())
        page.list.add.click()
        await _until(lambda: form.isVisible())
        _paste(form.key.edit, UNSAVED_KEY)
        assert form.key.key == UNSAVED_KEY
        [view] = await services.accounts.list()
        assert view.key is KeySource.KEYRING

    async def _chat(self, services: Services, window: MainWindow) -> None:
        window.open_page(PageName.CHAT)
        page = window.workbench.pages[PageName.CHAT]
        assert isinstance(page, ChatPage)
        composer = page.column.composer
        await _until(lambda: composer.target.text() == "Everyday")
        composer.box.setPlainText(MESSAGE)
        composer.send.click()
        while True:
            conversations = await services.conversations.list()
            if conversations:
                _, messages = await services.conversations.open(conversations[0].uid)
                if messages[-1].state is not MessageState.STREAMING:
                    break
            await asyncio.sleep(PACE_S)
        assert messages[-1].state is MessageState.COMPLETE
        await services.conversations.rename(conversations[0].uid, TITLE)
        composer.box.setPlainText(UNSENT)


def _paste(edit: QLineEdit, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    edit.selectAll()
    edit.paste()


def _break() -> None:
    words_in_a_local = f"{KEY} {MESSAGE}"
    raise RuntimeError(words_in_a_local)


async def _until(check: Callable[[], bool]) -> None:
    for _ in range(round(LIMIT_S / PACE_S)):
        if check():
            return
        await asyncio.sleep(PACE_S)
    raise TimeoutError("it never was so")


def main() -> int:
    """Run the window; return its exit code."""
    keyring.set_keyring(MemoryKeyring())
    home = find_home(WindowOptions(log_level="debug"))
    instance = SingleInstance(home.data_dir, home.lock_file)
    assert instance.claim()
    try:
        return Program(make_application(["switchyard"]), Session(sys.argv[1])).run(home, instance)
    finally:
        instance.close()


if __name__ == "__main__":
    sys.exit(main())
