"""The comparison of pictures finds what changed, forgives what nobody sees, and shows the difference."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="pictures are compared on Linux alone"),
    pytest.mark.skip_ok_in_ci(reason="pictures are compared on Linux alone"),
]

Golden = Callable[[QWidget, str], None]


class Patch(QWidget):
    """A ground of one colour with a square of another in it."""

    def __init__(self, side: int, shade: int) -> None:
        super().__init__()
        self.side = side
        self.shade = shade
        self.resize(100, 100)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("black"))
        painter.fillRect(0, 0, self.side, self.side, QColor(self.shade, self.shade, self.shade))


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, golden: Golden, qtbot: QtBot) -> tuple[Path, Path]:
    """Keep pictures and reports of these tests apart from the real ones, with one picture already kept."""
    module = golden.__globals__
    kept, reports = tmp_path / "golden", tmp_path / "reports"
    monkeypatch.setitem(module, "GOLDEN", kept)
    monkeypatch.setitem(module, "REPORTS", reports)
    monkeypatch.setitem(module, "UPDATE", True)
    first = Patch(20, 128)
    qtbot.addWidget(first)
    golden(first, "patch")
    monkeypatch.setitem(module, "UPDATE", False)
    return kept, reports


def test_the_same_picture_passes(places: tuple[Path, Path], golden: Golden, qtbot: QtBot) -> None:
    same, slightly_lighter = Patch(20, 128), Patch(20, 140)
    for widget in (same, slightly_lighter):
        qtbot.addWidget(widget)
        golden(widget, "patch")
    assert not places[1].exists()


@pytest.mark.parametrize(("side", "shade"), [(30, 128), (20, 255)])
def test_a_change_fails_and_leaves_a_page(
    places: tuple[Path, Path], golden: Golden, qtbot: QtBot, side: int, shade: int
) -> None:
    changed = Patch(side, shade)
    qtbot.addWidget(changed)
    with pytest.raises(AssertionError, match=r"patch: .* pixels in 1,000 differ; see .*patch\.html"):
        golden(changed, "patch")
    assert {path.name for path in places[1].iterdir()} == {
        "patch.html",
        "patch-old.png",
        "patch-new.png",
        "patch-difference.png",
    }


def test_another_size_and_a_missing_picture_fail(places: tuple[Path, Path], golden: Golden, qtbot: QtBot) -> None:
    changed = Patch(20, 128)
    qtbot.addWidget(changed)
    changed.resize(101, 100)
    with pytest.raises(AssertionError, match="the size changed"):
        golden(changed, "patch")
    with pytest.raises(AssertionError, match="GOLDEN_UPDATE=1 makes it"):
        golden(changed, "other")
