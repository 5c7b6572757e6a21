"""The rail at the left edge: which page is shown, and which other one wants a look."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout, QWidget

from switchyard.ui.pages.page import PageName
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.paint import draw_box, draw_icon
from switchyard.ui.widgets.tooltip import Tip

WIDE_PX = 64
NARROW_PX = 48

_ITEM_WIDE = QSize(56, 48)
_ITEM_NARROW = QSize(40, 40)
_ITEM_RADIUS = 8
_LOGO_PX = 28
_LOGO_BOX_PX = 32
_ICON_PX = 20
_WORDS_GAP_PX = 3
_DOT_PX = 7
_BAR_PX = 2
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1}

SHORTCUTS = {
    PageName.CHAT: "Ctrl+1",
    PageName.CHAINS: "Ctrl+2",
    PageName.MODELS: "Ctrl+3",
    PageName.PROVIDERS: "Ctrl+4",
    PageName.SETTINGS: "Ctrl+,",
}


class Rail(QWidget):
    """One tab stop: arrow keys move within it, Enter or Space opens the page."""

    chosen = Signal(PageName)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._narrow = False
        self._items = {
            PageName.CHAT: RailItem(theme, "chat", self.tr("Chat"), SHORTCUTS[PageName.CHAT]),
            PageName.CHAINS: RailItem(theme, "chain", self.tr("Chains"), SHORTCUTS[PageName.CHAINS]),
            PageName.MODELS: RailItem(theme, "models", self.tr("Models"), SHORTCUTS[PageName.MODELS]),
            PageName.PROVIDERS: RailItem(theme, "providers", self.tr("Providers"), SHORTCUTS[PageName.PROVIDERS]),
            PageName.SETTINGS: RailItem(theme, "settings", self.tr("Settings"), SHORTCUTS[PageName.SETTINGS]),
        }
        self._group = QButtonGroup(self)
        self.setAccessibleName(self.tr("Pages"))
        self._arrange()
        for name, item in self._items.items():
            self._group.addButton(item)
            item.installEventFilter(self)
            item.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
        self.set_current(PageName.CHAT)
        self.set_narrow(False)
        theme.changed.connect(self.update)

    def set_current(self, name: PageName) -> None:
        """Mark the page that is shown; Tab comes to its item."""
        self._current = name
        self._items[name].setChecked(True)
        self.update()
        for item in self._items.values():
            item.setFocusPolicy(Qt.FocusPolicy.TabFocus if item.isChecked() else Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self._items[name])

    def set_attention(self, name: PageName, reason: str) -> None:
        """Put a dot on an item, or take it away where there is no reason."""
        self._items[name].set_attention(reason)

    def set_narrow(self, narrow: bool) -> None:
        """Show icons alone, named by their tooltips, or icons with words below."""
        self._narrow = narrow
        self.setFixedWidth(NARROW_PX if narrow else WIDE_PX)
        for item in self._items.values():
            item.set_narrow(narrow)

    def item(self, name: PageName) -> RailItem:
        """Return the item of a page."""
        return self._items[name]

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override]  # only items are watched
        """Move the focus by arrow keys, around the ends."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None:
                items = list(self._items.values())
                at = next(index for index, item in enumerate(items) if item is watched)
                items[(at + step) % len(items)].setFocus(Qt.FocusReason.ShortcutFocusReason)
                return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the logo, the line at the right and the bar beside the page that is shown."""
        theme, painter = self._theme, QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg.window"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), theme.color("border.subtle"))
        centre = QPointF(self.width() / 2, 12 + _LOGO_BOX_PX / 2)
        draw_icon(painter, theme, "logo", "text.primary", _LOGO_PX, centre)
        item = self._items[self._current].geometry()
        inset = 11 if self._narrow else 14
        bar = QRectF(0, item.top() + inset, _BAR_PX, item.height() - 2 * inset)
        draw_box(painter, bar, _BAR_PX / 2, theme.color("accent.text"))

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12 + _LOGO_BOX_PX + 14, 0, 10)
        column.setSpacing(4)
        for name, item in self._items.items():
            if name is PageName.SETTINGS:
                column.addStretch(1)
            column.addWidget(item, 0, Qt.AlignmentFlag.AlignHCenter)


class RailItem(KeyboardRing, QPushButton):
    """A page's icon and name; a bar at the window's edge marks the one that is shown."""

    def __init__(self, theme: Theme, icon: str, words: str, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._theme = theme
        self._icon_name = icon
        self._narrow = False
        self._attention = False
        self._tip = Tip(theme, self, "", shortcut)
        self.setFont(theme.font("rail"))
        self.setAccessibleName(words)
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def set_attention(self, reason: str) -> None:
        """Show a dot, and tell its reason to who cannot see it; an empty reason takes it away."""
        self._attention = bool(reason)
        self.setAccessibleDescription(reason)
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Take the words away, which the tooltip then tells, or put them back."""
        self._narrow = narrow
        self._tip.set_text(self.text() if narrow else "")
        self.setFixedSize(_ITEM_NARROW if narrow else _ITEM_WIDE)
        self.update()

    def ring_radius(self) -> float:
        """Return the corner radius."""
        return float(_ITEM_RADIUS)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the icon, the words, the dot."""
        theme, painter = self._theme, QPainter(self)
        shown, lively = self.isChecked(), self.isChecked() or self.underMouse()
        if lively or self.isDown():
            ground = "bg.active" if shown or self.isDown() else "bg.hover"
            draw_box(painter, QRectF(self.rect()), _ITEM_RADIUS, theme.color(ground))
        ink = "text.primary" if lively else "text.tertiary"
        words_px = 0 if self._narrow else theme.line_height("rail")
        content_px = _ICON_PX + (_WORDS_GAP_PX + words_px if words_px else 0)
        top = (self.height() - content_px) / 2
        centre = QPointF(self.width() / 2, top + _ICON_PX / 2)
        draw_icon(painter, theme, self._icon_name, ink, _ICON_PX, centre)
        if not self._narrow:
            box = QRectF(0, top + _ICON_PX + _WORDS_GAP_PX, self.width(), words_px)
            painter.setPen(theme.color(ink))
            painter.setFont(self.font())
            words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width() - 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        if self._attention:
            self._draw_dot(painter, QPointF(centre.x() + 12.5, centre.y() - 6.5))

    def _draw_dot(self, painter: QPainter, centre: QPointF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("bg.active" if self.isChecked() else "bg.window"))
        painter.drawEllipse(centre, _DOT_PX / 2 + 2, _DOT_PX / 2 + 2)
        painter.setBrush(self._theme.color("warn.signal"))
        painter.drawEllipse(centre, _DOT_PX / 2, _DOT_PX / 2)
