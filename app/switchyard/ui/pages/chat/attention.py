"""Knows whether the person went on typing elsewhere while something loaded: what opens late takes no focus then."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLineEdit


class Attention:
    """Made when something is asked for; `elsewhere` is the line that is typed into when it is there.

    Without it the rest of a word that was meant for a search would go into the composer, and Enter would send it.
    """

    def __init__(self) -> None:
        self._line = _focused_line()
        self._words = self._line.text() if self._line is not None else ""

    @property
    def elsewhere(self) -> QLineEdit | None:
        """Return the line that the person turned to, or went on writing in; None where they wait."""
        line = _focused_line()
        waits = line is None or (line is self._line and line.text() == self._words)
        return None if waits else line


def _focused_line() -> QLineEdit | None:
    focused = QApplication.focusWidget()
    return focused if isinstance(focused, QLineEdit) else None
