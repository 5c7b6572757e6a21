"""Small labels in a box: a state, or a model with its provider's mark."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.tooltip import Tip

Tone = Literal["neutral", "ok", "warn", "bad", "accent"]

_HEIGHT_PX = 22
_SMALL_HEIGHT_PX = 20
_ICON_PX = 13
_ICON_GAP_PX = 5
_MODEL_HEIGHT_PX = 24
_CHEVRON_PX = 12


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


class ModelChip(KeyboardRing, QPushButton):
    """A model with its provider's mark; pressing it opens whatever its owner shows."""

    def __init__(
        self, theme: Theme, provider_id: str, name: str, *, opens_menu: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(name, parent)
        self._theme = theme
        self._provider_id = provider_id
        self._opens_menu = opens_menu
        self._tip = Tip(theme, self, "")
        self.setFont(theme.font("secondary", 500))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(self.sizeHint().width())
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def set_model(self, provider_id: str, name: str) -> None:
        """Show another model."""
        self._provider_id = provider_id
        self.setText(name)
        self.setMaximumWidth(self.sizeHint().width())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size with the whole name."""
        return QSize(self._room() + self.fontMetrics().horizontalAdvance(self.text()) + 1, _MODEL_HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the size with a few letters of the name."""
        return QSize(min(self.sizeHint().width(), self._room() + 60), _MODEL_HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, mark, what fits of the name, and the chevron."""
        theme, painter = self._theme, QPainter(self)
        lively = self.underMouse() or self.isDown()
        fill = "bg.active" if self.isDown() else "bg.hover" if lively else "bg.raised"
        draw_box(
            painter, QRectF(self.rect()), theme.radius("control"), theme.color(fill), theme.color("border.default")
        )
        middle = self.height() / 2
        mark = QRectF(5, middle - NORMAL.height() / 2, NORMAL.width(), NORMAL.height())
        paint_mark(painter, mark, theme, self._provider_id)
        width = self.width() - self._room() + 1
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, width)
        self._tip.set_text(self.text() if shown != self.text() else "")
        painter.setPen(theme.color("text.primary"))
        painter.setFont(self.font())
        words = QRectF(mark.right() + 6, 0, width + 2, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if self._opens_menu:
            draw_icon(painter, theme, "chevron-down", "text.tertiary", _CHEVRON_PX, QPointF(self.width() - 13, middle))

    def _room(self) -> int:
        chevron = _CHEVRON_PX + 6 if self._opens_menu else 0
        return 5 + NORMAL.width() + 6 + 8 + chevron


def _chip_tokens(tone: Tone) -> tuple[str, str, str | None]:
    """Return the colours of words, ground and border."""
    if tone == "neutral":
        return "text.secondary", "bg.raised", "border.default"
    if tone == "accent":
        return "accent.text", "accent.soft", None
    return f"{tone}.text", f"{tone}.soft", f"{tone}.border"
