"""The whole program where its database cannot be used: the window says why, in words, and ends when it is told to."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from switchyard.__main__ import find_home
from switchyard.bootstrap import open_services
from switchyard.services.tasks import TaskScope
from switchyard.ui.app import Program
from switchyard.ui.home import WindowOptions
from switchyard.ui.single_instance import SingleInstance
from switchyard.ui.theme.theme import Theme
from switchyard.ui.trouble import TroubleScreen
from switchyard.ui.window import MainWindow

LOOK_MS = 20
QRun = Callable[..., None]


@pytest.fixture
def database(data_dir: Path, qrun: QRun) -> Path:
    """A database of somebody who is past the first run."""

    async def make() -> None:
        async with open_services(data_dir=str(data_dir), environment={}) as services:
            await services.settings.change(onboarded=True)

    qrun(make())
    return data_dir / "switchyard.db"


@pytest.fixture
def told(qapp: QApplication) -> Iterator[list[str]]:
    """Note what the trouble screen says once it can be seen, and press its Quit."""
    told: list[str] = []

    def look() -> None:
        for widget in QApplication.allWidgets():
            if isinstance(widget, TroubleScreen) and widget.isVisible():
                timer.stop()
                told.append(widget.accessibleName())
                widget.quit.click()
                return

    timer = QTimer(qapp, interval=LOOK_MS)
    timer.timeout.connect(look)
    timer.start()
    yield told
    timer.stop()
    timer.deleteLater()


def run_program(app: QApplication, data_dir: Path) -> int:
    """Run the window until it ends; return its exit code."""
    home = find_home(WindowOptions(data_dir=str(data_dir)))
    instance = SingleInstance(home.data_dir, home.lock_file)
    assert instance.claim()
    try:
        return Program(app, None).run(home, instance)
    finally:
        instance.close()
        for window in QApplication.topLevelWidgets():
            if isinstance(window, MainWindow):
                window.deleteLater()


def test_the_banner_names_the_file_that_was_set_aside(qrun: QRun, dark: Theme, database: Path) -> None:
    database.write_bytes(b"this is no database, whatever its name says" * 200)

    async def main() -> None:
        async with open_services(data_dir=str(database.parent), environment={}) as services:
            scope = TaskScope("test", on_user_error=pytest.fail, on_bug=pytest.fail)  # type: ignore[arg-type]
            window = MainWindow(dark, scope, {}, onboarded=True)
            window.show()
            await window.begin(onboarded=True)
            await window.attach(services)
            shown = window.workbench.facts.shown
            await window.put_away()
            await scope.close()
            window.hide()
            window.deleteLater()
        assert shown is not None
        titles.append(shown.title)

    titles: list[str] = []
    qrun(main())
    [aside] = database.parent.glob("switchyard.db.corrupt-*")
    assert titles == [f"The database was damaged. It is kept as {aside.name}, and a new one was begun."]


def test_a_newer_database_is_said_in_the_window(
    qapp: QApplication, data_dir: Path, database: Path, told: list[str]
) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 9999")
        connection.commit()
    before = database.read_bytes()
    assert run_program(qapp, data_dir) == 6
    assert told == [
        "This data directory belongs to a newer version of Switchyard. "
        "Update Switchyard, or use another data directory."
    ]
    assert database.read_bytes() == before


def test_a_locked_database_is_said_in_the_window(
    qapp: QApplication, data_dir: Path, database: Path, told: list[str]
) -> None:
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")  # beside a mere transaction the window could read, and opens
        other.execute("BEGIN EXCLUSIVE")
        assert run_program(qapp, data_dir) == 6
        other.execute("ROLLBACK")
    assert told == ["The database is locked by another program. Close the other program, then try again."]
