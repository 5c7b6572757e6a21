"""What every test of the window stands on: bundled fonts, a still theme, pictures to compare, nothing left behind."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

# Before the first QApplication: the picture of a widget has to be the same on every machine.
os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
os.environ["QT_SCALE_FACTOR"] = "1"
os.environ["QT_FONT_DPI"] = "96"

import pytest
from PySide6.QtCore import QAbstractAnimation, QCoreApplication, QEvent, QLocale, QTimer
from PySide6.QtGui import QColor, QImage, qBlue, qGreen, qRed
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import Shiboken

from switchyard.ui.asyncui import new_loop
from switchyard.ui.theme.theme import Theme

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
REPORTS = ROOT / "build" / "golden"
UPDATE = bool(os.environ.get("GOLDEN_UPDATE"))

# A pixel counts as different beyond this much in one channel; so many in a thousand may differ.
CHANNEL_TOLERANCE = 24
DIFFERING_PER_MILLE = 1.0

Golden = Callable[[QWidget, str], None]
QRun = Callable[[Coroutine[Any, Any, Any]], Any]

QRUN_LIMIT_S = 60.0
QRUN_LAST_MOMENT_S = 1.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let menus open: the offscreen platform warns that a popup cannot have the whole keyboard."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True))


@pytest.fixture(autouse=True)
def british_locale() -> Iterator[None]:
    """Show numbers and dates in one way, whatever the machine is set to."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep these tests out of any keyring; one that wants one sets its own."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture(scope="session", autouse=True)
def emptied_clipboard(qapp: QApplication) -> Iterator[None]:
    """Leave nothing in the clipboard: the offscreen platform ends it after Python, which what was copied needs."""
    yield
    qapp.clipboard().clear()


@pytest.fixture
def dark(qapp: QApplication) -> Theme:
    """Give the application the dark theme, without motion."""
    return _still_theme(qapp, "dark")


@pytest.fixture
def light(qapp: QApplication) -> Theme:
    """Give the application the light theme, without motion."""
    return _still_theme(qapp, "light")


@pytest.fixture(params=["dark", "light"])
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Theme:
    """Run the test once in each theme, without motion."""
    return _still_theme(qapp, request.param)


def _still_theme(app: QApplication, name: str) -> Theme:
    theme = Theme(reduced_motion=True)
    theme.set_mode("dark" if name == "dark" else "light")
    theme.apply(app)
    return theme


@pytest.fixture
def qrun(qapp: QApplication) -> QRun:
    """Run a coroutine on a fresh loop of the window's kind, and fail where it ends before its tasks do."""
    qapp.setQuitOnLastWindowClosed(False)

    async def bounded(main: Coroutine[Any, Any, Any]) -> Any:
        async with asyncio.timeout(QRUN_LIMIT_S):
            result = await main
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:  # what is just ending may end
            _, left = await asyncio.wait(left, timeout=QRUN_LAST_MOMENT_S)
        assert not left, f"tasks left running: {[task.get_name() for task in left]}"
        return result

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=lambda: new_loop(qapp)) as runner:
            return runner.run(bounded(main))

    return run


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a window open, or a timer or an animation running."""
    before = _windows()
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if _windows().keys() - before.keys():
        gc.collect()
    left = {key: window for key, window in _windows().items() if key not in before}
    assert not left, f"windows left behind (qtbot.addWidget takes care of one): {list(left.values())}"
    running = [each for each in qapp.findChildren(QTimer) if each.isActive()]
    moving = [each for each in qapp.findChildren(QAbstractAnimation) if each.state() == each.State.Running]
    assert not running, f"timers left running: {running}"
    assert not moving, f"animations left running: {moving}"


def _windows() -> dict[int, str]:
    return {Shiboken.getCppPointer(each)[0]: repr(each) for each in QApplication.topLevelWidgets()}


@pytest.fixture
def golden() -> Golden:
    """Compare a widget with its kept picture; GOLDEN_UPDATE=1 in the environment rewrites the picture instead."""
    return _compare_with_golden


def _compare_with_golden(widget: QWidget, name: str) -> None:
    widget.ensurePolished()
    new = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    path = GOLDEN / f"{name}.png"
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        assert new.save(str(path))
        return
    if sys.platform != "linux":
        # Every system draws letters its own way; elsewhere it is enough that the widget can be drawn.
        return
    old = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    assert not old.isNull(), f"there is no picture {path}; GOLDEN_UPDATE=1 makes it"
    if old == new:
        return
    assert old.size() == new.size(), _report(name, old, new, None, f"the size changed: {old.size()} to {new.size()}")
    difference, count = _differences(old, new)
    share = 1000 * count / (new.width() * new.height())
    assert share <= DIFFERING_PER_MILLE, _report(name, old, new, difference, f"{share:.2f} pixels in 1,000 differ")


def _differences(old: QImage, new: QImage) -> tuple[QImage, int]:
    """Return a picture with the differing pixels in red on the faded new one, and how many there are."""
    picture = new.copy()
    count = 0
    for y in range(new.height()):
        for x in range(new.width()):
            a, b = old.pixel(x, y), new.pixel(x, y)
            if a == b:
                continue
            if max(abs(channel(a) - channel(b)) for channel in (qRed, qGreen, qBlue)) > CHANNEL_TOLERANCE:
                picture.setPixelColor(x, y, QColor("red"))
                count += 1
    return picture, count


def _report(name: str, old: QImage, new: QImage, difference: QImage | None, what: str) -> str:
    """Write a page with the pictures side by side and return what to say about it."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    pictures = {"old": old, "new": new} | ({"difference": difference} if difference is not None else {})
    cells = []
    for kind, image in pictures.items():
        image.save(str(REPORTS / f"{name}-{kind}.png"))
        cells.append(f"<figure><figcaption>{kind}</figcaption><img src='{name}-{kind}.png'></figure>")
    page = REPORTS / f"{name}.html"
    page.write_text(f"<!doctype html><title>{name}</title><h1>{name}: {what}</h1>{''.join(cells)}", encoding="utf-8")
    return f"{name}: {what}; see {page}"
