"""The table of models: rows of 39 pixels, painted, so that thousands of them scroll as a few do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QTableView,
    QWidget,
)

from switchyard.core.catalog_queries import Entry
from switchyard.ui.pages.models.row_painter import GUTTER_PX, PADDING_PX, ROW_PX, SKILL_PX, Look, RowPainter, Slot
from switchyard.ui.pages.models.table_model import ENTRY_ROLE, Column, TableModel
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_icon

_HEAD_PX = 34
_NAME_LEAST_PX = 210
_WIDTHS: Mapping[Column, int] = {
    Column.ACCOUNT: 124,
    Column.PLACE: 118,
    Column.CONTEXT: 78,
    Column.OUTPUT: 72,
    Column.PRICE_IN: 70,
    Column.PRICE_OUT: 72,
    Column.CAN: 7 * SKILL_PX + 12,
    Column.QUALITY: 70,
    Column.FIRST_TOKEN: 94,
    Column.PACE: 62,
}
# What goes first where the window is narrow.
_DROPPED = (
    Column.PACE,
    Column.OUTPUT,
    Column.PLACE,
    Column.ACCOUNT,
    Column.QUALITY,
    Column.FIRST_TOKEN,
    Column.CONTEXT,
    Column.CAN,
)
_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)

_Index = QModelIndex | QPersistentModelIndex


class ModelTable(QTableView):
    """One tab stop with arrows inside; `opened` names the deployment that the person wants to see."""

    opened = Signal(str)

    def __init__(self, theme: Theme, model: TableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keyboard = False
        self.shown: Sequence[Column] = list(Column)
        self._theme = theme
        self._model = model
        self._head = _Head(theme, model, self)
        self.setModel(model)
        self.setHorizontalHeader(self._head)
        self._rows = RowPainter(theme, model)
        self._hovered = -1
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # so what is scrolled is moved, not drawn
        self.setAccessibleName(self.tr("Models"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(ROW_PX)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(ROW_PX)
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.clicked.connect(self._on_clicked)
        self.entered.connect(self._on_entered)
        theme.changed.connect(self._on_theme_changed)

    def stand_on(self, name: str) -> None:
        """Stand on a deployment's row, where it is shown."""
        row = self._model.row_of(name)
        self.setCurrentIndex(self._model.index(row, 0) if row >= 0 else QModelIndex())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows that came into view, or changed."""
        painter, seen = QPainter(self.viewport()), event.rect()
        painter.fillRect(seen, self._theme.color("bg.surface"))
        count = self._model.rowCount()
        first = self.rowAt(max(0, seen.top()))
        slots = [Slot(column, self.columnViewportPosition(column), self.columnWidth(column)) for column in self.shown]
        current = self.currentIndex().row()
        ringed = current if self.keyboard and self.hasFocus() else -1
        selected = {index.row() for index in self.selectionModel().selectedRows()}
        width = self.viewport().width()
        for row in range(first, count) if first >= 0 else ():
            top = self.rowViewportPosition(row)
            if top > seen.bottom():
                break
            look = Look(row in selected, row == self._hovered, row == ringed)
            self._rows.draw(painter, QRect(0, top, width, ROW_PX), row, slots, look)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self._hover(-1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the name what the other columns leave; where that is little, some of them go."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Divide the width among the columns."""
        room = self.viewport().width()
        shown = list(_WIDTHS)
        for column in _DROPPED:
            if room - sum(_WIDTHS[each] for each in shown) >= _NAME_LEAST_PX:
                break
            shown.remove(column)
        self.shown = [column for column in Column if column is Column.MODEL or column in shown]
        for column, width in _WIDTHS.items():
            self.setColumnHidden(column, column not in shown)
            self.setColumnWidth(column, width)
        self.setColumnWidth(Column.MODEL, max(120, room - sum(_WIDTHS[each] for each in shown)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the row; the ring is shown once keys are used."""
        self.keyboard = True
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self._on_clicked(self.currentIndex())
            return
        super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where a key brought the focus, and stand on a row."""
        self.keyboard = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)
        if self.keyboard and not self.currentIndex().isValid() and self._model.rowCount():
            self.setCurrentIndex(self._model.index(0, 0))

    def _on_clicked(self, index: _Index) -> None:
        entry = index.data(ENTRY_ROLE)
        if isinstance(entry, Entry):
            self.opened.emit(entry.deployment.name)

    def _on_entered(self, index: _Index) -> None:
        self._hover(index.row())

    def _hover(self, row: int) -> None:
        before, self._hovered = self._hovered, row
        for each in {before, row} - {-1} if before != row else ():
            self.viewport().update(0, self.rowViewportPosition(each), self.viewport().width(), ROW_PX)

    def _on_theme_changed(self) -> None:
        self._rows.forget()
        self.viewport().update()
        self._head.viewport().update()


class _Head(QHeaderView):
    """The headings; a press orders by a column, a second one the other way."""

    def __init__(self, theme: Theme, model: TableModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._table = model
        self.setFixedHeight(_HEAD_PX)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(24)
        self.sectionClicked.connect(self._on_clicked)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the headings and the line below them."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._theme.color("bg.surface"))
        super().paintEvent(event)
        bottom = QRect(0, self.height() - 1, self.width(), 1)
        QPainter(self.viewport()).fillRect(bottom, self._theme.color("border.subtle"))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        """Draw a heading, and which way the table is ordered."""
        theme, column = self._theme, Column(logicalIndex)
        spec = self._table.specs[column]
        ordered = column is self._table.column
        ink = "text.primary" if ordered else "text.tertiary"
        room = _cell_room(QRectF(rect), column)
        painter.save()
        painter.setFont(theme.font("secondary", 500))
        painter.setPen(theme.color(ink))
        metrics = painter.fontMetrics()
        arrow_px = 15 if ordered else 0
        words = metrics.elidedText(spec.heading, Qt.TextElideMode.ElideRight, int(room.width() - arrow_px))
        width = metrics.horizontalAdvance(words)
        left = room.right() - arrow_px - width if spec.right else room.left()
        painter.drawText(QRectF(left, room.top(), width + 2, room.height()), Qt.AlignmentFlag.AlignVCenter, words)
        if ordered:
            icon = "chevron-down" if self._table.descending else "chevron-up"
            draw_icon(painter, theme, icon, ink, 12, QPointF(left + width + 9, room.center().y()))
        painter.restore()

    def _on_clicked(self, section: int) -> None:
        column = Column(section)
        first_down = self._table.specs[column].down
        down = not self._table.descending if column is self._table.column else first_down
        self._table.sort(column, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)


def _cell_room(rect: QRectF, column: Column) -> QRectF:
    left = GUTTER_PX if column is Column.MODEL else PADDING_PX
    return rect.adjusted(left, 0, -PADDING_PX, -1)
