"""Menus: rows of 30 pixels with an icon and the shortcut as a key cap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QAction, QGuiApplication, QPainter, QPainterPath, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.kbd import draw_kbd
from switchyard.ui.widgets.paint import draw_box, draw_icon, draw_row

_BELOW_PX = 8
_ICON_CENTRE_PX = 16
_TEXT_LEFT_PX = 35


@dataclass(frozen=True, slots=True)
class _Look:
    """What a row has beside its words; the action keeps it itself.

    PySide 6.11 may forget the Python object of an action while the menu opens, and make another one for it.
    """

    icon: str
    danger: bool


class Menu(QMenu):
    """Filled by `add`, opened once by `open_at` or `open_below`, gone when it closes; never `exec()`."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._has_icons = False
        self.setFont(theme.font("ui"))
        flags = Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        self.setWindowFlags(self.windowFlags() | flags)
        # X11 may have no compositor, and then shows black corners; there the window is cut instead.
        self._cut = QGuiApplication.platformName() == "xcb"
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, not self._cut)
        self.aboutToHide.connect(self.deleteLater)

    def add(
        self,
        text: str,
        on_chosen: Callable[[], object],
        *,
        icon: str = "",
        shortcut: str = "",
        danger: bool = False,
    ) -> QAction:
        """Add a row."""
        action = self.addAction(text.replace("&", "&&"))
        action.triggered.connect(lambda: on_chosen())
        action.setData(_Look(icon, danger))
        self._has_icons = self._has_icons or bool(icon)
        if shortcut:
            action.setShortcut(shortcut)
        return action

    def open_below(self, anchor: QWidget) -> None:
        """Open below a widget, or above it where there is no room, and inside its window; returns at once."""
        size, window = self.sizeHint(), anchor.window()
        left = 0
        if anchor.mapTo(window, QPoint(size.width(), 0)).x() > window.width():
            left = anchor.width() - size.width()
        corner = anchor.mapToGlobal(QPoint(left, anchor.height() + _BELOW_PX))
        screen = anchor.screen().availableGeometry()
        if corner.y() + size.height() > screen.bottom():
            corner = anchor.mapToGlobal(QPoint(left, -_BELOW_PX - size.height()))
        self.popup(corner)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the corners where the window system cannot show through them."""
        super().resizeEvent(event)
        if self._cut:
            radius = self._theme.radius("panel")
            path = QPainterPath()
            path.addRoundedRect(QRectF(self.rect()), radius, radius)
            self.setMask(QRegion(path.toFillPolygon().toPolygon()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box and every row."""
        theme, painter = self._theme, QPainter(self)
        line = theme.color("border.default")
        draw_box(painter, QRectF(self.rect()), theme.radius("panel"), theme.color("bg.overlay"), line)
        for action in self.actions():
            row = self.actionGeometry(action)
            if action.isSeparator():
                painter.fillRect(QRect(row.left(), row.center().y(), row.width(), 1), theme.color("border.default"))
            else:
                self._draw_action(painter, action, QRectF(row))

    def _draw_action(self, painter: QPainter, action: QAction, row: QRectF) -> None:
        theme, middle = self._theme, row.center().y()
        look = _look(action)
        draw_row(painter, row, theme, hovered=False, selected=action is self.activeAction(), focused=False)
        ink = "bad.text" if look.danger else "text.primary"
        ink = ink if action.isEnabled() else "text.disabled"
        centre = QPointF(row.left() + _ICON_CENTRE_PX, middle)
        if look.icon:
            tint = ink if look.danger else "text.secondary"
            draw_icon(painter, theme, look.icon, tint, 15, centre)
        right = row.right() - 8
        if not action.shortcut().isEmpty():
            draw_kbd(
                painter, theme, action.shortcut().toString(action.shortcut().SequenceFormat.NativeText), right, middle
            )
        painter.setFont(self.font())
        painter.setPen(theme.color(ink))
        left = _TEXT_LEFT_PX if self._has_icons else 8
        words = row.adjusted(left, 0, right - row.right(), 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, _words(action))


def _look(action: QAction) -> _Look:
    look = action.data()
    assert isinstance(look, _Look)
    return look


def _words(action: QAction) -> str:
    return action.text().replace("&&", "&")
