"""Hold the Qt binding to its reference counts: PySide6 6.12.0 loses some on Python 3.11 and the process aborts."""

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

ROUNDS = 500
# Interned singletons are counted by the whole process; a leak shows as one per round, all else as a handful.
NOISE = 50


class _Emitter(QObject):
    flagged = Signal(bool)


def test_void_methods_and_bool_signals_keep_reference_counts(qtbot: QtBot) -> None:
    emitter, widget = _Emitter(), QWidget()
    seen: list[bool] = []
    qtbot.addWidget(widget)
    emitter.flagged.connect(seen.append)
    before = [sys.getrefcount(value) for value in (True, False, None)]

    for _ in range(ROUNDS):
        emitter.flagged.emit(True)
        emitter.flagged.emit(False)
        widget.setEnabled(True)
        widget.setEnabled(False)

    assert len(seen) == 2 * ROUNDS
    seen.clear()
    after = [sys.getrefcount(value) for value in (True, False, None)]
    drifts = [now - then for now, then in zip(after, before, strict=True)]
    assert all(abs(drift) < NOISE for drift in drifts), f"references to True, False, None drifted by {drifts}"
