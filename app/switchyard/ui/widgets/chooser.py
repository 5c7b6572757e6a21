"""The panel in which one of many is chosen, a chain or a model: type to filter, arrows and Enter to choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.headed_rows import ROW_ROLE, HeadedRows, Index
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_icon, draw_row
from switchyard.ui.widgets.popover import Popover

_ROW_PX = 30
_FEWEST_ROWS = 4
_MOST_ROWS = 12
_ICON_PX = 16
_TICK_PX = 15
_STAR_ROOM_PX = 32
_EDGE_PX = 8
_NAME_LEFT_PX = _EDGE_PX + NORMAL.width() + 8
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: with its provider's mark, or without one as a chain. `note` stands at the right.

    `spoken` is what a reader of the screen hears of it. `liked`: a star tells whether it is a favourite; None has none.
    """

    value: object
    name: str
    spoken: str
    provider_id: str = ""
    note: str = ""
    note_token: str = "text.tertiary"
    liked: bool | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Options under a heading."""

    heading: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class ChooserWords:
    """What a chooser says: over itself, of its field, in the empty field, where nothing matches, of its list."""

    title: str
    field: str
    invitation: str
    nothing: str
    list: str


class Chooser(QObject):
    """Opens once beside a widget of the window, and is gone when it closes; `chosen` carries an option's value.

    `find` returns what is offered for the text in the field; `current` is the value that begins with a tick.
    `liked` carries the value whose star was pressed, and whether it is a favourite now: Ctrl+D does so too.
    """

    chosen = Signal(object)
    liked = Signal(object, bool)

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        words: ChooserWords,
        find: Callable[[str], Sequence[Group]],
        *,
        width_px: int,
        current: object = None,
    ) -> None:
        super().__init__(window)
        self._current = current
        self._popover = Popover(theme, window, words.title, width_px)
        self._popover.closed.connect(self._popover.deleteLater)
        self._popover.destroyed.connect(self.deleteLater)
        self._model = _OptionModel(find, self)
        self.field = Field(theme, words.field, placeholder=words.invitation, icon="search")
        self.field.changed.connect(self._on_typed)
        self.field.edit.installEventFilter(self)
        self._nothing = Paragraph(theme, words.nothing, "secondary", "text.tertiary")
        self._nothing.setContentsMargins(8, 8, 8, 8)
        self._nothing.hide()
        self.view = _OptionView(theme, self._model, words.list, current)
        self.view.clicked.connect(self._on_clicked)
        body = self._popover.body
        body.setSpacing(5)
        for widget in (self.field, self._nothing, self.view):
            body.addWidget(widget)
        body.addStretch(1)  # where the list goes, its room stays below

    def open_beside(self, anchor: QWidget) -> None:
        """Open below the anchor or above it, at what is chosen now, ready for typing."""
        self.view.stand_on(self._model.row_of(self._current))
        self._popover.open_beside(anchor)
        self.field.edit.setFocus(Qt.FocusReason.PopupFocusReason)

    def options(self) -> Sequence[Option]:
        """Return what can be chosen now, from the top."""
        return self._model.rows

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the field's arrows and Enter act on the list, and the key of favourites before the window's."""
        if not isinstance(event, QKeyEvent):
            return False
        key = Qt.Key(event.key())
        likes = key == Qt.Key.Key_D and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if event.type() == QEvent.Type.ShortcutOverride and likes:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress or self.field.edit.composing:
            return False
        if likes:
            self._like(self.view.currentIndex())
            return True
        if key in _STEPS:
            self.view.stand_on(self._model.away_from(self.view.currentIndex().row(), _STEPS[key]))
            return True
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._choose(self.view.currentIndex())
            return True
        return False

    def _on_typed(self, text: str) -> None:
        self._model.narrow(text)
        self._nothing.setVisible(not self._model.rowCount())
        self.view.setVisible(bool(self._model.rowCount()))
        self.view.stand_on(self._model.first())

    def _on_clicked(self, index: QModelIndex) -> None:
        option = self._model.row(index)
        if option is not None and option.liked is not None and self.view.is_on_star(index):
            self._like(index)
        else:
            self._choose(index)

    def _like(self, index: QModelIndex) -> None:
        """Make an option a favourite, or no longer; it stays where it is until the panel opens again."""
        option = self._model.row(index)
        if option is not None and option.liked is not None:
            self.liked.emit(option.value, not option.liked)
            self._model.like(option.value, liked=not option.liked)

    def _choose(self, index: QModelIndex) -> None:
        option = self._model.row(index)
        if option is not None:
            self._popover.dismiss()
            self.chosen.emit(option.value)


class _OptionModel(HeadedRows[Option]):
    """The options that were found, under their headings."""

    def __init__(self, find: Callable[[str], Sequence[Group]], parent: QObject) -> None:
        super().__init__(Option, lambda option: option.name, parent)
        self._find = find
        self.narrow("")

    def narrow(self, text: str) -> None:
        """Offer what is found for a text."""
        rows: list[str | Option] = []
        for group in self._find(text):
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


class _OptionView(QListView):
    """The rows; the keyboard stays in the field above."""

    def __init__(self, theme: Theme, model: _OptionModel, name: str, current: object) -> None:
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
        self.setFixedHeight(_ROW_PX * max(_FEWEST_ROWS, min(_MOST_ROWS, model.rowCount())))
        self.entered.connect(self.setCurrentIndex)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where the row is pressed."""
        self._pressed_x = event.position().x()
        super().mousePressEvent(event)

    def is_on_star(self, index: QModelIndex) -> bool:
        """Whether the star of a row was pressed."""
        return self._pressed_x >= self.visualRect(index).right() - _STAR_ROOM_PX

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
        return QSize(120, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        row, theme, rect = index.data(ROW_ROLE), self._theme, QRectF(option.rect)
        painter.save()
        if isinstance(row, Option):
            at = index.row() == self._view.currentIndex().row()
            draw_row(painter, rect, theme, hovered=False, selected=at, focused=False)
            self._draw_mark(painter, rect, row.provider_id)
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

    def _draw_mark(self, painter: QPainter, rect: QRectF, provider_id: str) -> None:
        corner = QPointF(rect.left() + _EDGE_PX, rect.center().y() - NORMAL.height() / 2)
        box = QRectF(corner, QSizeF(NORMAL))
        if provider_id:
            paint_mark(painter, box, self._theme, provider_id)
        else:
            draw_icon(painter, self._theme, "chain", "text.secondary", _ICON_PX, box.center())

    def _draw_star(self, painter: QPainter, room: QRectF, *, liked: bool, at: bool) -> None:
        """Show the star of a favourite, and where one stands an empty one."""
        if liked or at:
            centre = QPointF(room.right() - _TICK_PX / 2, room.center().y())
            draw_icon(painter, self._theme, "star", "accent.text" if liked else "text.tertiary", _TICK_PX, centre)

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
