"""Tooltips with their shortcut beside them, after 400 ms, and at once when the pointer moves along."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.kbd import draw_kbd, kbd_width
from switchyard.ui.widgets.paint import draw_box, draw_shadow

_DELAY_MS = 400
_STILL_WARM_MS = 300
_SHADOW_PX = 8
_PADDING_PX = 9
_HEIGHT_PX = 28
_GAP_PX = 8


class TipBubble(QWidget):
    """The one tooltip of a window, drawn inside the window so that it has round corners everywhere."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._text = ""
        self._shortcut = ""
        self._hidden_for = QElapsedTimer()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def warm(self) -> bool:
        """Whether a tooltip was shown a moment ago, so that the next one need not wait."""
        return self.isVisible() or (self._hidden_for.isValid() and not self._hidden_for.hasExpired(_STILL_WARM_MS))

    def show_at(self, anchor: QRect, text: str, shortcut: str) -> None:
        """Show the text below the anchor, or above it where there is no room below."""
        self._text, self._shortcut = text, shortcut
        self.setFont(self._theme.font("secondary"))
        width = 2 * _PADDING_PX + self.fontMetrics().horizontalAdvance(text)
        if shortcut:
            width += _GAP_PX + kbd_width(self._theme, shortcut)
        window = self.window().rect()
        width = min(width, window.width() - 8)
        y = anchor.bottom() + 6
        if y + _HEIGHT_PX > window.bottom():
            y = anchor.top() - 6 - _HEIGHT_PX
        x = max(4, min(anchor.center().x() - width // 2, window.right() - 4 - width))
        box = QRect(x, y, width, _HEIGHT_PX)
        self.setGeometry(box.adjusted(-_SHADOW_PX, -_SHADOW_PX, _SHADOW_PX, _SHADOW_PX))
        self.raise_()
        self.show()
        self.update()

    def dismiss(self) -> None:
        """Hide the tooltip and remember when."""
        if self.isVisible():
            self.hide()
            self._hidden_for.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, text and shortcut."""
        painter = QPainter(self)
        theme = self._theme
        box = QRectF(self.rect().adjusted(_SHADOW_PX, _SHADOW_PX, -_SHADOW_PX, -_SHADOW_PX))
        draw_shadow(painter, box, theme.radius("control"), _SHADOW_PX, 2, theme.color("shadow.small"))
        draw_box(painter, box, theme.radius("control"), theme.color("bg.overlay"), theme.color("border.default"))
        inner = box.adjusted(_PADDING_PX, 0, -_PADDING_PX, 0)
        if self._shortcut:
            draw_kbd(painter, theme, self._shortcut, inner.right(), inner.center().y())
            inner.adjust(0, 0, -kbd_width(theme, self._shortcut) - _GAP_PX, 0)
        painter.setPen(theme.color("text.primary"))
        painter.setFont(self.font())
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideMiddle, int(inner.width()) + 1)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class Tip(QObject):
    """Gives one widget a tooltip; owned by the widget."""

    def __init__(self, theme: Theme, target: QWidget, text: str, shortcut: str = "") -> None:
        super().__init__(target)
        self._theme = theme
        self._target = target
        self._text = text
        self._shortcut = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self.show_now)
        target.installEventFilter(self)

    def set_text(self, text: str) -> None:
        """Say something else from now on; an empty text shows no tooltip."""
        self._text = text

    def show_now(self) -> None:
        """Show the tooltip without waiting."""
        if self._text and self._target.isVisible():
            corner = self._target.mapTo(self._target.window(), QPoint(0, 0))
            self._bubble().show_at(QRect(corner, self._target.size()), self._text, self._shortcut)

    def show_over(self, part: QRect, text: str) -> None:
        """Show a text at once for a part of the widget, until the pointer leaves or presses."""
        corner = self._target.mapTo(self._target.window(), part.topLeft())
        self._bubble().show_at(QRect(corner, part.size()), text, "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show while the pointer rests on the widget, hide on leaving, pressing and typing."""
        kind = event.type()
        if kind == QEvent.Type.Enter and self._text:
            self._timer.start(0 if self._bubble().warm else _DELAY_MS)
        elif kind in {QEvent.Type.Leave, QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress, QEvent.Type.Hide}:
            self._timer.stop()
            bubble = self._found_bubble()
            if bubble is not None:
                bubble.dismiss()
        return False

    def _found_bubble(self) -> TipBubble | None:
        bubbles = self._target.window().findChildren(TipBubble, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return bubbles[0] if bubbles else None

    def _bubble(self) -> TipBubble:
        return self._found_bubble() or TipBubble(self._theme, self._target.window())
