"""The row under a message of which there is more to say: its other branches, a pin, that it is not sent."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.core.message import Message
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.chip import Chip
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.paint import faded

HEIGHT = 24
_VEIL = 0.36  # what is said can still be read: at least 4.5:1


@dataclass(frozen=True, slots=True)
class Fork:
    """Which of how many branches begins with a message; counted from one."""

    at: int = 1
    count: int = 1


class MarksRow(QWidget):
    """`stepped` carries which way to go between the branches."""

    stepped = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.earlier = self._make_arrow(theme, "chevron-left", self.tr("Earlier branch"), "Alt+Left", -1)
        self.later = self._make_arrow(theme, "chevron-right", self.tr("Later branch"), "Alt+Right", 1)
        self._place = Label(theme, "", "secondary", "text.tertiary", parent=self)
        self._pinned = Chip(theme, self.tr("Pinned"), "neutral", "pin", small=True, parent=self)
        self._excluded = Chip(theme, self.tr("Left out"), "neutral", "offline", small=True, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for each in (self.earlier, self._place, self.later, self._pinned, self._excluded):
            row.addWidget(each)
        row.addStretch(1)

    def say(self, message: Message, fork: Fork) -> None:
        """Show what there is to say."""
        self._place.setText(f"{fork.at}/{fork.count}")
        self._place.setAccessibleName(self.tr("Branch {number} of {count}").format(number=fork.at, count=fork.count))
        for each in (self.earlier, self._place, self.later):
            each.setVisible(fork.count > 1)
        self.earlier.setEnabled(fork.at > 1)
        self.later.setEnabled(fork.at < fork.count)
        self._pinned.setVisible(message.pinned)
        self._excluded.setVisible(message.excluded)

    def _make_arrow(self, theme: Theme, icon: str, name: str, keys: str, by: int) -> IconButton:
        button = IconButton(theme, icon, name, keys, size=HEIGHT, parent=self)
        button.clicked.connect(lambda: self.stepped.emit(by))
        return button


class Veil(QWidget):
    """Dims a message that is not sent."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lay the ground over the words, thinly."""
        QPainter(self).fillRect(QRectF(self.rect()), faded(self._theme.color("bg.surface"), _VEIL))
