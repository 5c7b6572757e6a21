"""The list of what the next message takes with it: a tick leaves a message out, a press on its words goes there."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.ui.pages.chat.context_rows import ROW_ROLE, ContextModel, ContextRow, Index
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_box, draw_icon, draw_row

ROW_PX = 30
_EDGE_PX = 8
_BOX_PX = 15
_TICK_ROOM_PX = _EDGE_PX + _BOX_PX + 8
_WHO_PX = 96
_TOKENS_PX = 52
_ICON_PX = 13
_GAP_PX = 8
_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class ContextList(QListView):
    """`opened` carries the message that a person wants to see."""

    opened = Signal(str)

    def __init__(self, theme: Theme, model: ContextModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self.keyboard = False  # whether it is keys that move here: only then a ring is drawn
        self.setModel(model)
        self.setItemDelegate(_RowPainter(theme, self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("What is sent next"))
        self.clicked.connect(self._on_clicked)

    def stand_on(self, at: int) -> None:
        """Go to a row, and show what stands before it."""
        index = self._rows.index(at)
        self.setCurrentIndex(index)
        self.scrollTo(index, QListView.ScrollHint.PositionAtCenter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the message, Space changes its tick; the rest is the list's own."""
        self.keyboard = True
        index = self.currentIndex()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._on_clicked(index)
        elif event.key() == Qt.Key.Key_Space:
            self._toggle(index)
        else:
            super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Stand on a row."""
        self.keyboard = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.stand_on(self._rows.first_kept)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press on a tick changes it and goes nowhere."""
        self.keyboard = False
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.position().x() < _TICK_ROOM_PX and self._rows.row(index).ticked is not None:
            self.setCurrentIndex(index)
            self._toggle(index)
        else:
            super().mousePressEvent(event)

    def _toggle(self, index: QModelIndex) -> None:
        if index.isValid():
            ticked = Qt.CheckState.Unchecked if self._rows.row(index).ticked else Qt.CheckState.Checked
            self._rows.setData(index, ticked, Qt.ItemDataRole.CheckStateRole)

    def _on_clicked(self, index: QModelIndex) -> None:
        uid = self._rows.row(index).uid if index.isValid() else None
        if uid is not None:
            self.opened.emit(uid)


class _RowPainter(QStyledItemDelegate):
    """Draws the tick, who speaks, how that begins, what is attached, why it is not sent, and its tokens."""

    def __init__(self, theme: Theme, view: ContextList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the same height for every row."""
        return QSize(120, ROW_PX)

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """Leave ticks to the list: Qt's own would lie elsewhere."""
        return False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        row, theme = index.data(ROW_ROLE), self._theme
        painter.save()
        box = QRectF(option.rect)
        current = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = current and self._view.keyboard and bool(option.state & QStyle.StateFlag.State_HasFocus)
        draw_row(painter, box, theme, hovered=hovered, selected=current, focused=focused)
        self._draw_tick(painter, box, row)
        room = box.adjusted(_TICK_ROOM_PX, 0, -_EDGE_PX, 0)
        self._draw_words(painter, room, row)
        painter.restore()

    def _draw_tick(self, painter: QPainter, box: QRectF, row: ContextRow) -> None:
        if row.ticked is None:
            return
        theme = self._theme
        tick = QRectF(box.left() + _EDGE_PX, box.center().y() - _BOX_PX / 2, _BOX_PX, _BOX_PX)
        if row.ticked:
            draw_box(painter, tick, theme.radius("mark"), theme.color("accent.fill"))
            draw_icon(painter, theme, "check", "accent.onFill", 11, tick.center())
        else:
            draw_box(painter, tick, theme.radius("mark"), None, theme.color("border.control"), 1.5)

    def _draw_words(self, painter: QPainter, room: QRectF, row: ContextRow) -> None:
        self._write(painter, room, row.tokens, "caption", "text.tertiary", _RIGHT, weight=400)
        taken = max(float(_TOKENS_PX), painter.fontMetrics().horizontalAdvance(row.tokens) + _GAP_PX)
        room = room.adjusted(0, 0, -taken, 0)
        if row.note:
            self._write(painter, room, row.note, "caption", "warn.text" if row.ticked else "text.tertiary", _RIGHT)
            room = room.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(row.note) - _GAP_PX, 0)
        if row.files:
            centre = QPointF(room.right() - _ICON_PX / 2, room.center().y())
            draw_icon(painter, self._theme, "attach", "text.tertiary", _ICON_PX, centre)
            room = room.adjusted(0, 0, -_ICON_PX - _GAP_PX, 0)
        ink = "text.primary" if row.sent else "text.tertiary"
        name = QRectF(room.left(), room.top(), _WHO_PX, room.height())
        self._write(painter, name, row.who, "secondary", "text.secondary" if row.sent else "text.tertiary", _LEFT)
        words = room.adjusted(_WHO_PX + _GAP_PX, 0, 0, 0)
        self._write(painter, words, row.words or ", ".join(row.files), "secondary", ink, _LEFT)

    def _write(
        self,
        painter: QPainter,
        room: QRectF,
        text: str,
        style: str,
        token: str,
        side: Qt.AlignmentFlag,
        *,
        weight: int | None = None,
    ) -> None:
        painter.setFont(self._theme.font(style, weight))
        painter.setPen(self._theme.color(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, side, shown)
