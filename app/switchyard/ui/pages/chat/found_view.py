"""What a search found, below the field: titles in one line, messages in three with the words marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.core.message import Conversation
from switchyard.core.search import Found, Hit, Snippet
from switchyard.ui.pages.chat.arrangement import Heading
from switchyard.ui.pages.chat.conversation_row import INSET_PX, ROW_PX
from switchyard.ui.pages.chat.found_model import FOUND_ROLE, PLACE_ROLE, WHEN_ROLE, FoundModel
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_row

_HIT_PX = 68
_LINE_PX = 17
_TITLE_PX = 20
_LINES = 2
_PLACE_PX = 16
_GAP_PX = 8

_Index = QModelIndex | QPersistentModelIndex


class FoundView(QListView):
    """`opened` carries the conversation and the message, which is "" for a title, and the words that were found."""

    opened = Signal(str, str, str)

    def __init__(self, theme: Theme, model: FoundModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found = model
        self._rows = _FoundRow(theme, self)
        self.setModel(model)
        self.setItemDelegate(self._rows)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("What was found"))
        self.verticalScrollBar().setSingleStep(ROW_PX)
        self.clicked.connect(self.open)
        theme.changed.connect(self.viewport().update)

    def show_found(self, titles: Sequence[Conversation], found: Found, *, anew: bool) -> None:
        """Show what was found; unless it was looked for `anew`, stand where the person stood, as far as it is there."""
        stood, top_px = self._found.row(self.currentIndex()), self.verticalScrollBar().value()
        self._found.show(titles, found)
        index = self._found.same(stood)
        if not anew and index.isValid() and index != self.currentIndex():
            self.setCurrentIndex(index)
            self.verticalScrollBar().setValue(top_px)
            self.scrollTo(index)

    def step(self, by: int) -> None:
        """Stand on the next row, or on the first."""
        index = self._found.away_from(self.currentIndex().row(), by)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def open_current(self) -> None:
        """Open the row that is stood on, else the first."""
        self.open(self.currentIndex() if self.currentIndex().isValid() else self._found.away_from(-1, 1))

    def open(self, index: _Index) -> None:
        """Open what stands at an index."""
        row = self._found.row(index)
        if isinstance(row, Hit):
            text, marks = row.snippet.text, row.snippet.marks
            self.opened.emit(row.conversation, row.message, text[slice(*marks[0])] if marks else "")
        elif isinstance(row, Conversation):
            self.opened.emit(row.uid, "", "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; the rest is the list's own."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.open_current()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Stand on a row."""
        if not self.currentIndex().isValid():
            self.step(1)
        super().focusInEvent(event)


class _FoundRow(QStyledItemDelegate):
    """Draws headings, titles and messages."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(view)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a row's kind; where a message is from elsewhere a line says so."""
        if not isinstance(index.data(FOUND_ROLE), Hit):
            return QSize(120, ROW_PX)
        return QSize(120, _HIT_PX + (_PLACE_PX if index.data(PLACE_ROLE) else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        row = index.data(FOUND_ROLE)
        painter.save()
        if isinstance(row, Heading):
            words = QRectF(option.rect).adjusted(2 * INSET_PX, 8, -2 * INSET_PX, 0)
            self._draw_line(painter, words, row.title, "caption", None, "text.tertiary")
        else:
            self._draw_found(painter, option, index, row)
        painter.restore()

    def _draw_found(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, row: Conversation | Hit
    ) -> None:
        box = QRectF(option.rect).adjusted(INSET_PX, 0, -INSET_PX, 0)
        current = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = current and bool(option.state & QStyle.StateFlag.State_HasFocus)
        draw_row(painter, box, self._theme, hovered=hovered, selected=current, focused=focused)
        words = box.adjusted(INSET_PX, 0, -INSET_PX, 0)
        place = str(index.data(PLACE_ROLE))
        if isinstance(row, Conversation):
            words.setRight(self._draw_right(painter, words, place))
            self._draw_line(painter, words, row.title, "ui", None, "text.primary")
            return
        line = QRectF(words.left(), words.top() + 6, words.width(), _TITLE_PX)
        end = self._draw_right(painter, line, str(index.data(WHEN_ROLE)))
        self._draw_line(
            painter, QRectF(line.topLeft(), QPointF(end, line.bottom())), row.title, "ui", 500, "text.primary"
        )
        if place:
            line.moveTop(line.bottom() - 2)
            line.setHeight(_PLACE_PX)
            self._draw_line(painter, line, place, "caption", 400, "text.tertiary")
        self._draw_snippet(painter, QPointF(words.left(), line.bottom()), words.width(), row.snippet)

    def _draw_right(self, painter: QPainter, line: QRectF, text: str) -> float:
        """Draw a short text at the right, on two thirds of the line at most, and return where the rest has to end."""
        if not text:
            return line.right()
        metrics = QFontMetricsF(self._theme.font("caption", 400))
        width = min(metrics.horizontalAdvance(text) + 1, line.width() * 2 / 3)
        end = QRectF(line.right() - width, line.top(), width, line.height())
        self._draw_line(painter, end, text, "caption", 400, "text.tertiary", Qt.AlignmentFlag.AlignRight)
        return end.left() - _GAP_PX

    def _draw_line(
        self,
        painter: QPainter,
        rect: QRectF,
        text: str,
        style: str,
        weight: int | None,
        token: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        painter.setFont(self._theme.font(style, weight))
        painter.setPen(self._theme.color(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | side, shown)

    def _draw_snippet(self, painter: QPainter, corner: QPointF, width: float, snippet: Snippet) -> None:
        """Draw two lines of the snippet, what was looked for in another colour and weight."""
        theme = self._theme
        layout = QTextLayout(snippet.text, theme.font("secondary"))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([self._marked(snippet.text, start, end) for start, end in snippet.marks])
        layout.beginLayout()
        for number in range(_LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            line.setPosition(QPointF(0, number * _LINE_PX))
        layout.endLayout()
        painter.setPen(theme.color("text.secondary"))
        layout.draw(painter, corner)

    def _marked(self, text: str, start: int, end: int) -> QTextLayout.FormatRange:
        look = QTextCharFormat()
        look.setFontWeight(600)
        look.setForeground(self._theme.color("accent.text"))
        marked = QTextLayout.FormatRange()
        marked.start = _utf16_length(text[:start])
        marked.length = _utf16_length(text[start:end])
        marked.format = look
        return marked


def _utf16_length(text: str) -> int:
    """Return the length as Qt counts it: characters beyond the first plane are two."""
    return len(text) + sum(each > "\uffff" for each in text)
