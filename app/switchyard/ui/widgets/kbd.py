"""A keyboard shortcut as a small key cap."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box

_HEIGHT_PX = 18
_PADDING_PX = 5


def kbd_width(theme: Theme, text: str) -> int:
    """Return how wide the key cap of a text is."""
    return max(
        _HEIGHT_PX, int(QFontMetricsF(theme.font("kbd")).horizontalAdvance(_printed(text)) + 2 * _PADDING_PX + 1)
    )


def draw_kbd(painter: QPainter, theme: Theme, text: str, right: float, middle: float) -> None:
    """Draw the key cap so that it ends at `right`, centred on the line `middle`."""
    width = kbd_width(theme, text)
    box = QRectF(round(right) - width, round(middle - _HEIGHT_PX / 2), width, _HEIGHT_PX)
    draw_box(painter, box, theme.radius("mark"), theme.color("bg.surface"), theme.color("border.default"))
    painter.setFont(theme.font("kbd"))
    painter.setPen(theme.color("text.tertiary"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _printed(text))


class Kbd(QWidget):
    """A key cap as a widget; the shortcut is given in Qt's portable form, such as "Ctrl+K"."""

    def __init__(self, theme: Theme, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        self.setAccessibleName(self._text)
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of the key cap."""
        return QSize(kbd_width(self._theme, self._text), _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the key cap."""
        draw_kbd(QPainter(self), self._theme, self._text, self.width(), self.height() / 2)


def _printed(text: str) -> str:
    """Return the shortcut as it is printed on a cap: keys apart, not joined by plus signs."""
    return text.replace("+", " ").strip() or text
