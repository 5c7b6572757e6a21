"""A list that stands beside a word while it is typed: the keyboard stays in the text, whose owner steps in the list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.option_list import Group, Option, OptionList, OptionModel
from switchyard.ui.widgets.paint import draw_box, draw_shadow

_WIDTH_PX = 340
_MOST_ROWS = 8
_PADDING_PX = 5
_SHADOW_PX = 24
_SHADOW_BLUR_PX = 32
_GAP_PX = 8
_EDGE_PX = 8


class Suggestions(QWidget):
    """Opens below a word or above it, within its window; `chosen` carries an option's value."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._model = OptionModel(self)
        self.view = OptionList(theme, self._model, "")
        self.view.clicked.connect(self._choose)
        column = QVBoxLayout(self)
        around = _SHADOW_PX + _PADDING_PX
        column.setContentsMargins(around, around, around, around)
        column.addWidget(self.view)
        self.setFixedWidth(_WIDTH_PX + 2 * _SHADOW_PX)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        window.installEventFilter(self)
        theme.changed.connect(self.update)
        self.hide()

    @property
    def options(self) -> Sequence[Option]:
        """Return what is offered, from the top."""
        return self._model.rows

    @property
    def current(self) -> Option | None:
        """Return what would be chosen now."""
        return self._model.row(self.view.currentIndex())

    def offer(self, name: str, groups: Sequence[Group], word: QRect) -> None:
        """Offer these beside a word, given in the window's coordinates; where there is nothing to offer, close."""
        before = self.current if self.isVisible() else None
        self._model.offer(groups)
        if not self.options:
            self.hide()
            return
        self.view.setAccessibleName(name)
        self.setAccessibleName(name)
        self.view.stand_on(self._model.row_of(before.value if before is not None else None))
        self.view.fit(1, _MOST_ROWS)
        self._place(word)
        opens = not self.isVisible()
        self.show()
        self.raise_()
        if opens or self.current != before:
            self._tell(name if opens else "")

    def step(self, by: int) -> None:
        """Go to another option, past headings; the ends hold."""
        self.view.stand_on(self._model.away_from(self.view.currentIndex().row(), by))
        self._tell()

    def choose(self) -> None:
        """Choose where the list stands."""
        self._choose(self.view.currentIndex())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close when the window changes its size: the word is elsewhere now."""
        if event.type() == QEvent.Type.Resize:
            self.hide()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shadow and the ground; of the ground alone, the shadow around it would take too long."""
        theme, painter = self._theme, QPainter(self)
        box = QRectF(self.rect()).adjusted(_SHADOW_PX, _SHADOW_PX, -_SHADOW_PX, -_SHADOW_PX)
        radius = theme.radius("panel")
        if not box.contains(event.rect()):
            draw_shadow(painter, box, radius, _SHADOW_BLUR_PX, 12, theme.color("shadow.popup"))
        draw_box(painter, box, radius, theme.color("bg.overlay"), theme.color("border.default"))

    def _choose(self, index: QModelIndex) -> None:
        option = self._model.row(index)
        if option is not None:
            self.hide()
            self.chosen.emit(option.value)

    def _place(self, word: QRect) -> None:
        window = self.window()
        height = self.view.height() + 2 * _PADDING_PX
        y = word.bottom() + 1 + _GAP_PX
        if y + height > window.height() - _EDGE_PX:
            y = max(_EDGE_PX, word.top() - _GAP_PX - height)
        x = max(_EDGE_PX, min(word.left(), window.width() - _EDGE_PX - _WIDTH_PX))
        self.setGeometry(x - _SHADOW_PX, y - _SHADOW_PX, self.width(), height + 2 * _SHADOW_PX)

    def _tell(self, name: str = "") -> None:
        """Say what would be chosen: the focus is elsewhere, so that no reader of the screen would say it by itself."""
        option = self.current
        words = ", ".join(filter(None, (name, option.spoken if option is not None else "")))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.view, words))
