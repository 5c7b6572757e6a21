"""The first screen of the welcome: the name, the track that divides, and three ways at its ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.pages.welcome.key_card import KeyCard
from switchyard.ui.pages.welcome.ollama_card import OllamaCard
from switchyard.ui.pages.welcome.simulator_card import SimulatorCard
from switchyard.ui.pages.welcome.way_card import WayCard
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.paint import draw_icon

_LOW_BELOW_PX = 760
_TRACK_PX = 2.5
_BEND_PX = 28.0
_FADE_PX = 240.0
_RING_PX = 9.0
_DROP_PX = 68
_DROP_LOW_PX = 38


class WaysScreen(QWidget):
    """Arranges the cards and lights the track to the one that has the focus."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.key_card = KeyCard(theme)
        self.ollama_card = OllamaCard(theme)
        self.simulator_card = SimulatorCard(theme)
        self._cards: tuple[WayCard, ...] = (self.key_card, self.ollama_card, self.simulator_card)
        self._taken: WayCard = self.key_card
        self._taken.set_taken(True)
        self.skip = Button(theme, self.tr("Skip for now"), "ghost")
        self._low = False
        self._logo = _Logo(theme)
        self._track_room = QWidget()
        self.footer = _Footer(theme, self.tr("Chats stay in one file on this computer."))
        self._column = QVBoxLayout(self)
        self._arrange()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)
        theme.changed.connect(self.update)

    def set_keyring(self, available: bool) -> None:
        """Say where keys go: what holds on this system, and no other thing."""
        if available:
            words = self.tr("Keys go to the system keyring. Chats stay in one file on this computer.")
        else:
            words = self.tr(
                "This system has no keyring: keys live until Switchyard ends. Chats stay in one file on this computer."
            )
        self.footer.set_words(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Come closer together where the window is low."""
        super().resizeEvent(event)
        self._set_low(self.height() < _LOW_BELOW_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the track."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.color("bg.window"))
        room = self._track_room.geometry()
        y = float(room.bottom() - (_DROP_LOW_PX if self._low else _DROP_PX))
        middle = QPointF(self.width() / 2, y)
        self._draw_line(painter, y)
        quiet, live = self._theme.color("border.strong"), self._theme.color("accent.text")
        for card in sorted(self._cards, key=lambda each: each is self._taken):
            painter.setPen(QPen(live if card is self._taken else quiet, _TRACK_PX))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(_branch(middle, QPointF(card.geometry().center().x() + 0.5, card.geometry().top() + 1)))
        painter.setPen(QPen(live, 3))
        painter.setBrush(self._theme.color("bg.window"))
        painter.drawEllipse(middle, _RING_PX, _RING_PX)

    def _draw_line(self, painter: QPainter, y: float) -> None:
        """Draw the line from edge to edge, gone at both ends."""
        colour = self._theme.color("border.strong")
        gone = QColor(colour)
        gone.setAlpha(0)
        share = min(0.5, _FADE_PX / max(1, self.width()))
        fade = QLinearGradient(0, y, self.width(), y)
        for at, stop in ((0.0, gone), (share, colour), (1 - share, colour), (1.0, gone)):
            fade.setColorAt(at, stop)
        painter.fillRect(QRectF(0, y - _TRACK_PX / 2, self.width(), _TRACK_PX), fade)

    def _arrange(self) -> None:
        column = self._column
        column.setSpacing(0)
        column.addStretch(3)
        column.addWidget(self._logo, 0, Qt.AlignmentFlag.AlignHCenter)
        title = Label(self._theme, self.tr("Welcome to Switchyard"), "welcome")
        column.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(6)
        promise = self.tr("Chat with any model. When one fails, the next one answers.")
        column.addWidget(Paragraph(self._theme, promise, "body", centred=True))
        column.addWidget(self._track_room)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addStretch(1)
        for card in self._cards:
            row.addWidget(card, 30)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(18)
        column.addWidget(self.footer)
        column.addSpacing(8)
        column.addWidget(self.skip, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(4)
        self._set_low(False)

    def _set_low(self, low: bool) -> None:
        self._low = low
        self._column.setContentsMargins(32, 8 if low else 32, 32, 8 if low else 32)
        self._logo.set_size(40 if low else 60)
        self._track_room.setFixedHeight(60 if low else 126)

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        taken = next((card for card in self._cards if now is not None and card.isAncestorOf(now)), None)
        if taken is not None and taken is not self._taken:
            self._taken.set_taken(False)
            taken.set_taken(True)
            self._taken = taken
            self.update()


class _Logo(QWidget):
    """The program's sign, as large as there is room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._size = 60
        theme.changed.connect(self.update)

    def set_size(self, size: int) -> None:
        """Take another size."""
        self._size = size
        self.setFixedSize(QSize(size, size + 6))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sign."""
        centre = QPointF(self._size / 2, self._size / 2)
        draw_icon(QPainter(self), self._theme, "logo", "text.primary", self._size, centre)


class _Footer(QWidget):
    """A lock, and where everything is kept."""

    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__()
        self._theme = theme
        self._words = words
        self.setMinimumHeight(theme.line_height("secondary"))
        self.setAccessibleName(words)
        theme.changed.connect(self.update)

    def set_words(self, words: str) -> None:
        """Say something else."""
        self._words = words
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lock and the words as one, in the middle."""
        theme, painter = self._theme, QPainter(self)
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text.tertiary"))
        shown = painter.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, self.width() - 24)
        words_px = painter.fontMetrics().horizontalAdvance(shown)
        left = (self.width() - words_px - 20) / 2
        draw_icon(painter, theme, "lock", "text.tertiary", 13, QPointF(left + 6.5, self.height() / 2))
        box = QRectF(left + 20, 0, words_px + 2, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _branch(start: QPointF, end: QPointF) -> QPainterPath:
    """Return the track from the switch to a card: along the line, round a bend, down."""
    path = QPainterPath(start)
    across = end.x() - start.x()
    if abs(across) > 2 * _BEND_PX:
        side = 1 if across > 0 else -1
        path.lineTo(end.x() - side * _BEND_PX, start.y())
        path.quadTo(QPointF(end.x(), start.y()), QPointF(end.x(), start.y() + _BEND_PX))
    path.lineTo(end)
    return path
