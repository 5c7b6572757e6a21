"""One line that says how something went: a tick, or what failed and what to do about it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.ui.setup.verdict import Verdict
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.paint import draw_icon

Tone = Literal["ok", "bad", "warn", "plain"]

_ICONS = {"ok": "check", "bad": "warning", "warn": "warning", "plain": "info"}
_ICON_PX = 14
_ROOM_PX = 20


class ResultLine(QWidget):
    """Hidden until something is to be said."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone: Tone = "plain"
        self._icon = ""
        self._text = Paragraph(theme, "", "secondary", "text.primary")
        self._hint = Paragraph(theme, "", "secondary", "text.secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(_ROOM_PX, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._text)
        column.addWidget(self._hint)
        self.hide()
        theme.changed.connect(self.update)

    def text(self) -> str:
        """Return what is said; empty where nothing is."""
        return "" if self.isHidden() else f"{self._text.text()} {self._hint.text()}".strip()

    def say(self, tone: Tone, text: str, hint: str = "", *, icon: str = "") -> None:
        """Say how it went, to the eye and to a screen reader."""
        self._tone = tone
        self._icon = icon or _ICONS[tone]
        self._text.set_token("text.tertiary" if tone == "plain" else f"{tone}.text")
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleName(f"{text} {hint}".strip())
        self.show()
        self.updateGeometry()
        self.update()
        if tone != "plain":
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.accessibleName()))

    def say_verdict(self, found: Verdict) -> None:
        """Say what a test found."""
        if found.good:
            self.say("ok", found.text)
        else:
            text = f"{found.text} ({found.code})" if found.code else found.text
            self.say("bad", text, found.hint)

    def clear(self) -> None:
        """Say nothing."""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon beside the first line."""
        token = "text.tertiary" if self._tone == "plain" else f"{self._tone}.text"
        middle = self._theme.line_height("secondary") / 2
        draw_icon(QPainter(self), self._theme, self._icon or "info", token, _ICON_PX, QPointF(_ICON_PX / 2, middle))
