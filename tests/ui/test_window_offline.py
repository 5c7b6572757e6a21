"""The window of a program that was told to stay offline says so, and no other does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from switchyard.bootstrap import open_services
from switchyard.services.tasks import TaskScope
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.banner import Banner
from switchyard.ui.window import MainWindow

QRun = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.mark.parametrize(
    ("offline", "said"), [(True, ["Offline. Only local models and the Simulator answer."]), (False, [])]
)
def test_the_banner_says_that_the_program_is_offline(
    qrun: QRun, dark: Theme, data_dir: Path, *, offline: bool, said: list[str]
) -> None:
    async def main() -> None:
        bugs: list[BaseException] = []
        async with open_services(data_dir=str(data_dir), environment={}, offline=offline) as services:
            await services.settings.change(onboarded=True)
            scope = TaskScope("test", on_user_error=bugs.append, on_bug=bugs.append)
            window = MainWindow(dark, scope, {}, onboarded=True)
            window.show()
            await window.begin(onboarded=True)
            await window.attach(services)
            shown = [banner.accessibleName() for banner in window.findChildren(Banner) if banner.isVisible()]
            await window.put_away()
            await scope.close()
            window.hide()
            window.deleteLater()
        assert shown == said
        assert not bugs

    qrun(main())


def test_the_banner_says_that_messages_wait_for_the_network(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        bugs: list[BaseException] = []
        async with open_services(data_dir=str(data_dir), environment={}) as services:
            await services.settings.change(onboarded=True)
            scope = TaskScope("test", on_user_error=bugs.append, on_bug=bugs.append)
            window = MainWindow(dark, scope, {}, onboarded=True)
            window.show()
            await window.begin(onboarded=True)
            await window.attach(services)
            told = []
            for awaited in (True, False):
                services.reconnection.changed.emit(awaited)
                told.append([banner.accessibleName() for banner in window.findChildren(Banner) if banner.isVisible()])
            await window.put_away()
            await scope.close()
            window.hide()
            window.deleteLater()
        assert told == [["No network. Local models answer. Messages wait, and are sent when it is back."], []]
        assert not bugs

    qrun(main())
