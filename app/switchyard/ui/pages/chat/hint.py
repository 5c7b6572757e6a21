"""The line above the composer's buttons: what there is to say about the words, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.focus import come_after
from switchyard.ui.widgets.labels import Paragraph

HintTone = Literal["plain", "warn", "bad"]

_TOKENS = {"plain": "text.tertiary", "warn": "warn.text", "bad": "bad.text"}


class Offer(NamedTuple):
    """A button of the line, by its words."""

    words: str
    act: Callable[[], object]


class Hint(QWidget):
    """Nothing takes the line away but other words; a button takes it away, tells that it was `used`, and acts."""

    used = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = Paragraph(theme, "", "secondary", "text.tertiary", parent=self)
        self._buttons: list[Button] = []
        self._row = QHBoxLayout()
        self._row.setSpacing(12)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._words)
        column.addLayout(self._row)
        self.hide()

    def text(self) -> str:
        """Return what is said."""
        return self._words.text()

    @property
    def offers(self) -> Sequence[Button]:
        """Return the buttons, from the left."""
        return self._buttons

    def say(self, sentence: str, tone: HintTone = "plain", offers: Sequence[Offer] = ()) -> None:
        """Say something; an empty sentence takes the line away."""
        if sentence == self.text() and sentence and not offers and not self._buttons:
            return
        self._words.set_token(_TOKENS[tone])
        self._words.setText(sentence)
        self._show_offers(offers)
        self.setVisible(bool(sentence))
        self._words.updateGeometry()
        if sentence:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def _show_offers(self, offers: Sequence[Offer]) -> None:
        for button in self._buttons:
            button.hide()
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for number, offer in enumerate(offers):
            button = Button(self._theme, offer.words, "link", size="small", parent=self)
            button.clicked.connect(lambda _=False, act=offer.act: self._take(act))
            self._row.insertWidget(number, button)
            button.show()
            self._buttons.append(button)
        come_after(self, *self._buttons)

    def _take(self, act: Callable[[], object]) -> None:
        self.say("")
        self.used.emit()
        act()
