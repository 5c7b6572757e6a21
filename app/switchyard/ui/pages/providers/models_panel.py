"""The models that an account lists: which of them are offered where one is chosen, what they take, what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter
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

from switchyard.core.catalog import Model
from switchyard.core.catalog_queries import Entry
from switchyard.ui import model_words as wording
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.paint import draw_box, draw_icon

_ROW_PX = 32
_ROWS_BELOW = 8
_SEARCHED_FROM = 12
_BOX_PX = 15
_CONTEXT_PX = 48
_PRICE_PX = 108
_MODEL_ROLE = Qt.ItemDataRole.UserRole
_NOTE_ROLE = Qt.ItemDataRole.UserRole + 1
_BY_KEYBOARD = frozenset(
    {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
)

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ModelsPanel(QWidget):
    """A heading with the count, and a line per model; `offer_requested` carries names and whether to offer them."""

    offer_requested = Signal(object, bool)

    def __init__(self, theme: Theme, locale: QLocale, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._locale = locale
        self._below = False
        self._account = ""
        self._count = Label(theme, "", "secondary", "text.tertiary")
        self._nothing = Paragraph(theme, "", "secondary", "text.tertiary")
        self.search = Field(theme, self.tr("Search models"), placeholder=self.tr("Search models"), icon="search")
        self.search.changed.connect(self._on_searched)
        self.all = Button(theme, self.tr("Offer all"), "link", size="small")
        self.all.clicked.connect(lambda: self._offer_all(offered=True))
        self.none = Button(theme, self.tr("Offer none"), "link", size="small")
        self.none.clicked.connect(lambda: self._offer_all(offered=False))
        self._model = _Models(locale, self)
        self._model.toggled.connect(lambda name, on: self.offer_requested.emit([name], on))
        self.view = _ModelView(theme, self._model)
        self.view.setAccessibleName(self.tr("Models found"))
        head = QHBoxLayout()
        head.addWidget(Label(theme, self.tr("Models found"), "panel"), 1)
        head.addWidget(self._count)
        self._choice = QWidget()
        choice = QHBoxLayout(self._choice)
        choice.setContentsMargins(0, 0, 0, 0)
        choice.setSpacing(14)
        choice.addWidget(self.all)
        choice.addWidget(self.none)
        choice.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._nothing)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        column.addWidget(self._choice)
        column.addStretch(0)

    def show_models(self, account: str, models: Sequence[Model], *, asked: bool) -> None:
        """Show an account's list; one that was never asked for says so."""
        if account != self._account:
            self.search.set_text("")
        self._account = account
        self._model.set_models(models)
        chatty = [model for model in models if model.chat]
        offered, locale = sum(model.offered for model in chatty), self._locale
        words = self.tr("{offered} of {count} offered")
        counted = words.format(offered=locale.toString(offered), count=locale.toString(len(chatty)))
        self._count.setText(counted if chatty else "")
        self._nothing.setText(
            self.tr("The provider lists no models. Any model's name can be typed in a chain.")
            if asked
            else self.tr("Test the account to see its models. Any model's name can be typed in a chain.")
        )
        self._nothing.setVisible(not models)
        self.view.setVisible(bool(models))
        self.search.setVisible(len(models) >= _SEARCHED_FROM)
        self._choice.setVisible(len(chatty) > 1)
        self._on_searched()

    def show_facts(self, facts: Mapping[str, Entry]) -> None:
        """Show what the catalog knows of the models, by name."""
        self._model.set_facts(facts)

    def set_below(self, below: bool) -> None:
        """Stand under the form, at a height of its own, or beside it, as high as the page."""
        self._below = below
        self._fit()

    def _on_searched(self) -> None:
        self._model.narrow(self.search.text())
        self._fit()

    def _offer_all(self, *, offered: bool) -> None:
        """Offer what the search shows, or do not; what is so already is left alone."""
        names = [model.name for model in self._model.shown if model.chat and model.offered is not offered]
        if names:
            self.offer_requested.emit(names, offered)

    def _fit(self) -> None:
        if self._below:
            self.view.setFixedHeight(_ROW_PX * max(1, min(_ROWS_BELOW, self._model.rowCount())))
        else:
            self.view.setMinimumHeight(0)
            self.view.setMaximumHeight(_ROW_PX * max(1, self._model.rowCount()) + 2)


class _Models(QAbstractListModel):
    """The lines; ticking one tells, and what is told back is shown."""

    toggled = Signal(str, bool)

    def __init__(self, locale: QLocale, parent: QObject) -> None:
        super().__init__(parent)
        self._locale = locale
        self._models: tuple[Model, ...] = ()
        self._facts: Mapping[str, Entry] = {}
        self._text = ""
        self.shown: tuple[Model, ...] = ()

    def set_models(self, models: Sequence[Model]) -> None:
        self._models = tuple(models)
        self.narrow(self._text)

    def set_facts(self, facts: Mapping[str, Entry]) -> None:
        self._facts = facts
        if self.shown:
            self.dataChanged.emit(self.index(0), self.index(len(self.shown) - 1))

    def narrow(self, text: str) -> None:
        """Show the models whose names hold every word; where the lines stay the same, so does the place in them."""
        self._text = text
        words = text.casefold().split()
        found = tuple(m for m in self._models if all(word in m.name.casefold() for word in words))
        if [model.name for model in found] == [model.name for model in self.shown]:
            self.shown = found
            if found:
                self.dataChanged.emit(self.index(0), self.index(len(found) - 1))
            return
        self.beginResetModel()
        self.shown = found
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of models."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is drawn and read out."""
        model = self.shown[index.row()]
        if role == _MODEL_ROLE:
            return model
        if role == _NOTE_ROLE:
            return self._note(model)
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return model.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (model.name, *self._note(model), self._state(model))))
        if role == Qt.ItemDataRole.CheckStateRole and model.chat:
            return Qt.CheckState.Checked if model.offered else Qt.CheckState.Unchecked
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick a model or take the tick away."""
        model = self.shown[index.row()]
        if role != Qt.ItemDataRole.CheckStateRole or not model.chat:
            return False
        self.toggled.emit(model.name, not model.offered)
        return True

    def _note(self, model: Model) -> tuple[str, str]:
        """Return the window and the price."""
        entry = self._facts.get(model.name)
        if not model.chat:
            return "", self.tr("not for chat")
        if entry is None:
            return (wording.size(model.context, self._locale) if model.context is not None else ""), ""
        context, deployment = entry.deployment.context, entry.deployment
        size = wording.size(context, self._locale) if context is not None else ""
        if deployment.free:
            return size, wording.price_in(deployment, self._locale)
        if deployment.price is None:
            return size, self.tr("no price")
        price = f"{wording.price_in(deployment, self._locale)} / {wording.price_out(deployment, self._locale)}"
        return size, price

    def _state(self, model: Model) -> str:
        if not model.chat:
            return ""
        return self.tr("offered") if model.offered else self.tr("not offered")


class _ModelView(QListView):
    """One tab stop with arrows inside; Space or a press ticks a line."""

    def __init__(self, theme: Theme, model: _Models) -> None:
        super().__init__()
        self.keyboard = False
        self.setModel(model)
        self.setItemDelegate(_ModelRow(theme, self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        theme.changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick by Space; show the ring once keys are used."""
        self.keyboard = True
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self.model().setData(index, None, Qt.ItemDataRole.CheckStateRole)
        else:
            super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Stand on a line where a key brought the focus."""
        self.keyboard = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)
        if self.keyboard and not self.currentIndex().isValid() and self.model().rowCount():
            self.setCurrentIndex(self.model().index(0, 0))


class _ModelRow(QStyledItemDelegate):
    """Draws a tick box, a name elided in the middle, and what is known at the right."""

    def __init__(self, theme: Theme, view: _ModelView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a line."""
        return QSize(120, _ROW_PX)

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        """Tick where the line is pressed."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            return model.setData(index, None, Qt.ItemDataRole.CheckStateRole)
        return False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a line and the rule below it."""
        model = index.data(_MODEL_ROLE)
        theme, rect = self._theme, QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("bg.hover"))
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), theme.color("border.subtle"))
        if self._view.keyboard and option.state & QStyle.StateFlag.State_HasFocus:
            draw_box(painter, rect.adjusted(1, 1, -1, -2), theme.radius("row"), None, theme.color("focus.ring"), 2)
        if model.chat:
            self._draw_tick(painter, rect, ticked=model.offered)
        lively = model.chat and model.offered
        rect.adjust(_BOX_PX + 10, 0, -4, -1)
        size, price = index.data(_NOTE_ROLE)
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text.tertiary"))
        for text, width in ((price, _PRICE_PX), (size, _CONTEXT_PX)):
            if text:
                painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
                taken = max(width, QFontMetricsF(painter.font()).horizontalAdvance(text) + 12)
                rect.setRight(rect.right() - taken)
        painter.setFont(theme.font("ui"))
        painter.setPen(theme.color("text.primary" if lively else "text.tertiary"))
        name = painter.fontMetrics().elidedText(model.name, Qt.TextElideMode.ElideMiddle, int(rect.width()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()

    def _draw_tick(self, painter: QPainter, rect: QRectF, *, ticked: bool) -> None:
        theme = self._theme
        box = QRectF(rect.left() + 2, rect.center().y() - _BOX_PX / 2, _BOX_PX, _BOX_PX)
        if ticked:
            draw_box(painter, box, theme.radius("mark"), theme.color("accent.fill"))
            draw_icon(painter, theme, "check", "accent.onFill", 11, QPointF(box.center()))
        else:
            draw_box(painter, box, theme.radius("mark"), None, theme.color("border.control"), 1.5)
