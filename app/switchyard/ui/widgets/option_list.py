"""A list of what can be chosen: options under headings, each with a mark; of pickers, and beside what is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QModelIndex, QObject, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.headed_rows import ROW_ROLE, HeadedRows, Index
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_icon, draw_row

ROW_PX = 30
_ICON_PX = 16
_TICK_PX = 15
_STAR_ROOM_PX = 32
_EDGE_PX = 8
_NAME_LEFT_PX = _EDGE_PX + NORMAL.width() + 8


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: with its provider's mark, or without one an icon. `note` stands at the right.

    `spoken` is what a reader of the screen hears of it. `liked`: a star tells whether it is a favourite; None has none.
    """

    value: object
    name: str
    spoken: str
    provider_id: str = ""
    note: str = ""
    note_token: str = "text.tertiary"
    liked: bool | None = None
    icon: str = "chain"


@dataclass(frozen=True, slots=True)
class Group:
    """Options under a heading."""

    heading: str
    options: Sequence[Option]


class OptionModel(HeadedRows[Option]):
    """Options under their headings."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(Option, lambda option: option.name, parent)

    def offer(self, groups: Sequence[Group]) -> None:
        """Offer these in place of what there was."""
        rows: list[str | Option] = []
        for group in groups:
            rows += [group.heading, *group.options]
        self.set_rows(rows)

    def like(self, value: object, *, liked: bool) -> None:
        """Show that an option is a favourite now, or no longer."""
        rows: list[str | Option] = [
            replace(row, liked=liked) if isinstance(row, Option) and row.value == value else row for row in self._rows
        ]
        self._rows = rows
        self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def first(self) -> int:
        """Return the first row that can be chosen; -1 where there is none."""
        return self.away_from(-1, 1)

    def row_of(self, value: object) -> int:
        """Return where a value stands, else the first row that can be chosen."""
        rows = [n for n, row in enumerate(self._rows) if isinstance(row, Option) and row.value == value]
        return rows[0] if rows else self.first()

    def away_from(self, row: int, by: int) -> int:
        """Return the row so many options away, past headings; the ends hold."""
        options = [n for n, each in enumerate(self._rows) if isinstance(each, Option)]
        if not options:
            return -1
        at = options.index(row) if row in options else -1 if by > 0 else 0
        return options[max(0, min(len(options) - 1, at + by))]


class OptionList(QListView):
    """The rows; the keyboard stays where the words are typed. `current` is the value that is chosen already."""

    def __init__(self, theme: Theme, model: OptionModel, name: str, current: object = None) -> None:
        super().__init__()
        self._options = model
        self._pressed_x = 0.0
        self.setModel(model)
        self.setItemDelegate(_OptionRow(theme, self, current))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.entered.connect(self.setCurrentIndex)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where the row is pressed."""
        self._pressed_x = event.position().x()
        super().mousePressEvent(event)

    def is_on_star(self, index: QModelIndex) -> bool:
        """Whether the star of a row was pressed."""
        return self._pressed_x >= self.visualRect(index).right() - _STAR_ROOM_PX

    def fit(self, fewest: int, most: int) -> None:
        """Be as high as the rows, within bounds."""
        self.setFixedHeight(ROW_PX * max(fewest, min(most, self._options.rowCount())))

    def stand_on(self, row: int) -> None:
        """Go to a row; -1 is nowhere."""
        index = self._options.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        if row == self._options.first():
            self.scrollToTop()


class _OptionRow(QStyledItemDelegate):
    """Draws a heading, or an option with its mark and a tick where it is chosen now."""

    def __init__(self, theme: Theme, view: QListView, current: object) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._current = current

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the same height for every row."""
        return QSize(120, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        row, theme, rect = index.data(ROW_ROLE), self._theme, QRectF(option.rect)
        painter.save()
        if isinstance(row, Option):
            at = index.row() == self._view.currentIndex().row()
            draw_row(painter, rect, theme, hovered=False, selected=at, focused=False)
            self._draw_mark(painter, rect, row)
            room = rect.adjusted(_NAME_LEFT_PX, 0, -_EDGE_PX, 0)
            if row.liked is not None:
                self._draw_star(painter, room, liked=row.liked, at=at)
                room.setRight(room.right() - _STAR_ROOM_PX + _EDGE_PX)
            self._draw_words(painter, room, row)
        else:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("text.tertiary"))
            words = rect.adjusted(_EDGE_PX, 6, -_EDGE_PX, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, str(row))
        painter.restore()

    def _draw_mark(self, painter: QPainter, rect: QRectF, option: Option) -> None:
        corner = QPointF(rect.left() + _EDGE_PX, rect.center().y() - NORMAL.height() / 2)
        box = QRectF(corner, QSizeF(NORMAL))
        if option.provider_id:
            paint_mark(painter, box, self._theme, option.provider_id)
        else:
            draw_icon(painter, self._theme, option.icon, "text.secondary", _ICON_PX, box.center())

    def _draw_star(self, painter: QPainter, room: QRectF, *, liked: bool, at: bool) -> None:
        """Show the full star of a favourite, and where one stands the outline of one."""
        centre = QPointF(room.right() - _TICK_PX / 2, room.center().y())
        if liked:
            draw_icon(painter, self._theme, "star-filled", "accent.text", _TICK_PX, centre)
        elif at:
            draw_icon(painter, self._theme, "star", "text.tertiary", _TICK_PX, centre)

    def _draw_words(self, painter: QPainter, room: QRectF, option: Option) -> None:
        theme = self._theme
        if self._current is not None and option.value == self._current:
            centre = QPointF(room.right() - _TICK_PX / 2, room.center().y())
            draw_icon(painter, theme, "check", "accent.text", _TICK_PX, centre)
            room.setRight(room.right() - _TICK_PX - 7)
        elif option.note:
            painter.setFont(theme.font("caption", 400))
            painter.setPen(theme.color(option.note_token))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, option.note)
            room.setRight(room.right() - painter.fontMetrics().horizontalAdvance(option.note) - 8)
        painter.setFont(theme.font("ui"))
        painter.setPen(theme.color("text.primary"))
        shown = painter.fontMetrics().elidedText(option.name, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def holds_all(known: str, text: str) -> bool:
    """Whether what is known of an option holds every word of a text, whatever the case."""
    folded = known.casefold()
    return all(word in folded for word in text.casefold().split())
