"""The panel of the context meter: how full it is, what that means, and every message with its tick."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.context import Context
from switchyard.core.draft import Draft
from switchyard.core.fitting import room_in
from switchyard.ui.pages.chat.context_list import ROW_PX, ContextList
from switchyard.ui.pages.chat.context_rows import ContextModel
from switchyard.ui.pages.chat.context_words import (
    figure,
    kept_free,
    reading_of,
    said_of_kept_back,
    said_of_smaller,
    state,
)
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.paint import draw_box
from switchyard.ui.widgets.popover import Popover

_WIDTH_PX = 480
_PADDING_PX = 12
_MOST_ROWS = 10
_FEWEST_ROWS = 3
_BAR_PX = 4


class ContextPanel(QObject):
    """`toggled` carries a message that is to be left out or taken in again, `opened` one to go to; gone when closed."""

    toggled = Signal(str)
    opened = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget, context: Context, draft: Draft) -> None:
        super().__init__(window)
        self._popover = Popover(theme, window, self.tr("Context"), _WIDTH_PX)
        self._popover.closed.connect(self.closed)
        self._popover.closed.connect(self._popover.deleteLater)
        self._popover.destroyed.connect(self.deleteLater)
        self.figure = Label(theme, "", "secondary", "text.tertiary")
        self._bar = _Bar(theme)
        self.state = Paragraph(theme, "", "secondary", "text.primary")
        self.smaller = Paragraph(theme, "", "secondary", "text.tertiary")
        self.free = Paragraph(theme, "", "secondary", "text.tertiary")
        self.model = ContextModel(context, draft, self)
        self.model.toggled.connect(self.toggled)
        self.list = ContextList(theme, self.model)
        self.list.opened.connect(self._on_opened)
        self._fill(theme)
        self._say(context)

    def open_beside(self, anchor: QWidget, reason: Qt.FocusReason) -> None:
        """Open below the anchor, where what is sent begins."""
        rows = max(_FEWEST_ROWS, min(_MOST_ROWS, self.model.rowCount()))
        self.list.setFixedHeight(rows * ROW_PX)
        self._popover.open_beside(anchor)
        self.list.stand_on(self.model.first_kept)
        self.list.setFocus(reason)

    def show_context(self, context: Context, draft: Draft) -> None:
        """Show what it is now."""
        self.model.show_context(context, draft)
        self._say(context)
        self._popover.fit()

    def _fill(self, theme: Theme) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(_PADDING_PX, _PADDING_PX - 2, _PADDING_PX, _PADDING_PX - 2)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(Label(theme, self.tr("Sent with the next message"), "ui", weight=600))
        head.addStretch(1)
        head.addWidget(self.figure)
        column.addLayout(head)
        column.addWidget(self._bar)
        for each in (self.state, self.smaller, self.free):
            column.addWidget(each)
        body = self._popover.body
        body.addWidget(inside)
        body.addWidget(self.list)

    def _say(self, context: Context) -> None:
        locale = QLocale()
        self.figure.setText(self.tr("{figure} tok").format(figure=figure(context, locale)))
        self._bar.show_context(context)
        self.state.setText(state(context, locale))
        smaller = [said_of_smaller(one, context.fit, locale) for one in context.smaller]
        self.smaller.setText("\n".join(smaller))
        said = (kept_free(context, locale), said_of_kept_back(context.kept_back))
        self.free.setText(" ".join(filter(None, said)))
        for each in (self.state, self.smaller, self.free):
            each.setVisible(bool(each.text()))

    def _on_opened(self, uid: str) -> None:
        self._popover.dismiss()
        self.opened.emit(uid)


class _Bar(QWidget):
    """How full the window is; a gap shows where the room for the answer begins."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self._room = 1.0
        self._token = "text.secondary"
        self.setFixedHeight(_BAR_PX)

    def show_context(self, context: Context) -> None:
        """Show another state; where no window is known there is nothing to draw."""
        reading = reading_of(context, QLocale())
        self._share, self._token = min(1.0, reading.share), reading.signal
        self._room = room_in(context.window) / context.window if context.window else 1.0
        self.setVisible(bool(context.window))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar."""
        theme, painter = self._theme, QPainter(self)
        box = QRectF(self.rect())
        draw_box(painter, box, _BAR_PX / 2, theme.color("bg.active"))
        full = QRectF(box.left(), box.top(), max(box.width() * self._share, float(_BAR_PX)), box.height())
        draw_box(painter, full, _BAR_PX / 2, theme.color(self._token))
        if self._room < 1:
            painter.fillRect(QRectF(box.width() * self._room - 1, 0, 2, _BAR_PX), theme.color("bg.overlay"))
