"""A choice from a list that drops down."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.focus import KeyboardRing
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_box, draw_icon, draw_row

_HEIGHT_PX = 30
_ROW_PX = 30
_PADDING_PX = 10
_MARK_ROLE = Qt.ItemDataRole.UserRole + 1


class Combo(KeyboardRing, QComboBox):
    """Choices by id and words, each with a provider's mark where it has one."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setFont(theme.font("ui"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(_HEIGHT_PX)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        view = QListView()
        view.setItemDelegate(_Rows(theme, self, view))
        view.setFont(theme.font("ui"))
        view.setAccessibleName(name)
        self.setView(view)
        theme.changed.connect(self.update)

    def add_choice(self, key: str, words: str, provider_id: str = "") -> None:
        """Add a choice at the end."""
        self.addItem(words, key)
        self.setItemData(self.count() - 1, provider_id, _MARK_ROLE)

    @property
    def current(self) -> str:
        """Return the id of the choice; an empty list has an empty one."""
        return str(self.currentData() or "")

    def set_current(self, key: str) -> None:
        """Choose by id."""
        self.setCurrentIndex(self.findData(key))

    def sizeHint(self) -> QSize:
        """Return room for the longest words, up to a sensible width."""
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(self.itemText(index)) for index in range(self.count())), default=80)
        return QSize(min(420, widest + NORMAL.width() + 50), _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        return QSize(100, _HEIGHT_PX)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll: a wheel that passes by changes no choice."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field, the choice and the chevron."""
        theme, painter = self._theme, QPainter(self)
        enabled = self.isEnabled()
        fill = theme.color("bg.hover" if self.underMouse() else "bg.raised") if enabled else None
        draw_box(painter, QRectF(self.rect()), theme.radius("control"), fill, theme.color("border.default"))
        words = QRectF(self.rect()).adjusted(_PADDING_PX, 0, -28, 0)
        provider_id = str(self.currentData(_MARK_ROLE) or "")
        if provider_id:
            words = _draw_mark(painter, theme, words, provider_id)
        painter.setPen(theme.color("text.primary" if enabled else "text.disabled"))
        painter.setFont(self.font())
        shown = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        chevron = QPointF(self.width() - 17, self.height() / 2)
        draw_icon(painter, theme, "chevron-down", "text.secondary" if enabled else "text.disabled", 14, chevron)


class _Rows(QStyledItemDelegate):
    """Draws the choices of the list: 30 pixels high, a tick beside the chosen one."""

    def __init__(self, theme: Theme, combo: QComboBox, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._combo = combo
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of a row."""
        return QSize(120, _ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row."""
        theme = self._theme
        painter.save()
        row = QRectF(option.rect)
        active = bool(option.state & QStyle.StateFlag.State_Selected)
        draw_row(painter, row, theme, hovered=False, selected=active, focused=False)
        words = row.adjusted(8, 0, -28, 0)
        provider_id = str(index.data(_MARK_ROLE) or "")
        if provider_id:
            words = _draw_mark(painter, theme, words, provider_id)
        painter.setFont(self._view.font())
        painter.setPen(theme.color("text.primary"))
        metrics = self._view.fontMetrics()
        shown = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if index.row() == self._combo.currentIndex():
            draw_icon(painter, theme, "check", "accent.text", 14, QPointF(row.right() - 16, row.center().y()))
        painter.restore()


def _draw_mark(painter: QPainter, theme: Theme, room: QRectF, provider_id: str) -> QRectF:
    """Draw a mark at the left of the room and return what is left of it."""
    top = room.center().y() - NORMAL.height() / 2
    paint_mark(painter, QRectF(room.left(), top, NORMAL.width(), NORMAL.height()), theme, provider_id)
    return room.adjusted(NORMAL.width() + 8, 0, 0, 0)
