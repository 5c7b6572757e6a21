"""The right part of the page: header, thread and composer; in a new chat the composer stands in the middle."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from switchyard.ui.pages.chat.composer import GLOW_PX, RESTING_PX, Composer
from switchyard.ui.pages.chat.empty import Around
from switchyard.ui.pages.chat.header import HEIGHT_PX, Header
from switchyard.ui.pages.chat.offered import may_offer
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Label

_THREAD_PX = 804
_EMPTY_PX = 720
_MARGIN_PX = 24
_BELOW_PX = 12
_QUESTION_GAP_PX = 16
_LEAST_BELOW_PX = 8
_NARROW_PX = 940


class ThreadColumn(QWidget):
    """The composer is never taken out of its place in the tree, so that focus and an input method stay with it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.header = Header(theme, self)
        self.threads = QStackedWidget(self)
        self.threads.hide()
        self.question = Label(theme, self.tr("What are you working on?"), "display", parent=self)
        self.composer = Composer(theme, self)
        self.composer.installEventFilter(self)
        self.composer.box.viewport().installEventFilter(self)
        self.around = Around(theme, self)
        self.around.installEventFilter(self)
        self._above = QWidget(self)
        self._beneath = QWidget(self)
        self._centred = [_centred(each) for each in (self.question, self.composer, self.around)]
        self._column = QVBoxLayout(self)
        self._lay_out()
        self._empty = True
        self._arrange()
        self.setAcceptDrops(True)
        theme.changed.connect(self.update)

    def set_empty(self, empty: bool) -> None:
        """Show a new chat, or the thread."""
        if empty != self._empty:
            self._empty = empty
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give what is below the composer the room that is left."""
        super().resizeEvent(event)
        self.header.set_narrow(self.width() < _NARROW_PX)
        self.composer.foot.set_narrow(self.width() < _NARROW_PX)
        self.composer.estimate.set_narrow(self.width() < _NARROW_PX)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A part grew or shrank; or something is dragged over the composer's text, which takes that for itself."""
        if event.type() == QEvent.Type.Resize and watched in {self.composer, self.around}:
            self._fit()
        elif isinstance(event, QDragEnterEvent):
            self.composer.set_awaited(event.mimeData().hasUrls() or event.mimeData().hasImage())
        elif event.type() in {QEvent.Type.DragLeave, QEvent.Type.Drop}:
            self.composer.set_awaited(False)
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and pictures can be dropped anywhere on the page."""
        if may_offer(event.mimeData()):
            event.acceptProposedAction()
            self.composer.set_awaited(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It goes elsewhere."""
        self.composer.set_awaited(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take it as if it were dropped into the text."""
        self.composer.set_awaited(False)
        self.composer.box.insertFromMimeData(event.mimeData())
        event.acceptProposedAction()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self._theme.color("bg.surface"))

    def _lay_out(self) -> None:
        column = self._column
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.threads, 1)
        column.addWidget(self._above)
        for row in self._centred:
            column.addLayout(row)
        column.addWidget(self._beneath, 1)

    def _arrange(self) -> None:
        empty = self._empty
        for each in (self._above, self.question, self.around, self._beneath):
            each.setVisible(empty)
        self.threads.setVisible(not empty)
        width = _EMPTY_PX if empty else _THREAD_PX
        glow = GLOW_PX if empty else 0
        for each, around in ((self.question, 0), (self.composer, 2 * glow), (self.around, 0)):
            each.setMaximumWidth(width + around)
        self._centred[0].setContentsMargins(_MARGIN_PX, 0, _MARGIN_PX, _QUESTION_GAP_PX if empty else 0)
        self._centred[1].setContentsMargins(_MARGIN_PX - glow, 0, _MARGIN_PX - glow, 0 if empty else _BELOW_PX)
        self.composer.set_prominent(empty)
        self._fit()

    def _fit(self) -> None:
        """Put a new chat in the middle; whatever comes into the composer leaves the words where they are."""
        if not self._empty:
            return
        composer, around = self.composer, self.around
        room = self.height() - HEIGHT_PX - self.question.sizeHint().height() - _QUESTION_GAP_PX
        resting, now = room - RESTING_PX, room - composer.sizeHint().height()
        around.fit(now - 2 * _MARGIN_PX)
        middle = (resting - around.height_in(resting - 2 * _MARGIN_PX)) // 2
        lowest = now - around.height_in(now - 2 * _MARGIN_PX) - _LEAST_BELOW_PX
        self._above.setFixedHeight(max(0, min(middle - _taken_above(composer.words, composer.box), lowest)))


def _taken_above(column: QVBoxLayout, widget: QWidget) -> int:
    """Return how much room that takes which stands in a column above a widget for a while."""
    items = map(column.itemAt, range(column.indexOf(widget)))
    heights = [each.sizeHint().height() for each in items if each is not None and not each.isEmpty()]
    return sum(heights) + len(heights) * column.spacing()


def _centred(widget: QWidget) -> QHBoxLayout:
    """Return a row in which a widget is as wide as it may be, in the middle."""
    row = QHBoxLayout()
    row.setContentsMargins(_MARGIN_PX, 0, _MARGIN_PX, 0)
    row.addStretch(1)
    row.addWidget(widget, 10_000)
    row.addStretch(1)
    return row
