"""The models that an account lists, to read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from switchyard.core.catalog import Model
from switchyard.ui import format as written
from switchyard.ui.setup.verdict import model_count
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.labels import Label, Paragraph

_ROW_PX = 32
_ROWS_BELOW = 8
_MODEL_ROLE = Qt.ItemDataRole.UserRole

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ModelsPanel(QWidget):
    """A heading with the count, and one line per model: its name, and its window where that is known."""

    def __init__(self, theme: Theme, locale: QLocale, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._locale = locale
        self._below = False
        self._count = Label(theme, "", "secondary", "text.tertiary")
        self._nothing = Paragraph(theme, "", "secondary", "text.tertiary")
        self._model = _Models(self)
        self.view = QListView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(_ModelRow(theme, locale, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.view.setAccessibleName(self.tr("Models found"))
        head = QHBoxLayout()
        head.addWidget(Label(theme, self.tr("Models found"), "panel"), 1)
        head.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._nothing)
        column.addWidget(self.view, 1)
        column.addStretch(0)
        theme.changed.connect(self.view.viewport().update)

    def show_models(self, models: Sequence[Model], *, asked: bool) -> None:
        """Show a list; one that was never asked for says so."""
        self._model.set_models(models)
        self._count.setText(model_count(len(models), self._locale) if models else "")
        self._nothing.setText(
            self.tr("The provider lists no models. Any model's name can be typed in a chain.")
            if asked
            else self.tr("Test the account to see its models. Any model's name can be typed in a chain.")
        )
        self._nothing.setVisible(not models)
        self.view.setVisible(bool(models))
        self._fit()

    def set_below(self, below: bool) -> None:
        """Stand under the form, at a height of its own, or beside it, as high as the page."""
        self._below = below
        self._fit()

    def _fit(self) -> None:
        if self._below:
            self.view.setFixedHeight(_ROW_PX * max(1, min(_ROWS_BELOW, self._model.rowCount())))
        else:
            self.view.setMinimumHeight(0)
            self.view.setMaximumHeight(16_777_215)


class _Models(QAbstractListModel):
    """The lines."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._models: tuple[Model, ...] = ()

    def set_models(self, models: Sequence[Model]) -> None:
        self.beginResetModel()
        self._models = tuple(models)
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return the number of models."""
        return 0 if parent.isValid() else len(self._models)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is drawn and read out."""
        model = self._models[index.row()]
        if role == _MODEL_ROLE:
            return model
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return model.name
        return None


class _ModelRow(QStyledItemDelegate):
    """Draws a name, elided in the middle, and what is known at the right."""

    def __init__(self, theme: Theme, locale: QLocale, view: QWidget) -> None:
        super().__init__(view)
        self._theme = theme
        self._locale = locale

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a line."""
        return QSize(120, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a line and the rule above it."""
        model = index.data(_MODEL_ROLE)
        theme, rect = self._theme, QRectF(option.rect)
        painter.save()
        painter.fillRect(QRectF(rect.left(), rect.top(), rect.width(), 1), theme.color("border.subtle"))
        rect.adjust(0, 1, -10, 0)
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text.tertiary"))
        note = self._note(model)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
        rect.setRight(rect.right() - QFontMetricsF(painter.font()).horizontalAdvance(note) - 12)
        painter.setFont(theme.font("ui"))
        painter.setPen(theme.color("text.primary" if model.chat else "text.tertiary"))
        name = painter.fontMetrics().elidedText(model.name, Qt.TextElideMode.ElideMiddle, int(rect.width()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()

    def _note(self, model: Model) -> str:
        if not model.chat:
            return self.tr("not for chat")
        return written.count(model.context, self._locale) if model.context is not None else ""
