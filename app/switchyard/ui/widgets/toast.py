"""Short notes at the bottom right that go away by themselves, with a way to undo or look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.paint import draw_box, draw_icon, draw_shadow

ToastLevel = Literal["ok", "info", "warn"]

_LOOKS = {"ok": ("check", "ok.text"), "info": ("info", "text.secondary"), "warn": ("warning", "warn.text")}
_WIDTH_PX = 360
_HEIGHT_PX = 40
_SHADOW_PX = 8
_MARGIN_PX = 16
_GAP_PX = 8
_AT_MOST = 3
_STAY_MS = 5000


class Toasts(QObject):
    """The toasts of one window: at most three, the newest below; the same key updates the one that is shown."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._shown: list[Toast] = []
        window.installEventFilter(self)

    @property
    def shown(self) -> tuple[Toast, ...]:
        """Return what is on the window, the oldest first."""
        return tuple(self._shown)

    def show(
        self,
        text: str,
        level: ToastLevel = "ok",
        action_text: str | None = None,
        on_action: Callable[[], object] | None = None,
        *,
        key: str | None = None,
    ) -> None:
        """Show a note for five seconds, longer while the pointer is on it."""
        for toast in [each for each in self._shown if key is not None and each.key == key]:
            toast.dismiss()
        toast = Toast(self._window, self._theme, text, level, action_text, key)
        toast.gone.connect(self._on_gone)
        if on_action is not None:
            toast.acted.connect(lambda: on_action())
        self._shown.append(toast)
        while len(self._shown) > _AT_MOST:
            self._shown[0].dismiss()
        self._arrange()
        toast.show()
        toast.raise_()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(toast, text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the window changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return False

    def _on_gone(self) -> None:
        gone = self.sender()
        self._shown = [each for each in self._shown if each is not gone]
        self._arrange()

    def _arrange(self) -> None:
        bottom = self._window.height() - _MARGIN_PX + _SHADOW_PX
        right = self._window.width() - _MARGIN_PX + _SHADOW_PX
        for toast in reversed(self._shown):
            toast.resize(toast.width(), toast.heightForWidth(toast.width()))
            toast.move(right - toast.width(), bottom - toast.height())
            bottom -= toast.height() - 2 * _SHADOW_PX + _GAP_PX


class Toast(QWidget):
    """One note."""

    gone = Signal()
    acted = Signal()

    def __init__(
        self, window: QWidget, theme: Theme, text: str, level: ToastLevel, action_text: str | None, key: str | None
    ) -> None:
        super().__init__(window)
        self.key = key
        self._theme = theme
        self._icon, self._token = _LOOKS[level]
        self._timer = QTimer(self, singleShot=True, interval=_STAY_MS)
        self._timer.timeout.connect(self.dismiss)
        self._timer.start()
        self.setFixedWidth(_WIDTH_PX + 2 * _SHADOW_PX)
        self.text = Paragraph(theme, text, token="text.primary")
        row = QHBoxLayout(self)
        row.setContentsMargins(_SHADOW_PX + 38, _SHADOW_PX + 6, _SHADOW_PX + 8, _SHADOW_PX + 6)
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        self.action: Button | None = None
        if action_text is not None:
            self.action = Button(theme, action_text, "ghost", size="small")
            self.action.clicked.connect(self._on_acted)
            row.addWidget(self.action)
        close = IconButton(theme, "close", self.tr("Close"), size=24)
        close.clicked.connect(self.dismiss)
        row.addWidget(close)
        theme.changed.connect(self.update)

    def heightForWidth(self, width: int) -> int:
        """Return 40 pixels and the shadow, more where the text needs a second line."""
        layout = self.layout()
        needed = layout.heightForWidth(width) if layout is not None else 0
        return max(_HEIGHT_PX + 2 * _SHADOW_PX, needed)

    def dismiss(self) -> None:
        """Go away now."""
        self._timer.stop()
        self.hide()
        self.gone.emit()
        self.deleteLater()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is here."""
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Count the five seconds again."""
        self._timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box and the icon."""
        theme, painter = self._theme, QPainter(self)
        box = QRectF(self.rect().adjusted(_SHADOW_PX, _SHADOW_PX, -_SHADOW_PX, -_SHADOW_PX))
        radius = theme.radius("card")
        draw_shadow(painter, box, radius, _SHADOW_PX, 2, theme.color("shadow.small"))
        draw_box(painter, box, radius, theme.color("bg.overlay"), theme.color("border.default"))
        draw_icon(painter, theme, self._icon, self._token, 16, QPointF(box.left() + 20, box.top() + _HEIGHT_PX / 2))

    def _on_acted(self) -> None:
        self.acted.emit()
        self.dismiss()
