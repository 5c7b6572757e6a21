"""The panel in which one of many is chosen, a chain or a model: type to filter, arrows and Enter to choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.option_list import Group, Option, OptionList, OptionModel
from switchyard.ui.widgets.popover import Popover

_FEWEST_ROWS = 4
_MOST_ROWS = 12
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}


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
        self._find = find
        self._model = OptionModel(self)
        self._model.offer(find(""))
        self.field = Field(theme, words.field, placeholder=words.invitation, icon="search")
        self.field.changed.connect(self._on_typed)
        self.field.edit.installEventFilter(self)
        self._nothing = Paragraph(theme, words.nothing, "secondary", "text.tertiary")
        self._nothing.setContentsMargins(8, 8, 8, 8)
        self._nothing.hide()
        self.view = OptionList(theme, self._model, words.list, current)
        self.view.fit(_FEWEST_ROWS, _MOST_ROWS)
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
        self._model.offer(self._find(text))
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
