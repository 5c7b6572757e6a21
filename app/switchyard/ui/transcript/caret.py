"""The caret that follows a reply as it comes in."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme

_WIDTH = 7
_HEIGHT = 15
_BLINK_MS = 500


class Caret(QWidget):
    """Blinks once a second; it stands still where motion is reduced."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lit = True
        self._picture: QPixmap | None = None
        self.resize(_WIDTH, _HEIGHT)
        self._timer = QTimer(self)
        self._timer.setInterval(_BLINK_MS)
        self._timer.timeout.connect(self._on_blink)
        if theme.duration(_BLINK_MS):
            self._timer.start()

    def stand_at(self, line: QRect, right: int) -> None:
        """Stand after the character that ends at the left of `line`, lit; never beyond `right`."""
        x = min(line.left() + 1, right - _WIDTH)
        self.move(x, line.top() + (line.height() - _HEIGHT) // 2)
        self._lit = True
        if self._timer.isActive():
            self._timer.start()
        self.update()

    def _on_blink(self) -> None:
        self._lit = not self._lit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._lit:
            if self._picture is None or self._picture.devicePixelRatio() != self.devicePixelRatioF():
                self._picture = self._draw()
            painter = QPainter(self)
            painter.drawPixmap(0, 0, self._picture)
            painter.end()

    def _draw(self) -> QPixmap:
        """Return a picture of it: it is moved with every piece of text, and always looks the same."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("accent.text"))
        painter.setBrush(self._theme.color("accent.text"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 1, 1)
        painter.end()
        return picture
