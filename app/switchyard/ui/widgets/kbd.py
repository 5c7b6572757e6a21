"""A keyboard shortcut as a small key cap."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

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


def _printed(text: str) -> str:
    """Return the shortcut as it is printed on a cap: keys apart, not joined by plus signs."""
    return text.replace("+", " ").strip() or text
