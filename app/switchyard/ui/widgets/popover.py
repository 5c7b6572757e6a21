"""A panel over the window, beside what opened it; Esc or a press outside closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from shiboken6 import isValid

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box, draw_shadow

_GAP_PX = 8
_EDGE_PX = 8
_SLIDE_PX = 4
_SLIDE_MS = 160
_SHADOW_BLUR_PX = 32


class Popover(QWidget):
    """Add widgets to `body`, then `open_beside`; it covers the window, so that it sees a press outside."""

    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget, name: str, width: int) -> None:
        super().__init__(window)
        self._theme = theme
        self._opener: QWidget | None = None
        self._panel = QWidget(self)
        self._panel.setFixedWidth(width)
        self._panel.setAccessibleName(name)
        self.body = QVBoxLayout(self._panel)
        self.body.setContentsMargins(5, 5, 5, 5)
        self.body.setSpacing(0)
        self._anchor_box = QRect()
        self._place = QPoint()
        self._slide = QVariantAnimation(self, startValue=_SLIDE_PX, endValue=0)
        self._slide.valueChanged.connect(self._on_slid)
        window.installEventFilter(self)
        theme.changed.connect(self.update)
        self.hide()

    def open_beside(self, anchor: QWidget) -> None:
        """Open below the anchor, above it where there is no room, and never beyond the window."""
        window = self.window()
        for other in window.findChildren(Popover, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if other is not self:
                other.dismiss()  # what opened that one gets the focus back, from this one in the end
        self._opener = QApplication.focusWidget()
        self.setGeometry(window.rect())
        self._anchor_box = QRect(anchor.mapTo(window, QPoint(0, 0)), anchor.size())
        self.fit()
        self.show()
        self.raise_()
        duration = self._theme.duration(_SLIDE_MS)
        if duration:
            self._slide.setDuration(duration)
            self._slide.start()
        self._panel.setFocus(Qt.FocusReason.PopupFocusReason)
        _app().focusChanged.connect(self._on_focus_changed)

    def fit(self) -> None:
        """Be as high as what is in it, at the place that suits that."""
        window, box, body = self.window(), self._anchor_box, self.body
        width = self._panel.maximumWidth()
        height = body.totalHeightForWidth(width) if body.hasHeightForWidth() else body.totalSizeHint().height()
        self._panel.resize(width, height)  # adjustSize would take words that are wider than the panel for one line
        size = self._panel.size()
        y = box.bottom() + 1 + _GAP_PX
        if y + size.height() > window.height() - _EDGE_PX:
            y = max(_EDGE_PX, box.top() - _GAP_PX - size.height())
        x = max(_EDGE_PX, min(box.left(), window.width() - _EDGE_PX - size.width()))
        self._place = QPoint(x, y)
        self._panel.move(self._place)
        self.update()

    def dismiss(self) -> None:
        """Close, and give the focus back to what had it."""
        if not self.isVisible():
            return
        _app().focusChanged.disconnect(self._on_focus_changed)
        self._slide.stop()
        focused = QApplication.focusWidget()
        opener, self._opener = self._opener, None
        if opener is not None and isValid(opener) and (focused is None or self._holds(focused)):
            opener.setFocus(Qt.FocusReason.PopupFocusReason)
        self.hide()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close when the window changes its size, since the anchor has moved."""
        if event.type() == QEvent.Type.Resize:
            self.dismiss()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close on a press outside the panel."""
        if not self._panel.geometry().contains(event.position().toPoint()):
            self.dismiss()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shadow and the panel's ground; of the ground alone, the shadow around it would take too long."""
        theme, painter = self._theme, QPainter(self)
        box, radius = QRectF(self._panel.geometry()), theme.radius("panel")
        if not box.contains(event.rect()):
            draw_shadow(painter, box, radius, _SHADOW_BLUR_PX, 12, theme.color("shadow.popup"))
        draw_box(painter, box, radius, theme.color("bg.overlay"), theme.color("border.default"))

    def _holds(self, widget: QWidget) -> bool:
        return widget is self._panel or self._panel.isAncestorOf(widget)

    def _on_focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and not self._holds(now) and now.window() is self.window():
            self.dismiss()

    def _on_slid(self, offset: int) -> None:
        self._panel.move(self._place - QPoint(0, offset))
        self.update()


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
