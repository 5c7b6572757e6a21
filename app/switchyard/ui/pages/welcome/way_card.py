"""One of the three cards of the welcome: an icon, what it offers, and the button that takes this way."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, ButtonKind
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.paint import draw_icon

_PADDING_PX = 20
_ICON_PX = 22
_HEIGHT_PX = 316
_NARROWEST_PX = 240
_WIDEST_PX = 312


class WayCard(Card):
    """Subclasses fill `content`; the button stands at the bottom, in one line with those of the other cards."""

    def __init__(
        self, theme: Theme, icon: str, title: str, promise: str, act: str, kind: ButtonKind = "default"
    ) -> None:
        super().__init__(theme, _PADDING_PX, "composer")
        self._sign = _Sign(theme, icon)
        self.promise = Paragraph(theme, promise)
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        self.button = Button(theme, act, kind, size="large")
        self.setAccessibleName(title)
        self.setMinimumSize(_NARROWEST_PX, _HEIGHT_PX)
        self.setMaximumWidth(_WIDEST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.body.setSpacing(0)
        self.body.addWidget(self._sign)
        self.body.addSpacing(14)
        self.body.addWidget(Label(theme, title, "heading"))
        self.body.addSpacing(4)
        self.body.addWidget(self.promise)
        self.body.addSpacing(14)
        self.body.addLayout(self.content)
        self.body.addStretch(1)
        self.body.addSpacing(14)
        self.body.addWidget(self.button)

    def set_taken(self, taken: bool) -> None:
        """Show that this is the way being taken: its border and its icon light up."""
        self.set_line("focus.ring" if taken else None)
        self._sign.set_token("accent.text" if taken else "text.secondary")

    def first_control(self) -> QWidget:
        """Return what a press on the card means to reach."""
        return self.button

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press beside the controls still means this card."""
        self.first_control().setFocus(Qt.FocusReason.MouseFocusReason)


class _Sign(QWidget):
    """The card's icon."""

    def __init__(self, theme: Theme, icon: str) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self._token = "text.secondary"
        self.setFixedHeight(_ICON_PX)
        theme.changed.connect(self.update)

    def set_token(self, token: str) -> None:
        """Take another colour."""
        self._token = token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon at the left."""
        centre = QPointF(_ICON_PX / 2, _ICON_PX / 2)
        draw_icon(QPainter(self), self._theme, self._icon, self._token, _ICON_PX, centre)
