"""What floats over the thread: the way back to new text, and where a link leads."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.links import may_open, where
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import ElidedLabel
from switchyard.ui.widgets.paint import draw_box
from switchyard.ui.widgets.tooltip import Tip

_ABOVE_END = 12
_LINE_HEIGHT = 26
_LINE_PAD = 10
_LINE_MARGIN = 6
_WIDEST_LINE = 0.8


class LinkLine(QWidget):
    """One line at the lower edge, as long as its words."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._thread = parent
        self._label = ElidedLabel(theme, "", "secondary", "text.secondary", parent=self)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def text(self) -> str:
        """Return what it says."""
        return self._label.text()

    def say(self, text: str) -> None:
        """Say where a link leads, or why it leads nowhere; with nothing the line goes away."""
        self._label.setText(text)
        self.setVisible(bool(text))
        if text:
            self.fit()

    def fit(self) -> None:
        """Take its place in the lower left corner."""
        room = self._thread.rect()
        wanted = self._label.fontMetrics().horizontalAdvance(self._label.text()) + 2 * _LINE_PAD + 2
        width = min(wanted, round(room.width() * _WIDEST_LINE))
        self.setGeometry(_LINE_MARGIN, room.height() - _LINE_HEIGHT - _LINE_MARGIN, width, _LINE_HEIGHT)
        self._label.setGeometry(_LINE_PAD, 0, width - 2 * _LINE_PAD, _LINE_HEIGHT)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        fill, line = theme.color("bg.overlay"), theme.color("border.default")
        draw_box(painter, QRectF(self.rect()), theme.radius("control"), fill, line)
        painter.end()


class Floats(QObject):
    """Puts each in its place over the thread that owns it."""

    newer_requested = Signal()
    link_activated = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._thread = parent
        self.newer = Button(theme, self.tr("New text"), icon="chevron-down", size="small", parent=parent)
        self.newer.clicked.connect(self.newer_requested)
        Tip(theme, self.newer, self.tr("Go to the end"), QKeySequence(Qt.Key.Key_End).toString())
        self.newer.hide()
        self.link = LinkLine(theme, parent)

    def show_newer(self, missing: bool) -> None:
        """Offer the way to the end where new text is out of sight."""
        if missing == self.newer.isHidden():
            self.newer.setVisible(missing)
            self._place_newer()

    def point_at(self, address: str) -> None:
        """Say where the link leads that the pointer or the focus is on; with nothing it is on none."""
        self.link.say(where(address))

    def follow(self, address: str) -> None:
        """Have an address opened that may be, and say of any other why not."""
        if may_open(address):
            self.link_activated.emit(address)
        else:
            self.link.say(where(address))

    def fit(self) -> None:
        """The thread has another size."""
        self._place_newer()
        self.link.fit()

    def _place_newer(self) -> None:
        room = self._thread.rect()
        self.newer.adjustSize()
        self.newer.move((room.width() - self.newer.width()) // 2, room.height() - self.newer.height() - _ABOVE_END)
        self.newer.raise_()
