"""In many of the states that there are pictures of, the chat page tells a reader of the screen what each control is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from tests.shots.names import named

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 200.0
# A few scenes of each kind; the rest is looked through from time to time by hand: tests/shots/names.py.
SCENES = (
    "^(one|nothing)-",
    "^failing-chat",
    "^everyday-chat-(branches|editing|message-menu|conditions-menu|system-text|attached|sampling|question|find)$",
)


@pytest.mark.timeout(220)
@pytest.mark.begins_early
@pytest.mark.parametrize("pattern", SCENES)
def test_no_control_is_without_a_name(pattern: str) -> None:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHON_KEYRING_BACKEND": "tests.shots.memory_keyring.MemoryKeyring",
        "PYTHONPATH": str(ROOT),
    }
    script = ROOT / "tests" / "shots" / "names.py"
    done = subprocess.run(
        [sys.executable, str(script), pattern],
        capture_output=True, text=True, env=environment, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    *nameless, count = done.stdout.splitlines()
    assert nameless == []
    assert done.returncode == 0, done.stderr
    assert int(count) > 100, "nearly nothing was looked at"


def test_a_control_without_a_name_is_found(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    column = QVBoxLayout(widget)
    for name in ("Send", ""):
        button = QPushButton(widget)
        button.setAccessibleName(name)
        column.addWidget(button)
    hidden = QPushButton(widget)
    hidden.hide()
    widget.show()
    assert [each[1] for each in named(widget)] == ["Send", ""]
