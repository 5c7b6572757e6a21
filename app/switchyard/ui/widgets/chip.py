"""Small labels in a box, each a state in a word or two."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box, draw_icon

Tone = Literal["neutral", "ok", "warn", "bad", "accent"]

_HEIGHT_PX = 22
_SMALL_HEIGHT_PX = 20
_ICON_PX = 13
_ICON_GAP_PX = 5


class Chip(QLabel):
    """A state in one or two words, with an icon so that the colour does not stand alone."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        tone: Tone = "neutral",
        icon: str | None = None,
        *,
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._tone = tone
        self._icon_name = icon
        self._small = small
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font("chipSmall" if small else "chip"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_state(self, text: str, tone: Tone, icon: str | None = None) -> None:
        """Say another state."""
        self._tone = tone
        self._icon_name = icon
        self.setText(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of icon, words and padding."""
        icon = _ICON_PX + _ICON_GAP_PX if self._icon_name else 0
        padding = 7 if self._small else 8
        width = self.fontMetrics().horizontalAdvance(self.text()) + icon + 2 * padding
        return QSize(width, _SMALL_HEIGHT_PX if self._small else _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """A chip is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, icon and words."""
        theme, painter = self._theme, QPainter(self)
        ink, fill, line = _chip_tokens(self._tone)
        radius = 5 if self._small else theme.radius("control")
        draw_box(painter, QRectF(self.rect()), radius, theme.color(fill), theme.color(line) if line else None)
        words = QRectF(self.rect()).adjusted(7 if self._small else 8, 0, 0, 0)
        if self._icon_name:
            centre = QPointF(words.left() + _ICON_PX / 2, self.height() / 2)
            draw_icon(painter, theme, self._icon_name, ink, _ICON_PX, centre)
            words.adjust(_ICON_PX + _ICON_GAP_PX, 0, 0, 0)
        painter.setPen(theme.color(ink))
        painter.setFont(self.font())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())


def _chip_tokens(tone: Tone) -> tuple[str, str, str | None]:
    """Return the colours of words, ground and border."""
    if tone == "neutral":
        return "text.secondary", "bg.raised", "border.default"
    if tone == "accent":
        return "accent.text", "accent.soft", None
    return f"{tone}.text", f"{tone}.soft", f"{tone}.border"
