"""The focus ring, drawn outside a control and only while the keyboard moves the focus."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFocusFrame,
    QProxyStyle,
    QPushButton,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box, faded

_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)
_PRESSES = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_PLAIN = frozenset({Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier})
_RING_PX = 2

# A mixin beside a Qt class has to be a plain class at run time; for the type checker it is the widget it is mixed into.
if TYPE_CHECKING:

    class _Widget(QWidget):
        pass

else:
    _Widget = object


def reason_to_go_on() -> Qt.FocusReason:
    """Return why the focus goes on from where it is now: as if by Tab where the keyboard brought it there."""
    focused = QApplication.focusWidget()
    by_keyboard = isinstance(focused, KeyboardRing) and focused.ringed
    return Qt.FocusReason.TabFocusReason if by_keyboard else Qt.FocusReason.OtherFocusReason


def come_after(place: QWidget, *widgets: QWidget) -> None:
    """Let widgets come after a place in the order of Tab: what is made late is the last of the whole window.

    What takes no focus itself has its place, too; Qt orders such a widget only while it does.
    """
    row = (place, *widgets)
    policies = [widget.focusPolicy() for widget in row]
    for widget in row:
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    for before, after in pairwise(row):
        QWidget.setTabOrder(before, after)
    for widget, policy in zip(row, policies, strict=True):
        widget.setFocusPolicy(policy)


class FocusRing(QFocusFrame):
    """Two pixels around a widget, `gap` outside it; moves and hides with the widget."""

    def __init__(self, theme: Theme, target: QWidget, *, gap: int = 2, radius: float = 6, opacity: float = 1.0) -> None:
        super().__init__(target)
        self._theme = theme
        self._gap = gap
        self._radius = radius
        self._opacity = opacity
        style = _RingStyle(gap + _RING_PX)
        style.setParent(self)
        self.setStyle(style)
        self.setWidget(target)
        # Qt moves the frame beside its target, so that it would outlive it.
        target.destroyed.connect(self.deleteLater)
        # A new style sheet hides the frame.
        theme.changed.connect(self.show)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring."""
        painter = QPainter(self)
        colour = faded(self._theme.color("focus.ring"), self._opacity)
        draw_box(painter, QRectF(self.rect()), self._radius + self._gap + _RING_PX, None, colour, _RING_PX)


class _RingStyle(QProxyStyle):
    """Tells the frame how far it reaches, and that nothing clips it: Qt asks the style alone for both."""

    def __init__(self, out_px: int) -> None:
        super().__init__("Fusion")
        self._out_px = out_px

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Return the reach for the frame's margins, and Fusion's measure for all else."""
        if metric in {QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin}:
            return self._out_px
        return super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        """Lay the frame over the window or scroll area, whole, and answer as Fusion for all else."""
        if hint == QStyle.StyleHint.SH_FocusFrame_AboveWidget:
            return 1
        if hint == QStyle.StyleHint.SH_FocusFrame_Mask:
            return 0  # Fusion's would cut off the corners, which bend around those of the widget
        return super().styleHint(hint, option, widget, returnData)


class KeyboardRing(_Widget):
    """Mixed into a control: shows a ring while it has the focus and the keyboard brought it there.

    A button is pressed by Enter as by the space bar: Qt leaves that to the desktop, and most do not ask for it.
    """

    _theme: Theme
    _ring: FocusRing | None = None

    def ring_radius(self) -> float:
        """Return the control's own corner radius."""
        return 6.0

    @property
    def ringed(self) -> bool:
        """Whether the ring is shown."""
        return self._ring is not None

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring if a key moved the focus here."""
        super().focusInEvent(event)
        if event.reason() in _BY_KEYBOARD and self._ring is None:
            self._ring = FocusRing(self._theme, self, radius=self.ring_radius())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self._drop_ring()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button; a key that is held down, from a field before it perhaps, presses nothing."""
        if isinstance(self, QPushButton) and event.key() in _PRESSES and event.modifiers() in _PLAIN:
            if not event.isAutoRepeat():
                self.click()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden control has no ring left behind."""
        super().hideEvent(event)
        self._drop_ring()

    def _drop_ring(self) -> None:
        if self._ring is not None:
            self._ring.hide()
            self._ring.deleteLater()
            self._ring = None
