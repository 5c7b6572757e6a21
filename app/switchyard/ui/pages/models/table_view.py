"""The table of models: rows of 39 pixels, painted, so that thousands of them scroll as a few do."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from switchyard.core.catalog_queries import Entry
from switchyard.ui import format as written
from switchyard.ui.model_words import Skill, skills
from switchyard.ui.pages.models.table_model import ENTRY_ROLE, Column, TableModel
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box, draw_icon

_ROW_PX = 39
_HEAD_PX = 34
_GUTTER_PX = 20
_PADDING_PX = 10
_SKILL_PX = 24
_FADED = 0.28
_REMEMBERED = 20_000
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
_NAME_LEAST_PX = 210
_WIDTHS: Mapping[Column, int] = {
    Column.ACCOUNT: 124,
    Column.PLACE: 118,
    Column.CONTEXT: 78,
    Column.OUTPUT: 72,
    Column.PRICE_IN: 70,
    Column.PRICE_OUT: 72,
    Column.CAN: 7 * _SKILL_PX + 12,
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
        self._theme = theme
        self._model = model
        self._head = _Head(theme, model, self)
        self.setModel(model)
        self.setHorizontalHeader(self._head)
        self.setItemDelegate(_Cells(theme, model, self))
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
        self.verticalScrollBar().setSingleStep(_ROW_PX)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(_ROW_PX)
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.clicked.connect(self._on_clicked)
        theme.changed.connect(self._on_theme_changed)

    def stand_on(self, name: str) -> None:
        """Stand on a deployment's row, where it is shown."""
        row = self._model.row_of(name)
        self.setCurrentIndex(self._model.index(row, 0) if row >= 0 else QModelIndex())

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

    def _on_theme_changed(self) -> None:
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


class _Cells(QStyledItemDelegate):
    """Draws a name with its provider's mark, icons of what a model can do, or words."""

    def __init__(self, theme: Theme, model: TableModel, view: ModelTable) -> None:
        super().__init__(view)
        self._theme = theme
        self._table = model
        self._view = view
        self._skills = skills()
        self._fitted: dict[tuple[str, int, int], str] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a row."""
        return QSize(60, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a cell and its part of the row's ground."""
        theme, column, rect = self._theme, Column(index.column()), QRectF(option.rect)
        entry = index.data(ENTRY_ROLE)
        painter.save()
        self._draw_ground(painter, option, index, rect)
        room = _cell_room(rect, column)
        if column is Column.MODEL:
            self._draw_name(painter, room, entry)
        elif column is Column.CAN:
            for number, skill in enumerate(self._skills):
                centre = QPointF(room.left() + _SKILL_PX * (number + 0.5) - 4, room.center().y())
                self._draw_skill(painter, entry, skill, centre)
        else:
            text = str(index.data())
            quiet = text == written.unknown() or not entry.deployment.has_key
            painter.setFont(theme.font("ui"))
            painter.setPen(theme.color("text.tertiary" if quiet else "text.secondary"))
            right = self._table.specs[column].right
            painter.drawText(room, _RIGHT if right else _LEFT, text if right else self._fitting(painter, text, room))
        painter.restore()

    def _draw_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, rect: QRectF) -> None:
        theme = self._theme
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            painter.fillRect(rect, theme.color("accent.soft" if selected else "bg.hover"))
        painter.fillRect(QRectF(rect.left(), rect.bottom(), rect.width(), 1), theme.color("border.subtle"))
        at_row = index.row() == self._view.currentIndex().row()
        if at_row and self._view.keyboard and self._view.hasFocus() and index.column() == Column.MODEL:
            draw_box(painter, rect.adjusted(2, 2, -2, -3), theme.radius("row"), None, theme.color("focus.ring"), 2)

    def _draw_name(self, painter: QPainter, room: QRectF, entry: Entry) -> None:
        theme, deployment = self._theme, entry.deployment
        corner = QPointF(room.left(), room.center().y() - NORMAL.height() / 2)
        paint_mark(painter, QRectF(corner.x(), corner.y(), 22, 16), theme, deployment.provider)
        room.setLeft(room.left() + 30)
        painter.setFont(theme.font("ui", 500))
        lively = entry.offered and entry.chat and deployment.has_key
        painter.setPen(theme.color("text.primary" if lively else "text.tertiary"))
        painter.drawText(room, _LEFT, self._fitting(painter, deployment.model, room))

    def _fitting(self, painter: QPainter, text: str, room: QRectF) -> str:
        """Return what of a text fits; remembered, since measuring it costs more than drawing it."""
        key = (text, int(room.width()), painter.font().weight())
        found = self._fitted.get(key)
        if found is None:
            if len(self._fitted) > _REMEMBERED:
                self._fitted.clear()
            found = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, key[1])
            self._fitted[key] = found
        return found

    def _draw_skill(self, painter: QPainter, entry: Entry, skill: Skill, centre: QPointF) -> None:
        """Draw what it can as an icon, what it cannot as a faded one, and what nobody knows as a dot."""
        theme, can = self._theme, entry.deployment.capabilities.get(skill.capability)
        if can is None:
            painter.fillRect(QRectF(centre.x() - 1, centre.y() - 1, 2, 2), theme.color("text.tertiary"))
            return
        painter.setOpacity(1 if can else _FADED)
        draw_icon(painter, theme, skill.icon, "text.secondary", 15, centre)
        painter.setOpacity(1)


def _cell_room(rect: QRectF, column: Column) -> QRectF:
    left = _GUTTER_PX if column is Column.MODEL else _PADDING_PX
    return rect.adjusted(left, 0, -_PADDING_PX, -1)
