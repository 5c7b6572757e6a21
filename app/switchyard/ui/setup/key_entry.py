"""A field for a key: the beginning that tells whose it is stays readable, the rest is never shown."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.field import Field

# What a key may begin with in public: it names the provider and nothing else.
_BEGINNING = re.compile(r"sk-((ant|or|proj|svcacct|admin|None)-((api|v)\d+-)?)?|gsk_|xai-|tgp_(v\d+_)?|AIza|hf_")
_DOT = "•"
_MOST_DOTS = 12
_DOTS_AT_FRONT = 6


class KeyEntry(QWidget):
    """Holds a key that is typed or pasted. What stands in the line edit is never the key, so nothing can copy it."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, theme: Theme, name: str, *, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = ""
        self._shown = ""
        self.field = Field(theme, name, placeholder=placeholder, mono=True)
        self.edit = self.field.edit
        self.edit.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.edit.textEdited.connect(self._on_edited)
        self.field.submitted.connect(self.submitted)
        self.setFocusProxy(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)

    @property
    def key(self) -> str:
        """The key itself."""
        return self._key

    def set_key(self, key: str) -> None:
        """Put another key in, or none."""
        self._key = key
        self._show(at=len(masked(key)))
        self.changed.emit()

    def set_error(self, sentence: str | None) -> None:
        """Say below the field what is wrong with the key."""
        self.field.set_error(sentence)

    def _on_edited(self, shown: str) -> None:
        """Do to the key what was done to its mask: between what stayed in front and what stayed behind."""
        before = self._shown
        behind = min(len(shown) - self.edit.cursorPosition(), len(before))
        front = _common(before[: len(before) - behind], shown[: len(shown) - behind])
        typed = "".join(shown[front : len(shown) - behind].split())
        self._key = self._key[: self._place(front)] + typed + self._key[self._place(len(before) - behind) :]
        self._show(at=len(masked(self._key)) - behind)
        self.changed.emit()

    def _place(self, shown_at: int) -> int:
        """Return where in the key a place of its mask is; the mask leaves out the middle of a long key."""
        if shown_at <= _beginning(self._key) + _DOTS_AT_FRONT:
            return shown_at
        return len(self._key) - (len(self._shown) - shown_at)

    def _show(self, *, at: int) -> None:
        self._shown = masked(self._key)
        self.edit.setText(self._shown)
        self.edit.setCursorPosition(max(0, at))


def masked(key: str) -> str:
    """Return a key as it may be seen."""
    shown = _beginning(key)
    return key[:shown] + _DOT * min(len(key) - shown, _MOST_DOTS)


def _beginning(key: str) -> int:
    match = _BEGINNING.match(key)
    return match.end() if match is not None else 0


def _common(before: str, now: str) -> int:
    """Return how many characters two texts begin with in common."""
    count = 0
    for a, b in zip(before, now, strict=False):
        if a != b:
            break
        count += 1
    return count
