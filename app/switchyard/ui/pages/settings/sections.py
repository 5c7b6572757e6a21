"""The list of the settings' sections."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.paint import draw_row

_ROW_PX = 34
_INSET_PX = 8
_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)


class SectionList(QListView):
    """One tab stop; arrow keys choose."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, name: str, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setModel(QStringListModel(list(titles), self))
        self._rows = _Rows(theme, self)
        self.setItemDelegate(self._rows)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        theme.changed.connect(self.viewport().update)

    def show_row(self, row: int) -> None:
        """Choose a section."""
        self.setCurrentIndex(self.model().index(row, 0))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus only where a key brought it."""
        self._rows.ringed = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def _on_current_changed(self, current: QModelIndex) -> None:
        self.chosen.emit(current.row())


class _Rows(QStyledItemDelegate):
    """Draws a title on its state's ground."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self.ringed = False

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of a row."""
        return QSize(120, _ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row."""
        theme = self._theme
        row = QRectF(option.rect).adjusted(_INSET_PX, 1, -_INSET_PX, -1)
        selected = index.row() == self._view.currentIndex().row()
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = selected and self.ringed and self._view.hasFocus()
        draw_row(painter, row, theme, hovered=hovered, selected=selected, focused=focused)
        painter.setFont(theme.font("uiStrong" if selected else "ui"))
        painter.setPen(theme.color("text.primary" if selected else "text.secondary"))
        words = row.adjusted(10, 0, -10, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, str(index.data()))
