"""A line under the header for what concerns the whole window: a fact, what follows from it, what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QPointF
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import ElidedLabel, Label
from switchyard.ui.widgets.paint import draw_icon

BannerLevel = Literal["info", "warn", "bad"]

_ICONS = {"info": "info", "warn": "warning", "bad": "warning"}
_HEIGHT_PX = 44


class Banner(QWidget):
    """Hidden until `show_fact`; one fact at a time, the last one shown."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._level: BannerLevel = "info"
        self._fact = Label(theme, weight=500)
        self._consequence = ElidedLabel(theme, token="text.secondary")
        self._buttons: list[Button] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(46, 0, 12, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self._fact)
        self._row.addWidget(self._consequence, 1)
        self.setFixedHeight(_HEIGHT_PX)
        self.hide()
        theme.changed.connect(self.update)

    def show_fact(
        self, level: BannerLevel, fact: str, consequence: str, actions: Sequence[tuple[str, Callable[[], object]]] = ()
    ) -> None:
        """Say the fact in bold, its consequence plainly, and offer one or two actions."""
        self._level = level
        self._fact.setText(fact)
        self._consequence.setText(consequence)
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = [self._add_button(text, on_pressed) for text, on_pressed in actions]
        self.setAccessibleName(f"{fact} {consequence}")
        self.show()
        self.update()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{fact} {consequence}"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the line below it and the icon."""
        theme, painter = self._theme, QPainter(self)
        ground, line, ink = (
            ("bg.raised", "border.subtle", "text.secondary")
            if self._level == "info"
            else (f"{self._level}.soft", f"{self._level}.border", f"{self._level}.text")
        )
        painter.fillRect(self.rect(), theme.color(ground))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color(line))
        draw_icon(painter, theme, _ICONS[self._level], ink, 16, QPointF(28, self.height() / 2))

    def _add_button(self, text: str, on_pressed: Callable[[], object]) -> Button:
        button = Button(self._theme, text)
        button.clicked.connect(lambda: on_pressed())
        self._row.addWidget(button)
        button.show()  # with the words, not in the next turn of the loop
        return button
