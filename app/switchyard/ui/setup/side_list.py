"""The column at the left of a page that lists what the page is about, in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.headed_rows import ROW_ROLE, HeadedRows, Index
from switchyard.ui.widgets.labels import Label
from switchyard.ui.widgets.lamp import LampState, paint_lamp
from switchyard.ui.widgets.mark import LARGE, paint_mark
from switchyard.ui.widgets.paint import draw_icon, draw_row

_HEAD_PX = 48
_ROW_PX = 48
_SHORT_ROW_PX = 36
_HEADING_PX = 34
_INSET_PX = 8
_PADDING_PX = 10
_BESIDE_GAP_PX = 6
_BESIDE_LEAST_PX = 24  # of the quieter word, where there is no second line to which it could give way
_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)


@dataclass(frozen=True, slots=True)
class SideRow:
    """One thing that can be chosen: a mark or an icon, a title with a quieter word beside it, a caption, a state.

    `action` is a word in the colour of links at the right; `lamp_words` says in words what the lamp shows.
    """

    key: str
    title: str
    caption: str = ""
    beside: str = ""
    provider_id: str = ""
    icon: str = ""
    lamp: LampState | None = None
    lamp_words: str = ""
    action: str = ""

    @property
    def spoken(self) -> str:
        """The row as a screen reader says it."""
        parts = (self.title, self.beside, self.caption, self.lamp_words, self.action)
        return ", ".join(part for part in parts if part)


class SideList(QWidget):
    """Rows under headings; `chosen` tells the key of the one that a person stands on now."""

    chosen = Signal(str)
    add_requested = Signal()

    def __init__(self, theme: Theme, title: str, add_text: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = _RowModel(self)
        self.view = _RowView(theme, self._model, title)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        self._quiet = False
        self.setFixedWidth(width)
        self.add = Button(theme, add_text, "ghost", icon="plus")
        self.add.clicked.connect(self.add_requested)
        head = QHBoxLayout()
        head.setContentsMargins(18, 0, 10, 0)
        heading = Label(theme, title, "title")
        heading.setFixedHeight(_HEAD_PX)
        head.addWidget(heading, 1)
        head.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        theme.changed.connect(self.update)

    def set_rows(self, rows: Sequence[str | SideRow]) -> None:
        """Show these; a text is a heading. What was chosen stays chosen where it is still there."""
        current = self.current
        self._quiet = True
        self._model.set_rows(rows)
        self._quiet = False
        self.select(current)

    @property
    def current(self) -> str:
        """Return the key of what is chosen; empty where nothing is."""
        row = self._model.row(self.view.currentIndex())
        return row.key if row is not None else ""

    @property
    def keys(self) -> list[str]:
        """Return the keys of the rows, from the top."""
        return self._model.keys

    def row(self, key: str) -> SideRow | None:
        """Return the row of that key."""
        return self._model.row(self._model.index_of(key))

    def select(self, key: str) -> None:
        """Stand on a row without telling."""
        self._quiet = True
        index = self._model.index_of(key)
        self.view.setCurrentIndex(index)
        if index.isValid():
            self.view.scrollTo(index)
        self._quiet = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line at the right."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg.window"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), self._theme.color("border.subtle"))

    def _on_current_changed(self, index: QModelIndex) -> None:
        row = self._model.row(index)
        if row is not None and not self._quiet:
            self.chosen.emit(row.key)


class _RowModel(HeadedRows[SideRow]):
    """Headings and rows."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(SideRow, lambda row: row.title, parent)

    @property
    def keys(self) -> list[str]:
        return [row.key for row in self.rows]

    def index_of(self, key: str) -> QModelIndex:
        for number, row in enumerate(self._rows):
            if isinstance(row, SideRow) and row.key == key:
                return self.index(number)
        return QModelIndex()


class _RowView(QListView):
    """One tab stop with arrows inside."""

    def __init__(self, theme: Theme, model: _RowModel, name: str) -> None:
        super().__init__()
        self.keyboard = False
        self.setModel(model)
        self.setItemDelegate(_RowDelegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(name)
        self.verticalScrollBar().setSingleStep(_ROW_PX)
        theme.changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the ring once keys are used."""
        self.keyboard = True
        super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where a key brought the focus."""
        self.keyboard = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)


class _RowDelegate(QStyledItemDelegate):
    """Draws a heading, or a row of two lines."""

    def __init__(self, theme: Theme, view: _RowView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a heading or a row."""
        row = index.data(ROW_ROLE)
        if not isinstance(row, SideRow):
            return QSize(120, _HEADING_PX)
        return QSize(120, _ROW_PX if row.caption else _SHORT_ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a heading or a row."""
        row = index.data(ROW_ROLE)
        painter.save()
        if isinstance(row, SideRow):
            self._draw_row(painter, option, row)
        else:
            words = QRectF(option.rect).adjusted(_INSET_PX + _PADDING_PX, 14, -_INSET_PX, -2)
            painter.setFont(self._theme.font("caption"))
            painter.setPen(self._theme.color("text.tertiary"))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, str(row))
        painter.restore()

    def _draw_row(self, painter: QPainter, option: QStyleOptionViewItem, row: SideRow) -> None:
        theme = self._theme
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = self._view.keyboard and bool(option.state & QStyle.StateFlag.State_HasFocus)
        box = QRectF(option.rect).adjusted(_INSET_PX, 0, -_INSET_PX, 0)
        draw_row(painter, box, theme, hovered=hovered, selected=selected, focused=focused)
        room = box.adjusted(_PADDING_PX, 0, -_PADDING_PX, 0)
        middle = room.center().y()
        if row.provider_id:
            corner = QPointF(room.left(), middle - LARGE.height() / 2)
            paint_mark(painter, QRectF(corner, QSizeF(LARGE)), theme, row.provider_id)
        else:
            centre = QPointF(room.left() + LARGE.width() / 2, middle)
            draw_icon(painter, theme, row.icon, "text.secondary", 16, centre)
        room.setLeft(room.left() + LARGE.width() + 10)
        room.setRight(self._draw_end(painter, room, row))
        self._draw_words(painter, room, row)

    def _draw_end(self, painter: QPainter, room: QRectF, row: SideRow) -> float:
        """Draw the lamp or the action and return where the words have to end."""
        if row.action:
            font = self._theme.font("buttonSmall")
            painter.setFont(font)
            painter.setPen(self._theme.color("accent.text"))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.action)
            return room.right() - QFontMetricsF(font).horizontalAdvance(row.action) - 8
        if row.lamp is not None:
            paint_lamp(painter, QPointF(room.right() - 5, room.center().y()), self._theme, row.lamp)
            return room.right() - 18
        return room.right()

    def _draw_words(self, painter: QPainter, room: QRectF, row: SideRow) -> None:
        theme = self._theme
        upper = QRectF(room.left(), room.center().y() - 19, room.width(), 20)
        lower = QRectF(room.left(), room.center().y() + 1, room.width(), 16)
        if not row.caption:
            upper.moveTop(room.center().y() - 10)
        font, quiet, caption = theme.font("ui", 500), theme.font("secondary"), theme.font("caption", 400)
        large, small = QFontMetricsF(font), QFontMetricsF(quiet)
        needed_px = large.horizontalAdvance(row.title) + _BESIDE_GAP_PX + small.horizontalAdvance(row.beside)
        moved = bool(row.beside and row.caption) and needed_px > upper.width()
        beside = "" if moved else row.beside
        least_px = min(small.horizontalAdvance(beside), _BESIDE_LEAST_PX) + _BESIDE_GAP_PX
        title = _elided(row.title, large, upper.width() - (least_px if beside else 0))
        painter.setFont(font)
        painter.setPen(theme.color("text.primary"))
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(theme.color("text.tertiary"))
        if beside:
            painter.setFont(quiet)
            upper.setLeft(upper.left() + large.horizontalAdvance(title) + _BESIDE_GAP_PX)
            beside = _elided(beside, small, upper.width())
            painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, beside)
        painter.setFont(caption)
        words = _below(row, QFontMetricsF(caption), lower.width(), with_beside=moved)
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def _below(row: SideRow, metrics: QFontMetricsF, width: float, *, with_beside: bool) -> str:
    """Return the second line; what had no room beside the title begins it, and is cut last."""
    if not with_beside:
        return _elided(row.caption, metrics, width)
    if metrics.horizontalAdvance(row.beside) > width:
        return _elided(row.beside, metrics, width)
    return metrics.elidedText(f"{row.beside} · {row.caption}", Qt.TextElideMode.ElideRight, width)


def _elided(text: str, metrics: QFontMetricsF, width: float) -> str:
    return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width)
