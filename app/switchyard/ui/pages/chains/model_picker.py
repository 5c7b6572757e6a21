"""The panel in which a step's model is chosen: every listed model, or any name typed for an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from switchyard.core.chain import DeploymentName
from switchyard.services.accounts import SIMULATOR, AccountView
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.mark import NORMAL, paint_mark
from switchyard.ui.widgets.paint import draw_row
from switchyard.ui.widgets.popover import Popover

_WIDTH_PX = 400
_ROW_PX = 30
_MOST_ROWS = 12
_ROW_ROLE = Qt.ItemDataRole.UserRole

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Offer:
    """One model that can be chosen; `note` stands at the right."""

    use: DeploymentName
    provider_id: str
    note: str = ""


class ModelPicker(QObject):
    """Opens once beside a widget of the window, and is gone when it closes; `chosen` carries a `DeploymentName`."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, window: QWidget, accounts: Sequence[AccountView]) -> None:
        super().__init__(window)
        self._popover = Popover(theme, window, self.tr("Choose a model"), _WIDTH_PX)
        self._popover.closed.connect(self._popover.deleteLater)
        self._popover.destroyed.connect(self.deleteLater)
        self._model = _OfferModel(accounts, self)
        self.field = Field(
            theme, self.tr("Model"), placeholder=self.tr("Filter, or type any model's name"), icon="search"
        )
        self.field.changed.connect(self._on_typed)
        self.field.edit.installEventFilter(self)
        self._nothing = Paragraph(theme, self.tr("No model matches."), "secondary", "text.tertiary")
        self._nothing.setContentsMargins(8, 8, 8, 8)
        self._nothing.hide()
        self.view = _OfferView(theme, self._model, self.tr("Models"))
        self.view.clicked.connect(self._choose)
        body = self._popover.body
        body.setSpacing(5)
        for widget in (self.field, self._nothing, self.view):
            body.addWidget(widget)

    def open_beside(self, anchor: QWidget) -> None:
        """Open below the anchor or above it, ready for typing."""
        self.view.stand_on(self._model.first())
        self._popover.open_beside(anchor)
        self.field.edit.setFocus(Qt.FocusReason.PopupFocusReason)

    def offers(self) -> list[Offer]:
        """Return what can be chosen now, from the top."""
        return self._model.offers()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the field's arrows and Enter act on the list."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
        key = Qt.Key(event.key())
        if key in steps:
            self.view.stand_on(self._model.away_from(self.view.currentIndex().row(), steps[key]))
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

    def _choose(self, index: QModelIndex) -> None:
        offer = self._model.offer(index)
        if offer is not None:
            self._popover.dismiss()
            self.chosen.emit(offer.use)


class _OfferModel(QAbstractListModel):
    """Models under the names of their accounts, narrowed by words; below them the typed name for every account."""

    def __init__(self, accounts: Sequence[AccountView], parent: QObject) -> None:
        super().__init__(parent)
        self._accounts = accounts
        self._rows: list[str | Offer] = []
        self.narrow("")

    def narrow(self, text: str) -> None:
        """Keep what holds every word of the text."""
        self.beginResetModel()
        self._rows = []
        for view in self._accounts:
            found = [offer for offer in self._listed(view) if _holds(view, offer, text)]
            if found:
                self._rows += [_heading(view), *found]
        name = text.strip()
        if name:
            self._add_typed(name)
        self.endResetModel()

    def offers(self) -> list[Offer]:
        return [row for row in self._rows if isinstance(row, Offer)]

    def offer(self, index: _Index) -> Offer | None:
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Offer) else None

    def first(self) -> int:
        """Return the first row that can be chosen; -1 where there is none."""
        return self.away_from(-1, 1)

    def away_from(self, row: int, by: int) -> int:
        """Return the row so many choices away, past headings; the ends hold."""
        choices = [n for n, each in enumerate(self._rows) if isinstance(each, Offer)]
        if not choices:
            return -1
        at = choices.index(row) if row in choices else -1 if by > 0 else 0
        return choices[max(0, min(len(choices) - 1, at + by))]

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of headings and choices."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is drawn and read out."""
        row = self._rows[index.row()]
        if role == _ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row if isinstance(row, str) else row.use.model
        if role == Qt.ItemDataRole.AccessibleTextRole and isinstance(row, Offer):
            return ", ".join(part for part in (row.use.model, row.use.account, row.note) if part)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Let headings be passed over."""
        if self.offer(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _listed(self, view: AccountView) -> list[Offer]:
        note = self.tr("no key") if view.lacks_key else ""
        account = view.account
        return [
            Offer(DeploymentName(account.name, model.name), account.provider, note)
            for model in view.models
            if model.chat
        ]

    def _add_typed(self, name: str) -> None:
        """Offer the name as it was typed, for every account that does not list it."""
        listed = {offer.use for offer in self.offers()}
        typed = [
            Offer(DeploymentName(view.account.name, name), view.account.provider, view.account.name)
            for view in self._accounts
            if view.account.name != SIMULATOR.name and DeploymentName(view.account.name, name) not in listed
        ]
        if typed:
            self._rows += [self.tr("As typed, listed or not"), *typed]


class _OfferView(QListView):
    """The rows; the keyboard stays in the field above."""

    def __init__(self, theme: Theme, model: _OfferModel, name: str) -> None:
        super().__init__()
        self._offers = model
        self.setModel(model)
        self.setItemDelegate(_OfferRow(theme, self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.setFixedHeight(_ROW_PX * max(4, min(_MOST_ROWS, model.rowCount())))
        self.entered.connect(self.setCurrentIndex)

    def stand_on(self, row: int) -> None:
        """Go to a row; -1 is nowhere."""
        index = self._offers.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        if row == self._offers.first():
            self.scrollToTop()


class _OfferRow(QStyledItemDelegate):
    """Draws a heading, or a model with its provider's mark."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the same height for every row."""
        return QSize(120, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        row, theme, rect = index.data(_ROW_ROLE), self._theme, QRectF(option.rect)
        painter.save()
        if isinstance(row, Offer):
            at = index.row() == self._view.currentIndex().row()
            draw_row(painter, rect, theme, hovered=False, selected=at, focused=False)
            corner = QPointF(rect.left() + 8, rect.center().y() - NORMAL.height() / 2)
            paint_mark(painter, QRectF(corner, QSizeF(NORMAL)), theme, row.provider_id)
            self._draw_words(painter, rect.adjusted(8 + NORMAL.width() + 8, 0, -8, 0), row)
        else:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("text.tertiary"))
            words = rect.adjusted(8, 6, -8, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, str(row))
        painter.restore()

    def _draw_words(self, painter: QPainter, room: QRectF, offer: Offer) -> None:
        theme = self._theme
        if offer.note:
            font = theme.font("caption", 400)
            painter.setFont(font)
            painter.setPen(theme.color("text.tertiary"))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, offer.note)
            room.setRight(room.right() - QFontMetricsF(font).horizontalAdvance(offer.note) - 8)
        painter.setFont(theme.font("ui"))
        painter.setPen(theme.color("text.primary"))
        shown = painter.fontMetrics().elidedText(offer.use.model, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _heading(view: AccountView) -> str:
    name = view.account.name
    return view.provider_name if name in {view.account.provider, SIMULATOR.name} else f"{view.provider_name} · {name}"


def _holds(view: AccountView, offer: Offer, text: str) -> bool:
    known = f"{_heading(view)} {view.account.name} {offer.use.model}".casefold()
    return all(word in known for word in text.casefold().split())
