"""The two-letter mark of a provider, as wagons carry one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box

NORMAL = QSize(22, 16)
LARGE = QSize(28, 20)
HUGE = QSize(40, 28)

# Height of the mark: corner radius and size of its letters.
_SHAPES = {16: (4.0, 9.5), 20: (5.0, 11.0), 28: (7.0, 14.0)}


def paint_mark(painter: QPainter, rect: QRectF, theme: Theme, provider_id: str) -> None:
    """Draw a provider's mark into a rectangle of one of the three sizes."""
    mark = theme.mark(provider_id)
    radius, letters_px = _SHAPES[round(rect.height())]
    draw_box(painter, rect, radius, mark.fill, mark.line)
    font = theme.font("mark")
    font.setPointSizeF(font.pointSizeF() * letters_px / _SHAPES[16][1])
    painter.setFont(font)
    painter.setPen(mark.text)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, mark.code)


class MarkLabel(QWidget):
    """A provider's mark as a widget, named by the provider's title for who cannot see it."""

    def __init__(
        self, theme: Theme, provider_id: str, title: str, size: QSize = NORMAL, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._provider_id = provider_id
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(size)
        theme.changed.connect(self.update)

    def set_provider(self, provider_id: str, title: str) -> None:
        """Show another provider's mark."""
        self._provider_id = provider_id
        self.setAccessibleName(title)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the mark."""
        paint_mark(QPainter(self), QRectF(self.rect()), self._theme, self._provider_id)
