"""Buttons with words and buttons with an icon alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.tooltip import Tip

ButtonKind = Literal["default", "primary", "ghost", "danger", "delete", "link"]
ButtonSize = Literal["normal", "small", "large"]


@dataclass(frozen=True, slots=True)
class _Look:
    """The colours of a kind of button, as tokens; None draws nothing."""

    text: str
    icon: str
    line: str | None
    rest: str | None
    hover: str | None
    pressed: str | None


@dataclass(frozen=True, slots=True)
class _Measure:
    """The sizes of a button in pixels, and the style of its words."""

    height: int
    padding: int
    radius: int
    icon: int
    style: str


_LOOKS: dict[str, _Look] = {
    "default": _Look("text.primary", "text.secondary", "border.default", "bg.raised", "bg.hover", "bg.active"),
    "primary": _Look("accent.onFill", "accent.onFill", None, "accent.fill", "accent.fillHover", "accent.fillPressed"),
    "ghost": _Look("text.secondary", "text.secondary", None, None, "bg.hover", "bg.active"),
    "danger": _Look("bad.text", "bad.text", "border.default", "bg.raised", "bg.hover", "bg.active"),
    "delete": _Look("bad.text", "bad.text", "bad.border", "bad.soft", "bad.border", "bad.border"),
    "link": _Look("accent.text", "accent.text", None, None, None, None),
}
_MEASURES: dict[str, _Measure] = {
    "normal": _Measure(28, 10, 6, 15, "button"),
    "small": _Measure(24, 8, 5, 13, "buttonSmall"),
    "large": _Measure(34, 14, 7, 16, "buttonLarge"),
}
_ICON_GAP_PX = 6
_RING_PX = 14
_TURN_MS = 900
_DISABLED_OPACITY = 0.45


class Button(KeyboardRing, QPushButton):
    """A button named by its result; "delete" is for the confirming dialog alone, "danger" leads to it.

    What opens a list has its icon behind the words: `icon_last`.
    """

    def __init__(
        self,
        theme: Theme,
        text: str,
        kind: ButtonKind = "default",
        icon: str | None = None,
        size: ButtonSize = "normal",
        parent: QWidget | None = None,
        *,
        icon_last: bool = False,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._look = _LOOKS[kind]
        self._kind = kind
        self._measure = _MEASURES[size]
        self._icon_name = icon
        self._icon_last = icon_last
        self._turn = QVariantAnimation(self, startValue=0, endValue=360, duration=_TURN_MS)
        self._turn.setLoopCount(-1)
        self._turn.valueChanged.connect(self._on_turned)
        self._busy = False
        self.setFont(theme.font(self._measure.style))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    @property
    def busy(self) -> bool:
        """Whether the button waits for what it started."""
        return self._busy

    def set_busy(self, busy: bool) -> None:
        """Turn a ring in place of the icon, or of the words where there is none; the width stays."""
        self._busy = busy
        if busy and self._theme.duration(_TURN_MS):
            self._turn.start()
        else:
            self._turn.stop()
        self.update()

    def set_icon(self, icon: str | None) -> None:
        """Show another icon before the words."""
        self._icon_name = icon
        self.updateGeometry()
        self.update()

    def ring_radius(self) -> float:
        """Return the corner radius of this size."""
        return float(self._measure.radius)

    def sizeHint(self) -> QSize:
        """Return the size of icon, words and padding."""
        width = self.fontMetrics().horizontalAdvance(self._words()) + self._icon_room() + 2 * self._padding()
        return QSize(width, self._measure.height)

    def minimumSizeHint(self) -> QSize:
        """A button never loses a part of its words."""
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        """A busy button cannot be pressed again."""
        return not self._busy and super().hitButton(pos)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A busy button cannot be pressed again by a key either."""
        if self._busy:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, icon or ring, and words."""
        painter = QPainter(self)
        if not self.isEnabled() and self._kind in {"primary", "delete"}:
            painter.setOpacity(_DISABLED_OPACITY)
        self._draw_ground(painter)
        faint = not self.isEnabled() and self._kind not in {"primary", "delete"}
        ink = "text.disabled" if faint else self._ink()
        text_px = self.fontMetrics().horizontalAdvance(self._words())
        left = (self.width() - text_px - self._icon_room()) / 2
        before_icon = left + (self._icon_room() - self._measure.icon + text_px if self._icon_last else 0)
        centre = QPointF(before_icon + self._measure.icon / 2, self.height() / 2)
        if self._busy:
            self._draw_turning_ring(painter, centre if self._icon_name else QRectF(self.rect()).center(), ink)
        elif self._icon_name:
            tint = "text.disabled" if faint else self._look.icon
            draw_icon(painter, self._theme, self._icon_name, tint, self._measure.icon, centre)
        if not self._busy or self._icon_name:
            painter.setPen(self._theme.color(ink))
            painter.setFont(self.font())
            words = QRectF(left + (0 if self._icon_last else self._icon_room()), 0, text_px + 2, self.height())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._words())

    def _draw_ground(self, painter: QPainter) -> None:
        fill = self._look.rest
        if self.isEnabled() and not self._busy:
            if self.isDown() or self.isChecked():
                fill = self._look.pressed
            elif self.underMouse():
                fill = self._look.hover
        colour = self._theme.color(fill) if fill else None
        line = self._theme.color(self._look.line) if self._look.line else None
        if colour is not None or line is not None:
            draw_box(painter, QRectF(self.rect()), self._measure.radius, colour, line)

    def _draw_turning_ring(self, painter: QPainter, centre: QPointF, ink: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color(ink), 1.75, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        reach = _RING_PX / 2 - 1
        box = QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)
        turned = int(self._turn.currentValue() or 0)
        painter.drawArc(box, (90 - turned) * 16, -270 * 16)

    def _on_turned(self) -> None:
        self.update()

    def _ink(self) -> str:
        lively = self._kind == "ghost" and (self.underMouse() or self.isDown() or self.isChecked())
        return "text.primary" if lively else self._look.text

    def _words(self) -> str:
        return self.text().replace("&&", "&")

    def _padding(self) -> int:
        return 0 if self._kind == "link" else self._measure.padding

    def _icon_room(self) -> int:
        if not self._icon_name:
            return 0
        return self._measure.icon + (_ICON_GAP_PX if self.text() else 0)


class IconButton(KeyboardRing, QPushButton):
    """A button with an icon alone: its tooltip is its name, with the shortcut beside it."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        tooltip: str,
        shortcut: str = "",
        *,
        checkable: bool = False,
        size: int = 28,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._size = size
        self._tip = Tip(theme, self, tooltip, shortcut)
        self.setAccessibleName(tooltip)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setFixedSize(size, size)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def set_icon(self, icon: str, tooltip: str) -> None:
        """Show another icon under another name."""
        self._icon_name = icon
        self._tip.set_text(tooltip)
        self.setAccessibleName(tooltip)
        self.update()

    def ring_radius(self) -> float:
        """Return the corner radius of this size."""
        return 6.0 if self._size >= 28 else 5.0

    def sizeHint(self) -> QSize:
        """Return the square."""
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground where there is one, and the icon."""
        painter = QPainter(self)
        lively = self.isEnabled() and (self.underMouse() or self.isChecked() or self.isDown())
        if lively:
            fill = "bg.active" if self.isChecked() or self.isDown() else "bg.hover"
            draw_box(painter, QRectF(self.rect()), self.ring_radius(), self._theme.color(fill))
        token = "text.primary" if lively else "text.secondary"
        token = token if self.isEnabled() else "text.disabled"
        icon_px = 16 if self._size >= 28 else 14
        draw_icon(painter, self._theme, self._icon_name, token, icon_px, QPointF(self.width() / 2, self.height() / 2))
