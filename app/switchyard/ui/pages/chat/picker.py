"""The panel in which it is chosen what answers: type to filter, arrows and Enter to choose."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.services.chat import Target
from switchyard.ui.pages.chat.targets import Choice, Targets
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_icon, draw_row
from switchyard.ui.widgets.popover import Popover

_WIDTH_PX = 340
_ROW_PX = 30
_MOST_ROWS = 12
_ICON_PX = 16
_CHOICE_ROLE = Qt.ItemDataRole.UserRole

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Picker(QObject):
    """Opens once beside a widget of the window, and is gone when it closes."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, window: QWidget, targets: Targets, current: Target | None) -> None:
        super().__init__(window)
        self._popover = Popover(theme, window, self.tr("What answers"), _WIDTH_PX)
        self._popover.closed.connect(self._popover.deleteLater)
        self._popover.destroyed.connect(self.deleteLater)
        self._model = _ChoiceModel(targets, self)
        self.field = Field(theme, self.tr("Filter"), placeholder=self.tr("Filter chains and models"), icon="search")
        self.field.changed.connect(self._on_filtered)
        self.field.edit.installEventFilter(self)
        self._nothing = Paragraph(theme, self.tr("No chain or model matches."), "secondary", "text.tertiary")
        self._nothing.setContentsMargins(8, 8, 8, 8)
        self._nothing.hide()
        self.view = _ChoiceView(theme, self._model, current)
        self.view.clicked.connect(self._choose)
        body = self._popover.body
        body.setSpacing(5)
        body.addWidget(self.field)
        body.addWidget(self._nothing)
        body.addWidget(self.view)

    def open_beside(self, anchor: QWidget) -> None:
        """Open below the anchor or above it, ready for typing."""
        self.view.stand_on_current()
        self._popover.open_beside(anchor)
        self.field.edit.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the field's arrows and Enter act on the list."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
        key = Qt.Key(event.key())
        if key in steps:
            self.view.move_by(steps[key])
            return True
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._choose(self.view.currentIndex())
            return True
        return False

    def _on_filtered(self, text: str) -> None:
        self._model.filter(text)
        self._nothing.setVisible(not self._model.rowCount())
        self.view.setVisible(bool(self._model.rowCount()))
        self.view.stand_on_first()

    def _choose(self, index: QModelIndex) -> None:
        choice = self._model.choice(index)
        if choice is not None:
            self._popover.dismiss()
            self.chosen.emit(choice.target)


class _ChoiceModel(QAbstractListModel):
    """Choices under headings, narrowed to those that hold every typed word."""

    def __init__(self, targets: Targets, parent: QObject) -> None:
        super().__init__(parent)
        self._choices = targets.choices
        self._doubled = _doubled(targets.choices)
        self._rows: list[str | Choice] = []
        self.filter("")

    def filter(self, text: str) -> None:
        """Keep what holds every word of the text in its name, its account's or its provider's."""
        words = text.casefold().split()
        self.beginResetModel()
        self._rows = []
        group = ""
        for choice in self._choices:
            heading = self._heading(choice)
            known = f"{heading} {choice.target.model or choice.name}".casefold()
            if not all(word in known for word in words):
                continue
            if heading != group:
                self._rows.append(heading)
                group = heading
            self._rows.append(choice)
        self.endResetModel()

    def choice(self, index: _Index) -> Choice | None:
        """Return the choice at an index; None at a heading or nowhere."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Choice) else None

    def row_of(self, target: Target | None) -> int:
        """Return where a target stands, else the first choice."""
        rows = [n for n, row in enumerate(self._rows) if isinstance(row, Choice)]
        return next((n for n in rows if self._target(n) == target), rows[0] if rows else -1)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of headings and choices."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is drawn and read out."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row if isinstance(row, str) else row.name
        if role == _CHOICE_ROLE:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole and isinstance(row, Choice):
            return f"{row.name}, {self._heading(row)}"
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Let headings be passed over."""
        if self.choice(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _heading(self, choice: Choice) -> str:
        if choice.account is None:
            return self.tr("Chains")
        provider = choice.account.provider_name
        return f"{provider} · {choice.account.account.name}" if provider in self._doubled else provider

    def _target(self, row: int) -> Target | None:
        choice = self.choice(self.index(row))
        return choice.target if choice is not None else None


class _ChoiceView(QListView):
    """The rows of the picker; the keyboard stays in the field above."""

    def __init__(self, theme: Theme, model: _ChoiceModel, current: Target | None) -> None:
        super().__init__()
        self._choices = model
        self._current = current
        self.setModel(model)
        self.setItemDelegate(_ChoiceRow(theme, self, current))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setAccessibleName(self.tr("Chains and models"))
        self.setFixedHeight(_ROW_PX * max(1, min(_MOST_ROWS, model.rowCount())))
        self.entered.connect(self.setCurrentIndex)

    def stand_on_current(self) -> None:
        """Begin at what answers now."""
        self._stand_on(self._choices.row_of(self._current))

    def stand_on_first(self) -> None:
        """Begin at the first match."""
        self._stand_on(self._choices.row_of(None))

    def move_by(self, rows: int) -> None:
        """Go up or down to the next choice, past headings; the ends hold."""
        at, step = self.currentIndex().row(), 1 if rows > 0 else -1
        left = abs(rows)
        found = at
        while left and 0 <= at + step < self._choices.rowCount():
            at += step
            if self._choices.choice(self._choices.index(at)) is not None:
                found = at
                left -= 1
        self._stand_on(found)

    def _stand_on(self, row: int) -> None:
        index = self._choices.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index)


class _ChoiceRow(QStyledItemDelegate):
    """Draws a heading, or a chain or model with its mark and a tick where it answers now."""

    def __init__(self, theme: Theme, view: QWidget, current: Target | None) -> None:
        super().__init__(view)
        self._theme = theme
        self._current = current

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the same height for every row."""
        return QSize(120, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        row = index.data(_CHOICE_ROLE)
        rect = QRectF(option.rect)
        painter.save()
        if isinstance(row, Choice):
            self._draw_choice(painter, rect, row, at=index == self._view().currentIndex())
        else:
            painter.setFont(self._theme.font("caption"))
            painter.setPen(self._theme.color("text.tertiary"))
            words = rect.adjusted(8, 6, -8, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, str(row))
        painter.restore()

    def _draw_choice(self, painter: QPainter, rect: QRectF, choice: Choice, *, at: bool) -> None:
        theme, middle = self._theme, rect.center().y()
        draw_row(painter, rect, theme, hovered=False, selected=at, focused=False)
        if choice.provider_id:
            box = QRectF(rect.left() + 8, middle - NORMAL.height() / 2, NORMAL.width(), NORMAL.height())
            paint_mark(painter, box, theme, choice.provider_id)
        else:
            centre = QPointF(rect.left() + 8 + NORMAL.width() / 2, middle)
            draw_icon(painter, theme, "chain", "text.secondary", _ICON_PX, centre)
        right = rect.right() - 8
        if choice.target == self._current:
            draw_icon(painter, theme, "check", "accent.text", 15, QPointF(right - 7, middle))
            right -= 22
        elif choice.account is not None and choice.account.lacks_key:
            right = self._draw_note(painter, rect, self.tr("no key"), right)
        words = QRectF(rect.left() + 8 + NORMAL.width() + 8, rect.top(), 0, rect.height())
        words.setRight(right)
        painter.setFont(theme.font("ui"))
        painter.setPen(theme.color("text.primary"))
        shown = painter.fontMetrics().elidedText(choice.name, Qt.TextElideMode.ElideMiddle, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _draw_note(self, painter: QPainter, rect: QRectF, note: str, right: float) -> float:
        painter.setFont(self._theme.font("caption", 400))
        painter.setPen(self._theme.color("warn.text"))
        room = QRectF(rect.left(), rect.top(), right - rect.left(), rect.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
        return right - painter.fontMetrics().horizontalAdvance(note) - 8

    def _view(self) -> QListView:
        view = self.parent()
        assert isinstance(view, QListView)
        return view


def _doubled(choices: Sequence[Choice]) -> set[str]:
    """Return the providers of more than one account, whose headings need the account's name."""
    accounts = {(c.account.provider_name, c.account.account.name) for c in choices if c.account is not None}
    providers = [provider for provider, _ in accounts]
    return {provider for provider in providers if providers.count(provider) > 1}
